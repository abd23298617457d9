// SPDX-License-Identifier: MIT
#include "compiler/memory_plan.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tendon::compiler {
namespace {

TEST(MemoryPlan, NothingThatLivesAtTheSameTimeOverlaps) {
  constexpr unsigned kSeed = 3;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 500; ++round) {
    std::vector<Interval> tensors;
    for (unsigned i = 0; i < 2 + random() % 12; ++i) {
      const int first = static_cast<int>(random() % 10);
      tensors.push_back({static_cast<int>(1 + random() % 500), first,
                         first + static_cast<int>(random() % 5), -1});
    }
    const auto used = place(tensors, 100'000);
    ASSERT_TRUE(used);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const Interval& a = tensors[i];
      EXPECT_EQ(a.base % 4, 0);
      EXPECT_LE(a.base + a.words, *used);
      for (std::size_t j = 0; j < i; ++j) {
        const Interval& b = tensors[j];
        const bool together = a.first <= b.last && b.first <= a.last;
        const bool overlap = a.base < b.base + b.words && b.base < a.base + a.words;
        EXPECT_FALSE(together && overlap) << "round " << round << " seed " << kSeed;
      }
    }
  }
}

TEST(MemoryPlan, AChainNeedsNoMoreThanItsLargestNeighbours) {
  std::vector<Interval> chain = {{100, 0, 1, -1}, {200, 0, 2, -1}, {300, 1, 3, -1}, {40, 2, 4, -1}};
  const auto used = place(chain, 600);
  ASSERT_TRUE(used);
  EXPECT_EQ(*used, 600);
}

TEST(MemoryPlan, RefusesWhatDoesNotFit) {
  std::vector<Interval> tensors = {{100, 0, 1, -1}, {100, 1, 2, -1}};
  EXPECT_TRUE(place(tensors, 200));
  EXPECT_FALSE(place(tensors, 199));
}

}  // namespace
}  // namespace tendon::compiler
