// SPDX-License-Identifier: MIT
// Order, overlap and end of descriptor chains.

#include <gtest/gtest.h>

#include <vector>

#include "bench.hpp"

namespace tendon::shell {
namespace {

constexpr std::uint32_t kIn = Bench::kData;
constexpr std::uint32_t kOut = Bench::kData + 0x40000;

TEST(ChainTest, ConsecutiveJobsAreRight) {
  for (const unsigned width : {32u, 64u, 128u}) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      Bench bench(width, seed == 0 ? sim::RtlOptions{} : stalls(seed));
      bench.prepare();
      for (unsigned i = 0; i < 5; ++i) {
        ASSERT_TRUE(bench.works()) << "width " << width << " seed " << seed << " job " << i;
      }
    }
  }
}

// act[n] = act[n - 1] + wgt[0] + par[0], a long chain of short descriptors: any that is lost, done
// twice or out of order changes the sum.
TEST(ChainTest, LongChainRunsEachDescriptorOnceAndInOrder) {
  for (const unsigned width : {32u, 128u}) {
    for (const std::uint32_t cycles : {1u, 2u, 3u, 19u}) {
      Bench bench(width, cycles == 3 ? stalls(3) : sim::RtlOptions{});
      bench.prepare();
      bench.poke(kIn, 5);
      bench.poke(kIn + 16, 100);
      bench.poke(kIn + 32, 7);
      std::vector<Descriptor> chain = {load(TENDON_SPACE_ACT, kIn, 0, 4).seal(),
                                       load(TENDON_SPACE_WGT, kIn + 16, 0, 4).seal(),
                                       load(TENDON_SPACE_PAR, kIn + 32, 0, 4).seal()};
      for (std::uint32_t i = 0; i < 60; ++i) {
        chain.push_back(conv({.cycles = cycles, .in = i, .out = i + 1})
                            .flags(i == 0 ? kWaitDma : 0)
                            .tag(i)
                            .seal());
      }
      chain.push_back(store(kOut, 60, 4).flags(kLast).seal());
      bench.start(chain);
      ASSERT_EQ(bench.wait() & (kDone | kError), kDone) << "width " << width;
      EXPECT_EQ(bench.peek(kOut), 5u + 60 * 107) << "width " << width << " cycles " << cycles;
      EXPECT_EQ(bench.read(TENDON_PROGRESS_OFFSET), 64u);
    }
  }
}

TEST(ChainTest, ShortDescriptorsFollowEachOtherWithoutAGap) {
  Bench bench(128, {});
  bench.prepare();
  std::vector<Descriptor> chain;
  for (unsigned i = 0; i < 20; ++i) {
    chain.push_back(conv({.cycles = 30}).seal());
  }
  bench.start(chain);
  ASSERT_EQ(bench.wait() & (kDone | kError), kDone);
  // The first fetch is the only cost: prefetch hides the others.
  EXPECT_LE(bench.read(TENDON_CYCLES_OFFSET), 20u * 30 + 20);
}

TEST(ChainTest, WeightsStreamInUnderComputation) {
  Bench bench(128, {});
  bench.prepare();
  bench.fill(kIn, 0x8000, 1);
  const auto chain = [](std::uint32_t flags) {
    return std::vector<Descriptor>{
        load(TENDON_SPACE_WGT, kIn, 0, 16384).seal(), conv({.cycles = 1200}).flags(kWaitDma).seal(),
        load(TENDON_SPACE_WGT, kIn + 16384, 8192, 16384).flags(flags).seal(),
        conv({.cycles = 1200}).flags(kWaitDma).seal()};
  };
  bench.start(chain(0));
  ASSERT_EQ(bench.wait() & (kDone | kError), kDone);
  const std::uint32_t streamed = bench.read(TENDON_CYCLES_OFFSET);
  bench.start(chain(kWaitCompute));
  ASSERT_EQ(bench.wait() & (kDone | kError), kDone);
  const std::uint32_t serial = bench.read(TENDON_CYCLES_OFFSET);
  // 1,024 beats of the second load vanish behind the first computation.
  EXPECT_LE(streamed, 1024u + 2 * 1200 + 60);
  EXPECT_GE(serial, 2 * 1024u + 2 * 1200);
}

TEST(ChainTest, LoadOfActivationsWaitsForComputeUnasked) {
  Bench bench(128, {});
  bench.prepare();
  bench.poke(kIn, 10);
  bench.poke(kIn + 16, 1);
  bench.poke(kIn + 32, 0);
  bench.poke(kIn + 48, 1000);
  // Too early, the second load would change act[0] long before the CONV reads it at its end.
  ASSERT_EQ(bench.run({load(TENDON_SPACE_ACT, kIn, 0, 4).seal(),
                       load(TENDON_SPACE_WGT, kIn + 16, 0, 4).seal(),
                       load(TENDON_SPACE_PAR, kIn + 32, 0, 4).seal(),
                       conv({.cycles = 500}).flags(kWaitDma).seal(),
                       load(TENDON_SPACE_ACT, kIn + 48, 0, 4).seal(),
                       store(kOut, 0, 8).flags(kWaitDma).seal()}) &
                (kDone | kError),
            kDone);
  EXPECT_EQ(bench.peek(kOut), 1000u);
  EXPECT_EQ(bench.peek(kOut + 4), 11u);
}

// With `overlap` the computation runs while its input comes in; without, behind it.
TEST(ChainTest, OverlapStartsUnderALoadOfActivations) {
  for (const unsigned width : {32u, 64u, 128u}) {
    for (const std::uint64_t seed : {0u, 1u, 2u}) {
      Bench bench(width, seed == 0 ? sim::RtlOptions{} : stalls(seed));
      bench.prepare();
      bench.fill(kIn, 0x1000, 1);
      bench.poke(kIn + 16, 1);
      bench.poke(kIn + 32, 0);
      const auto cycles = [&](std::uint32_t flags) {
        EXPECT_EQ(bench.run({load(TENDON_SPACE_WGT, kIn + 16, 0, 4).seal(),
                             load(TENDON_SPACE_PAR, kIn + 32, 0, 4).seal(),
                             load(TENDON_SPACE_ACT, kIn, 0, 4096).seal(),
                             conv({.cycles = 200, .in = 1023, .out = 1024}).flags(flags).seal(),
                             conv({.cycles = 9, .in = 1024, .out = 1025}).seal(),
                             store(kOut, 1024, 8).seal()}) &
                      (kDone | kError),
                  kDone);
        EXPECT_EQ(bench.peek(kOut), bench.peek(kIn + 4092) + 1);
        EXPECT_EQ(bench.peek(kOut + 4), bench.peek(kIn + 4092) + 2);
        return bench.read(TENDON_CYCLES_OFFSET);
      };
      const std::uint32_t serial = cycles(0);
      const std::uint32_t overlapped = cycles(kOverlap);
      // Other stalls, other cycles.
      if (seed == 0) {
        EXPECT_LT(overlapped + 150, serial) << "width " << width;
      }
    }
  }
}

TEST(ChainTest, OverlapDoesNotPassAStore) {
  Bench bench(128, stalls(7));
  bench.prepare();
  bench.poke(kIn, 10);
  bench.poke(kIn + 16, 1);
  bench.poke(kIn + 32, 0);
  // Too early, the second CONV would change act[0] before the STORE has read it.
  ASSERT_EQ(bench.run({load(TENDON_SPACE_ACT, kIn, 0, 4).seal(),
                       load(TENDON_SPACE_WGT, kIn + 16, 0, 4).seal(),
                       load(TENDON_SPACE_PAR, kIn + 32, 0, 4).seal(),
                       conv({.cycles = 9, .in = 0, .out = 1023}).flags(kWaitDma).seal(),
                       store(kOut, 0, 4096).seal(),
                       conv({.cycles = 1, .in = 0, .out = 1023}).flags(kOverlap).seal(),
                       conv({.cycles = 1, .in = 1023, .out = 1023}).flags(kOverlap).seal()}) &
                (kDone | kError),
            kDone);
  EXPECT_EQ(bench.peek(kOut + 4092), 11u);
}

// The second descriptor is asked for before the first is known to be the last.
TEST(ChainTest, WhatIsFetchedBehindTheLastIsDropped) {
  for (const unsigned width : {32u, 64u, 128u}) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      Bench bench(width, seed == 0 ? sim::RtlOptions{} : stalls(seed));
      bench.prepare();
      for (unsigned i = 0; i < 3; ++i) {
        ASSERT_EQ(bench.run({load(0, kIn, 0, 4).flags(kLast).seal(), failing_conv(9, 0).seal(),
                             failing_conv(9, 0).seal()}) &
                      (kDone | kError),
                  kDone)
            << "width " << width << " seed " << seed;
        EXPECT_EQ(bench.read(TENDON_PROGRESS_OFFSET), 1u);
        ASSERT_TRUE(bench.works());
      }
    }
  }
}

TEST(ChainTest, StoreAndComputeWaitForEachOtherUnasked) {
  Bench bench(128, stalls(4));
  bench.prepare();
  bench.poke(kIn, 10);
  bench.poke(kIn + 16, 1);
  bench.poke(kIn + 32, 0);
  ASSERT_EQ(bench.run({load(TENDON_SPACE_ACT, kIn, 0, 4).seal(),
                       load(TENDON_SPACE_WGT, kIn + 16, 0, 4).seal(),
                       load(TENDON_SPACE_PAR, kIn + 32, 0, 4).seal(),
                       conv({.cycles = 300, .in = 0, .out = 0}).flags(kWaitDma).seal(),
                       store(kOut, 0, 4096).seal(), conv({.cycles = 1, .in = 0, .out = 0}).seal(),
                       store(kOut + 0x8000, 0, 4).seal()}) &
                (kDone | kError),
            kDone);
  EXPECT_EQ(bench.peek(kOut), 11u);
  EXPECT_EQ(bench.peek(kOut + 0x8000), 12u);
}

TEST(ChainTest, LastEndsTheChain) {
  Bench bench(128, {});
  bench.prepare();
  ASSERT_EQ(bench.run({conv({}).seal(), conv({}).flags(kLast).seal(), failing_conv(9, 0).seal(),
                       failing_conv(9, 0).seal()}) &
                (kDone | kError),
            kDone);
  EXPECT_EQ(bench.read(TENDON_PROGRESS_OFFSET), 2u);
}

TEST(ChainTest, CountEndsTheChain) {
  Bench bench(128, {});
  bench.prepare();
  const std::vector<Descriptor> chain = {conv({}).seal(), failing_conv(9, 0).seal()};
  bench.start(chain);
  ASSERT_EQ(bench.wait() & kError, kError);
  bench.soft_reset();
  bench.write(TENDON_DOORBELL_OFFSET, 1);
  EXPECT_EQ(bench.wait() & (kDone | kError), kDone);
}

TEST(ChainTest, IrqFlagRaisesAnInterruptInTheMiddle) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_IRQ_EN_OFFSET, TENDON_IRQ_EN_DESCRIPTOR_MASK);
  bench.start({conv({.cycles = 100}).flags(kIrq).seal(), conv({.cycles = 2000}).seal()});
  const std::uint32_t status = bench.wait();
  EXPECT_EQ(status & TENDON_STATUS_BUSY_MASK, TENDON_STATUS_BUSY_MASK);
  EXPECT_EQ(bench.read(TENDON_PROGRESS_OFFSET), 1u);
  bench.write(TENDON_IRQ_EN_OFFSET, TENDON_IRQ_EN_DONE_MASK);
  EXPECT_EQ(bench.wait() & (kDone | kError), kDone);
}

TEST(ChainTest, LabelAndLargestSumAreKept) {
  Bench bench(128, {});
  bench.prepare();
  bench.poke(kIn, 0x1234);
  ASSERT_EQ(bench.run({load(TENDON_SPACE_ACT, kIn, 0, 4).seal(),
                       conv({.out = 9, .argmax = true}).flags(kWaitDma).seal(),
                       conv({.out = 10}).seal()}) &
                kDone,
            kDone);
  EXPECT_EQ(bench.read(TENDON_LABEL_OFFSET), 0x1234u);
  EXPECT_EQ(bench.read(TENDON_MAX_ACC_OFFSET), 0x123400u);
}

}  // namespace
}  // namespace tendon::shell
