/* SPDX-License-Identifier: MIT
 *
 * Firmware that reads a total of the accelerator at many distances: how long each read takes tells
 * where tendon_perf is in its round. */
#include "firmware/board.h"
#include "firmware/mmio.h"
#include "tendon/tendon_regs.h"

int main(void) {
  board_init();
  for (unsigned distance = 0; distance < 40; ++distance) {
    for (volatile unsigned i = 0; i < distance; ++i) {
    }
    (void)mmio_read(VP_ACCEL_BASE + TENDON_CYCLES_OFFSET);
  }
  return 0;
}
