// SPDX-License-Identifier: MIT
// LOAD and STORE over the AXI4 master, at every bus width.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "bench.hpp"

namespace tendon::shell {
namespace {

constexpr std::uint32_t kActWords = 8192;
constexpr std::uint32_t kOut = Bench::kData + 0x40000;

std::vector<std::uint8_t> copy(Bench& bench, std::uint32_t bus, std::uint32_t bytes) {
  const auto span = bench.memory().at(bus, bytes);
  return {span.begin(), span.end()};
}

class DmaTest : public testing::TestWithParam<unsigned> {
 protected:
  // Loads `bytes` at bus offset `from`, stores them at `to`, and compares, with 64 bytes around.
  void round_trip(Bench& bench, std::uint32_t from, std::uint32_t to, std::uint32_t word,
                  std::uint32_t bytes, std::uint64_t seed) {
    bench.fill(Bench::kData + from, bytes, seed);
    bench.fill(kOut + to - 64, bytes + 128, seed + 1);
    const auto want = copy(bench, Bench::kData + from, bytes);
    const auto before = copy(bench, kOut + to - 64, 64);
    const auto after = copy(bench, kOut + to + bytes, 64);
    const std::uint32_t status =
        bench.run({load(TENDON_SPACE_ACT, Bench::kData + from, word, bytes).seal(),
                   store(kOut + to, word, bytes).flags(kWaitDma).seal()});
    ASSERT_EQ(status & (kDone | kError), kDone) << bytes << " bytes, seed " << seed;
    const auto got = copy(bench, kOut + to, bytes);
    const auto difference = std::ranges::mismatch(got, want);
    ASSERT_TRUE(difference.in1 == got.end())
        << bytes << " bytes, seed " << seed << ", byte " << difference.in1 - got.begin() << ": got "
        << +*difference.in1 << ", want " << +*difference.in2;
    ASSERT_EQ(copy(bench, kOut + to - 64, 64), before) << "bytes in front changed";
    ASSERT_EQ(copy(bench, kOut + to + bytes, 64), after) << "bytes behind changed";
  }
};

TEST_P(DmaTest, StoreReturnsWhatLoadBroughtForEverySmallSize) {
  Bench bench(GetParam(), {});
  bench.prepare();
  for (std::uint32_t words = 1; words <= 80; ++words) {
    round_trip(bench, 0, 64, 0, 4 * words, words);
  }
}

TEST_P(DmaTest, StoreReturnsWhatLoadBroughtUnderStalls) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    Bench bench(GetParam(), stalls(seed));
    bench.prepare();
    sim::Random random(seed);
    for (unsigned i = 0; i < 60; ++i) {
      // Close to and across a page, so that bursts are cut.
      const std::uint32_t words = 1 + random.below(i % 10 == 0 ? 1200 : 90);
      const std::uint32_t from = 16 * random.below(512);
      const std::uint32_t to = 64 + 16 * random.below(512);
      const std::uint32_t word = 4 * random.below((kActWords - words) / 4);
      round_trip(bench, from, to, word, 4 * words, seed * 1000 + i);
    }
  }
}

TEST_P(DmaTest, WholeActivationMemoryGoesBothWays) {
  Bench bench(GetParam(), {});
  bench.prepare();
  round_trip(bench, 0xFF0, 0x40, 0, 4 * kActWords, 5);
}

TEST_P(DmaTest, LoadLeavesTheRestOfTheLastBeatAlone) {
  Bench bench(GetParam(), {});
  bench.prepare();
  round_trip(bench, 0, 64, 0, 64, 1);
  const auto first = copy(bench, kOut + 64, 64);
  bench.fill(Bench::kData, 64, 2);
  const auto second = copy(bench, Bench::kData, 64);
  for (std::uint32_t words = 1; words < 8; ++words) {
    ASSERT_EQ(bench.run({load(TENDON_SPACE_ACT, Bench::kData, 0, 4 * words).seal(),
                         store(kOut, 0, 64).flags(kWaitDma).seal()}) &
                  kDone,
              kDone);
    auto want = first;
    std::copy_n(second.begin(), 4 * words, want.begin());
    ASSERT_EQ(copy(bench, kOut, 64), want) << words << " words";
  }
}

TEST_P(DmaTest, EverySpaceIsReachedUpToItsLastWord) {
  Bench bench(GetParam(), {});
  bench.prepare();
  const std::uint32_t wgt = 1024 * 4 * 16 / 4 - 4;
  const std::uint32_t par = 256 * 4 * 3 - 4;
  for (std::uint32_t i = 0; i < 12; ++i) {
    bench.poke(Bench::kData + 4 * i, 1u << (2 * i));
  }
  // The stand-in addresses 16 bits of words, so the last quads are written and word 3 of them read.
  ASSERT_EQ(
      bench.run(
          {load(TENDON_SPACE_ACT, Bench::kData, 8188, 16).seal(),
           load(TENDON_SPACE_WGT, Bench::kData + 16, wgt, 16).seal(),
           load(TENDON_SPACE_PAR, Bench::kData + 32, par, 16).seal(),
           conv({.in = 8191, .out = 0, .wgt = wgt + 3, .par = par + 3}).flags(kWaitDma).seal(),
           store(kOut, 0, 4).seal()}) &
          (kDone | kError),
      kDone);
  EXPECT_EQ(bench.peek(kOut), (1u << 6) + (1u << 14) + (1u << 22));
}

TEST_P(DmaTest, LoadKeepsTheBusBusy) {
  Bench bench(GetParam(), {});
  bench.prepare();
  const std::uint32_t bytes = 4 * kActWords;
  ASSERT_EQ(bench.run({load(TENDON_SPACE_ACT, Bench::kData, 0, bytes).seal()}) & kDone, kDone);
  const std::uint32_t beats = bytes * 8 / GetParam();
  const std::uint32_t cycles = bench.read(TENDON_CYCLES_OFFSET);
  RecordProperty("cycles", static_cast<int>(cycles));
  EXPECT_LE(cycles, beats + 40) << beats << " beats";
}

TEST_P(DmaTest, BytesAreCountedInWholeBeats) {
  Bench bench(GetParam(), {});
  bench.prepare();
  const std::uint32_t beat = GetParam() / 8;
  ASSERT_EQ(bench.run({load(TENDON_SPACE_ACT, Bench::kData, 0, 100).seal(),
                       store(kOut, 0, 36).flags(kWaitDma).seal()}) &
                kDone,
            kDone);
  const auto whole = [beat](std::uint32_t bytes) { return (bytes + beat - 1) / beat * beat; };
  EXPECT_EQ(bench.read(TENDON_BYTES_READ_OFFSET), 128 + whole(100));
  EXPECT_EQ(bench.read(TENDON_BYTES_WRITTEN_OFFSET), whole(36));
}

INSTANTIATE_TEST_SUITE_P(Widths, DmaTest, testing::Values(32u, 64u, 128u),
                         [](const auto& width) { return std::to_string(width.param) + "Bit"; });

}  // namespace
}  // namespace tendon::shell
