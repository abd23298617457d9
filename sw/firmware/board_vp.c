/* SPDX-License-Identifier: MIT
 *
 * Virtual platform (platform.h): UART, CLINT, PLIC, cache controller, host port.
 */
#include "firmware/board_vp.h"

#include "firmware/mmio.h"

#define UART_THR 0x00u
#define UART_LCR 0x0Cu
#define UART_LSR 0x14u
#define UART_LSR_EMPTY 0x20u
#define CLINT_MTIMECMP (VP_CLINT_BASE + 0x4000u)
#define CLINT_MTIME (VP_CLINT_BASE + 0xBFF8u)
#define PLIC_ENABLE (VP_PLIC_BASE + 0x2000u)
#define PLIC_CLAIM (VP_PLIC_BASE + 0x200004u)
#define MIE_TIMER 0x80u
#define MIE_EXTERNAL 0x800u
#define MSTATUS_MIE 0x8u

extern char __heap_begin[], __heap_end[];

static char* heap = __heap_begin;
static uint32_t mark_now;
static volatile uint32_t timer_fired;
static volatile uint32_t source_fired[VP_IRQ_SOURCES];

void board_putc(char c) {
  while ((mmio_read(VP_UART_BASE + UART_LSR) & UART_LSR_EMPTY) == 0) {
  }
  mmio_write(VP_UART_BASE + UART_THR, (uint8_t)c);
}

uint32_t board_mark(uint32_t mark) {
  const uint32_t before = mark_now;
  mark_now = mark;
  mmio_write(VP_PORT_BASE + VP_PORT_MARK, mark);
  return before;
}

uint32_t board_setup(void) { return mmio_read(VP_PORT_BASE + VP_PORT_SETUP); }

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

const void* board_next_window(size_t* bytes, uint32_t* flags) {
  *bytes = mmio_read(VP_PORT_BASE + VP_PORT_NEXT);
  *flags = mmio_read(VP_PORT_BASE + VP_PORT_FLAGS);
  return (const void*)(uintptr_t)VP_WINDOW_BASE;
}

void board_report(const vp_result_t* result) {
  mmio_write(VP_PORT_BASE + VP_PORT_RESULT, (uint32_t)(uintptr_t)result);
}

void board_exit(int code) {
  mmio_write(VP_PORT_BASE + VP_PORT_EXIT, (uint32_t)code);
  for (;;) {
  }
}

/* ---- Cache ---- */

void board_cache(const void* address, uint32_t bytes, uint32_t operation) {
  mmio_write(VP_CACHE_BASE + VP_CACHE_ADDR, (uint32_t)(uintptr_t)address);
  mmio_write(VP_CACHE_BASE + VP_CACHE_LENGTH, bytes);
  mmio_write(VP_CACHE_BASE + VP_CACHE_OP, operation);
}

/* ---- Time and interrupts ---- */

uint64_t board_ticks(void) { return *(volatile uint64_t*)(uintptr_t)CLINT_MTIME; }

static void set_timer(uint64_t ticks) { *(volatile uint64_t*)(uintptr_t)CLINT_MTIMECMP = ticks; }

static void enable_source(unsigned source, int enable) {
  const uintptr_t word = PLIC_ENABLE + source / 32 * 4;
  const uint32_t bit = 1u << source % 32;
  const uint32_t now = mmio_read(word);
  mmio_write(word, enable ? now | bit : now & ~bit);
}

/* A level source stays raised until its driver has served it, so it is switched off here and on
 * again by the next wait. */
static void take_external(void) {
  const uint32_t source = mmio_read(PLIC_CLAIM);
  if (source == 0) return;
  enable_source(source, 0);
  source_fired[source] = 1;
  mmio_write(PLIC_CLAIM, source);
}

static void die(uintptr_t cause, uintptr_t pc, uintptr_t value) {
  board_print("trap: cause ");
  board_print_number((int32_t)cause);
  board_print(" pc ");
  for (int shift = 60; shift >= 0; shift -= 4) board_putc("0123456789abcdef"[pc >> shift & 15]);
  board_print(" address ");
  for (int shift = 60; shift >= 0; shift -= 4) board_putc("0123456789abcdef"[value >> shift & 15]);
  board_print("\n");
  board_exit(3);
}

void trap_entry(void) __attribute__((interrupt("machine"), aligned(4)));
void trap_entry(void) {
  uintptr_t cause, pc, value;
  __asm__ volatile("csrr %0, mcause" : "=r"(cause));
  __asm__ volatile("csrr %0, mepc" : "=r"(pc));
  __asm__ volatile("csrr %0, mtval" : "=r"(value));
  if ((intptr_t)cause >= 0) die(cause, pc, value);
  const uint32_t before = board_mark(VP_MARK_IRQ);
  if ((cause & 0xFF) == 7) {
    timer_fired = 1;
    set_timer(~0ull);
  } else {
    take_external();
  }
  (void)board_mark(before);
}

int board_wait_source(unsigned source, uint64_t ticks) {
  timer_fired = 0;
  source_fired[source] = 0;
  set_timer(board_ticks() + ticks);
  enable_source(source, 1);
  while (source_fired[source] == 0 && timer_fired == 0) {
    /* Interrupts off, or one could come between the test and wfi; wfi wakes anyhow. */
    __asm__ volatile("csrc mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
    if (source_fired[source] == 0 && timer_fired == 0) __asm__ volatile("wfi" : : : "memory");
    __asm__ volatile("csrs mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
  }
  set_timer(~0ull);
  enable_source(source, 0);
  return source_fired[source] != 0;
}

void board_init(void) {
  mmio_write(VP_UART_BASE + UART_LCR, 0x03); /* eight bits, no parity */
  mmio_write(VP_PLIC_BASE + 4 * VP_IRQ_ACCEL, 1);
  mmio_write(VP_PLIC_BASE + 4 * VP_IRQ_SPI, 1);
  __asm__ volatile("csrs mie, %0" : : "r"(MIE_TIMER | MIE_EXTERNAL) : "memory");
  __asm__ volatile("csrs mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
}

const tendon_hal_t* board_hal(void) {
  return (board_setup() & VP_SETUP_SPI) != 0 ? hal_spi() : hal_mmio();
}
