/* SPDX-License-Identifier: MIT
 *
 * Whole-RTL system (sim/soc), on a desk and on a board: PicoRV32, memory without caches, the
 * accelerator's interrupt on line 3. The map is that of platform.h with RAM at 0. Interrupts stay
 * masked: PicoRV32's waitirq sleeps until one is pending, which is all that the driver needs. Where
 * windows come from: soc_port.c, standalone.c.
 */
#include "firmware/board.h"
#include "firmware/mmio.h"
#include "tendon/tendon_regs.h"

#define UART_THR 0x00u
#define UART_LSR 0x14u
#define UART_LSR_EMPTY 0x20u
#ifndef SOC_CLOCK_HZ
#define SOC_CLOCK_HZ VP_ACCEL_HZ /* one clock for everything */
#endif
#define CYCLES_PER_US (SOC_CLOCK_HZ / 1000000u)
#define IRQ_ACCEL 3u
/* A waitirq that follows has begun before so many cycles have passed, so it sees the timer. */
#define SHORTEST_SLEEP 1000u

extern char __heap_begin[], __heap_end[];

static char* heap = __heap_begin;

void board_putc(char c) {
  while ((mmio_read(VP_UART_BASE + UART_LSR) & UART_LSR_EMPTY) == 0) {
  }
  mmio_write(VP_UART_BASE + UART_THR, (uint8_t)c);
}

const void* board_program(size_t* bytes) {
  *bytes = VP_FLASH_BYTES;
  return (const void*)(uintptr_t)VP_FLASH_BASE;
}

void* board_memory(size_t bytes) {
  char* const given = heap;
  const size_t rounded = (bytes + 63) & ~(size_t)63;
  if (rounded < bytes || (size_t)(__heap_end - heap) < rounded) return NULL;
  heap += rounded;
  return given;
}

/* ---- HAL ---- */

static uint64_t cycles(void) {
  uint32_t high, low, again;
  do {
    __asm__ volatile("rdcycleh %0" : "=r"(high));
    __asm__ volatile("rdcycle %0" : "=r"(low));
    __asm__ volatile("rdcycleh %0" : "=r"(again));
  } while (high != again);
  return (uint64_t)high << 32 | low;
}

static tendon_status_t reg_read(void* ctx, uint32_t offset, uint32_t* value) {
  (void)ctx;
  if (offset >= TENDON_REGS_BYTES) return TENDON_E_BUS;
  *value = mmio_read(VP_ACCEL_BASE + offset);
  return TENDON_OK;
}

static tendon_status_t reg_write(void* ctx, uint32_t offset, uint32_t value) {
  (void)ctx;
  if (offset >= TENDON_REGS_BYTES) return TENDON_E_BUS;
  mmio_write(VP_ACCEL_BASE + offset, value);
  return TENDON_OK;
}

static tendon_status_t dma_alloc(void* ctx, uint32_t bytes, tendon_dma_t* dma) {
  (void)ctx;
  void* const memory = board_memory(bytes);
  if (memory == NULL) return TENDON_E_MEMORY;
  dma->cpu = memory;
  dma->bus = (uint32_t)(uintptr_t)memory;
  dma->bytes = bytes;
  return TENDON_OK;
}

/* Buffers live as long as the firmware. */
static void dma_free(void* ctx, tendon_dma_t* dma) {
  (void)ctx;
  (void)dma;
}

/* One memory, no caches; the barrier keeps the compiler from moving accesses across. */
static tendon_status_t dma_sync(void* ctx, const tendon_dma_t* dma, uint32_t offset, uint32_t bytes,
                                tendon_dma_direction_t direction) {
  (void)ctx;
  (void)dma;
  (void)offset;
  (void)bytes;
  (void)direction;
  __asm__ volatile("" : : : "memory");
  return TENDON_OK;
}

static void set_timer(uint32_t ticks) {
  uint32_t old;
  __asm__ volatile(".insn r 0x0b, 6, 5, %0, %1, x0" : "=r"(old) : "r"(ticks));
}

static uint32_t wait_irq(void) {
  uint32_t pending;
  __asm__ volatile(".insn r 0x0b, 4, 4, %0, x0, x0" : "=r"(pending) : : "memory");
  return pending;
}

static tendon_status_t irq_wait(void* ctx, uint64_t timeout_us) {
  (void)ctx;
  if ((board_setup() & VP_SETUP_POLL) != 0) return TENDON_OK;
  const uint64_t most = 0xFFFFFFFFu / CYCLES_PER_US;
  const uint32_t ticks = (uint32_t)(timeout_us < most ? timeout_us : most) * CYCLES_PER_US;
  const uint32_t before = board_mark(VP_MARK_WAIT);
  set_timer(ticks < SHORTEST_SLEEP ? SHORTEST_SLEEP : ticks);
  const uint32_t pending = wait_irq();
  set_timer(0);
  (void)board_mark(before);
  return (pending >> IRQ_ACCEL & 1) != 0 ? TENDON_OK : TENDON_E_TIMEOUT;
}

static uint64_t time_us(void* ctx) {
  (void)ctx;
  return cycles() / CYCLES_PER_US;
}

static const tendon_hal_t hal = {
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

const tendon_hal_t* board_hal(void) { return &hal; }
