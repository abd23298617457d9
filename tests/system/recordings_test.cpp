// SPDX-License-Identifier: MIT
// Every window of the test repetitions of real recordings, all layers, on all engines. The network
// is the shipped W8A8 one with the input gain of the recording: the question here is bits, not
// accuracy.

#include "onnx/onnx.hpp"
#include "quant/quant.hpp"
#include "system/support.hpp"

namespace tendon::system_test {
namespace {

class RecordingsTest : public testing::TestWithParam<int> {};

TEST_P(RecordingsTest, EveryTestWindowGivesTheSameBitsOnAllEngines) {
  const char* folder = std::getenv("TENDON_DB1");
  if (folder == nullptr || *folder == '\0') {
    GTEST_SKIP() << "TENDON_DB1 is not set (folder with NinaPro DB1 files)";
  }
  cli::SourceOptions options;
  options.data = folder;
  options.subject = GetParam();
  const auto source = cli::load_source(options, 25);
  ASSERT_TRUE(source) << source.error().message;
  auto network = onnx::read(std::string(TENDON_SHIPPED) + "/db1-cnn-synthetic-w8a8.onnx");
  ASSERT_TRUE(network) << network.error().message;
  const auto gain = quant::input_gain(source->train);
  ASSERT_TRUE(gain) << gain.error().message;
  network->input_coding.gain = *gain;
  const cli::Loaded loaded = compiled(std::move(*network));
  const auto windows = cli::code_windows(loaded.network, source->test, 0);
  ASSERT_TRUE(windows) << windows.error().message;
  ASSERT_GT(windows->codes.size(), 500u);
  const auto race = cli::race(loaded.network, loaded.program, windows->codes, all_engines(), [] {});
  ASSERT_TRUE(race) << race.error().message;
  EXPECT_EQ(race->first_difference, "");
  for (const cli::EngineRun& run : race->runs) {
    EXPECT_EQ(run.windows, windows->codes.size()) << run.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Subjects, RecordingsTest, testing::Values(1, 7, 13, 20));

}  // namespace
}  // namespace tendon::system_test
