// SPDX-License-Identifier: MIT
// Illegal descriptors: named error, nothing written outside what was legal, and the next job right.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "core/conv_case.hpp"
#include "core/cycle_model.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::core_test {
namespace {

constexpr std::uint64_t kSeed = 99;

class CoreErrorTest : public testing::TestWithParam<const char*> {
 protected:
  const Geometry& geometry() const { return dut_->geometry(); }

  ConvCase random() { return random_case(rng_, geometry()); }

  void load(const ConvCase& c) {
    dut_->write(Space::kWgt, c.places.wgt_base * geometry().line_words(),
                weight_image(c, geometry()));
    dut_->write(Space::kPar, c.places.par_base * geometry().rows * 3, param_image(c, geometry()));
  }

  std::vector<std::uint32_t> expected(const ConvCase& c) {
    const std::vector<std::int16_t> codes = random_codes(rng_, c.in());
    auto model = golden::Model::make(c.network);
    const std::span<const std::int16_t> input(codes);
    dut_->write(Space::kAct, c.places.in_base, pack(c.in(), codes));
    return pack(c.out(), model.value().run_layer(0, std::span(&input, 1)).codes);
  }

  void good_job() {
    const ConvCase c = random();
    load(c);
    const std::vector<std::uint32_t> want = expected(c);
    ASSERT_FALSE(dut_->run({descriptor(c, geometry())}).error) << c.describe();
    EXPECT_EQ(dut_->read(c.places.out_base, static_cast<int>(want.size())), want) << c.describe();
  }

  void refused(const std::string& what, const std::function<void(Descriptor&)>& spoil,
               unsigned code, std::uint32_t address) {
    SCOPED_TRACE(what);
    const ConvCase c = random();
    load(c);
    Descriptor bad = descriptor(c, geometry());
    spoil(bad);
    const std::vector<std::uint32_t> before = dut_->read(0, geometry().act_words);
    const End end = dut_->run({bad});
    EXPECT_TRUE(end.error);
    EXPECT_EQ(end.code, code);
    EXPECT_EQ(end.address, address);
    EXPECT_EQ(dut_->read(0, geometry().act_words), before);
    dut_->clear();
    good_job();
  }

  static void field(Descriptor& d, int word, int lsb, int width, std::uint32_t value) {
    const std::uint32_t mask = width == 32 ? 0xFFFFFFFFu : ((1u << width) - 1) << lsb;
    std::uint32_t& w = d[static_cast<std::size_t>(word)];
    w = (w & ~mask) | ((value << lsb) & mask);
  }

  std::unique_ptr<Dut> dut_ = make_dut(GetParam());
  std::mt19937_64 rng_{kSeed};
};

TEST_P(CoreErrorTest, IllegalFieldsAreRefusedBeforeTheStart) {
  struct Spoil {
    const char* what;
    int word, lsb, width;
    std::uint32_t value;
  };
  const Spoil spoils[] = {
      {"activation width", 1, 0, 2, 3},
      {"weight width", 1, 2, 2, 3},
      {"output width", 1, 4, 2, 3},
      {"rounding", 1, 8, 3, 5},
      {"pool", 1, 12, 2, 3},
      {"lo above hi", 2, 0, 32, 255u << 10},
      {"no row words", 5, 0, 16, 0},
      {"no rows", 5, 16, 16, 0},
      {"empty segment", 8, 0, 16, 0},
      {"no kx", 8, 16, 8, 0},
      {"no ky", 8, 24, 8, 0},
      {"no columns", 10, 0, 16, 0},
      {"no output rows", 10, 16, 16, 0},
      {"no channels", 11, 0, 16, 0},
  };
  for (const Spoil& s : spoils) {
    refused(
        s.what, [&s](Descriptor& d) { field(d, s.word, s.lsb, s.width, s.value); },
        TENDON_ERR_FIELD, static_cast<std::uint32_t>(s.word));
  }
  refused(
      "odd grid of 8-bit weights",
      [](Descriptor& d) {
        field(d, 1, 2, 2, 2);
        field(d, 1, 7, 1, 1);
      },
      TENDON_ERR_FIELD, 1);
  refused(
      "tflite", [](Descriptor& d) { field(d, 1, 8, 3, 3); }, TENDON_ERR_UNSUPPORTED, 1);
  refused(
      "opcode", [](Descriptor& d) { field(d, 0, 0, 8, 0x7F); }, TENDON_ERR_OPCODE, 0);
}

TEST_P(CoreErrorTest, AddressesOutsideAMemoryStopTheLayer) {
  const auto lines = static_cast<std::uint32_t>(geometry().wgt_lines);
  const auto entries = static_cast<std::uint32_t>(geometry().par_entries);
  const auto words = static_cast<std::uint32_t>(geometry().act_words);
  refused(
      "weights", [=](Descriptor& d) { field(d, 4, 0, 16, lines); }, TENDON_ERR_MEMORY,
      1u << 30 | lines);
  refused(
      "parameters", [=](Descriptor& d) { field(d, 4, 16, 16, entries); }, TENDON_ERR_MEMORY,
      2u << 30 | entries);
  refused(
      "input",
      [=](Descriptor& d) {
        field(d, 3, 0, 16, words);
        field(d, 5, 0, 32, 1u << 16 | 1u);
      },
      TENDON_ERR_MEMORY, words + 1);
}

// A descriptor that waits decoded behind a running layer is refused for the same reason as one that
// starts at once.
TEST_P(CoreErrorTest, AnInputOutsideIsRefusedBehindARunningLayer) {
  ConvCase c = random();
  while (model_cycles(c, geometry()) < 100) c = random();
  load(c);
  const std::vector<std::uint32_t> want = expected(c);
  const auto words = static_cast<std::uint32_t>(geometry().act_words);
  Descriptor bad = descriptor(c, geometry());
  field(bad, 3, 0, 16, words);
  field(bad, 5, 0, 32, 1u << 16 | 1u);
  const End end = dut_->run({descriptor(c, geometry()), bad});
  EXPECT_TRUE(end.error);
  EXPECT_EQ(end.code, static_cast<unsigned>(TENDON_ERR_MEMORY));
  EXPECT_EQ(end.address, words + 1);
  EXPECT_EQ(dut_->read(c.places.out_base, static_cast<int>(want.size())), want) << c.describe();
  dut_->clear();
  good_job();
}

TEST_P(CoreErrorTest, AResultOutsideTheMemoryIsNotWritten) {
  const ConvCase c = random();
  load(c);
  Descriptor bad = descriptor(c, geometry());
  field(bad, 3, 16, 16, static_cast<std::uint32_t>(geometry().act_words));
  const std::vector<std::uint32_t> before = dut_->read(0, geometry().act_words);
  const End end = dut_->run({bad});
  EXPECT_TRUE(end.error);
  EXPECT_EQ(end.code, static_cast<unsigned>(TENDON_ERR_MEMORY));
  EXPECT_EQ(end.address >> 30, 0u);
  EXPECT_GE(end.address & 0xFFFFF, static_cast<std::uint32_t>(geometry().act_words));
  EXPECT_EQ(dut_->read(0, geometry().act_words), before);
  dut_->clear();
  good_job();
}

TEST_P(CoreErrorTest, ClearInTheMiddleOfALayerLeavesTheNextOneRight) {
  for (int i = 0; i < 20; ++i) {
    const ConvCase c = random();
    load(c);
    dut_->start_and_abandon(descriptor(c, geometry()), i * 13 + 1);
    good_job();
    if (HasFatalFailure()) return;
  }
}

TEST_P(CoreErrorTest, TheNextDescriptorIsDecodedWhileOneRuns) {
  const ConvCase c = random();
  load(c);
  const std::vector<std::uint32_t> want = expected(c);
  const Descriptor d = descriptor(c, geometry());
  Counts counts;
  ASSERT_FALSE(dut_->run({d, d, d}, &counts).error);
  const std::int64_t busy = counts.cycles - counts.cause[0] - counts.cause[5];
  EXPECT_EQ(busy, 3 * model_cycles(c, geometry()));
  // Set-up is paid by the first one only.
  Counts one;
  ASSERT_FALSE(dut_->run({d}, &one).error);
  EXPECT_EQ(counts.cause[5], one.cause[5]);
  EXPECT_EQ(dut_->read(c.places.out_base, static_cast<int>(want.size())), want);
}

// "lean" is built without what FEATURES may lack.
TEST(CoreFeatureTest, WhatABuildLacksIsRefused) {
  const auto dut = make_dut("lean");
  std::mt19937_64 rng(kSeed);
  const auto refused = [&](const char* what, std::size_t word, std::uint32_t clear,
                           std::uint32_t set, std::uint32_t address) {
    SCOPED_TRACE(what);
    const ConvCase c = random_case(rng, dut->geometry());
    Descriptor d = descriptor(c, dut->geometry());
    d[word] = (d[word] & ~clear) | set;
    const End end = dut->run({d});
    EXPECT_TRUE(end.error);
    EXPECT_EQ(end.code, unsigned{TENDON_ERR_UNSUPPORTED});
    EXPECT_EQ(end.address, address);
    dut->clear();
  };
  for (const std::uint32_t opcode :
       {TENDON_OPCODE_MAX_POOL, TENDON_OPCODE_ADD, TENDON_OPCODE_TABLE, TENDON_OPCODE_PACK}) {
    refused("opcode", 0, 0xFF, opcode, 0);
  }
  refused("zero point of the weights", 1, 0, TENDON_CONV_WGT_ZERO_MASK, 1);
  refused("split mode of one column", 1, 0, TENDON_CONV_SPLIT_MASK, 1);
  refused("tflite", 1, TENDON_CONV_ROUNDING_MASK, 3u << TENDON_CONV_ROUNDING_LSB, 1);
}

INSTANTIATE_TEST_SUITE_P(Configurations, CoreErrorTest, testing::Values("tiny", "base", "wide"),
                         [](const auto& config) { return std::string(config.param); });

}  // namespace
}  // namespace tendon::core_test
