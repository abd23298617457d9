// SPDX-License-Identifier: MIT
// The `stream` program: windows, votes, bad and missing input, from files and from a serial line.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <termios.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "cpu_program.hpp"
#include "output_of.hpp"
#include "programs/vote.hpp"
#include "random_network.hpp"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 1414;
constexpr std::size_t kLength = 11;  // of small_network()
constexpr std::size_t kChannels = 5;

class StreamTest : public testing::Test {
 protected:
  StreamTest() : network_(small_network(random_)), file_(write_program(network_)) {
    write(path_ + ".tdn", std::string(file_.begin(), file_.end()));
    std::uniform_real_distribution<float> volts(-0.0002f, 0.0012f);
    samples_.resize(60);
    for (auto& sample : samples_) {
      for (float& value : sample) value = volts(random_);
    }
  }

  static void write(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    EXPECT_TRUE(file.good()) << path;
  }
  std::string line(std::size_t sample) const {
    std::ostringstream text;
    text.precision(9);
    for (std::size_t c = 0; c < kChannels; ++c) text << (c == 0 ? "" : ",") << samples_[sample][c];
    return text.str() + "\n";
  }
  std::string lines(std::size_t from, std::size_t to) const {
    std::string all;
    for (std::size_t i = from; i < to; ++i) all += line(i);
    return all;
  }
  // What the program prints for this input; numbers behind the last blank of a line are times.
  std::string stream(const std::string& text, const std::string& options = "") {
    write(path_ + ".txt", text);
    return output_of(TENDON_STREAM " " + path_ + ".tdn " + path_ + ".txt " + options);
  }
  int label(std::size_t first) {
    LoadedProgram native(file_, nullptr, TENDON_POLICY_CPU_ONLY);
    std::vector<float> volts;
    for (std::size_t i = first; i < first + kLength; ++i) {
      volts.insert(volts.end(), samples_[i].begin(), samples_[i].end());
    }
    std::vector<std::uint8_t> codes(volts.size());
    EXPECT_EQ(tendon_encode(native.get(), volts.data(), volts.size(), codes.data(), nullptr),
              TENDON_OK);
    tendon_result_t result;
    EXPECT_EQ(native.run(codes, 0, &result), TENDON_OK);
    return result.label;
  }
  // One expected line without the time.
  static std::string starts(std::size_t samples, int label) {
    return std::to_string(samples) + " " + std::to_string(label) + " ";
  }

  Random random_{kSeed};
  net::Network network_;
  std::vector<std::uint8_t> file_;
  std::string path_ = testing::TempDir() + "stream_test" + std::to_string(getpid());
  std::vector<std::array<float, kChannels>> samples_;
};

TEST_F(StreamTest, LabelsEveryWindowOfTheInput) {
  const std::string got = stream("# volts\n\n" + lines(0, 60), "--step 7");
  std::istringstream text(got);
  std::string line;
  for (std::size_t end = kLength; end <= 60; end += 7) {
    ASSERT_TRUE(std::getline(text, line)) << got;
    EXPECT_EQ(line.find(starts(end, label(end - kLength))), 0u) << line << " at " << end;
  }
  ASSERT_TRUE(std::getline(text, line));
  EXPECT_EQ(line.find("60 samples, 8 windows, 0 bad lines"), 0u) << got;
}

TEST_F(StreamTest, FloatsGiveTheSameAsText) {
  std::string bytes;
  for (const auto& sample : samples_) {
    bytes.append(reinterpret_cast<const char*>(sample.data()), sizeof(sample));
  }
  const auto labels = [](const std::string& text) {
    std::string all;
    std::istringstream in(text);
    std::string samples, label, rest;
    while (in >> samples >> label && std::getline(in, rest)) all += samples + ":" + label + " ";
    return all;
  };
  EXPECT_EQ(labels(stream(bytes, "--format f32 --step 3 2>/dev/null")),
            labels(stream(lines(0, 60), "--step 3 2>/dev/null")));
  const std::string cut = stream(bytes.substr(0, bytes.size() - 3), "--format f32");
  EXPECT_NE(cut.find("17 bytes behind sample 59 are no whole one of 20"), std::string::npos) << cut;
  EXPECT_NE(cut.find("exit code 1"), std::string::npos);
}

TEST_F(StreamTest, BadLinesAreNamed) {
  const struct {
    const char* line;
    const char* says;
  } cases[] = {{"1,2,3,4\n", "line 3 has 4 numbers, a sample has 5"},
               {"1,2,3,4,5,6\n", "line 3 has 6 numbers, a sample has 5"},
               {"1,2,x,4,5\n", "line 3: field 3 is no number: 'x,4,5'"},
               {"1,2,3V,4,5\n", "line 3: field 3 is no number: '3V,4,5'"},
               {"1,nan,3,4,5\n", "line 3: field 2 is not finite"},
               {"1,1e99,3,4,5\n", "line 3: field 2 is not finite"}};
  for (const auto& c : cases) {
    const std::string got = stream(lines(0, 2) + c.line + lines(2, 20));
    EXPECT_NE(got.find(c.says), std::string::npos) << got;
    EXPECT_NE(got.find("exit code 1"), std::string::npos) << got;
  }
  const std::string endless = stream(lines(0, 2) + std::string(70000, '7'));
  EXPECT_NE(endless.find("line 3 is longer than 65536 bytes"), std::string::npos) << endless;
}

// No window is put together from both sides of a bad line.
TEST_F(StreamTest, SkippedLinesBreakTheWindow) {
  const std::string got =
      stream(lines(0, 5) + "garbage\n" + lines(5, 5 + kLength), "--skip-bad --step 1");
  std::istringstream text(got);
  std::string line;
  ASSERT_TRUE(std::getline(text, line));
  EXPECT_EQ(line.find(starts(5 + kLength, label(5))), 0u) << got;
  ASSERT_TRUE(std::getline(text, line));
  EXPECT_EQ(line.find("16 samples, 1 windows, 1 bad lines"), 0u) << got;
}

TEST_F(StreamTest, OptionsThatMeanNothingAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"--policy sometimes", "no policy is called sometimes"},
      {"--policy require", "--policy require without --hal"},
      {"--level fastest", "no kernel level is called fastest"},
      {"--timeout-us 0", "--timeout-us is '0', want 1 to"},
      {"--timeout-us 5x", "--timeout-us is '5x', want 1 to"},
      {"--hal", "--hal wants a value"},
      {"--hal shm:/no/such/file", "--hal shm:/no/such/file: "},
      {"--hal nothing:", "--hal nothing:: "},
  };
  for (const auto& [options, says] : cases) {
    const std::string got = stream(lines(0, 20), options);
    EXPECT_NE(got.find(says), std::string::npos) << options << " gave " << got;
    EXPECT_EQ(got.find("windows"), std::string::npos) << options << " went on";
  }
  for (const char* options : {"--policy prefer", "--policy cpu --verify", "--policy offload --poll",
                              "--level swar --timeout-us 1000000"}) {
    EXPECT_NE(stream(lines(0, 20), options).find("20 samples"), std::string::npos) << options;
  }
}

TEST_F(StreamTest, AShortInputIsAnError) {
  const std::string got = stream(lines(0, 10));
  EXPECT_NE(got.find("ended after 10 samples in a row, a window has 11"), std::string::npos) << got;
  EXPECT_NE(got.find("exit code 1"), std::string::npos) << got;
  EXPECT_NE(stream("").find("ended after 0 samples"), std::string::npos);
}

TEST_F(StreamTest, WritesItsSummary) {
  const std::string json = path_ + ".json";
  stream(lines(0, 40), "--windows 3 --json " + json);
  std::ifstream file(json);
  const std::string got((std::istreambuf_iterator<char>(file)), {});
  EXPECT_NE(got.find("\"windows\": 3,"), std::string::npos) << got;
  EXPECT_NE(got.find("\"latency_us\": {\"min\": "), std::string::npos) << got;
}

/// The two ends of a pseudo-terminal: what the program sees is a serial device.
class Serial {
 public:
  Serial() : host_(posix_openpt(O_RDWR | O_NOCTTY)) {
    if (host_ >= 0 && grantpt(host_) == 0 && unlockpt(host_) == 0) name_ = ptsname(host_);
    // Keeps the line up while nobody else has it open.
    keep_ = open(name_.c_str(), O_RDWR | O_NOCTTY);
    // No echo of what is sent before the program has set the line up.
    termios settings = {};
    tcgetattr(keep_, &settings);
    cfmakeraw(&settings);
    tcsetattr(keep_, TCSANOW, &settings);
  }
  ~Serial() {
    close(keep_);
    close(host_);
  }
  const std::string& name() const { return name_; }
  void send(const std::string& text) const {
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t sent = ::write(host_, text.data() + at, text.size() - at);
      ASSERT_GT(sent, 0);
      at += static_cast<std::size_t>(sent);
    }
  }

 private:
  int host_;
  int keep_ = -1;
  std::string name_;
};

TEST_F(StreamTest, ReadsASerialDevice) {
  const Serial serial;
  ASSERT_FALSE(serial.name().empty());
  const std::string command = TENDON_STREAM " " + path_ + ".tdn " + serial.name() +
                              " --baud 115200 --step 7 --windows 3 --skip-bad --timeout-ms 60000";
  // The program may open the line in the middle of this; what it sees is complete or skipped.
  std::string got;
  std::thread program([&] { got = output_of(command); });
  serial.send(lines(0, 60));
  program.join();
  EXPECT_NE(got.find(starts(11, label(0))), std::string::npos) << got;
  EXPECT_NE(got.find(", 3 windows, 0 bad lines"), std::string::npos) << got;
}

TEST_F(StreamTest, ASilentSerialDeviceIsAnError) {
  const Serial serial;
  const std::string got = output_of(TENDON_STREAM " " + path_ + ".tdn " + serial.name() +
                                    " --baud 115200 --timeout-ms 30");
  EXPECT_NE(got.find("nothing came for 30 ms after sample 0"), std::string::npos) << got;
  EXPECT_NE(output_of(TENDON_STREAM " " + path_ + ".tdn " + path_ + ".tdn --baud 9600")
                .find("is no serial device"),
            std::string::npos);
  EXPECT_NE(output_of(TENDON_STREAM " " + path_ + ".tdn " + serial.name() + " --baud 9601")
                .find("--baud 9601 is no rate"),
            std::string::npos);
}

TEST(MajorityTest, MostOftenWinsAndTheLatestBreaksTies) {
  programs::Majority majority(3);
  EXPECT_EQ(majority.add(4), 4);
  EXPECT_EQ(majority.add(5), 5) << "one each: the later one";
  EXPECT_EQ(majority.add(4), 4);
  EXPECT_EQ(majority.add(7), 7) << "5, 4, 7";
  EXPECT_EQ(majority.add(4), 4) << "4, 7, 4";
  majority.forget();
  EXPECT_EQ(majority.add(2), 2);
}

TEST(LatenciesTest, QuantilesAreThoseOfTheLastValues) {
  programs::Latencies latencies(4);
  EXPECT_EQ(latencies.quantile(50), 0u);
  for (const std::uint64_t us : {900u, 30u, 10u, 40u, 20u}) latencies.add(us);
  EXPECT_EQ(latencies.count(), 5u);
  EXPECT_EQ(latencies.quantile(0), 10u);
  EXPECT_EQ(latencies.quantile(50), 20u);
  EXPECT_EQ(latencies.quantile(51), 30u);
  EXPECT_EQ(latencies.quantile(100), 40u);
}

}  // namespace
}  // namespace tendon::test
