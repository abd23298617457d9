// SPDX-License-Identifier: MIT
// The driver's seam over the RTL: registers, buffers that only sync joins, interrupt, time, faults.

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "bench.hpp"

namespace tendon::shell {
namespace {

TEST(HalTest, BuffersMeetOnlyInSync) {
  Bench bench(128, {});
  const tendon_hal_t hal = bench.device().hal();
  tendon_dma_t dma{};
  ASSERT_EQ(hal.dma_alloc(hal.ctx, 256, &dma), TENDON_OK);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(dma.cpu) % 64, 0u);
  EXPECT_EQ(dma.bus % 64, 0u);
  auto* cpu = static_cast<std::uint8_t*>(dma.cpu);
  const auto device = bench.memory().at(dma.bus, 256);
  EXPECT_EQ(cpu[0], 0xA5);
  EXPECT_EQ(device[255], 0xA5);

  std::memset(cpu, 1, 256);
  EXPECT_EQ(device[100], 0xA5) << "a write without sync must not reach the device";
  ASSERT_EQ(hal.dma_sync(hal.ctx, &dma, 64, 64, TENDON_DMA_TO_DEVICE), TENDON_OK);
  EXPECT_EQ(device[63], 0xA5);
  EXPECT_EQ(device[64], 1);
  EXPECT_EQ(device[127], 1);
  EXPECT_EQ(device[128], 0xA5);

  device[0] = 9;
  device[200] = 9;
  ASSERT_EQ(hal.dma_sync(hal.ctx, &dma, 200, 1, TENDON_DMA_FROM_DEVICE), TENDON_OK);
  EXPECT_EQ(cpu[0], 1);
  EXPECT_EQ(cpu[200], 9);
  hal.dma_free(hal.ctx, &dma);
  EXPECT_EQ(dma.cpu, nullptr);
  EXPECT_EQ(device[64], 0xA5) << "a freed buffer is poisoned";
}

TEST(HalTest, SyncOutsideTheBufferIsRefused) {
  Bench bench(128, {});
  const tendon_hal_t hal = bench.device().hal();
  tendon_dma_t dma{};
  ASSERT_EQ(hal.dma_alloc(hal.ctx, 100, &dma), TENDON_OK);
  EXPECT_EQ(hal.dma_sync(hal.ctx, &dma, 0, 100, TENDON_DMA_TO_DEVICE), TENDON_OK);
  EXPECT_EQ(hal.dma_sync(hal.ctx, &dma, 0, 101, TENDON_DMA_TO_DEVICE), TENDON_E_ARG);
  EXPECT_EQ(hal.dma_sync(hal.ctx, &dma, 101, 0, TENDON_DMA_TO_DEVICE), TENDON_E_ARG);
  EXPECT_EQ(hal.dma_sync(hal.ctx, &dma, 0xFFFFFFFF, 2, TENDON_DMA_TO_DEVICE), TENDON_E_ARG);
  tendon_dma_t other = dma;
  hal.dma_free(hal.ctx, &dma);
  EXPECT_EQ(hal.dma_sync(hal.ctx, &other, 0, 4, TENDON_DMA_TO_DEVICE), TENDON_E_ARG);
}

TEST(HalTest, MemoryRunsOutAndComesBack) {
  sim::RtlOptions options;
  options.memory_bytes = 4096;
  Bench bench(128, options);
  const tendon_hal_t hal = bench.device().hal();
  std::vector<tendon_dma_t> buffers(3);
  EXPECT_EQ(hal.dma_alloc(hal.ctx, 0, &buffers[0]), TENDON_E_ARG);
  EXPECT_EQ(hal.dma_alloc(hal.ctx, 4097, &buffers[0]), TENDON_E_MEMORY);
  EXPECT_EQ(buffers[0].bytes, 0u) << "unchanged on error";
  ASSERT_EQ(hal.dma_alloc(hal.ctx, 1000, &buffers[0]), TENDON_OK);
  ASSERT_EQ(hal.dma_alloc(hal.ctx, 1000, &buffers[1]), TENDON_OK);
  EXPECT_EQ(hal.dma_alloc(hal.ctx, 3000, &buffers[2]), TENDON_E_MEMORY);
  EXPECT_GE(buffers[1].bus, buffers[0].bus + 1000);
  const std::uint32_t first = buffers[0].bus;
  hal.dma_free(hal.ctx, &buffers[0]);
  ASSERT_EQ(hal.dma_alloc(hal.ctx, 900, &buffers[0]), TENDON_OK);
  EXPECT_EQ(buffers[0].bus, first) << "the gap is used again";
}

TEST(HalTest, RegistersReportAFailedAccess) {
  Bench bench(128, {});
  const tendon_hal_t hal = bench.device().hal();
  std::uint32_t value = 0;
  EXPECT_EQ(hal.reg_read(hal.ctx, TENDON_ID_OFFSET, &value), TENDON_OK);
  EXPECT_EQ(value, TENDON_ID_RESET);
  EXPECT_EQ(hal.reg_read(hal.ctx, 0xFFC, &value), TENDON_E_BUS);
  EXPECT_EQ(hal.reg_write(hal.ctx, TENDON_ID_OFFSET, 0), TENDON_E_BUS);
  bench.device().faults().dead_registers = true;
  EXPECT_EQ(hal.reg_read(hal.ctx, TENDON_ID_OFFSET, &value), TENDON_E_BUS);
}

TEST(HalTest, InterruptAndTimeFollowSimulatedCycles) {
  Bench bench(128, {});
  const tendon_hal_t hal = bench.device().hal();
  bench.prepare();
  const std::uint64_t before = hal.time_us(hal.ctx);
  EXPECT_EQ(hal.irq_wait(hal.ctx, 50), TENDON_E_TIMEOUT);
  EXPECT_GE(hal.time_us(hal.ctx) - before, 50u);
  bench.start({conv({.cycles = 1000}).seal()});
  EXPECT_EQ(hal.irq_wait(hal.ctx, 5), TENDON_E_TIMEOUT) << "1000 cycles are 10 us";
  EXPECT_EQ(hal.irq_wait(hal.ctx, 50), TENDON_OK);
  EXPECT_EQ(hal.irq_wait(hal.ctx, 0), TENDON_OK) << "a level, until it is cleared";
}

TEST(HalTest, FaultsMisleadTheDriverAsAsked) {
  Bench bench(128, {});
  const tendon_hal_t hal = bench.device().hal();
  bench.prepare();
  bench.device().faults().spurious_irqs = 1;
  EXPECT_EQ(hal.irq_wait(hal.ctx, 10), TENDON_OK);
  EXPECT_EQ(hal.irq_wait(hal.ctx, 10), TENDON_E_TIMEOUT);

  bench.device().faults().drop_irqs = 1;
  bench.start({conv({}).seal()});
  EXPECT_EQ(hal.irq_wait(hal.ctx, 50), TENDON_E_TIMEOUT);
  EXPECT_EQ(hal.irq_wait(hal.ctx, 50), TENDON_OK);

  bench.device().faults().stuck_busy = true;
  std::uint32_t status = 0;
  EXPECT_EQ(hal.reg_read(hal.ctx, TENDON_STATUS_OFFSET, &status), TENDON_OK);
  EXPECT_EQ(status & (TENDON_STATUS_BUSY_MASK | kDone), TENDON_STATUS_BUSY_MASK);
  EXPECT_EQ(hal.irq_wait(hal.ctx, 50), TENDON_E_TIMEOUT);
}

TEST(HalTest, AFlippedBitIsSeenOnceAndMemoryKeepsItsByte) {
  Bench bench(128, {});
  bench.prepare();
  bench.poke(Bench::kData, 0);
  const std::uint32_t out = Bench::kData + 64;
  const auto chain = {load(0, Bench::kData, 0, 4).seal(), store(out, 0, 4).flags(kWaitDma).seal()};
  bench.memory().flip_read_bit(Bench::kData + 2, 3);
  ASSERT_EQ(bench.run(chain) & kDone, kDone);
  EXPECT_EQ(bench.peek(out), 1u << 19);
  EXPECT_EQ(bench.peek(Bench::kData), 0u);
  ASSERT_EQ(bench.run(chain) & kDone, kDone);
  EXPECT_EQ(bench.peek(out), 0u);
}

}  // namespace
}  // namespace tendon::shell
