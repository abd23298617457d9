/* SPDX-License-Identifier: MIT
 *
 * Ready-made HALs for Linux, chosen by a URI (docs/hals.md):
 *
 *   shm:PATH[,timeout_ms=N]                    another process that simulates the accelerator
 *   mem:REGS,DMA,BYTES[,bus=A][,path=F]        /dev/mem (or F): registers and DMA memory, physical
 *   uio:/dev/uioN[,sysfs=DIR]                  map 0: registers, map 1: DMA memory; interrupt
 *   spi:/dev/spidevB.C[,hz=N]                  the bridge of docs/spi.md
 *
 * Numbers are decimal or 0x... . All of them keep a processor's copy of every DMA buffer apart from
 * what the device sees; dma_sync alone moves bytes.
 *
 * Threads: a HAL belongs to one thread at a time; different HALs are independent. Memory comes from
 * malloc, in tendon_hal_open() and dma_alloc only.
 */
#ifndef TENDON_TENDON_HALS_H_
#define TENDON_TENDON_HALS_H_

#include <stddef.h>

#include "tendon/tendon_hal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Opens the HAL that `uri` names and fills *hal. `text` (may be NULL) receives one line that says
 * what went wrong. On error *hal is unchanged:
 *   TENDON_E_ARG        NULL, no such scheme, an option or number that is not legal
 *   TENDON_E_IO         file, mapping or lock: text holds the system's reason
 *   TENDON_E_NO_DEVICE  nobody answers, or not with our protocol
 *   TENDON_E_MEMORY     no memory */
TENDON_MUST_CHECK tendon_status_t tendon_hal_open(const char* uri, tendon_hal_t* hal, char* text,
                                                  size_t text_bytes);

/* Closes what tendon_hal_open() opened; close devices and unload programs first. NULL and an
 * all-zero struct are allowed; *hal is zero afterwards. */
void tendon_hal_close(tendon_hal_t* hal);

/* One line about the last access that failed, "" when none has; valid until the next call. `hal` is
 * one of tendon_hal_open(). */
const char* tendon_hal_trouble(const tendon_hal_t* hal);

#ifdef __cplusplus
}
#endif

#endif /* TENDON_TENDON_HALS_H_ */
