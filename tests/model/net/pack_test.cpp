// SPDX-License-Identifier: MIT
#include "net/pack.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tendon::net {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(Pack, ElementZeroIsInTheLeastSignificantBits) {
  const std::vector<std::int16_t> codes = {1, 2, 3, -1, 5};
  EXPECT_EQ(pack_rows(std::span(codes), 5, 8), (Bytes{1, 2, 3, 0xFF, 5, 0, 0, 0}));
  EXPECT_EQ(pack_rows(std::span(codes), 5, 4), (Bytes{0x21, 0xF3, 0x05, 0}));
  EXPECT_EQ(pack_rows(std::span(codes), 5, 2), (Bytes{0b11'11'10'01, 0b01, 0, 0}));
}

TEST(Pack, EveryRowStartsOnAWord) {
  const std::vector<std::int8_t> codes = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(pack_rows(std::span(codes), 3, 8), (Bytes{1, 2, 3, 0, 4, 5, 6, 0}));
  EXPECT_EQ(words_per_row(33, 4), 5);
  EXPECT_EQ(words_per_row(32, 4), 4);
}

TEST(Pack, UnpackGivesBackEveryCodeOfEveryWidthAndSign) {
  constexpr unsigned kSeed = 20;
  std::mt19937 random(kSeed);
  for (const int bits : {2, 4, 8}) {
    for (const bool is_signed : {false, true}) {
      for (const int row : {1, 3, 4, 15, 16, 17, 31}) {
        const Tensor t{"t", {2, 3, row}, bits, is_signed, 1.0f, 0};
        std::uniform_int_distribution<int> code(t.code_min(), t.code_max());
        std::vector<std::int16_t> codes(static_cast<std::size_t>(t.shape.size()));
        for (auto& c : codes) c = static_cast<std::int16_t>(code(random));
        EXPECT_EQ(unpack_tensor(t, pack_tensor(t, codes)), codes)
            << "bits " << bits << " signed " << is_signed << " row " << row << " seed " << kSeed;
      }
    }
  }
}

}  // namespace
}  // namespace tendon::net
