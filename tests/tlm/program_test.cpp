// SPDX-License-Identifier: MIT
// tendon-vp and tendon-soc as programs: options, messages, the conformance suite as firmware.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "output_of.hpp"
#include "support.hpp"

namespace tendon {
namespace {

using test::output_of;
constexpr std::uint64_t kSmallCase = 3;
namespace fs = std::filesystem;

class VpProgramTest : public testing::Test {
 protected:
  VpProgramTest()
      : folder_(fs::path(testing::TempDir()) / ("tendon-vp-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    write(vp_test::mixed());
  }
  ~VpProgramTest() override { fs::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  std::string run(const std::string& firmware, const std::string& options,
                  const std::string& program = TENDON_VP) const {
    return output_of(program + " --firmware " + firmware + " --program " + file("net.tdn") +
                     " --windows " + file("windows") + " --window-bytes " +
                     std::to_string(window_bytes_) + " " + options);
  }
  /// The program, and two windows.
  void write(const vp_test::Compiled& compiled) {
    write("net.tdn", compiled.program);
    std::vector<std::uint8_t> windows;
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      const auto window = zoo::random_window(compiled.network, seed);
      window_bytes_ = window.size();
      windows.insert(windows.end(), window.begin(), window.end());
    }
    write("windows", windows);
  }

  static std::string text_of(const std::string& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  static void expect_contains(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "no \"" << part << "\" in:\n" << text;
  }

 private:
  void write(const std::string& name, const std::vector<std::uint8_t>& bytes) const {
    std::ofstream stream(folder_ / name, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
  }

  fs::path folder_;
  std::size_t window_bytes_ = 0;
};

TEST_F(VpProgramTest, HelpListsTheOptionsAndEndsWell) {
  const std::string text = output_of(std::string(TENDON_VP) + " --help");
  for (const char* option : {"--gdb", "--timeline", "--json", "--spi-hz", "--help"}) {
    expect_contains(text, option);
  }
  EXPECT_EQ(text.find("exit code"), text.rfind("exit code")) << text;
  expect_contains(output_of(std::string(TENDON_VP) + " --nonsense"), "--nonsense: unknown option");
}

TEST_F(VpProgramTest, FiguresOfTheRunAreWritten) {
  const std::string text = run(TENDON_CLASSIFY, "--quiet --json " + file("figures"));
  std::ifstream stream(file("figures"));
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << text;
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_EQ(json["windows"], 2);
  EXPECT_GT(json["accelerator_cycles"], 0);
  EXPECT_GT(json["driver_us"], 0.0);
}

TEST_F(VpProgramTest, AccessWhereNothingIsIsToldWithProgramCounterAndFunction) {
  const std::string text = run(TENDON_WILD, "");
  expect_contains(text, "bus error: load of 4 bytes at 0x50000000 (not mapped), pc 0x");
  expect_contains(text, "read_nowhere");
  expect_contains(text, "exit code 3");  // the firmware's trap handler
}

TEST_F(VpProgramTest, RegisterTraceHasTimeProgramCounterNamesAndFields) {
  const std::string text = run(TENDON_CLASSIFY, "--quiet --register-trace -");
  expect_contains(text, " us  pc 0x");
  expect_contains(text, "write IRQ_EN = 0x00000003 (DONE ERROR)");
  expect_contains(text, "write DOORBELL = ");
}

TEST_F(VpProgramTest, ForgottenMaintenanceIsExplainedWithItsLine) {
  const std::string clean = run(TENDON_CLASSIFY, "--forget-clean");
  expect_contains(clean, "cache line 0x83");
  expect_contains(clean, "clean the range before the doorbell");
  const std::string invalidate = run(TENDON_CLASSIFY, "--forget-invalidate --tensors");
  expect_contains(invalidate, "invalidate the range before reading");
}

TEST_F(VpProgramTest, WaveformOfTheFastModelIsRefused) {
  expect_contains(run(TENDON_CLASSIFY, "--waveform " + file("waves")), "--model rtl has");
}

TEST_F(VpProgramTest, ConformanceSuitePassesOnTheBus) {
  expect_contains(run(TENDON_HAL_CHECK, ""), "16 checks, 0 failed");
}

TEST_F(VpProgramTest, ConformanceSuitePassesOverSpi) {
  expect_contains(run(TENDON_HAL_CHECK, "--spi-hz 48000000"), "16 checks, 0 failed");
}

#ifdef TENDON_SIM
TEST_F(VpProgramTest, ConformanceSuitePassesWithTheRtl) {
  expect_contains(run(TENDON_HAL_CHECK, "--model rtl"), "16 checks, 0 failed");
}
#endif

#ifdef TENDON_SOC
TEST_F(VpProgramTest, WholeSystemHasItsOwnListAndRefusesTheRest) {
  expect_contains(output_of(std::string(TENDON_SOC_PROGRAM) + " --help"), "--timeline");
  expect_contains(
      output_of(std::string(TENDON_SOC_PROGRAM) + " --firmware x --program y --spi-hz 1000000"),
      "--spi-hz: not for tendon-soc");
  expect_contains(run(TENDON_CLASSIFY, "--free-clock"), "--free-clock: only for tendon-soc");
}

// The trace holds every register access with its value, every burst and interrupt, and when.
TEST_F(VpProgramTest, HoldingTheClockOfAnAcceleratorAtRestChangesNoCycle) {
  write(vp_test::compiled(zoo::random_layer_case(kSmallCase)));
  for (const std::string firmware : {TENDON_CLASSIFY_SOC, TENDON_TOTALS}) {
    const std::string options = "--offload --reset --counters --tensors --times ";
    const std::string held =
        run(firmware, options + "--timeline " + file("held"), TENDON_SOC_PROGRAM);
    const std::string fed =
        run(firmware, options + "--free-clock --timeline " + file("fed"), TENDON_SOC_PROGRAM);
    expect_contains(held, "clock cycles");
    EXPECT_EQ(held, fed);
    const std::string trace = text_of(file("held"));
    expect_contains(trace, firmware == TENDON_TOTALS ? "read CYCLES" : "write DOORBELL");
    EXPECT_TRUE(trace == text_of(file("fed"))) << "the traces differ";
  }
}
#endif

}  // namespace
}  // namespace tendon
