// SPDX-License-Identifier: MIT
// Random layers of every kind, width pair and ragged shape, with random stalls on every AXI
// channel: golden = CPU = RTL, value by value. A failure prints its seed; the case is that seed
// alone.

#include <algorithm>

#include "system/support.hpp"

namespace tendon::system_test {
namespace {

constexpr int kBlocks = 10;  // CTest runs them side by side
constexpr int kLayers = 200;
constexpr int kLongLayers = 2000;

class RandomLayers : public testing::TestWithParam<int> {};

TEST_P(RandomLayers, AllEnginesGiveTheSameBits) {
  const int wanted = (is_long() ? kLongLayers : kLayers) / kBlocks;
  int layers = 0;
  int on_accelerator = 0;
  // Every block has seeds of its own; consecutive seeds go through kinds and widths.
  auto seed = static_cast<std::uint64_t>(GetParam()) * 100'000 + 1;
  for (; layers < wanted; ++seed) {
    const cli::Loaded loaded = compiled(zoo::random_layer_case(seed));
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    expect_same(loaded, 2, seed, all_engines("base", seed));
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    layers += static_cast<int>(loaded.network.layers.size());
    on_accelerator +=
        static_cast<int>(std::count_if(loaded.predicted.begin(), loaded.predicted.end(),
                                       [](std::uint64_t cycles) { return cycles > 0; }));
  }
  EXPECT_GT(on_accelerator, layers / 8) << "hardly anything ran on the RTL";
  RecordProperty("layers", layers);
  RecordProperty("on_accelerator", on_accelerator);
}

INSTANTIATE_TEST_SUITE_P(Blocks, RandomLayers, testing::Range(0, kBlocks));

}  // namespace
}  // namespace tendon::system_test
