/* SPDX-License-Identifier: MIT
 *
 * The seam: all that the driver needs of the world, one struct of function pointers. Fillings: RTL
 * in process (sim/rtl), virtual platform and bare metal, shared memory, spidev, memory-mapped.
 *
 * DMA memory is not coherent. `cpu` and the device see separate copies (or caches) that only
 * dma_sync joins; a filling that is coherent still provides it.
 */
#ifndef TENDON_TENDON_HAL_H_
#define TENDON_TENDON_HAL_H_

#include <stdint.h>

#include "tendon/tendon_status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tendon_dma {
  void* cpu;    /* the processor's view, at least 64-byte aligned */
  uint32_t bus; /* the accelerator's address of the same bytes, at least 64-byte aligned */
  uint32_t bytes;
} tendon_dma_t;

typedef enum tendon_dma_direction {
  TENDON_DMA_TO_DEVICE = 0,  /* the processor wrote, the device will read */
  TENDON_DMA_FROM_DEVICE = 1 /* the device wrote, the processor will read */
} tendon_dma_direction_t;

/* dma_sync finds every damage on the way by itself (CRC and repetition) or fails: the driver does
 * not read back what it sent. */
#define TENDON_HAL_CHECKED_LINK 1u

/* What the device costs to reach: TENDON_POLICY_PREFER weighs it against the processor's own time
 * for a layer. */
typedef struct tendon_link {
  uint32_t bytes_per_second; /* dma_sync of a long range; 0: not known, nothing is weighed */
  uint32_t access_ns;        /* one register access; a dma_sync costs it too, on top of its bytes */
  uint32_t device_hz;        /* clock of the accelerator; 0: not known, 100 MHz */
  uint32_t processor_hz;     /* clock of the processor; 0: not known, 1 GHz */
} tendon_link_t;

typedef struct tendon_hal {
  uint32_t size; /* sizeof(tendon_hal_t) of the caller's version */
  void* ctx;     /* first argument of every call */

  /* Register at byte offset (multiple of 4). TENDON_E_BUS: the access failed. */
  tendon_status_t (*reg_read)(void* ctx, uint32_t offset, uint32_t* value);
  tendon_status_t (*reg_write)(void* ctx, uint32_t offset, uint32_t value);

  /* Memory that the device can reach; called by open and load only, never in the run path.
   * TENDON_E_MEMORY: none left, *dma unchanged. */
  tendon_status_t (*dma_alloc)(void* ctx, uint32_t bytes, tendon_dma_t* dma);
  void (*dma_free)(void* ctx, tendon_dma_t* dma);

  /* Makes [offset, offset + bytes) of the buffer the same on both sides. */
  tendon_status_t (*dma_sync)(void* ctx, const tendon_dma_t* dma, uint32_t offset, uint32_t bytes,
                              tendon_dma_direction_t direction);

  /* Waits until the interrupt line is raised or `timeout_us` has passed (TENDON_E_TIMEOUT). A
   * spurious early TENDON_OK is allowed: the driver reads STATUS. A filling without an interrupt
   * waits a little and returns TENDON_OK. */
  tendon_status_t (*irq_wait)(void* ctx, uint64_t timeout_us);

  /* Monotonic. In simulations this is simulated time. */
  uint64_t (*time_us)(void* ctx);

  uint32_t flags;     /* TENDON_HAL_*; not there (older callers): 0 */
  tendon_link_t link; /* not there: all 0 */
} tendon_hal_t;

#ifdef __cplusplus
}
#endif

#endif /* TENDON_TENDON_HAL_H_ */
