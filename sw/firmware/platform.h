/* SPDX-License-Identifier: MIT
 *
 * Memory map of the virtual platform, after the CV1800B of the Milk-V Duo (UART, SPI, RAM, PLIC and
 * CLINT stand where they stand there). The accelerator, the cache controller and the host port have
 * no counterpart on that chip; they fill a hole of its map. Read by the firmware and by sim/tlm.
 */
#ifndef TENDON_FIRMWARE_PLATFORM_H_
#define TENDON_FIRMWARE_PLATFORM_H_

#define VP_GPIO_BASE 0x03020000u /* GPIO0, DesignWare; pin 0: chip select of the bridge on SPI2 */
#define VP_GPIO_BYTES 0x1000u
#define VP_UART_BASE 0x04140000u /* DesignWare 8250, registers 4 bytes apart */
#define VP_UART_BYTES 0x1000u
#define VP_SPI_BASE 0x041A0000u /* SPI2: DesignWare SSI, the accelerator's bridge behind it */
#define VP_SPI_BYTES 0x1000u
#define VP_FLASH_BASE 0x10000000u /* memory-mapped SPI NOR, read only: the .tdn starts here */
#define VP_FLASH_BYTES 0x01000000u
#define VP_ACCEL_BASE 0x20000000u
#define VP_ACCEL_BYTES 0x1000u
#define VP_CACHE_BASE 0x20100000u
#define VP_CACHE_BYTES 0x1000u
#define VP_PORT_BASE 0x20200000u
#define VP_PORT_BYTES 0x1000u
#define VP_WINDOW_BASE                                                      \
  0x20210000u /* bytes of the window that VP_PORT_NEXT announced, read only \
               */
#define VP_WINDOW_BYTES 0x00010000u
#define VP_PLIC_BASE 0x70000000u
#define VP_PLIC_BYTES 0x04000000u
#define VP_CLINT_BASE 0x74000000u
#define VP_CLINT_BYTES 0x00010000u
#define VP_RAM_BASE 0x80000000u
#define VP_RAM_BYTES 0x04000000u
#define VP_DMA_BASE 0x83000000u /* last 16 MiB of RAM: buffers of the accelerator, by custom */
#define VP_DMA_BYTES 0x01000000u

/* Interrupt sources of the PLIC. */
#define VP_IRQ_UART 44u
#define VP_IRQ_SPI 56u
#define VP_IRQ_ACCEL 64u
#define VP_IRQ_SOURCES 128u

#define VP_CPU_HZ 1000000000u           /* one instruction per cycle */
#define VP_TIMER_HZ 25000000u           /* mtime */
#define VP_SPI_CLOCK_HZ 192000000u      /* about: the clock whose even divisor gives SCK exactly */
#define VP_SPI_MEMORY_BYTES 0x00100000u /* device memory behind the bridge */
#define VP_ACCEL_HZ 100000000u          /* accelerator and its bus */

/* ---- Cache controller: what th.dcache.*pa instructions do on the C906, for a range --------------
 * A write to OP works on the lines that hold [ADDR, ADDR + BYTES). A range outside RAM is an error
 * response. */
#define VP_CACHE_ADDR 0x00u
#define VP_CACHE_LENGTH 0x08u
#define VP_CACHE_OP 0x10u
#define VP_CACHE_CLEAN 1u      /* processor's copy to memory */
#define VP_CACHE_INVALIDATE 2u /* processor's copy dropped: reads see memory */
#define VP_CACHE_LINE 64u

/* ---- Host port: the recording comes in, results go out
 * -------------------------------------------
 */
#define VP_PORT_NEXT 0x00u        /* read: fetches the next window; its bytes, 0: no more windows */
#define VP_PORT_FLAGS 0x04u       /* read: VP_FLAG_* for this window */
#define VP_PORT_RESULT 0x08u      /* write: address of a vp_result_t in RAM, complete */
#define VP_PORT_EXIT 0x10u        /* write: stops the simulation with this exit code */
#define VP_PORT_MARK 0x14u        /* write: VP_MARK_*, a time stamp for the timeline */
#define VP_PORT_SETUP 0x18u       /* read: VP_SETUP_* */
#define VP_PORT_SPI_DIVIDER 0x1Cu /* read: BAUDR for the SCK that was asked for */

#define VP_FLAG_TENSORS 1u  /* report every layer's codes */
#define VP_FLAG_COUNTERS 2u /* report counters */
#define VP_FLAG_RESET 4u    /* reset the device while this window runs, then run it again */
#define VP_FLAG_QUIET 8u    /* nothing on the UART */

#define VP_SETUP_POLL 1u         /* never sleep on the interrupt */
#define VP_SETUP_SPI 2u          /* the accelerator is behind the bridge on SPI2 */
#define VP_SETUP_CPU 4u          /* every layer on the processor */
#define VP_SETUP_FORGET_CLEAN 8u /* broken on purpose: no cache clean before the device reads */
#define VP_SETUP_FORGET_INVALIDATE 16u /* broken on purpose: none after the device wrote */

#define VP_SETUP_OFFLOAD 32u /* on the accelerator wherever it can, however slow the link */

/* What the processor is doing from here on. */
#define VP_MARK_IDLE 0u
#define VP_MARK_DRIVER 1u /* inside tendon_run() */
#define VP_MARK_WAIT 2u   /* waiting for the accelerator */
#define VP_MARK_IRQ 3u    /* interrupt handler */
#define VP_MARK_SYNC 4u   /* cache maintenance, or a transfer over SPI */
#define VP_MARK_REPORT 5u /* handing the result to the host port */
#define VP_MARKS 6u

#ifndef __ASSEMBLER__
#include <stdint.h>

#define VP_MAX_LAYERS 64u
#define VP_COUNTERS 8u

/* One layer of a result: where its codes are, and its counters. */
typedef struct vp_layer_result {
  uint32_t on_device;
  uint32_t codes_count; /* int16_t each, 0: not asked for */
  uint64_t codes_addr;
  uint64_t counters[VP_COUNTERS]; /* order of tendon_counters_t */
} vp_layer_result_t;

typedef struct vp_result {
  int32_t status; /* tendon_status_t */
  int32_t label;
  uint32_t layers;
  uint32_t fallback_layers;
  uint64_t total[VP_COUNTERS];
  char text[128]; /* last error when status is not TENDON_OK or a layer fell back */
  vp_layer_result_t layer[VP_MAX_LAYERS];
} vp_result_t;
#endif

#endif /* TENDON_FIRMWARE_PLATFORM_H_ */
