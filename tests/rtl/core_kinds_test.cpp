// SPDX-License-Identifier: MIT
// tendon_core against the golden model: max pool, add, table, GEMM, in every configuration that has
// them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "core/conv_case.hpp"
#include "core/kind_case.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::core_test {
namespace {

constexpr std::uint64_t kSeed = 20261125;

std::vector<std::string> configurations_with_kinds() {
  std::vector<std::string> names;
  for (const Geometry& g : geometries()) {
    if (g.elements || g.gemm) names.push_back(g.name);
  }
  return names;
}

class CoreKindsTest : public testing::TestWithParam<std::string> {
 protected:
  // The lower part of a large activation memory, which is filled and read back for every case.
  const Geometry& geometry() const { return geometry_; }

  std::vector<std::uint32_t> noise() {
    std::vector<std::uint32_t> words(static_cast<std::size_t>(geometry().act_words));
    for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(rng_());
    return words;
  }

  // The memory as it is to be loaded.
  std::vector<std::uint32_t> load(const KindCase& c) {
    std::vector<std::uint32_t> memory = noise();
    place(memory, c.in_base, pack(c.in(), c.codes[0]));
    if (c.has_second()) place(memory, c.in2_base, pack(c.in2(), c.codes[1]));
    dut_->write(Space::kPar, c.par_base * geometry().rows * 3, param_image(c, geometry()));
    dut_->write(Space::kAct, 0, memory);
    return memory;
  }

  static void place(std::vector<std::uint32_t>& memory, int base,
                    const std::vector<std::uint32_t>& words) {
    std::copy(words.begin(), words.end(), memory.begin() + base);
  }

  void check(const KindCase& c) {
    std::vector<std::uint32_t> memory = load(c);
    Counts counts;
    const End end = dut_->run(descriptors(c, geometry()), &counts);
    ASSERT_FALSE(end.error) << "code " << end.code << " address " << end.address;
    place(memory, c.out_base, pack(c.out(), c.golden().codes));
    const std::vector<std::uint32_t> got = dut_->read(0, geometry().act_words);
    const auto diff = std::mismatch(got.begin(), got.end(), memory.begin());
    ASSERT_TRUE(diff.first == got.end())
        << "word " << diff.first - got.begin() << " (output at " << c.out_base << "), got 0x"
        << std::hex << *diff.first << " want 0x" << *diff.second;
    EXPECT_EQ(std::accumulate(counts.cause.begin(), counts.cause.end(), std::int64_t{0}),
              counts.cycles);
    if (c.layer().kind != net::LayerKind::kGemm) {
      EXPECT_EQ(counts.cycles - counts.cause[0] - counts.cause[5], model_cycles(c, geometry()));
    }
  }

  bool is_built(net::LayerKind kind) const {
    return kind == net::LayerKind::kGemm ? geometry().gemm : geometry().elements;
  }

  void check_many(net::LayerKind kind) {
    if (!is_built(kind)) GTEST_SKIP() << "built without " << net::to_string(kind);
    const int cases = std::getenv("TENDON_LONG") != nullptr ? 1000 : 40;
    for (int i = 0; i < cases; ++i) {
      const KindCase c = random_kind_case(rng_, geometry(), kind);
      SCOPED_TRACE("seed " + std::to_string(kSeed) + " case " + std::to_string(i) + ": " +
                   c.describe());
      check(c);
      if (HasFatalFailure()) return;
    }
    RecordProperty("layers", cases);
  }

  // PACK by itself.
  void check_pack_cycles() {
    const KindCase c = random_kind_case(rng_, geometry(), net::LayerKind::kGemm);
    SCOPED_TRACE(c.describe());
    load(c);
    Counts counts;
    ASSERT_FALSE(dut_->run({descriptors(c, geometry())[0]}, &counts).error);
    EXPECT_EQ(counts.cycles - counts.cause[0] - counts.cause[5], model_cycles(c, geometry()));
  }

  void refused(net::LayerKind kind, int word, int lsb, std::uint32_t value, unsigned code,
               std::uint32_t address) {
    SCOPED_TRACE("word " + std::to_string(word) + " bit " + std::to_string(lsb));
    const KindCase c = random_kind_case(rng_, geometry(), kind);
    const std::vector<std::uint32_t> before = load(c);
    Descriptor bad = descriptors(c, geometry())[0];
    bad[static_cast<std::size_t>(word)] ^= value << lsb;
    const End end = dut_->run({bad});
    EXPECT_TRUE(end.error) << c.describe();
    EXPECT_EQ(end.code, code);
    EXPECT_EQ(end.address, address);
    EXPECT_EQ(dut_->read(0, geometry().act_words), before);
    dut_->clear();
    check(random_kind_case(rng_, geometry(), kind));
  }

  static Geometry lower_part(Geometry geometry) {
    geometry.act_words = std::min(geometry.act_words, 1024);
    return geometry;
  }

  std::unique_ptr<Dut> dut_ = make_dut(GetParam());
  Geometry geometry_ = lower_part(dut_->geometry());
  std::mt19937_64 rng_{kSeed};
};

TEST_P(CoreKindsTest, RandomMaxPoolsEqualTheGoldenModel) { check_many(net::LayerKind::kMaxPool); }

TEST_P(CoreKindsTest, RandomSumsEqualTheGoldenModel) { check_many(net::LayerKind::kAdd); }

TEST_P(CoreKindsTest, RandomTablesEqualTheGoldenModel) { check_many(net::LayerKind::kTable); }

TEST_P(CoreKindsTest, RandomProductsEqualTheGoldenModel) { check_many(net::LayerKind::kGemm); }

TEST_P(CoreKindsTest, PackTakesTheModelsCycles) {
  if (!geometry().gemm) GTEST_SKIP() << "built without gemm";
  for (int i = 0; i < 20; ++i) check_pack_cycles();
}

TEST_P(CoreKindsTest, FieldsThatAKindDoesNotHaveAreRefused) {
  if (!geometry().elements || !geometry().gemm) GTEST_SKIP() << "built without some kinds";
  using net::LayerKind;
  for (const LayerKind kind : {LayerKind::kMaxPool, LayerKind::kAdd, LayerKind::kTable}) {
    for (const int bit : {12, 14, 15, 24, 26}) refused(kind, 1, bit, 1, TENDON_ERR_FIELD, 1);
  }
  refused(LayerKind::kAdd, 8, 24, 3, TENDON_ERR_FIELD, 8);    // one operand
  refused(LayerKind::kTable, 8, 16, 3, TENDON_ERR_FIELD, 8);  // two segments
  refused(LayerKind::kGemm, 1, 2, 3, TENDON_ERR_FIELD, 1);    // PACK in 4-bit slices
  refused(LayerKind::kGemm, 11, 0, 3, TENDON_ERR_FIELD, 11);  // PACK of two channels
}

TEST_P(CoreKindsTest, AddressesOutsideAMemoryStopTheLayer) {
  if (!geometry().elements || !geometry().gemm) GTEST_SKIP() << "built without some kinds";
  const auto outside = [this](net::LayerKind kind, int word, std::uint32_t base, unsigned memory) {
    const KindCase c = random_kind_case(rng_, geometry(), kind);
    const std::vector<std::uint32_t> before = load(c);
    Descriptor bad = descriptors(c, geometry())[0];
    auto& field = bad[static_cast<std::size_t>(word)];
    field = (field & (word == 4 && memory == 1 ? 0xFFFF0000u : 0xFFFFu)) |
            (memory == 1 ? base : base << 16);
    const End end = dut_->run({bad});
    EXPECT_TRUE(end.error) << c.describe();
    EXPECT_EQ(end.code, unsigned{TENDON_ERR_MEMORY});
    EXPECT_EQ(end.address >> 30, memory);
    EXPECT_EQ(dut_->read(0, geometry().act_words), before);
    dut_->clear();
    check(random_kind_case(rng_, geometry(), kind));
  };
  const auto entries = static_cast<std::uint32_t>(geometry().par_entries);
  outside(net::LayerKind::kTable, 4, entries, 2);
  outside(net::LayerKind::kAdd, 13, static_cast<std::uint32_t>(dut_->geometry().act_words), 0);
  outside(net::LayerKind::kGemm, 13, entries, 2);
  outside(net::LayerKind::kGemm, 4, static_cast<std::uint32_t>(geometry().wgt_lines), 1);
}

INSTANTIATE_TEST_SUITE_P(Configurations, CoreKindsTest,
                         testing::ValuesIn(configurations_with_kinds()),
                         [](const auto& config) { return config.param; });

}  // namespace
}  // namespace tendon::core_test
