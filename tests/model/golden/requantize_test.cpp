// SPDX-License-Identifier: MIT
// Requantization against other formulations: the float unit of the host, and 64-bit significands.
#include "golden/requantize.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

namespace tendon::golden {
namespace {

using net::Requant;
using net::Rounding;

constexpr unsigned kSeed = 2026;

/// TENDON_LONG=1: the numbers of the long test.
std::int64_t cases() { return std::getenv("TENDON_LONG") != nullptr ? 20'000'000 : 200'000; }

struct Case {
  std::int32_t acc;
  Requant scale;
};

Requant requant_of(float scale) {
  int exponent = 0;
  const float fraction = std::frexp(scale, &exponent);  // [0.5, 1)
  return {static_cast<std::int32_t>(std::ldexp(fraction, 24)), 24 - exponent};
}

/// Half of the cases put acc * scale within two units in the last place of a tie: there plain
/// round-half-even and the float product part company.
class Generator {
 public:
  Case next() {
    const auto acc = static_cast<std::int32_t>(random_() % (1u << (1 + random_() % 24)));
    const std::int32_t positive = std::max(acc, 1);
    Requant scale = {static_cast<std::int32_t>((1u << 23) + random_() % (1u << 23)),
                     static_cast<int>(20 + random_() % 30)};
    if (random_() % 2 == 0) {
      const double tie = static_cast<double>(random_() % 300) + 0.5;
      auto aimed = static_cast<float>(tie / positive);
      for (auto step = random_() % 3; step > 0; --step) aimed = std::nextafterf(aimed, 1e9f);
      for (auto step = random_() % 3; step > 0; --step) aimed = std::nextafterf(aimed, 0.0f);
      scale = requant_of(aimed);
    }
    return {random_() % 2 == 0 ? positive : -positive, scale};
  }

 private:
  std::mt19937 random_{kSeed};
};

TEST(Requantize, FloatModeEqualsTheFloatProductRoundedToNearestEven) {
  Generator generator;
  std::int64_t told_apart_from_even = 0;
  for (std::int64_t i = 0; i < cases(); ++i) {
    const Case c = generator.next();
    const float scale = std::ldexp(static_cast<float>(c.scale.multiplier), -c.scale.shift);
    const float product = static_cast<float>(c.acc) * scale;
    const auto want = static_cast<std::int64_t>(std::nearbyintf(std::clamp(product, -9e3f, 9e3f)));
    const std::int64_t got =
        std::clamp<std::int64_t>(scale_round(c.acc, c.scale, Rounding::kFloat), -9000, 9000);
    ASSERT_EQ(got, want) << "case " << i << " seed " << kSeed << " acc " << c.acc << " M "
                         << c.scale.multiplier << " S " << c.scale.shift;
    told_apart_from_even +=
        got != std::clamp<std::int64_t>(scale_round(c.acc, c.scale, Rounding::kEven), -9000, 9000);
  }
  // The generator really aims at ties: about 5 % of its cases tell the two modes apart.
  EXPECT_GT(told_apart_from_even, cases() / 100);
}

/// x87 long double: 64-bit significand, so products below 2^62 and their halves are exact.
static_assert(std::numeric_limits<long double>::digits >= 64);

std::int64_t reference(const Case& c, Rounding rounding) {
  const long double exact =
      std::ldexp(static_cast<long double>(c.acc) * c.scale.multiplier, -c.scale.shift);
  switch (rounding) {
    case Rounding::kEven:
      return static_cast<std::int64_t>(std::nearbyint(exact));
    case Rounding::kUp:
      return static_cast<std::int64_t>(std::floor(exact + 0.5L));
    default:
      return static_cast<std::int64_t>(std::floor(exact));
  }
}

TEST(Requantize, EvenUpAndFloorEqualTheExactProduct) {
  Generator generator;
  for (std::int64_t i = 0; i < cases(); ++i) {
    Case c = generator.next();
    if (i % 3 == 0) c = {c.acc / 1024 * 1024 + 512, {1 << 23, 33}};  // exact ties
    for (const Rounding rounding : {Rounding::kEven, Rounding::kUp, Rounding::kFloor}) {
      ASSERT_EQ(scale_round(c.acc, c.scale, rounding), reference(c, rounding))
          << "case " << i << " seed " << kSeed << " mode " << net::to_string(rounding) << " acc "
          << c.acc << " M " << c.scale.multiplier << " S " << c.scale.shift;
    }
  }
}

TEST(Requantize, TakesTheExtremesOfAccumulatorMultiplierAndShift) {
  constexpr std::int32_t kTop = std::numeric_limits<std::int32_t>::max();
  for (const std::int32_t acc : {kTop, -kTop, 1, -1, 0}) {
    for (const int shift : {0, 1, 31, 62, 63}) {
      for (const std::int32_t multiplier : {0, 1 << 23, (1 << 24) - 1}) {
        const Case c = {acc, {multiplier, shift}};
        for (const Rounding rounding : {Rounding::kEven, Rounding::kUp, Rounding::kFloor}) {
          EXPECT_EQ(scale_round(acc, c.scale, rounding), reference(c, rounding))
              << acc << " * " << multiplier << " >> " << shift << " " << net::to_string(rounding);
        }
      }
    }
  }
}

/// The published definition, with its truncating division and its threshold (TFLite, CMSIS-NN).
std::int64_t tflite_reference(const Case& c) {
  const std::int64_t product = std::int64_t{c.acc} * c.scale.multiplier;
  const std::int64_t nudge = product >= 0 ? 1 << 30 : 1 - (1 << 30);
  const std::int64_t high = (product + nudge) / (std::int64_t{1} << 31);
  const int right = c.scale.shift - 31;
  const std::int64_t mask = (std::int64_t{1} << right) - 1;
  const std::int64_t threshold = (mask >> 1) + (high < 0 ? 1 : 0);
  return (high >> right) + ((high & mask) > threshold ? 1 : 0);
}

TEST(Requantize, TfliteModeRoundsTwiceAsPublished) {
  std::mt19937 random(kSeed);
  for (std::int64_t i = 0; i < cases(); ++i) {
    Case c = {static_cast<std::int32_t>(random()) >> (random() % 24),
              {static_cast<std::int32_t>((1u << 30) + random() % (1u << 30)),
               static_cast<int>(31 + random() % 32)}};
    if (i % 2 == 0) c.scale.multiplier = 1 << 30;  // ties of both roundings
    ASSERT_EQ(scale_round(c.acc, c.scale, Rounding::kTflite), tflite_reference(c))
        << "case " << i << " seed " << kSeed << " acc " << c.acc << " M " << c.scale.multiplier
        << " S " << c.scale.shift;
  }
}

TEST(Requantize, ClampsAfterTheZeroPoint) {
  net::Layer layer;
  layer.lo = 3;
  layer.hi = 12;
  const Requant one = {1 << 23, 23};
  EXPECT_EQ(requantize(5, one, layer, 2), 7);
  EXPECT_EQ(requantize(0, one, layer, 2), 3);
  EXPECT_EQ(requantize(11, one, layer, 2), 12);
  EXPECT_EQ(requantize(-9000, one, layer, 2), 3);
}

}  // namespace
}  // namespace tendon::golden
