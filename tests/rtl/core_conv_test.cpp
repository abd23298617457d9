// SPDX-License-Identifier: MIT
// tendon_core against the golden model, convolutions, in every configuration that was built.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/conv_case.hpp"
#include "core/cycle_model.hpp"

namespace tendon::core_test {
namespace {

constexpr std::uint64_t kSeed = 20240611;

std::vector<std::string> configurations() {
  std::vector<std::string> names;
  for (const Geometry& g : geometries()) names.push_back(g.name);
  return names;
}

class CoreConvTest : public testing::TestWithParam<std::string> {
 protected:
  const Geometry& geometry() const { return dut_->geometry(); }

  void load(const ConvCase& c) {
    dut_->write(Space::kWgt, c.places.wgt_base * geometry().line_words(),
                weight_image(c, geometry()));
    dut_->write(Space::kPar, c.places.par_base * geometry().rows * 3, param_image(c, geometry()));
  }

  golden::LayerOutput golden(const ConvCase& c, const std::vector<std::int16_t>& codes) {
    auto model = golden::Model::make(c.network);
    EXPECT_TRUE(model.has_value()) << model.error().message;
    const std::span<const std::int16_t> input(codes);
    return model.value().run_layer(0, std::span(&input, 1));
  }

  // Fills the activation memory with noise, so that stray writes and stale reads show.
  std::vector<std::uint32_t> noise() {
    std::vector<std::uint32_t> words(static_cast<std::size_t>(geometry().act_words));
    for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(rng_());
    return words;
  }

  // The words of the input, in whole beats, as a LOAD brings them; noise in their place until then.
  Arrival arrive_late(const ConvCase& c, const std::vector<std::uint32_t>& memory, int words,
                      unsigned percent) {
    const int beat = geometry().dma_words;
    const int first = c.places.in_base / beat * beat;
    const int end = c.places.in_base + words;
    Arrival arrival;
    arrival.first = static_cast<std::uint32_t>(first);
    arrival.words.assign(memory.begin() + first, memory.begin() + end);
    arrival.percent = percent;
    arrival.random.seed(rng_());
    return arrival;
  }

  // `percent`: beats of the input in 100 cycles while the layer runs; 0: all in place before.
  void check(const ConvCase& c, unsigned percent = 0) {
    const std::vector<std::int16_t> codes = random_codes(rng_, c.in());
    const golden::LayerOutput want = golden(c, codes);
    std::vector<std::uint32_t> memory = noise();
    const auto place = [&memory](int base, const std::vector<std::uint32_t>& words) {
      std::copy(words.begin(), words.end(), memory.begin() + base);
    };
    place(c.places.in_base, pack(c.in(), codes));
    load(c);
    Arrival arrival;
    if (percent > 0) {
      arrival = arrive_late(c, memory, static_cast<int>(pack(c.in(), codes).size()), percent);
      std::vector<std::uint32_t> before = memory;
      for (std::size_t i = 0; i < arrival.words.size(); ++i)
        before[arrival.first + i] = ~arrival.words[i];
      dut_->write(Space::kAct, 0, before);
    } else {
      dut_->write(Space::kAct, 0, memory);
    }
    Counts counts;
    const End end =
        dut_->run({descriptor(c, geometry())}, &counts, percent > 0 ? &arrival : nullptr);
    ASSERT_FALSE(end.error) << "code " << end.code << " address " << end.address;
    // Rows that no window reads may come behind the layer's end.
    if (arrival.next < arrival.words.size()) {
      const auto next = static_cast<std::ptrdiff_t>(arrival.next);
      dut_->write(Space::kAct, static_cast<int>(arrival.first) + static_cast<int>(next),
                  {arrival.words.begin() + next, arrival.words.end()});
    }
    place(c.places.out_base, pack(c.out(), want.codes));
    const std::vector<std::uint32_t> got = dut_->read(0, geometry().act_words);
    const auto diff = std::mismatch(got.begin(), got.end(), memory.begin());
    ASSERT_TRUE(diff.first == got.end())
        << "word " << diff.first - got.begin() << " (output at " << c.places.out_base << "), got 0x"
        << std::hex << *diff.first << " want 0x" << *diff.second;
    EXPECT_EQ(std::accumulate(counts.cause.begin(), counts.cause.end(), std::int64_t{0}),
              counts.cycles);
    check_label(c, want);
    if (percent > 0) return;
    // Idle and set-up cycles come before the first step.
    EXPECT_EQ(counts.cycles - counts.cause[0] - counts.cause[5], model_cycles(c, geometry()));
  }

  void check_label(const ConvCase& c, const golden::LayerOutput& want) {
    ASSERT_EQ(dut_->label_seen(), c.options.argmax);
    if (!c.options.argmax) return;
    // The last position that is computed, before the pool.
    const auto first = want.accumulators.end() - c.out().shape.channels;
    const auto largest = std::max_element(first, want.accumulators.end());
    EXPECT_EQ(dut_->label(), largest - first);
    EXPECT_EQ(dut_->max_acc(), *largest);
  }

  std::unique_ptr<Dut> dut_ = make_dut(GetParam());
  std::mt19937_64 rng_{kSeed};
};

// The passes of a row's last, split result run while the next row begins: short tiles, several
// rows.
TEST_P(CoreConvTest, RowsThatEndInASplitTileKeepTheirLastResult) {
  constexpr int kDraws = 20'000;
  const int columns = geometry().columns;
  if (columns == 1) GTEST_SKIP() << "no split mode with one column";
  int checked = 0;
  for (int i = 0; i < kDraws && checked < 30; ++i) {
    const ConvCase c = random_case(rng_, geometry());
    const net::Shape out = c.out().shape;
    const bool mixed = out.columns > columns && out.columns % columns != 0 && out.rows > 1;
    const bool is_short = c.layer().weight_bits <= 4 &&
                          c.segments_x() * c.layer().row.kernel <= 2 &&
                          c.segment_words(geometry()) <= 4;
    if (!c.options.split || c.options.thresholds || !mixed || !is_short) continue;
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " draw " + std::to_string(i) + ": " +
                 c.describe());
    check(c);
    if (HasFatalFailure()) return;
    ++checked;
  }
  EXPECT_GE(checked, 10);
}

TEST_P(CoreConvTest, RandomLayersEqualTheGoldenModel) {
  constexpr int kCases = 100;
  for (int i = 0; i < kCases; ++i) {
    const ConvCase c = random_case(rng_, geometry());
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " case " + std::to_string(i) + ": " +
                 c.describe());
    check(c);
    if (HasFatalFailure()) return;
  }
  RecordProperty("layers", kCases);
}

// The input arrives while the layer runs, fast or slowly; what a step reads must be there by then.
TEST_P(CoreConvTest, LayersUnderTheirLoadEqualTheGoldenModel) {
  constexpr int kCases = 60;
  for (int i = 0; i < kCases; ++i) {
    const ConvCase c = random_case(rng_, geometry());
    const auto percent = static_cast<unsigned>(1 + rng_() % 100);
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " case " + std::to_string(i) + ", " +
                 std::to_string(percent) + " %: " + c.describe());
    check(c, percent);
    if (HasFatalFailure()) return;
  }
  RecordProperty("layers", kCases);
}

INSTANTIATE_TEST_SUITE_P(Configurations, CoreConvTest, testing::ValuesIn(configurations()),
                         [](const auto& config) { return config.param; });

}  // namespace
}  // namespace tendon::core_test
