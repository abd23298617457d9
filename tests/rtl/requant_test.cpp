// SPDX-License-Identifier: MIT
// Requantization unit: mode float against the float unit of the host, the others against 128-bit
// integers, tflite against its two roundings, with operands aimed at ties; sums of two operands.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cfenv>
#include <cmath>
#include <cstdlib>
#include <random>
#include <type_traits>

#include "Vrequant16.h"
#include "Vrequant16_blocks.h"
#include "Vrequant16_tflite.h"
#include "Vrequant8.h"
#include "Vrequant8_blocks.h"
#include "Vrequant8_tflite.h"
#include "rtl/coverage.hpp"

namespace tendon {
namespace {

constexpr std::uint64_t kSeed = 4711;
constexpr int kFloat = 0, kEven = 1, kUp = 2, kTflite = 3, kFloor = 4;

struct Case {
  std::int32_t acc;
  std::uint32_t mult;
  int shift;
};

struct Range {
  int zy, lo, hi;
};

template <class Model, int kPiece>
class Requant {
 public:
  Requant() = default;
  ~Requant() { sim::save_coverage(context_); }
  Requant(const Requant&) = delete;
  Requant& operator=(const Requant&) = delete;

  int run(const Case& c, int rounding, Range range, int passes) {
    unit_.rounding_i = static_cast<std::uint8_t>(rounding);
    unit_.keep_i = 0;
    unit_.narrow_i = passes == 16 / kPiece;
    unit_.zy_i = nine_bits(range.zy);
    unit_.lo_i = nine_bits(range.lo);
    unit_.hi_i = nine_bits(range.hi);
    unit_.mult_i = c.mult;
    unit_.shift3_i = static_cast<std::uint8_t>(c.shift);
    for (int pass = passes - 1; pass >= 0; --pass) {
      const std::uint32_t piece = static_cast<std::uint32_t>(c.acc) >> (pass * kPiece);
      const std::uint32_t low = piece & ((1u << kPiece) - 1);
      const bool top = pass == passes - 1;
      unit_.piece_i = static_cast<std::remove_reference_t<decltype(unit_.piece_i)>>(
          low | (top && c.acc < 0 ? 1u << kPiece : 0u));
      unit_.first2_i = pass == passes - 2;  // the first piece is one stage on
      tick();
    }
    unit_.first2_i = passes == 1;
    for (int i = 0; i < 3; ++i) {
      tick();
      unit_.first2_i = 0;
    }
    return static_cast<std::int16_t>(unit_.y_o << 7) >> 7;
  }

  /// round((a * ma + b * mb) * 2^-shift), a and b of nine bits.
  int add(const std::array<int, 2>& codes, const std::array<std::uint32_t, 2>& scales, int shift,
          int rounding, Range range) {
    unit_.rounding_i = static_cast<std::uint8_t>(rounding);
    unit_.keep_i = 1;
    unit_.zy_i = nine_bits(range.zy);
    unit_.lo_i = nine_bits(range.lo);
    unit_.hi_i = nine_bits(range.hi);
    unit_.shift3_i = static_cast<std::uint8_t>(shift);
    for (std::size_t i = 0; i < 2; ++i) {
      unit_.piece_i = static_cast<std::remove_reference_t<decltype(unit_.piece_i)>>(
          static_cast<std::uint32_t>(codes[i]) & ((2u << kPiece) - 1));
      unit_.mult_i = scales[i];
      unit_.first2_i = i == 1;
      tick();
    }
    unit_.first2_i = 0;
    for (int i = 0; i < 3; ++i) tick();
    return static_cast<std::int16_t>(unit_.y_o << 7) >> 7;
  }

 private:
  static std::uint16_t nine_bits(int value) { return static_cast<std::uint16_t>(value & 0x1FF); }

  void tick() {
    unit_.clk_i = 0;
    unit_.eval();
    unit_.clk_i = 1;
    unit_.eval();
  }

  VerilatedContext context_;
  Model unit_{&context_};
};

int clamp(std::int64_t rounded, Range range) {
  const std::int64_t y = std::clamp<std::int64_t>(rounded, -100000, 100000) + range.zy;
  return static_cast<int>(std::clamp<std::int64_t>(y, range.lo, range.hi));
}

std::int64_t rounded(const Case& c, int rounding) {
  if (rounding == kFloat) {
    const float scale = std::ldexp(static_cast<float>(c.mult), -c.shift);
    const volatile float product = static_cast<float>(c.acc) * scale;
    return static_cast<std::int64_t>(std::clamp(std::nearbyintf(product), -1e6f, 1e6f));
  }
  const __int128 product = static_cast<__int128>(c.acc) * c.mult;
  const __int128 floor = product >> c.shift;
  const __int128 rest = product - (floor << c.shift);  // 0 .. 2^shift - 1
  const __int128 twice = rest * 2, one = static_cast<__int128>(1) << c.shift;
  bool up = false;
  if (rounding == kEven) up = twice > one || (twice == one && (floor & 1) != 0);
  if (rounding == kUp) up = twice >= one;
  const __int128 value = floor + (up ? 1 : 0);
  const __int128 limit = 1'000'000;
  return static_cast<std::int64_t>(value > limit ? limit : value < -limit ? -limit : value);
}

// Half of the cases land on or next to a tie.
Case aimed(std::mt19937_64& rng, int acc_bits) {
  const auto random = [&rng](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(rng);
  };
  Case c{};
  const int kind = static_cast<int>(random(0, 9));
  const std::int64_t bound = (std::int64_t{1} << acc_bits) - 1;
  c.mult = static_cast<std::uint32_t>(kind == 0 ? 1 << 23 : random(1 << 23, (1 << 24) - 1));
  c.shift = static_cast<int>(random(std::max(0, acc_bits + 24 - 12), std::min(63, acc_bits + 26)));
  c.acc = static_cast<std::int32_t>(random(-bound, bound));
  if (kind < 6) {
    const double scale = std::ldexp(static_cast<double>(c.mult), -c.shift);
    const double target = static_cast<double>(random(-300, 300)) + 0.5;
    c.acc = static_cast<std::int32_t>(
        std::clamp(std::nearbyint(target / scale) + static_cast<double>(random(-1, 1)),
                   static_cast<double>(-bound), static_cast<double>(bound)));
  } else if (kind == 6) {
    c.shift = static_cast<int>(random(0, 63));
  } else if (kind == 7) {
    c.mult = static_cast<std::uint32_t>(random(0, 1)) << 23;
  }
  return c;
}

template <class Model, int kPiece>
void compare(int rounding, int acc_bits, int passes) {
  constexpr int kCases = 60'000;
  Requant<Model, kPiece> unit;
  std::mt19937_64 rng(kSeed);
  ASSERT_EQ(std::fegetround(), FE_TONEAREST);
  for (int i = 0; i < kCases; ++i) {
    const Case c = aimed(rng, acc_bits);
    const Range range = i % 2 == 0 ? Range{0, -128, 127} : Range{3 + i % 200, 1, 255};
    ASSERT_EQ(unit.run(c, rounding, range, passes), clamp(rounded(c, rounding), range))
        << "seed " << kSeed << " case " << i << " acc " << c.acc << " mult " << c.mult << " shift "
        << c.shift << " zy " << range.zy << " rounding " << rounding << " piece " << kPiece;
  }
}

// docs/numerics.md, mode tflite: high multiply with its own rounding, then half away from zero.
std::int64_t tflite(const Case& c) {
  const std::int64_t product = std::int64_t{c.acc} * c.mult;
  const std::int64_t high = (product + (std::int64_t{1} << 30)) >> 31;
  const std::int64_t half = c.shift == 31 ? 0 : std::int64_t{1} << (c.shift - 32);
  const std::int64_t magnitude = (std::abs(high) + half) >> (c.shift - 31);
  return high < 0 ? -magnitude : magnitude;
}

Case aimed_tflite(std::mt19937_64& rng, int acc_bits) {
  const auto random = [&rng](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(rng);
  };
  const std::int64_t bound = (std::int64_t{1} << acc_bits) - 1;
  Case c{};
  c.mult = static_cast<std::uint32_t>(
      random(0, 3) == 0 ? 1 << 30 : random(1 << 30, (std::int64_t{1} << 31) - 1));
  c.shift = static_cast<int>(random(std::max(31, acc_bits + 31 - 12), std::min(62, acc_bits + 33)));
  c.acc = static_cast<std::int32_t>(random(-bound, bound));
  if (random(0, 9) < 6) {
    const double target = static_cast<double>(random(-300, 300)) + 0.5;
    const double exact = target / std::ldexp(static_cast<double>(c.mult), -c.shift);
    c.acc = static_cast<std::int32_t>(
        std::clamp(std::nearbyint(exact) + static_cast<double>(random(-1, 1)),
                   static_cast<double>(-bound), static_cast<double>(bound)));
  }
  return c;
}

template <class Model, int kPiece>
void compare_tflite(int acc_bits, int passes) {
  constexpr int kCases = 60'000;
  Requant<Model, kPiece> unit;
  std::mt19937_64 rng(kSeed);
  for (int i = 0; i < kCases; ++i) {
    const Case c = aimed_tflite(rng, acc_bits);
    const Range range = i % 2 == 0 ? Range{0, -128, 127} : Range{3 + i % 200, 1, 255};
    ASSERT_EQ(unit.run(c, kTflite, range, passes), clamp(tflite(c), range))
        << "seed " << kSeed << " case " << i << " acc " << c.acc << " mult " << c.mult << " shift "
        << c.shift << " zy " << range.zy << " piece " << kPiece;
  }
}

template <class Model, int kPiece>
void compare_sums() {
  constexpr int kCases = 60'000;
  Requant<Model, kPiece> unit;
  std::mt19937_64 rng(kSeed);
  const auto random = [&rng](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(rng);
  };
  for (int i = 0; i < kCases; ++i) {
    const std::array<int, 2> codes = {random(-255, 255), random(-255, 255)};
    const std::array<std::uint32_t, 2> scales = {
        static_cast<std::uint32_t>(i % 3 == 0 ? 1 << 23 : random(0, (1 << 24) - 1)),
        static_cast<std::uint32_t>(i % 5 == 0 ? 1 << 22 : random(0, (1 << 24) - 1))};
    const int shift = random(20, 30), rounding = i % 2 == 0 ? kEven : kUp;
    const Range range{random(-20, 20), -128, 127};
    const std::int64_t sum =
        codes[0] * std::int64_t{scales[0]} + codes[1] * std::int64_t{scales[1]};
    const std::int64_t floor = sum >> shift;
    const std::int64_t twice = 2 * (sum - (floor << shift)), one = std::int64_t{1} << shift;
    const bool up = twice > one || (twice == one && (rounding == kUp || floor % 2 != 0));
    ASSERT_EQ(unit.add(codes, scales, shift, rounding, range), clamp(floor + (up ? 1 : 0), range))
        << "seed " << kSeed << " case " << i << " " << codes[0] << " * " << scales[0] << " + "
        << codes[1] << " * " << scales[1] << " shift " << shift << " piece " << kPiece;
  }
}

TEST(RequantTest, SumsOfTwoOperandsRoundOnce) {
  compare_sums<Vrequant8, 8>();
  compare_sums<Vrequant16, 16>();
}

TEST(RequantTest, TfliteEqualsItsTwoRoundings) {
  compare_tflite<Vrequant8_tflite, 8>(31, 4);
  compare_tflite<Vrequant8_tflite, 8>(16, 2);
  compare_tflite<Vrequant16_tflite, 16>(31, 2);
  compare_tflite<Vrequant16_tflite, 16>(16, 1);
}

TEST(RequantTest, OtherModesAreTheSameBesideTflite) {
  compare<Vrequant8_tflite, 8>(kFloat, 24, 3);
  compare<Vrequant16_tflite, 16>(kEven, 31, 2);
}

TEST(RequantTest, MultiplierBlocksGiveTheSameInEveryMode) {
  for (const int mode : {kFloat, kEven, kUp, kFloor}) {
    compare<Vrequant8_blocks, 8>(mode, mode == kFloat ? 24 : 31, mode == kFloat ? 3 : 4);
    compare<Vrequant16_blocks, 16>(mode, mode == kFloat ? 24 : 31, 2);
  }
  compare_tflite<Vrequant16_blocks, 16>(31, 2);
  compare_sums<Vrequant8_blocks, 8>();
  compare_sums<Vrequant16_blocks, 16>();
}

TEST(RequantTest, FloatEqualsTheFloatUnit) {
  compare<Vrequant8, 8>(kFloat, 24, 3);
  compare<Vrequant16, 16>(kFloat, 24, 2);
}

TEST(RequantTest, FloatNarrowEqualsTheFloatUnit) {
  compare<Vrequant8, 8>(kFloat, 16, 2);
  compare<Vrequant16, 16>(kFloat, 16, 1);
}

TEST(RequantTest, ExactModesEqualWideIntegers) {
  for (const int rounding : {kEven, kUp, kFloor}) {
    compare<Vrequant8, 8>(rounding, 31, 4);
    compare<Vrequant16, 16>(rounding, 31, 2);
    compare<Vrequant8, 8>(rounding, 16, 2);
  }
}

}  // namespace
}  // namespace tendon
