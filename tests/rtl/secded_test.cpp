// SPDX-License-Identifier: MIT
// The code of the memories' words against one written from its definition: every flipped bit is
// corrected, every two are found.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <random>
#include <type_traits>
#include <vector>

#include "Vsecded24.h"
#include "Vsecded32.h"
#include "Vsecded6.h"
#include "rtl/coverage.hpp"

namespace tendon {
namespace {

constexpr std::uint64_t kSeed = 8128;
constexpr int kWords = 200;

/// {code bits, data} as docs/accelerator.md says, bit for bit.
std::uint64_t encode(std::uint32_t data, int width, int hamming) {
  std::uint64_t code = 0;
  unsigned position = 3;
  for (int i = 0; i < width; ++i, ++position) {
    while (std::has_single_bit(position)) ++position;
    if ((data >> i & 1) != 0) code ^= position;
  }
  const int ones = std::popcount(data) + std::popcount(code);
  code |= std::uint64_t(ones & 1) << hamming;
  return code << width | data;
}

template <class Model, int kWidth, int kHamming>
struct Code {
  static constexpr int kBits = kWidth + kHamming + 1;

  Code() = default;
  ~Code() { sim::save_coverage(context); }
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;

  std::uint64_t encoded(std::uint32_t data) {
    unit.data_i = static_cast<std::remove_reference_t<decltype(unit.data_i)>>(data);
    unit.eval();
    return std::uint64_t{unit.check_o} << kWidth | data;
  }

  void decode(std::uint64_t word) {
    unit.word_i = static_cast<std::remove_reference_t<decltype(unit.word_i)>>(word);
    unit.eval();
  }

  void expect(std::uint32_t data, bool single, bool twice, const char* what) {
    if (!twice) {
      ASSERT_EQ(std::uint32_t{unit.data_o}, data) << what;
    }
    ASSERT_EQ(unit.single_o != 0, single) << what << " of " << data;
    ASSERT_EQ(unit.double_o != 0, twice) << what << " of " << data;
  }

  VerilatedContext context;
  Model unit{&context, "secded"};
};

template <class Unit>
class SecdedTest : public testing::Test {};

using Units = testing::Types<Code<Vsecded6, 6, 4>, Code<Vsecded24, 24, 5>, Code<Vsecded32, 32, 6>>;

template <class Model, int kWidth, int kHamming>
std::uint64_t reference(const Code<Model, kWidth, kHamming>& /*unit*/, std::uint32_t data) {
  return encode(data, kWidth, kHamming);
}

template <class Model, int kWidth, int kHamming>
std::uint32_t random_word(const Code<Model, kWidth, kHamming>& /*unit*/, std::mt19937_64& random) {
  return static_cast<std::uint32_t>(random() & ((std::uint64_t{1} << kWidth) - 1));
}

/// Position of every bit of a word, data first.
template <class Model, int kWidth, int kHamming>
std::vector<unsigned> positions_of(const Code<Model, kWidth, kHamming>& /*unit*/) {
  std::vector<unsigned> positions;
  for (unsigned position = 3; positions.size() < kWidth; ++position) {
    if (!std::has_single_bit(position)) positions.push_back(position);
  }
  for (int i = 0; i < kHamming; ++i) positions.push_back(1u << i);
  positions.push_back(0);
  return positions;
}

TYPED_TEST_SUITE(SecdedTest, Units);

TYPED_TEST(SecdedTest, CodeIsTheDefinitions) {
  TypeParam unit;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < kWords; ++i) {
    const std::uint32_t data = random_word(unit, random);
    ASSERT_EQ(unit.encoded(data), reference(unit, data)) << "seed " << kSeed << ", word " << i;
  }
}

TYPED_TEST(SecdedTest, EveryFlippedBitIsCorrectedAndEveryTwoAreFound) {
  TypeParam unit;
  std::mt19937_64 random(kSeed + 1);
  for (int i = 0; i < kWords; ++i) {
    const std::uint32_t data = random_word(unit, random);
    const std::uint64_t word = reference(unit, data);
    unit.decode(word);
    ASSERT_NO_FATAL_FAILURE(unit.expect(data, false, false, "the word itself"));
    for (int a = 0; a < TypeParam::kBits; ++a) {
      unit.decode(word ^ std::uint64_t{1} << a);
      ASSERT_NO_FATAL_FAILURE(unit.expect(data, true, false, "one flip"));
      for (int b = 0; b < a; ++b) {
        unit.decode(word ^ std::uint64_t{1} << a ^ std::uint64_t{1} << b);
        ASSERT_NO_FATAL_FAILURE(unit.expect(data, false, true, "two flips"));
      }
    }
  }
}

// Three flips look like one at the position that is the exclusive or of theirs, or like none that
// there is: then they are told as two. Positions: 0 the parity of all, 2^k code bit k, the others
// data.
TYPED_TEST(SecdedTest, ThreeFlipsAreToldUnlessTheyLookLikeOne) {
  TypeParam unit;
  std::mt19937_64 random(kSeed + 2);
  const std::vector<unsigned> positions = positions_of(unit);
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t word = reference(unit, random_word(unit, random));
    for (int a = 0; a < TypeParam::kBits; ++a) {
      for (int b = 0; b < a; ++b) {
        for (int c = 0; c < b; ++c) {
          const auto at = [&](int bit) { return positions[static_cast<std::size_t>(bit)]; };
          const bool one = std::ranges::count(positions, at(a) ^ at(b) ^ at(c)) != 0;
          unit.decode(word ^ std::uint64_t{1} << a ^ std::uint64_t{1} << b ^ std::uint64_t{1} << c);
          ASSERT_EQ(unit.unit.single_o != 0, one) << a << " " << b << " " << c;
          ASSERT_EQ(unit.unit.double_o != 0, !one) << a << " " << b << " " << c;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tendon
