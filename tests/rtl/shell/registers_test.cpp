// SPDX-License-Identifier: MIT
// AXI4-Lite registers of tendon_top, against docs/registers.md.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "bench.hpp"

namespace tendon::shell {
namespace {

using sim::kRespOkay;
using sim::kRespSlverr;

// Offset -> value after reset, for what the parameters do not decide.
const std::map<std::uint32_t, std::uint32_t> kResets = {
    {TENDON_ID_OFFSET, 0x544E444E},
    {TENDON_VERSION_OFFSET, TENDON_VERSION_RESET},
    {TENDON_CAPS_OFFSET, 0x10100404},
    {TENDON_ACT_WORDS_OFFSET, 8192},
    {TENDON_WGT_LINES_OFFSET, 1024},
    {TENDON_PAR_ENTRIES_OFFSET, 256},
    {TENDON_SCRATCH_OFFSET, 0},
    {TENDON_CTRL_OFFSET, 0},
    {TENDON_STATUS_OFFSET, 0},
    {TENDON_IRQ_EN_OFFSET, 0},
    {TENDON_IRQ_STATUS_OFFSET, 0},
    {TENDON_DESC_BASE_OFFSET, 0},
    {TENDON_DOORBELL_OFFSET, 0},
    {TENDON_PROGRESS_OFFSET, 0},
    {TENDON_ERR_CODE_OFFSET, 0},
    {TENDON_ERR_TAG_OFFSET, 0},
    {TENDON_ERR_ADDR_OFFSET, 0},
    {TENDON_WIN_BASE_OFFSET, 0xFFFFF000},
    {TENDON_WIN_LIMIT_OFFSET, 0},
    {TENDON_WATCHDOG_OFFSET, 0},
    {TENDON_LABEL_OFFSET, 0},
    {TENDON_MAX_ACC_OFFSET, 0},
    {TENDON_LOG_LINES_OFFSET, 0},
    {TENDON_CYCLES_OFFSET, 0},
    {TENDON_DMA_OFFSET, 0},
    {TENDON_BYTES_READ_OFFSET, 0},
    {TENDON_BYTES_WRITTEN_OFFSET, 0},
    {TENDON_LOG_CYCLES_OFFSET, 0},
    {TENDON_LOG_DMA_OFFSET + 31 * TENDON_LOG_STRIDE, 0},
};

bool is_mapped(std::uint32_t offset) {
  return offset <= TENDON_LOG_LINES_OFFSET ||
         (offset >= TENDON_CYCLES_OFFSET && offset <= TENDON_BYTES_WRITTEN_OFFSET) ||
         (offset >= TENDON_LOG_CYCLES_OFFSET &&
          offset < TENDON_LOG_CYCLES_OFFSET + TENDON_LOG_COUNT * TENDON_LOG_STRIDE);
}

const std::set<std::uint32_t> kWritable = {
    TENDON_SCRATCH_OFFSET,  TENDON_CTRL_OFFSET,       TENDON_STATUS_OFFSET,
    TENDON_IRQ_EN_OFFSET,   TENDON_IRQ_STATUS_OFFSET, TENDON_DESC_BASE_OFFSET,
    TENDON_DOORBELL_OFFSET, TENDON_WIN_BASE_OFFSET,   TENDON_WIN_LIMIT_OFFSET,
    TENDON_WATCHDOG_OFFSET,
};

// Any value into any register, then all of them: each has its own bits, and only those.
TEST(RegistersTest, EveryBitIsKeptByItsRegisterAlone) {
  std::map<std::uint32_t, std::uint32_t> masks = {
      {TENDON_SCRATCH_OFFSET, 0xFFFFFFFF},  {TENDON_DESC_BASE_OFFSET, 0xFFFFFFC0},
      {TENDON_WIN_BASE_OFFSET, 0xFFFFF000}, {TENDON_WIN_LIMIT_OFFSET, 0xFFFFF000},
      {TENDON_WATCHDOG_OFFSET, 0x00FFFFFF}, {TENDON_IRQ_EN_OFFSET, 0x00000007},
  };
  Bench bench(128, {});
  std::map<std::uint32_t, std::uint32_t> expected;
  sim::Random random(6174);
  for (unsigned i = 0; i < 20; ++i) {
    for (const auto& [offset, mask] : masks) {
      const std::uint32_t value = i == 0   ? 0xFFFFFFFFu
                                  : i == 1 ? 0
                                           : static_cast<std::uint32_t>(random.next());
      bench.write(offset, value);
      expected[offset] = value & mask;
      for (const auto& [other, kept] : expected) {
        ASSERT_EQ(bench.read(other), kept) << std::hex << other << " after a write to " << offset;
      }
    }
  }
}

TEST(RegistersTest, ResetValuesAreTheDocumentedOnes) {
  Bench bench(128, {});
  for (const auto& [offset, value] : kResets) {
    EXPECT_EQ(bench.read(offset), value) << "offset 0x" << std::hex << offset;
  }
}

TEST(RegistersTest, CapsTellTheWidthOfTheBus) {
  for (const unsigned width : {32u, 64u, 128u}) {
    Bench bench(width, {});
    const std::uint32_t caps = bench.read(TENDON_CAPS_OFFSET);
    EXPECT_EQ((caps & TENDON_CAPS_BUS_BYTES_MASK) >> TENDON_CAPS_BUS_BYTES_LSB, width / 8);
  }
}

TEST(RegistersTest, ScratchReturnsWhatWasWrittenUnderStalls) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Bench bench(32, stalls(seed));
    sim::Random random(seed);
    for (unsigned i = 0; i < 200; ++i) {
      const auto value = static_cast<std::uint32_t>(random.next());
      bench.write(TENDON_SCRATCH_OFFSET, value);
      ASSERT_EQ(bench.read(TENDON_SCRATCH_OFFSET), value) << "seed " << seed << " access " << i;
    }
  }
}

TEST(RegistersTest, EveryOffsetThatIsNotListedAnswersSlverr) {
  Bench bench(128, {});
  for (std::uint32_t offset = 0; offset < TENDON_REGS_BYTES; offset += 4) {
    std::uint32_t value = 0xFFFFFFFF;
    EXPECT_EQ(bench.device().read_register(offset, &value),
              is_mapped(offset) ? kRespOkay : kRespSlverr)
        << "read 0x" << std::hex << offset;
    if (!is_mapped(offset)) {
      EXPECT_EQ(value, 0u) << "read 0x" << std::hex << offset;
    }
    if (!kWritable.contains(offset)) {
      EXPECT_EQ(bench.device().write_register(offset, 0xFFFFFFFF), kRespSlverr)
          << "write 0x" << std::hex << offset;
    }
  }
  for (const auto& [offset, value] : kResets) {
    EXPECT_EQ(bench.read(offset), value) << "offset 0x" << std::hex << offset;
  }
}

TEST(RegistersTest, PartOfAWordIsRefused) {
  Bench bench(128, {});
  bench.write(TENDON_SCRATCH_OFFSET, 0x12345678);
  for (unsigned strobes = 0; strobes < 15; ++strobes) {
    EXPECT_EQ(bench.device().write_register(TENDON_SCRATCH_OFFSET, 0, strobes), kRespSlverr);
  }
  EXPECT_EQ(bench.read(TENDON_SCRATCH_OFFSET), 0x12345678u);
}

TEST(RegistersTest, JobRegistersRefuseWritesWhileBusy) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_WATCHDOG_OFFSET, 12345);
  const std::uint32_t limit = bench.read(TENDON_WIN_LIMIT_OFFSET);
  bench.start({conv({.cycles = 2000}).seal()});
  bench.write(TENDON_DESC_BASE_OFFSET, 0);
  bench.write(TENDON_WIN_BASE_OFFSET, 0);
  bench.write(TENDON_WIN_LIMIT_OFFSET, 0);
  bench.write(TENDON_WATCHDOG_OFFSET, 0);
  EXPECT_NE(bench.read(TENDON_STATUS_OFFSET) & TENDON_STATUS_REFUSED_MASK, 0u);
  EXPECT_EQ(bench.read(TENDON_DESC_BASE_OFFSET), Bench::kDescriptors);
  EXPECT_EQ(bench.read(TENDON_WIN_BASE_OFFSET), bench.memory().base());
  EXPECT_EQ(bench.read(TENDON_WIN_LIMIT_OFFSET), limit);
  EXPECT_EQ(bench.read(TENDON_WATCHDOG_OFFSET), 12345u);
  bench.write(TENDON_STATUS_OFFSET, TENDON_STATUS_REFUSED_MASK);
  EXPECT_EQ(bench.read(TENDON_STATUS_OFFSET) & TENDON_STATUS_REFUSED_MASK, 0u);
  EXPECT_EQ(bench.wait() & (kDone | kError), kDone);
}

TEST(RegistersTest, DoorbellIsRefusedWhenItCannotStart) {
  Bench bench(128, {});
  bench.prepare();
  const auto refused = [&](std::uint32_t value) {
    bench.write(TENDON_DOORBELL_OFFSET, value);
    const bool flag = (bench.read(TENDON_STATUS_OFFSET) & TENDON_STATUS_DOORBELL_REFUSED_MASK) != 0;
    bench.write(TENDON_STATUS_OFFSET, TENDON_STATUS_DOORBELL_REFUSED_MASK);
    EXPECT_EQ(bench.read(TENDON_STATUS_OFFSET) & TENDON_STATUS_DOORBELL_REFUSED_MASK, 0u);
    return flag;
  };
  EXPECT_TRUE(refused(0));
  EXPECT_TRUE(refused(0x10000));
  EXPECT_EQ(bench.read(TENDON_STATUS_OFFSET), 0u) << "nothing started";

  bench.start({conv({.cycles = 1000}).seal()});
  EXPECT_TRUE(refused(1));
  EXPECT_EQ(bench.read(TENDON_DOORBELL_OFFSET), 1u);
  EXPECT_EQ(bench.wait() & (kDone | kError), kDone);
  EXPECT_EQ(bench.read(TENDON_PROGRESS_OFFSET), 1u);

  EXPECT_EQ(bench.run({failing_conv(9, 0).seal()}) & (kDone | kError), kError);
  EXPECT_TRUE(refused(1)) << "in error";
  bench.soft_reset();
  EXPECT_TRUE(bench.works());
}

TEST(RegistersTest, InterruptLineFollowsStatusAndEnable) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_IRQ_EN_OFFSET, 0);
  bench.start({conv({}).seal()});
  bench.device().run(500);
  EXPECT_FALSE(bench.device().irq());
  EXPECT_EQ(bench.read(TENDON_IRQ_STATUS_OFFSET), TENDON_IRQ_STATUS_DONE_MASK);
  bench.write(TENDON_IRQ_EN_OFFSET, TENDON_IRQ_EN_DONE_MASK);
  bench.device().run(2);
  EXPECT_TRUE(bench.device().irq());
  bench.write(TENDON_IRQ_STATUS_OFFSET, TENDON_IRQ_STATUS_ERROR_MASK);
  bench.device().run(2);
  EXPECT_TRUE(bench.device().irq()) << "only the bits written as 1 are cleared";
  bench.write(TENDON_IRQ_STATUS_OFFSET, TENDON_IRQ_STATUS_DONE_MASK);
  bench.device().run(2);
  EXPECT_FALSE(bench.device().irq());
}

TEST(RegistersTest, SoftResetKeepsConfigurationAndClearsState) {
  Bench bench(128, {});
  bench.prepare();
  bench.write(TENDON_SCRATCH_OFFSET, 77);
  bench.write(TENDON_WATCHDOG_OFFSET, 5000);
  EXPECT_EQ(bench.run({failing_conv(9, 0xABC).tag(3).seal()}) & kError, kError);
  bench.soft_reset();
  EXPECT_EQ(bench.read(TENDON_STATUS_OFFSET), 0u);
  EXPECT_EQ(bench.read(TENDON_ERR_CODE_OFFSET), 0u);
  EXPECT_EQ(bench.read(TENDON_ERR_TAG_OFFSET), 0u);
  EXPECT_EQ(bench.read(TENDON_ERR_ADDR_OFFSET), 0u);
  EXPECT_EQ(bench.read(TENDON_IRQ_STATUS_OFFSET), 0u);
  EXPECT_EQ(bench.read(TENDON_CYCLES_OFFSET), 0u);
  EXPECT_EQ(bench.read(TENDON_SCRATCH_OFFSET), 77u);
  EXPECT_EQ(bench.read(TENDON_WATCHDOG_OFFSET), 5000u);
  EXPECT_EQ(bench.read(TENDON_WIN_BASE_OFFSET), bench.memory().base());
}

TEST(RegistersTest, NoInputReachesAnOutputWithoutAClock) {
  for (const unsigned width : {32u, 64u, 128u}) {
    Bench bench(width, stalls(width));
    bench.prepare();
    bench.fill(Bench::kData, 4096, 1);
    bench.start({load(TENDON_SPACE_WGT, Bench::kData, 0, 4).seal(),
                 load(TENDON_SPACE_PAR, Bench::kData, 0, 4).seal(),
                 load(TENDON_SPACE_ACT, Bench::kData, 0, 1024).seal(),
                 conv({.cycles = 50, .argmax = true}).flags(kLog).seal(),
                 store(Bench::kData + 2048, 0, 512).seal()});
    for (unsigned i = 0; i < 1500; ++i) {
      ASSERT_FALSE(bench.device().has_combinational_path(i)) << "width " << width << " cycle " << i;
      bench.device().run(1);
    }
    EXPECT_EQ(bench.wait() & (kDone | kError), kDone) << "the probe disturbed the chain";
  }
}

}  // namespace
}  // namespace tendon::shell
