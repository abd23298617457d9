// SPDX-License-Identifier: MIT
// The reference network at the widths that matter, on all engines; many windows one after the other
// on the same engine, since stale state is the classical driver bug.

#include "cli/bench.hpp"
#include "system/support.hpp"

namespace tendon::system_test {
namespace {

const std::vector<int> kMixed{8, 4, 4, 2, 8};

TEST(NetworksTest, EightBitsOnAllEngines) {
  const cli::Loaded loaded = zoo_network("db1-cnn", {8}, {8});
  EXPECT_GT(expect_same(loaded, 6, 11, all_engines()), 6u * 2 * 2000);
}

TEST(NetworksTest, MixedWidthsOnAllEngines) {
  const cli::Loaded loaded = zoo_network("db1-cnn", kMixed, {8});
  EXPECT_GT(expect_same(loaded, 6, 12, all_engines()), 6u * 2 * 2000);
}

TEST(NetworksTest, NarrowActivationsOnAllEngines) {
  for (const int bits : {4, 2}) {
    const cli::Loaded loaded = zoo_network("db1-cnn", {bits}, {bits});
    EXPECT_GT(expect_same(loaded, 3, 13, all_engines()), 3u * 2 * 2000) << bits;
  }
}

TEST(NetworksTest, StallsOnEveryChannelChangeNothing) {
  const cli::Loaded loaded = zoo_network("db1-cnn", kMixed, {8});
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    expect_same(loaded, 2, seed, all_engines("base", seed));
  }
}

TEST(NetworksTest, CyclesHaveACauseAndDoNotDependOnTheData) {
  const cli::Loaded loaded = zoo_network("db1-cnn", kMixed, {8});
  const auto first = cli::bench(loaded, "base", 1);
  const auto second = cli::bench(loaded, "base", 2);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(first->figures.total.cycles, second->figures.total.cycles);
  EXPECT_GT(first->figures.utilization, 0.1);
  EXPECT_LE(first->figures.utilization, 1.0);
  for (const cli::LayerMeasure& layer : first->figures.layers) {
    EXPECT_TRUE(layer.on_accelerator) << layer.name;
    EXPECT_LE(layer.utilization, 1.0) << layer.name;
  }
}

}  // namespace
}  // namespace tendon::system_test
