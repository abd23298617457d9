// SPDX-License-Identifier: MIT
#include "net/scale.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace tendon::net {
namespace {

TEST(Scale, LosesNothingOfAFloat) {
  constexpr unsigned kSeed = 5;
  std::mt19937 random(kSeed);
  for (int i = 0; i < 10000; ++i) {
    const auto significand = static_cast<float>((1u << 23) + random() % (1u << 23));
    const float scale = std::ldexp(significand, -static_cast<int>(random() % 64));
    const auto requant = to_requant(scale, Rounding::kFloat);
    ASSERT_TRUE(requant) << requant.error().message;
    ASSERT_EQ(to_scale(*requant), scale) << "case " << i << " seed " << kSeed;
    ASSERT_GE(requant->multiplier, 1 << 23);
    ASSERT_LT(requant->multiplier, 1 << 24);
  }
}

TEST(Scale, TfliteTakesTheNearest31BitMultiplier) {
  EXPECT_EQ(*to_requant(0.5, Rounding::kTflite), (Requant{1 << 30, 31}));
  EXPECT_EQ(*to_requant(0.75, Rounding::kTflite), (Requant{3 << 29, 31}));
  const auto below_half = to_requant(std::nextafter(0.5, 0.0), Rounding::kTflite);
  ASSERT_TRUE(below_half) << below_half.error().message;
  EXPECT_EQ(*below_half, (Requant{1 << 30, 31}));  // rounds up to the next power of two
}

TEST(Scale, ZeroIsALegalMultiplierOfEveryMode) {
  EXPECT_EQ(*to_requant(0.0, Rounding::kUp), (Requant{0, 0}));
  EXPECT_EQ(*to_requant(0.0, Rounding::kTflite), (Requant{0, 31}));
}

TEST(Scale, RefusesWhatNoShiftReaches) {
  EXPECT_FALSE(to_requant(-1.0, Rounding::kFloat));
  EXPECT_FALSE(to_requant(std::numeric_limits<double>::infinity(), Rounding::kFloat));
  EXPECT_FALSE(to_requant(std::ldexp(1.0, 24), Rounding::kFloat));
  EXPECT_TRUE(to_requant(std::ldexp(1.0, 23), Rounding::kFloat));
  EXPECT_FALSE(to_requant(std::ldexp(1.0, -41), Rounding::kFloat));
  EXPECT_FALSE(to_requant(1.0, Rounding::kTflite));
}

}  // namespace
}  // namespace tendon::net
