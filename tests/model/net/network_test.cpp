// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "example.hpp"

namespace tendon::net {
namespace {

TEST(Network, ShapesFollowKernelStrideDilationPaddingAndPool) {
  Network n = example_network();
  EXPECT_EQ(to_string(output_shape(n, n.layers[0])), "1x4x5");
  EXPECT_EQ(computed_columns(n, n.layers[0]), 8);  // nine positions, the last fills no pool
  n.layers[0].column = {3, 2, 2, 0, 1};            // (9 + 1 - 5) / 2 + 1 = 3
  n.layers[0].fused_pool = 1;
  EXPECT_EQ(to_string(output_shape(n, n.layers[0])), "1x3x5");
}

TEST(Network, CountsMacsOfEveryPositionBeforeThePool) {
  const Network n = example_network();
  EXPECT_EQ(macs(n, n.layers[0]), 9 * 3 * 2 * 5);
  EXPECT_EQ(macs(n, n.layers[1]), 20 * 3);
}

TEST(Network, PayloadIsPackedWeightsPlusNineBytesPerChannel) {
  EXPECT_EQ(payload_bytes(example_network()), (30 * 4) / 8 + 5 * 9 + (60 * 2) / 8 + 3 * 9);
}

TEST(Network, BoundIsTheLargestChannelWithItsBias) {
  const Network n = example_network();
  // conv channel 0: codes -8..-3, |sum| 33; channel 1: -2..3, 9; channel 2: 4..7,-8,-7: 37; channel
  // 3: -6..-1, 21; channel 4: 0..5, 15. Zero point 3: inputs reach 252.
  EXPECT_EQ(accumulator_bound(n, n.layers[0]), 3 + 37 * 252);
  // dense: twenty codes -2,-1,0,1 = weights -3,-1,1,3: 40; inputs reach 15
  EXPECT_EQ(accumulator_bound(n, n.layers[1]), 100 + 40 * 15);
}

TEST(Network, OddGridIsTwiceTheCodePlusOne) {
  EXPECT_EQ(weight_value(WeightGrid::kOdd, -2), -3);
  EXPECT_EQ(weight_value(WeightGrid::kOdd, 1), 3);
  EXPECT_EQ(weight_value(WeightGrid::kTwos, -2), -2);
}

}  // namespace
}  // namespace tendon::net
