/* SPDX-License-Identifier: MIT
 *
 * qemu-system-riscv64 -M virt: no accelerator, everything on the processor. Program, windows and
 * their number are put into memory by qemu's loader devices (tests/sw/firmware_test.cpp).
 */
#include "firmware/board.h"
#include "firmware/mmio.h"

#define UART_BASE 0x10000000u
#define UART_LSR 5u
#define UART_LSR_EMPTY 0x20u
#define FINISHER 0x00100000u
#define FINISHER_PASS 0x5555u
#define FINISHER_FAIL 0x3333u

#define PROGRAM_BASE 0x82000000u
#define PROGRAM_BYTES 0x01000000u
#define WINDOWS_BASE 0x83000000u
#define WINDOWS_BYTES 0x00FFFFC0u
#define ABOUT_BASE 0x83FFFFC0u /* windows, bytes of one */

extern char __heap_begin[], __heap_end[];

static char* heap = __heap_begin;
static uint32_t next_window;

void board_putc(char c) {
  volatile uint8_t* const uart = (volatile uint8_t*)(uintptr_t)UART_BASE;
  while ((uart[UART_LSR] & UART_LSR_EMPTY) == 0) {
  }
  uart[0] = (uint8_t)c;
}

void board_init(void) {}

uint32_t board_setup(void) { return VP_SETUP_CPU; }

const void* board_program(size_t* bytes) {
  *bytes = PROGRAM_BYTES;
  return (const void*)(uintptr_t)PROGRAM_BASE;
}

/* Not asked for with VP_SETUP_CPU. */
const tendon_hal_t* board_hal(void) { return NULL; }

void* board_memory(size_t bytes) {
  char* const given = heap;
  const size_t rounded = (bytes + 63) & ~(size_t)63;
  if (rounded < bytes || (size_t)(__heap_end - heap) < rounded) return NULL;
  heap += rounded;
  return given;
}

const void* board_next_window(size_t* bytes, uint32_t* flags) {
  const uint32_t count = mmio_read(ABOUT_BASE);
  const uint32_t each = mmio_read(ABOUT_BASE + 4);
  const uint64_t at = (uint64_t)next_window * each;
  *flags = 0;
  *bytes = next_window < count && at + each <= WINDOWS_BYTES ? each : 0;
  ++next_window;
  return (const char*)(uintptr_t)WINDOWS_BASE + at;
}

void board_report(const vp_result_t* result) { (void)result; }

uint32_t board_mark(uint32_t mark) {
  (void)mark;
  return VP_MARK_IDLE;
}

void board_exit(int code) {
  mmio_write(FINISHER, code == 0 ? FINISHER_PASS : (uint32_t)code << 16 | FINISHER_FAIL);
  for (;;) {
  }
}

void trap_entry(void) __attribute__((interrupt("machine"), aligned(4)));
void trap_entry(void) {
  uintptr_t cause;
  __asm__ volatile("csrr %0, mcause" : "=r"(cause));
  board_print("trap: cause ");
  board_print_number((int32_t)cause);
  board_print("\n");
  board_exit(3);
}
