// SPDX-License-Identifier: MIT
// Order, overlap and end of descriptor chains.

#include <gtest/gtest.h>

#include <array>
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

TEST(ChainTest, EveryBitOfADescriptorReachesTheComputeEngine) {
  // At 64 bits there are two copies, whose memories begin with different noise.
  for (const unsigned width : {32u, 128u}) {
    Bench bench(width, stalls(width));
    bench.prepare();
    sim::Random random(width);
    for (unsigned i = 0; i < 20; ++i) {
      // Two at a time: one waits in front of the engine while the other one is at work.
      std::array<Descriptor, 3> chain = {conv({}), conv({}),
                                         store(kOut, 4, 8).flags(kWaitCompute | kLast).seal()};
      std::array<std::uint32_t, 2> digests{};
      for (unsigned n = 0; n < 2; ++n) {
        Descriptor& desc = chain[n];
        for (unsigned word = 1; word < 15; ++word) {
          desc.words[word] = static_cast<std::uint32_t>(random.next());
        }
        const auto put = [&desc](unsigned word, unsigned lsb, std::uint32_t value) {
          desc.words[word] = (desc.words[word] & ~(0xFFFFu << lsb)) | value << lsb;
        };
        put(TENDON_CONV_OUT_ROWS_WORD, TENDON_CONV_OUT_ROWS_LSB, 0xF01D);
        put(TENDON_CONV_OUT_COLS_WORD, TENDON_CONV_OUT_COLS_LSB, 30);
        put(TENDON_CONV_OUT_BASE_WORD, TENDON_CONV_OUT_BASE_LSB, 4 + n);
        put(TENDON_CONV_IN_BASE_WORD, TENDON_CONV_IN_BASE_LSB, i);
        put(TENDON_CONV_WGT_BASE_WORD, TENDON_CONV_WGT_BASE_LSB, i);
        put(TENDON_CONV_PAR_BASE_WORD, TENDON_CONV_PAR_BASE_LSB, i);
        desc.tag(static_cast<std::uint32_t>(random.next() & 0xFFFF)).seal();
        for (const std::uint32_t word : desc.words) digests[n] = digests[n] * 31 + word;
      }
      bench.start(chain);
      ASSERT_EQ(bench.wait() & (kDone | kError), kDone) << "width " << width << " chain " << i;
      ASSERT_EQ(bench.peek(kOut), digests[0]) << "width " << width << " chain " << i;
      ASSERT_EQ(bench.peek(kOut + 4), digests[1]) << "width " << width << " chain " << i;
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

TEST(ChainTest, InterruptsStayUntilTheyAreTakenBackOneByOne) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_IRQ_EN_OFFSET, 0);
  bench.start({conv({}).flags(kIrq).seal()});
  bench.device().run(500);
  constexpr std::uint32_t kDescriptor = TENDON_IRQ_STATUS_DESCRIPTOR_MASK;
  constexpr std::uint32_t kChain = TENDON_IRQ_STATUS_DONE_MASK;
  EXPECT_EQ(bench.read(TENDON_IRQ_STATUS_OFFSET), kChain | kDescriptor);
  bench.write(TENDON_IRQ_STATUS_OFFSET, kChain);
  EXPECT_EQ(bench.read(TENDON_IRQ_STATUS_OFFSET), kDescriptor);
  bench.device().run(50);
  EXPECT_EQ(bench.read(TENDON_IRQ_STATUS_OFFSET), kDescriptor);
  bench.write(TENDON_IRQ_STATUS_OFFSET, kDescriptor);
  EXPECT_EQ(bench.read(TENDON_IRQ_STATUS_OFFSET), 0u);

  bench.start({conv({}).flags(kIrq).seal(), failing_conv(9, 0).seal()});
  bench.device().run(500);
  EXPECT_EQ(bench.read(TENDON_IRQ_STATUS_OFFSET), kDescriptor | TENDON_IRQ_STATUS_ERROR_MASK);
  bench.soft_reset();
  EXPECT_EQ(bench.read(TENDON_IRQ_STATUS_OFFSET), 0u);
  bench.start({conv({}).seal()});
  bench.device().run(500);
  EXPECT_EQ(bench.read(TENDON_IRQ_STATUS_OFFSET), kChain);
  bench.soft_reset();
  EXPECT_EQ(bench.read(TENDON_IRQ_STATUS_OFFSET), 0u);
}

TEST(ChainTest, DoorbellReadsItsCountBack) {
  Bench bench(128, {});
  bench.prepare();
  bench.start({conv({}).flags(kLast).seal()});
  ASSERT_EQ(bench.wait() & (kDone | kError), kDone);
  sim::Random random(142857);
  for (unsigned i = 0; i < 20; ++i) {
    const auto count = static_cast<std::uint32_t>(random.next() & 0xFFFF) | 1u << (i % 16);
    bench.write(TENDON_DOORBELL_OFFSET, count);
    ASSERT_EQ(bench.wait() & (kDone | kError), kDone);
    EXPECT_EQ(bench.read(TENDON_DOORBELL_OFFSET), count);
  }
}

TEST(ChainTest, EveryComputeOpcodeReachesTheEngine) {
  Bench bench(128, {});
  bench.prepare();
  for (std::uint32_t opcode = TENDON_OPCODE_CONV; opcode <= TENDON_OPCODE_PACK; ++opcode) {
    Descriptor desc = failing_conv(0x33, opcode);
    desc.words[0] = (desc.words[0] & ~0xFFu) | opcode;
    bench.start({desc.seal()});
    ASSERT_EQ(bench.wait() & (kDone | kError), kError);
    EXPECT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), 0x33u) << opcode;
    EXPECT_EQ(bench.read(TENDON_ERR_ADDR_OFFSET), opcode);
    bench.soft_reset();
  }
}

TEST(ChainTest, LabelAndLargestSumAreKept) {
  Bench bench(128, {});
  bench.prepare();
  sim::Random random(2718);
  for (unsigned i = 0; i < 20; ++i) {
    const auto value = static_cast<std::uint32_t>(random.next());
    bench.poke(kIn, value);
    ASSERT_EQ(bench.run({load(TENDON_SPACE_ACT, kIn, 0, 4).seal(),
                         conv({.out = 9, .argmax = true}).flags(kWaitDma).seal(),
                         conv({.out = 10}).seal()}) &
                  kDone,
              kDone);
    EXPECT_EQ(bench.read(TENDON_LABEL_OFFSET), value & 0xFFFF);
    EXPECT_EQ(bench.read(TENDON_MAX_ACC_OFFSET), value << 8);
  }
}

}  // namespace
}  // namespace tendon::shell
