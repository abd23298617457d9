/* SPDX-License-Identifier: MIT
 *
 * The Milk-V Duo's SPI controller (Synopsys DW_apb_ssi), polled; chip select is a GPIO.
 */
#ifndef TENDON_FIRMWARE_DW_SSI_H_
#define TENDON_FIRMWARE_DW_SSI_H_

#include <stddef.h>
#include <stdint.h>

/* Master, mode 0, 8-bit frames, SCK = the controller's clock / `divider` (even, at least 2). */
void dw_ssi_init(uint32_t divider);

/* One chip select: sends out[0 .. bytes) while in[0 .. bytes) arrives. */
void dw_ssi_exchange(const uint8_t* out, uint8_t* in, size_t bytes);

#endif /* TENDON_FIRMWARE_DW_SSI_H_ */
