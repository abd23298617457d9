/* SPDX-License-Identifier: MIT */
#ifndef TENDON_FIRMWARE_MMIO_H_
#define TENDON_FIRMWARE_MMIO_H_

#include <stdint.h>

static inline uint32_t mmio_read(uintptr_t address) { return *(volatile uint32_t*)address; }
static inline void mmio_write(uintptr_t address, uint32_t value) {
  *(volatile uint32_t*)address = value;
}

#endif /* TENDON_FIRMWARE_MMIO_H_ */
