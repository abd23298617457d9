/* SPDX-License-Identifier: MIT
 *
 * System `standalone` on a board: self-test at power-on, then the windows that lie behind the
 * program in flash, over and over, with a line of text for each. Pins: GPIO bit 0 passed, bit 1
 * failed.
 */
#include "firmware/standalone.h"

#include "firmware/board.h"
#include "firmware/mmio.h"
#include "tendon/tendon_program.h"
#include "tendon/tendon_regs.h"

#define PIN_PASSED 1u
#define PIN_FAILED 2u
#define PAUSE_CYCLES SOC_CLOCK_HZ /* between rounds: a second */

extern char __heap_begin[], __heap_end[];

static const standalone_header_t* header;
static uint32_t next;   /* window of this round */
static uint32_t round;  /* 0: layers are compared as well */
static uint32_t failed; /* steps of the self-test and windows of this round that went wrong */

static void say(const char* what, int right, const char* why) {
  if (!right) {
    ++failed;
    mmio_write(VP_GPIO_BASE, PIN_FAILED); /* before the line that tells it is complete */
  }
  board_print(what);
  board_print(right ? ": ok\n" : ": FAILED, ");
  if (right) return;
  board_print(why);
  board_print("\n");
}

/* ---- self-test ---- */

static uint32_t pattern(const uint32_t* word, uint32_t pass) {
  const uint32_t address = (uint32_t)(uintptr_t)word;
  return pass == 0 ? address : ~address;
}

/* Every word of the memory that nobody uses yet keeps its address, then the inverse. */
static int memory_keeps(void) {
  volatile uint32_t* const begin = (volatile uint32_t*)(uintptr_t)__heap_begin;
  volatile uint32_t* const end = (volatile uint32_t*)(uintptr_t)__heap_end;
  for (uint32_t pass = 0; pass < 2; ++pass) {
    for (volatile uint32_t* word = begin; word != end; ++word) {
      *word = pattern((const uint32_t*)word, pass);
    }
    for (volatile uint32_t* word = begin; word != end; ++word) {
      if (*word != pattern((const uint32_t*)word, pass)) return 0;
    }
  }
  return 1;
}

static int registers_keep(void) {
  for (uint32_t bit = 0; bit < 32; ++bit) {
    mmio_write(VP_ACCEL_BASE + TENDON_SCRATCH_OFFSET, 1u << bit);
    if (mmio_read(VP_ACCEL_BASE + TENDON_SCRATCH_OFFSET) != 1u << bit) return 0;
  }
  return 1;
}

static void find_windows(void) {
  size_t bytes = 0;
  const tendon_program_header_t* program = board_program(&bytes);
  const uint32_t behind = (program->file_bytes + 63u) & ~63u;
  header = (const standalone_header_t*)(const void*)((const char*)(const void*)program + behind);
}

void board_init(void) {
  mmio_write(VP_GPIO_BASE, 0);
  board_print("tendon standalone\n");
  say("memory", memory_keeps(), "a word does not keep its address");
  say("identity", mmio_read(VP_ACCEL_BASE + TENDON_ID_OFFSET) == TENDON_ID_RESET, "ID is wrong");
  say("registers", registers_keep(), "SCRATCH does not keep a bit");
  find_windows();
  say("windows", header->magic == STANDALONE_MAGIC && header->layers <= STANDALONE_LAYERS,
      "none behind the program");
  if (failed != 0) board_exit(1);
}

/* ---- windows ---- */

static const int32_t* labels(void) { return (const int32_t*)(header + 1); }

static void pause(void) {
  uint32_t begin, now;
  __asm__ volatile("rdcycle %0" : "=r"(begin));
  do {
    __asm__ volatile("rdcycle %0" : "=r"(now));
  } while (now - begin < PAUSE_CYCLES);
}

static void end_round(void) {
  say("self-test", failed == 0, "see above");
  if (failed == 0) mmio_write(VP_GPIO_BASE, PIN_PASSED);
  pause();
  failed = 0;
  next = 0;
  ++round;
}

const void* board_next_window(size_t* bytes, uint32_t* flags) {
  if (next == header->windows) end_round();
  const uint32_t step = (header->window_bytes + 3u) & ~3u;
  *bytes = header->window_bytes;
  *flags = round == 0 && next == 0 ? VP_FLAG_TENSORS : 0;
  return (const char*)(labels() + header->windows) + next++ * step;
}

static uint32_t signature(const vp_layer_result_t* layer) {
  const uint16_t* const codes = (const uint16_t*)(uintptr_t)layer->codes_addr;
  uint32_t sum = STANDALONE_SIGNATURE_START;
  for (uint32_t i = 0; i < layer->codes_count; ++i) {
    sum = (sum ^ codes[i]) * STANDALONE_SIGNATURE_PRIME;
  }
  return sum;
}

/* The line with the label comes from classify.c, behind this. */
void board_report(const vp_result_t* result) {
  if (round == 0 && next == 1) {
    int same = result->layers == header->layers;
    uint32_t layer = 0;
    for (; same && layer < header->layers; ++layer) {
      same = signature(&result->layer[layer]) == header->signature[layer];
    }
    if (!same) {
      board_print("layer ");
      board_print_number((int32_t)layer - 1);
      board_print(" differs\n");
    }
    say("layers", same, "not the golden model's codes");
  }
  if (result->status != 0) {
    say("window", 0, result->text);
  } else if (result->label != labels()[next - 1]) {
    say("label", 0, "not the golden model's");
  }
}

uint32_t board_setup(void) { return 0; }

uint32_t board_mark(uint32_t mark) {
  (void)mark;
  return 0;
}

void board_exit(int code) {
  mmio_write(VP_GPIO_BASE, code == 0 ? PIN_PASSED : PIN_FAILED);
  board_print(code == 0 ? "end\n" : "self-test: FAILED, see above\n");
  for (;;) {
  }
}
