/* SPDX-License-Identifier: MIT
 *
 * Whole-RTL system in simulation: windows and results go through the host port of the test bench.
 */
#include "firmware/board.h"
#include "firmware/mmio.h"

static uint32_t mark_now;

uint32_t board_mark(uint32_t mark) {
  const uint32_t before = mark_now;
  mark_now = mark;
  mmio_write(VP_PORT_BASE + VP_PORT_MARK, mark);
  return before;
}

uint32_t board_setup(void) { return mmio_read(VP_PORT_BASE + VP_PORT_SETUP); }

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

void board_init(void) {}
