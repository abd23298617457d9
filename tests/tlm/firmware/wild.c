/* SPDX-License-Identifier: MIT
 *
 * Firmware that reads where nothing is. */
#include "firmware/board.h"

#define NOWHERE 0x50000000u

__attribute__((noinline)) uint32_t read_nowhere(void) {
  return *(volatile uint32_t*)(uintptr_t)NOWHERE;
}

int main(void) {
  board_init();
  return (int)read_nowhere();
}
