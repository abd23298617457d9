// SPDX-License-Identifier: MIT
// CPU kernels against the golden model, bit for bit: every layer kind, width pair, grid, rounding.
#include <gtest/gtest.h>

#include "cpu_program.hpp"
#include "golden/golden.hpp"
#include "random_network.hpp"

namespace tendon::test {
namespace {

using net::LayerKind;
using net::Rounding;
using net::WeightGrid;

constexpr unsigned kSeed = 20250501;
constexpr int kWidths[] = {2, 4, 8};

std::vector<tendon_level_t> built_levels() {
  std::vector<tendon_level_t> levels;
  for (int i = TENDON_LEVEL_PORTABLE; i <= TENDON_LEVEL_RVV10; ++i) {
    const auto level = static_cast<tendon_level_t>(i);
    if (tendon_level_built(level) != 0) levels.push_back(level);
  }
  return levels;
}

void expect_golden(const net::Network& network, const std::vector<std::uint8_t>& window,
                   tendon_level_t level, const std::string& what) {
  const auto golden = golden::run(network, window);
  ASSERT_TRUE(golden.has_value()) << golden.error().message;
  LoadedProgram program(write_program(network), nullptr, TENDON_POLICY_CPU_ONLY, level);
  ASSERT_EQ(program.status(), TENDON_OK) << what;
  tendon_result_t result;
  ASSERT_EQ(program.run(window, TENDON_RUN_TRACE, &result), TENDON_OK) << what;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const auto& want = golden->tensors[static_cast<std::size_t>(network.layers[i].output)];
    std::vector<std::int16_t> got(want.size());
    ASSERT_EQ(
        tendon_layer_output(program.get(), static_cast<std::uint32_t>(i), got.data(), got.size()),
        TENDON_OK);
    for (std::size_t k = 0; k < want.size(); ++k) {
      ASSERT_EQ(got[k], want[k]) << what << ", layer " << i << ", element " << k << std::hex
                                 << ", got 0x" << got[k] << " want 0x" << want[k];
    }
  }
  ASSERT_EQ(result.label, golden->label) << what;
}

std::string describe(const LayerSpec& spec, tendon_level_t level, int round) {
  return std::string(tendon_level_name(level)) + ", seed " + std::to_string(kSeed) + ", kind " +
         std::to_string(static_cast<int>(spec.kind)) + ", a" +
         std::to_string(spec.activation_bits) + " w" + std::to_string(spec.weight_bits) + " o" +
         std::to_string(spec.output_bits) + ", grid " +
         std::to_string(static_cast<int>(spec.grid)) + ", rounding " +
         std::to_string(static_cast<int>(spec.rounding)) + ", round " + std::to_string(round);
}

class KernelTest : public testing::TestWithParam<tendon_level_t> {
 protected:
  void sweep(LayerKind kind, WeightGrid grid, int rounds) {
    Random random(kSeed + static_cast<unsigned>(kind));
    for (int round = 0; round < rounds; ++round) {
      for (int rounding = 0; rounding < 5; ++rounding) {
        for (const int a : kWidths) {
          for (const int w : kWidths) {
            if (grid == WeightGrid::kOdd && w != 2) continue;
            const bool two_roundings = kind == LayerKind::kAdd && rounding == 3;
            if (two_roundings) continue;
            LayerSpec spec{
                kind, a, w, kWidths[random() % 3], grid, static_cast<Rounding>(rounding)};
            const net::Network network = random_layer(spec, random);
            expect_golden(network, random_window(network, random), GetParam(),
                          describe(spec, GetParam(), round));
            if (HasFatalFailure()) return;
          }
        }
      }
    }
  }
};

TEST_P(KernelTest, ConvolutionIsGolden) { sweep(LayerKind::kConv, WeightGrid::kTwos, 12); }
TEST_P(KernelTest, ConvolutionOnTheOddGridIsGolden) {
  sweep(LayerKind::kConv, WeightGrid::kOdd, 12);
}
TEST_P(KernelTest, DenseIsGolden) { sweep(LayerKind::kDense, WeightGrid::kTwos, 8); }
TEST_P(KernelTest, DenseOnTheOddGridIsGolden) { sweep(LayerKind::kDense, WeightGrid::kOdd, 8); }
TEST_P(KernelTest, DepthwiseIsGolden) { sweep(LayerKind::kDepthwise, WeightGrid::kTwos, 6); }
TEST_P(KernelTest, DepthwiseOnTheOddGridIsGolden) {
  sweep(LayerKind::kDepthwise, WeightGrid::kOdd, 6);
}
TEST_P(KernelTest, MaxPoolIsGolden) { sweep(LayerKind::kMaxPool, WeightGrid::kTwos, 3); }
TEST_P(KernelTest, AveragePoolIsGolden) { sweep(LayerKind::kAvgPool, WeightGrid::kTwos, 3); }
TEST_P(KernelTest, AddIsGolden) { sweep(LayerKind::kAdd, WeightGrid::kTwos, 3); }
TEST_P(KernelTest, TableIsGolden) { sweep(LayerKind::kTable, WeightGrid::kTwos, 3); }
TEST_P(KernelTest, GemmIsGolden) { sweep(LayerKind::kGemm, WeightGrid::kTwos, 3); }

TEST_P(KernelTest, SmallNetworkIsGolden) {
  Random random(kSeed);
  for (int i = 0; i < 20; ++i) {
    const net::Network network = small_network(random);
    expect_golden(network, random_window(network, random), GetParam(), "small network");
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, KernelTest, testing::ValuesIn(built_levels()),
                         [](const auto& level) {
                           return std::string(tendon_level_name(level.param));
                         });

}  // namespace
}  // namespace tendon::test
