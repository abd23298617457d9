// SPDX-License-Identifier: MIT
// The loosely timed model's CONV against the golden model, every word of the activation memory, and
// its cycles against the exact model that the RTL is held to; depthwise layers included.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "core/conv_case.hpp"
#include "core/cycle_model.hpp"
#include "core/kind_case.hpp"
#include "tlm/conv_unit.hpp"
#include "tlm/cycle_model.hpp"
#include "tlm/kind_unit.hpp"

namespace tendon::vp {
namespace {

using core_test::ConvCase;

constexpr std::uint64_t kSeed = 20241125;
constexpr int kCases = 400;

struct Sizes {
  const char* name;
  core_test::Geometry core;
};

class ConvUnitTest : public testing::TestWithParam<Sizes> {
 protected:
  ConvUnitTest() : memories_(shape()), unit_(memories_) {}

  static Geometry shape() {
    const core_test::Geometry& g = GetParam().core;
    const auto number = [](int value) { return static_cast<unsigned>(value); };
    return {number(g.rows),
            number(g.columns),
            number(g.lanes),
            number(g.act_words),
            number(g.wgt_lines),
            number(g.par_entries),
            16,
            0};
  }

  void load(const ConvCase& c, const std::vector<std::int16_t>& codes) {
    const core_test::Geometry& g = GetParam().core;
    const auto weights = core_test::weight_image(c, g);
    std::memcpy(memories_.weights.data() +
                    std::size_t{4} * static_cast<std::size_t>(c.places.wgt_base * g.line_words()),
                weights.data(), weights.size() * 4);
    ++memories_.weight_version;
    const auto params = core_test::param_image(c, g);
    std::copy(params.begin(), params.end(),
              memories_.params.begin() + c.places.par_base * g.rows * 3);
    for (std::uint32_t& word : memories_.act) word = static_cast<std::uint32_t>(rng_());
    const auto input = core_test::pack(c.in(), codes);
    std::copy(input.begin(), input.end(), memories_.act.begin() + c.places.in_base);
  }

  void check(const ConvCase& c) {
    const auto codes = core_test::random_codes(rng_, c.in());
    auto model = golden::Model::make(c.network);
    ASSERT_TRUE(model.has_value()) << model.error().message;
    const std::span<const std::int16_t> input(codes);
    const golden::LayerOutput want = model->run_layer(0, std::span(&input, 1));
    load(c, codes);
    std::vector<std::uint32_t> memory = memories_.act;
    const auto output = core_test::pack(c.out(), want.codes);
    std::copy(output.begin(), output.end(), memory.begin() + c.places.out_base);
    const core_test::Descriptor words = core_test::descriptor(c, GetParam().core);
    ConvFields fields;
    const auto illegal = decode_conv(words, fields);
    ASSERT_FALSE(illegal.has_value()) << "word " << illegal->address;
    ArgMax argmax;
    const auto stopped = unit_.run(fields, argmax);
    ASSERT_FALSE(stopped.has_value()) << "code " << stopped->code;
    const auto diff = std::mismatch(memory.begin(), memory.end(), memories_.act.begin());
    ASSERT_TRUE(diff.first == memory.end())
        << "word " << diff.first - memory.begin() << " (output at " << c.places.out_base
        << "), got 0x" << std::hex << *diff.second << " want 0x" << *diff.first;
    if (c.options.argmax) {
      const auto first = want.accumulators.end() - c.out().shape.channels;
      const auto largest = std::max_element(first, want.accumulators.end());
      EXPECT_EQ(argmax.label, static_cast<std::uint32_t>(largest - first));
      EXPECT_EQ(argmax.max_acc, *largest);
    }
    EXPECT_EQ(static_cast<std::int64_t>(conv_cycles(words, {}, memories_.geometry).total()),
              core_test::model_cycles(c, GetParam().core));
  }

  void place(int base, const std::vector<std::uint32_t>& words,
             std::vector<std::uint32_t>& memory) {
    std::copy(words.begin(), words.end(), memory.begin() + base);
  }

  void check(const core_test::KindCase& c) {
    const core_test::Geometry& g = GetParam().core;
    for (std::uint32_t& word : memories_.act) word = static_cast<std::uint32_t>(rng_());
    place(c.in_base, core_test::pack(c.in(), c.codes[0]), memories_.act);
    if (c.has_second()) place(c.in2_base, core_test::pack(c.in2(), c.codes[1]), memories_.act);
    place(c.par_base * g.rows * 3, core_test::param_image(c, g), memories_.params);
    std::vector<std::uint32_t> memory = memories_.act;
    place(c.out_base, core_test::pack(c.out(), c.golden().codes), memory);
    for (const core_test::Descriptor& words : core_test::descriptors(c, g)) {
      ConvFields fields;
      const auto illegal = decode_conv(words, fields);
      ASSERT_FALSE(illegal.has_value()) << "word " << illegal->address;
      ArgMax argmax;
      const auto stopped = fields.opcode == 3 ? unit_.run(fields, argmax) : kinds_.run(fields);
      ASSERT_FALSE(stopped.has_value()) << "code " << stopped->code;
    }
    const auto diff = std::mismatch(memory.begin(), memory.end(), memories_.act.begin());
    ASSERT_TRUE(diff.first == memory.end())
        << "word " << diff.first - memory.begin() << " (output at " << c.out_base << "), got 0x"
        << std::hex << *diff.second << " want 0x" << *diff.first;
    EXPECT_EQ(static_cast<std::int64_t>(
                  conv_cycles(core_test::descriptors(c, g)[0], {}, memories_.geometry).total()),
              core_test::model_cycles(c, g));
  }

  CoreMemories memories_;
  ConvUnit unit_;
  KindUnit kinds_{memories_};
  std::mt19937_64 rng_{kSeed};
};

TEST_P(ConvUnitTest, RandomLayersEqualTheGoldenModelAndTheExactCycles) {
  int depthwise = 0;
  for (int i = 0; i < kCases; ++i) {
    const ConvCase c = core_test::random_case(rng_, GetParam().core);
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " case " + std::to_string(i) + ": " +
                 c.describe());
    depthwise += c.depthwise() ? 1 : 0;
    check(c);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(depthwise, kCases / 20);
}

TEST_P(ConvUnitTest, OtherKindsEqualTheGoldenModelAndTheExactCycles) {
  using net::LayerKind;
  for (int i = 0; i < kCases; ++i) {
    constexpr LayerKind kKinds[] = {LayerKind::kMaxPool, LayerKind::kAdd, LayerKind::kTable,
                                    LayerKind::kGemm};
    const auto c = core_test::random_kind_case(rng_, GetParam().core, kKinds[i % 4]);
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " case " + std::to_string(i) + ": " +
                 c.describe());
    check(c);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Configurations, ConvUnitTest,
                         testing::Values(Sizes{"tiny", {"tiny", 1, 2, 16, 1024, 4096, 512, 1}},
                                         Sizes{"base", {"base", 4, 4, 16, 8192, 2048, 256, 4}},
                                         Sizes{"wide", {"wide", 8, 8, 16, 16384, 1024, 256, 4}}),
                         [](const auto& sizes) { return std::string(sizes.param.name); });

}  // namespace
}  // namespace tendon::vp
