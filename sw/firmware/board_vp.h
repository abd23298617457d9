/* SPDX-License-Identifier: MIT
 *
 * Beyond board.h: what the HALs of the virtual platform are made of.
 */
#ifndef TENDON_FIRMWARE_BOARD_VP_H_
#define TENDON_FIRMWARE_BOARD_VP_H_

#include "firmware/board.h"

/* VP_CACHE_CLEAN or VP_CACHE_INVALIDATE on every line of a range. */
void board_cache(const void* address, uint32_t bytes, uint32_t operation);

/* mtime, VP_TIMER_HZ. */
uint64_t board_ticks(void);

/* Sleeps until the interrupt source is raised (1) or the ticks have passed (0). */
int board_wait_source(unsigned source, uint64_t ticks);

/* The accelerator at VP_ACCEL_BASE. */
const tendon_hal_t* hal_mmio(void);

/* The accelerator behind the bridge on SPI2; NULL: nobody answers. */
const tendon_hal_t* hal_spi(void);

#endif /* TENDON_FIRMWARE_BOARD_VP_H_ */
