/* SPDX-License-Identifier: MIT
 *
 * What the firmware's main loop needs of a board; one file per board fills it (board_vp.c).
 */
#ifndef TENDON_FIRMWARE_BOARD_H_
#define TENDON_FIRMWARE_BOARD_H_

#include <stddef.h>
#include <stdint.h>

#include "firmware/platform.h"
#include "tendon/tendon_hal.h"

/* Interrupts, UART, timer. */
void board_init(void);

/* Bits VP_SETUP_* of this run. */
uint32_t board_setup(void);

/* The program in flash and the bytes there are to look at. */
const void* board_program(size_t* bytes);

/* How to reach the accelerator. */
const tendon_hal_t* board_hal(void);

/* 64-byte aligned memory that is never given back; NULL: none left. */
void* board_memory(size_t bytes);

/* The next window of the recording and its VP_FLAG_*; 0 bytes: the recording is over. */
const void* board_next_window(size_t* bytes, uint32_t* flags);

/* Hands the result of that window over. */
void board_report(const vp_result_t* result);

/* Sets what the processor is doing (VP_MARK_*); returns what it did before. */
uint32_t board_mark(uint32_t mark);

void board_putc(char c);
void board_print(const char* text);
void board_print_number(int32_t value);

/* The simulation ends. */
void board_exit(int code) __attribute__((noreturn));

#endif /* TENDON_FIRMWARE_BOARD_H_ */
