// SPDX-License-Identifier: MIT
// Random layers of every kind, width pair and ragged shape, with random stalls on every AXI
// channel: golden = CPU = RTL, value by value, in every named configuration. A failure prints its
// seed; the case is that seed alone.

#include <algorithm>

#include "system/support.hpp"

namespace tendon::system_test {
namespace {

constexpr int kBlocks = 10;  // CTest runs them side by side
constexpr int kLayers = 200;
constexpr int kLongLayers = 2000;

int count_on_accelerator(const cli::Loaded& loaded) {
  return static_cast<int>(std::count_if(loaded.predicted.begin(), loaded.predicted.end(),
                                        [](std::uint64_t cycles) { return cycles > 0; }));
}

class RandomLayers : public testing::TestWithParam<int> {
 protected:
  void soak(const std::string& config, int wanted, std::uint64_t seed) {
    int layers = 0;
    int on_accelerator = 0;
    for (; layers < wanted; ++seed) {
      const cli::Loaded loaded = compiled(zoo::random_layer_case(seed), config);
      ASSERT_FALSE(HasFailure()) << config << " seed " << seed;
      expect_same(loaded, 2, seed, all_engines(config, seed));
      ASSERT_FALSE(HasFailure()) << config << " seed " << seed;
      layers += static_cast<int>(loaded.network.layers.size());
      on_accelerator += count_on_accelerator(loaded);
    }
    EXPECT_GT(on_accelerator, layers / 8) << "hardly anything ran on the RTL";
    RecordProperty(config + "_layers", layers);
    RecordProperty(config + "_on_accelerator", on_accelerator);
  }
};

// Every block has seeds of its own; consecutive seeds go through kinds and widths.
TEST_P(RandomLayers, AllEnginesGiveTheSameBits) {
  const int wanted = (is_long() ? kLongLayers : kLayers) / kBlocks;
  soak("base", wanted, static_cast<std::uint64_t>(GetParam()) * 100'000 + 1);
}

TEST_P(RandomLayers, TheOtherConfigurationsGiveTheSameBits) {
  const int wanted = (is_long() ? kLongLayers : kLayers) / kBlocks / 2;
  const auto seed = static_cast<std::uint64_t>(GetParam()) * 100'000 + 50'001;
  soak("tiny", wanted, seed);
  soak("wide", wanted, seed + 20'000);
}

INSTANTIATE_TEST_SUITE_P(Blocks, RandomLayers, testing::Range(0, kBlocks));

// Each kind as an inner layer of a network whose layers of that kind have to be on the array.
class EveryKind : public testing::TestWithParam<const char*> {};

TEST_P(EveryKind, RunsOnTheArray) {
  using net::LayerKind;
  const int cases = is_long() ? 60 : 6;
  for (const LayerKind kind :
       {LayerKind::kConv, LayerKind::kDense, LayerKind::kDepthwise, LayerKind::kMaxPool,
        LayerKind::kAvgPool, LayerKind::kAdd, LayerKind::kTable, LayerKind::kGemm}) {
    zoo::CaseOptions options;
    options.kinds = {kind, LayerKind::kConv};
    int found = 0;
    std::uint64_t seed = 1;
    for (int done = 0; done < cases && seed < 2'000; ++seed) {
      const cli::Loaded loaded = compiled(zoo::random_layer_case(seed, options), GetParam());
      ASSERT_FALSE(HasFailure()) << "seed " << seed;
      const std::vector<net::Layer>& layers = loaded.network.layers;
      int here = 0;
      for (std::size_t i = 0; i < layers.size(); ++i) {
        here += layers[i].kind == kind && loaded.predicted[i] > 0 ? 1 : 0;
      }
      if (here == 0) continue;
      ++done;
      found += here;
      expect_same(loaded, 1, seed, all_engines(GetParam(), seed));
      ASSERT_FALSE(HasFailure()) << net::to_string(kind) << " seed " << seed;
    }
    EXPECT_GE(found, cases) << net::to_string(kind) << " is hardly ever on the array";
  }
}

INSTANTIATE_TEST_SUITE_P(Configurations, EveryKind, testing::Values("tiny", "base", "wide"),
                         [](const auto& config) { return std::string(config.param); });

}  // namespace
}  // namespace tendon::system_test
