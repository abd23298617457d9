/* SPDX-License-Identifier: MIT
 *
 * HAL for an accelerator on the bus of the virtual platform, with explicit cache maintenance.
 */
#include "firmware/board_vp.h"
#include "firmware/mmio.h"
#include "tendon/tendon_regs.h"

#define TICKS_PER_US (VP_TIMER_HZ / 1000000u)
#define NS_PER_TICK (1000000000u / VP_TIMER_HZ)
#define ACCESSES 16u

static uint32_t dma_next = VP_DMA_BASE, dma_buffers;

static tendon_status_t reg_read(void* ctx, uint32_t offset, uint32_t* value) {
  (void)ctx;
  if (offset >= TENDON_REGS_BYTES || offset % 4 != 0) return TENDON_E_BUS;
  *value = mmio_read(VP_ACCEL_BASE + offset);
  return TENDON_OK;
}

static tendon_status_t reg_write(void* ctx, uint32_t offset, uint32_t value) {
  (void)ctx;
  if (offset >= TENDON_REGS_BYTES || offset % 4 != 0) return TENDON_E_BUS;
  mmio_write(VP_ACCEL_BASE + offset, value);
  return TENDON_OK;
}

static tendon_status_t dma_alloc(void* ctx, uint32_t bytes, tendon_dma_t* dma) {
  (void)ctx;
  const uint32_t rounded = (bytes + VP_CACHE_LINE - 1) & ~(VP_CACHE_LINE - 1);
  if (bytes == 0) return TENDON_E_ARG;
  if (rounded < bytes || VP_DMA_BASE + VP_DMA_BYTES - dma_next < rounded) return TENDON_E_MEMORY;
  dma->cpu = (void*)(uintptr_t)dma_next;
  dma->bus = dma_next;
  dma->bytes = bytes;
  dma_next += rounded;
  ++dma_buffers;
  return TENDON_OK;
}

/* Memory comes back when its buffer is the youngest, all of it with the last buffer. */
static void dma_free(void* ctx, tendon_dma_t* dma) {
  (void)ctx;
  const uint32_t rounded = (dma->bytes + VP_CACHE_LINE - 1) & ~(VP_CACHE_LINE - 1);
  if (dma->bus + rounded == dma_next) dma_next = dma->bus;
  if (--dma_buffers == 0) dma_next = VP_DMA_BASE;
}

static tendon_status_t dma_sync(void* ctx, const tendon_dma_t* dma, uint32_t offset, uint32_t bytes,
                                tendon_dma_direction_t direction) {
  (void)ctx;
  if (offset > dma->bytes || bytes > dma->bytes - offset) return TENDON_E_ARG;
  const uint32_t to_device = direction == TENDON_DMA_TO_DEVICE;
  const uint32_t forget = to_device ? VP_SETUP_FORGET_CLEAN : VP_SETUP_FORGET_INVALIDATE;
  if (bytes == 0 || (board_setup() & forget) != 0) return TENDON_OK;
  const uint32_t before = board_mark(VP_MARK_SYNC);
  board_cache((char*)dma->cpu + offset, bytes, to_device ? VP_CACHE_CLEAN : VP_CACHE_INVALIDATE);
  (void)board_mark(before);
  return TENDON_OK;
}

static tendon_status_t irq_wait(void* ctx, uint64_t timeout_us) {
  (void)ctx;
  if ((board_setup() & VP_SETUP_POLL) != 0) return TENDON_OK;
  const uint32_t before = board_mark(VP_MARK_WAIT);
  const int raised = board_wait_source(VP_IRQ_ACCEL, timeout_us * TICKS_PER_US);
  (void)board_mark(before);
  return raised ? TENDON_OK : TENDON_E_TIMEOUT;
}

static uint64_t time_us(void* ctx) {
  (void)ctx;
  return board_ticks() / TICKS_PER_US;
}

static tendon_hal_t hal = {
    .size = sizeof(tendon_hal_t),
    .reg_read = reg_read,
    .reg_write = reg_write,
    .dma_alloc = dma_alloc,
    .dma_free = dma_free,
    .dma_sync = dma_sync,
    .irq_wait = irq_wait,
    .time_us = time_us,
    .flags = TENDON_HAL_CHECKED_LINK, /* one memory: there is no link that could damage anything */
};

/* A register access is measured; moving a line between cache and memory costs no simulated time, so
 * it has the rate of a 64-bit bus at the accelerator's clock. */
const tendon_hal_t* hal_mmio(void) {
  const uint64_t begin = board_ticks();
  for (unsigned i = 0; i < ACCESSES; ++i) (void)mmio_read(VP_ACCEL_BASE + TENDON_ID_OFFSET);
  hal.link.access_ns = (uint32_t)((board_ticks() - begin) * NS_PER_TICK / ACCESSES);
  hal.link.bytes_per_second = 8 * VP_ACCEL_HZ;
  hal.link.device_hz = VP_ACCEL_HZ;
  hal.link.processor_hz = VP_CPU_HZ;
  return &hal;
}
