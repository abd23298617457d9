// SPDX-License-Identifier: MIT
// The compiler's cycles against the RTL's, layer by layer: the whole zoo on every configuration.

#include <cmath>

#include "cli/bench_table.hpp"
#include "system/support.hpp"

namespace tendon::system_test {
namespace {

constexpr double kMost = 0.02;

class PredictionTest : public testing::TestWithParam<const char*> {};

TEST_P(PredictionTest, EveryLayerOfTheZooIsWithinTwoPercent) {
  int layers = 0;
  for (const cli::BenchCase& what : cli::bench_cases()) {
    SCOPED_TRACE(what.network + ", weights " + what.weights + ", activations " + what.activations);
    const auto row = cli::bench_row(what, GetParam());
    ASSERT_TRUE(row) << row.error().message;
    for (const cli::LayerMeasure& layer : row->result.figures.layers) {
      if (!layer.on_accelerator) continue;
      const auto cycles = static_cast<double>(layer.counters.cycles);
      EXPECT_NEAR(static_cast<double>(layer.predicted_cycles), cycles, kMost * cycles)
          << layer.name;
      ++layers;
    }
  }
  EXPECT_GE(layers, 25);
}

INSTANTIATE_TEST_SUITE_P(Configurations, PredictionTest, testing::Values("tiny", "base", "wide"),
                         [](const auto& config) { return std::string(config.param); });

}  // namespace
}  // namespace tendon::system_test
