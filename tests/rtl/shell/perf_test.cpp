// SPDX-License-Identifier: MIT
// Counters and performance log: every cycle has exactly one cause.

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

#include "bench.hpp"

namespace tendon::shell {
namespace {

constexpr std::uint32_t kIn = Bench::kData;
constexpr std::uint32_t kOut = Bench::kData + 0x40000;

using Line = std::array<std::uint32_t, 8>;  // cycles, then the seven causes

Line counters(Bench& bench) {
  Line line;
  for (std::uint32_t i = 0; i < 8; ++i) {
    line[i] = bench.read(TENDON_CYCLES_OFFSET + 4 * i);
  }
  return line;
}

std::vector<Line> log_lines(Bench& bench) {
  std::vector<Line> lines(bench.read(TENDON_LOG_LINES_OFFSET));
  for (std::uint32_t n = 0; n < lines.size(); ++n) {
    for (std::uint32_t i = 0; i < 8; ++i) {
      lines[n][i] = bench.read(TENDON_LOG_CYCLES_OFFSET + n * TENDON_LOG_STRIDE + 4 * i);
    }
  }
  return lines;
}

std::uint32_t causes(const Line& line) { return std::accumulate(line.begin() + 1, line.end(), 0u); }

constexpr unsigned kDescriptor = 5;
constexpr unsigned kDma = 7;

TEST(PerfTest, EachLineCountsItsOwnDescriptorToTheCycle) {
  Bench bench(128, {});
  bench.prepare();
  // Back to back: the second and later lines are the stand-in's cycles and nothing else.
  const std::vector<std::uint32_t> durations = {600, 61, 124, 40, 255, 39};
  std::vector<Descriptor> chain;
  for (const std::uint32_t cycles : durations) {
    chain.push_back(conv({.cycles = cycles}).flags(kLog).seal());
  }
  bench.start(chain);
  ASSERT_EQ(bench.wait() & (kDone | kError), kDone);
  const std::vector<Line> lines = log_lines(bench);
  ASSERT_EQ(lines.size(), durations.size());
  for (std::size_t n = 1; n < lines.size(); ++n) {
    EXPECT_EQ(lines[n][0], durations[n]) << "line " << n;
    for (std::uint32_t state = 1; state <= 6; ++state) {
      // Cause 1 + c mod 6 in cycle c.
      EXPECT_EQ(lines[n][state], (durations[n] + 6 - state) / 6) << "line " << n;
    }
    EXPECT_EQ(lines[n][kDma], 0u);
  }
}

TEST(PerfTest, CausesAddUpAndLinesAddUpToTheCounters) {
  for (const unsigned width : {32u, 64u, 128u}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      Bench bench(width, stalls(seed));
      bench.prepare();
      sim::Random random(seed);
      // What CONV reads: memories start with noise, and two copies with different noise.
      std::vector<Descriptor> chain = {load(TENDON_SPACE_WGT, kIn, 0, 4).seal(),
                                       load(TENDON_SPACE_PAR, kIn, 0, 4).seal()};
      for (unsigned i = 0; i < 12; ++i) {
        const std::uint32_t words = 4 * (1 + random.below(100));
        chain.push_back(load(0, kIn, 0, 4 * words).flags(random.below(2) * kLog).seal());
        chain.push_back(
            conv({.cycles = 20 + random.below(200)}).flags(random.below(2) * kLog).seal());
        chain.push_back(store(kOut, 0, 4 * words).flags(random.below(2) * kLog).seal());
      }
      chain.back().flags(kLog).seal();
      bench.start(chain);
      ASSERT_EQ(bench.wait() & (kDone | kError), kDone);
      const Line total = counters(bench);
      EXPECT_EQ(causes(total), total[0]) << "width " << width << " seed " << seed;
      Line sum{};
      for (const Line& line : log_lines(bench)) {
        EXPECT_EQ(causes(line), line[0]) << "width " << width << " seed " << seed;
        for (std::size_t i = 0; i < sum.size(); ++i) {
          sum[i] += line[i];
        }
      }
      EXPECT_EQ(sum, total) << "width " << width << " seed " << seed;
    }
  }
}

TEST(PerfTest, AnIdleArrayIsCountedAsDmaOrDescriptor) {
  Bench bench(128, {});
  bench.prepare();
  bench.start({load(0, kIn, 0, 4096).seal()});
  ASSERT_EQ(bench.wait() & (kDone | kError), kDone);
  const Line line = counters(bench);
  EXPECT_GE(line[kDma], 256u);
  EXPECT_GE(line[kDescriptor], 4u);
  EXPECT_EQ(line[kDma] + line[kDescriptor], line[0]);
}

TEST(PerfTest, CountersAreExactWhileTheChainRuns) {
  Bench bench(128, {});
  bench.prepare();
  bench.start({hanging_conv().seal()});
  std::uint32_t before = bench.read(TENDON_CYCLES_OFFSET);
  for (unsigned i = 0; i < 40; ++i) {
    bench.device().run(i);
    const std::uint64_t start = bench.device().cycles();
    const std::uint32_t now = bench.read(TENDON_CYCLES_OFFSET);
    const std::uint64_t took = bench.device().cycles() - start;
    EXPECT_GE(now - before, i);
    EXPECT_LE(now - before, i + 2 * took + 2);
    before = now;
  }
}

TEST(PerfTest, NothingIsCountedBetweenChains) {
  Bench bench(128, {});
  bench.prepare();
  ASSERT_EQ(bench.run({conv({.cycles = 50}).flags(kLog).seal()}) & kDone, kDone);
  const Line first = counters(bench);
  bench.device().run(1000);
  EXPECT_EQ(counters(bench), first);
  ASSERT_EQ(bench.run({conv({.cycles = 50}).flags(kLog).seal()}) & kDone, kDone);
  EXPECT_EQ(counters(bench), first) << "the doorbell clears the counters";
  EXPECT_EQ(bench.read(TENDON_LOG_LINES_OFFSET), 1u);
}

TEST(PerfTest, TheLogKeepsItsFirst32Lines) {
  Bench bench(128, {});
  bench.prepare();
  std::vector<Descriptor> chain;
  for (std::uint32_t i = 0; i < 40; ++i) {
    chain.push_back(conv({.cycles = 40 + i}).flags(kLog).seal());
  }
  bench.start(chain);
  ASSERT_EQ(bench.wait() & (kDone | kError), kDone);
  const std::vector<Line> lines = log_lines(bench);
  ASSERT_EQ(lines.size(), 32u);
  for (std::uint32_t n = 1; n < 32; ++n) {
    EXPECT_EQ(lines[n][0], 40 + n);
  }
  EXPECT_EQ(causes(counters(bench)), counters(bench)[0]);
}

TEST(PerfTest, LinesThatEndTogetherAreBothWritten) {
  Bench bench(128, {});
  bench.prepare();
  // A sweep over the duration makes LOAD and CONV end in the same cycle at some point. A LOAD of
  // weights: one of activations would wait for the CONV.
  for (std::uint32_t cycles = 20; cycles < 60; ++cycles) {
    ASSERT_EQ(bench.run({conv({.cycles = cycles}).flags(kLog).seal(),
                         load(TENDON_SPACE_WGT, kIn, 0, 256).flags(kLog).seal()}) &
                  (kDone | kError),
              kDone);
    const std::vector<Line> lines = log_lines(bench);
    ASSERT_EQ(lines.size(), 2u) << cycles;
    const Line total = counters(bench);
    for (std::size_t i = 0; i < 8; ++i) {
      // A line that had to wait may end behind the chain, where nothing is counted.
      EXPECT_EQ(lines[0][i] + lines[1][i], total[i]) << cycles;
    }
  }
}

}  // namespace
}  // namespace tendon::shell
