// SPDX-License-Identifier: MIT
// The command as a user meets it: exit codes, messages, JSON keys. Runs the program that was built.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/output.hpp"

namespace tendon::system_test {
namespace {

using cli::Json;

class CommandTest : public testing::Test {
 protected:
  CommandTest()
      : folder_(testing::TempDir() + "tendon_command_" +
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~CommandTest() override { std::filesystem::remove_all(folder_); }

  struct Outcome {
    int status = -1;
    std::string out, err;
  };
  Outcome call(const std::string& arguments) const {
    const std::string command = std::string("\"") + TENDON_COMMAND + "\" " + arguments + " >" +
                                path("out") + " 2>" + path("err") + " </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text("out"), text("err")};
  }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string text(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Json json(const std::string& name) const { return Json::parse(text(name)); }

  std::string folder_;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void expect_keys(const Json& json, const std::vector<const char*>& keys) {
  for (const char* key : keys) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
}

TEST_F(CommandTest, EveryCommandHasHelp) {
  EXPECT_EQ(call("--help").status, 0);
  for (const char* name : {"data check", "data synthesize", "train", "quantize", "reproduce db1",
                           "compile", "run", "verify", "bench", "demo", "report"}) {
    const Outcome outcome = call(std::string(name) + " --help");
    EXPECT_EQ(outcome.status, 0) << name;
    EXPECT_TRUE(has(outcome.out, "--json")) << name;
  }
}

TEST_F(CommandTest, WrongCommandLinesExitWithTwo) {
  EXPECT_EQ(call("").status, 2);
  EXPECT_EQ(call("frobnicate").status, 2);
  EXPECT_EQ(call("bench").status, 2);
  EXPECT_EQ(call("bench db1-cnn --no-such-option").status, 2);
  EXPECT_EQ(call("compile /nonexistent.onnx").status, 2);
}

TEST_F(CommandTest, BenchWritesThePromisedKeysAndTrueSums) {
  const Outcome outcome =
      call("bench db1-cnn --weights 8/4/4/2/8 --activations 8 --config base --json " + path("j"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const Json bench = json("j");
  expect_keys(bench, {"network", "config", "total", "layers"});
  expect_keys(bench.at("total"), {"cycles", "macs", "utilization"});
  EXPECT_EQ(bench.at("config"), "base");
  ASSERT_EQ(bench.at("layers").size(), 5u);
  std::uint64_t cycles = 0, macs = 0;
  std::vector<int> weight_bits;
  for (const Json& layer : bench.at("layers")) {
    expect_keys(layer, {"name", "cycles", "macs", "utilization", "activation_bits", "weight_bits"});
    cycles += layer.at("cycles").get<std::uint64_t>();
    macs += layer.at("macs").get<std::uint64_t>();
    weight_bits.push_back(layer.at("weight_bits"));
    EXPECT_LE(layer.at("utilization").get<double>(), 1.0);
    std::uint64_t causes = 0;
    for (const Json& cause : layer.at("stalls")) {
      causes += cause.get<std::uint64_t>();
    }
    EXPECT_EQ(causes, layer.at("cycles").get<std::uint64_t>());
  }
  EXPECT_EQ(cycles, bench.at("total").at("cycles").get<std::uint64_t>());
  EXPECT_EQ(macs, bench.at("total").at("macs").get<std::uint64_t>());
  EXPECT_EQ(weight_bits, (std::vector<int>{8, 4, 4, 2, 8}));
}

TEST_F(CommandTest, BadNamesAreSaidWithWhatThereIs) {
  const Outcome network = call("bench no-such-network");
  EXPECT_EQ(network.status, 1);
  EXPECT_TRUE(has(network.err, "no-such-network") && has(network.err, "db1-cnn")) << network.err;
  const Outcome config = call("bench db1-cnn --config huge");
  EXPECT_EQ(config.status, 1);
  EXPECT_TRUE(has(config.err, "huge") && has(config.err, "base")) << config.err;
  const Outcome engine = call("verify db1-cnn --engines golden,gpu");
  EXPECT_EQ(engine.status, 1);
  EXPECT_TRUE(has(engine.err, "gpu") && has(engine.err, "cpu")) << engine.err;
  const Outcome bits = call("bench db1-cnn --weights 8/3");
  EXPECT_EQ(bits.status, 1);
  EXPECT_TRUE(has(bits.err, "3")) << bits.err;
}

TEST_F(CommandTest, RoadFromNetworkToReport) {
  const std::string network = std::string(TENDON_SHIPPED) + "/db1-cnn-synthetic.onnx";
  const std::string tdn = path("net.tdn");
  const Outcome compiled = call("compile " + network + " -o " + tdn + " --json " + path("c"));
  ASSERT_EQ(compiled.status, 0) << compiled.err;
  expect_keys(json("c"), {"network", "bytes", "payload_bytes", "images"});

  const Outcome verified = call("verify " + tdn + " --windows 3 --json " + path("v"));
  ASSERT_EQ(verified.status, 0) << verified.err;
  const Json verify = json("v");
  expect_keys(verify, {"windows", "layers", "compared_values", "mismatches"});
  EXPECT_EQ(verify.at("windows"), 3);
  EXPECT_EQ(verify.at("layers"), 5);
  EXPECT_EQ(verify.at("mismatches"), 0);
  EXPECT_GT(verify.at("compared_values").get<int>(), 3 * 2 * 2000);

  const Outcome ran = call("run " + tdn + " --engine cpu --windows 50 --json " + path("r"));
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(json("r").at("windows"), 50);
  EXPECT_GT(json("r").at("accuracy").get<double>(), 0.6);

  const Outcome benched = call("bench " + tdn + " --json " + path("b"));
  ASSERT_EQ(benched.status, 0) << benched.err;
  const Outcome reported = call("report " + path("b") + " -o " + path("b.html"));
  ASSERT_EQ(reported.status, 0) << reported.err;
  EXPECT_TRUE(has(text("b.html"), "Where the cycles go"));
}

TEST_F(CommandTest, DamagedFilesAreNamedAndExitWithOne) {
  const std::string network = std::string(TENDON_SHIPPED) + "/db1-cnn-synthetic.onnx";
  ASSERT_EQ(call("compile " + network + " -o " + path("net.tdn")).status, 0);
  std::string bytes = text("net.tdn");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  ASSERT_TRUE(cli::write_file(path("bad.tdn"), bytes));
  for (const char* command : {"verify ", "bench ", "run "}) {
    const Outcome outcome = call(command + path("bad.tdn"));
    EXPECT_EQ(outcome.status, 1) << command;
    EXPECT_TRUE(has(outcome.err, "bad.tdn")) << outcome.err;
  }
  ASSERT_TRUE(cli::write_file(path("bad.onnx"), "not a network"));
  const Outcome onnx = call("compile " + path("bad.onnx"));
  EXPECT_EQ(onnx.status, 1);
  EXPECT_TRUE(has(onnx.err, "bad.onnx")) << onnx.err;
  ASSERT_TRUE(cli::write_file(path("bad.mat"), "not a recording"));
  const Outcome recording = call("data check " + path("bad.mat"));
  EXPECT_EQ(recording.status, 1);
  EXPECT_TRUE(has(recording.err, "bad.mat")) << recording.err;
  ASSERT_TRUE(cli::write_file(path("bad.json"), "{"));
  EXPECT_EQ(call("report " + path("bad.json") + " -o " + path("x.html")).status, 1);
  EXPECT_FALSE(std::filesystem::exists(path("x.html")));
}

TEST_F(CommandTest, BringupGivesItsOwnExitCodes) {
  EXPECT_EQ(call("bringup --help").status, 0);
  EXPECT_EQ(call("bringup --hal sim --hardware-only").status, 0);
  EXPECT_EQ(call("bringup --hal telepathy").status, 2);
}

TEST_F(CommandTest, SyntheticRecordingIsWrittenAndReadBack) {
  ASSERT_EQ(call("data synthesize " + path("s.mat") + " --seed 3").status, 0);
  const Outcome checked = call("data check " + path("s.mat") + " --json " + path("j"));
  ASSERT_EQ(checked.status, 0) << checked.err;
  const Json recording = json("j").at("recordings").at(0);
  EXPECT_EQ(recording.at("channels"), 10);
  EXPECT_EQ(recording.at("labels"), 13);
}

TEST_F(CommandTest, DemoWritesReportWaveformAndKeys) {
  const Outcome outcome = call("demo --windows 10 -o " + path("demo") + " --json " + path("j"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const Json demo = json("j");
  expect_keys(demo, {"windows", "accuracy", "bit_exact", "engines"});
  EXPECT_EQ(demo.at("windows"), 10);
  EXPECT_EQ(demo.at("bit_exact"), true);
  EXPECT_EQ(demo.at("engines"), (std::vector<std::string>{"golden", "cpu", "rtl"}));
  EXPECT_TRUE(has(text("demo/report.html"), "One window, from electrodes to a class"));
  EXPECT_TRUE(has(text("demo/inference.gtkw"), "TOP.tendon_top.clk_i"));
  EXPECT_GT(std::filesystem::file_size(path("demo/inference.fst")), 100'000u);
}

}  // namespace
}  // namespace tendon::system_test
