// SPDX-License-Identifier: MIT
// Firmware: the conformance suite over this board's HAL, with the program in flash and two windows
// from the host port. One line a check; exit code 0, or 1 when one failed.
#include <string.h>

#include "hal/conformance.hpp"

extern "C" {
#include "firmware/board.h"
}

namespace {

constexpr size_t kWindows = 2;

void report(void* ctx, const char* check, bool passed, const char* detail) {
  ++*static_cast<int32_t*>(ctx);
  board_print(passed ? "passed  " : "FAILED  ");
  board_print(check);
  if (!passed) {
    board_print(": ");
    board_print(detail);
  }
  board_print("\n");
}

// The windows, back to back; bytes of one, 0: there are not enough.
size_t fetch_windows(const uint8_t** windows) {
  static uint8_t codes[kWindows * VP_WINDOW_BYTES];
  size_t each = 0;
  for (size_t i = 0; i < kWindows; ++i) {
    uint32_t flags = 0;
    size_t bytes = 0;
    const void* window = board_next_window(&bytes, &flags);
    if (bytes == 0 || (i > 0 && bytes != each)) return 0;
    each = bytes;
    memcpy(codes + i * each, window, each);
  }
  *windows = codes;
  return each;
}

}  // namespace

extern "C" int main() {
  board_init();
  int32_t checks = 0;
  tendon::hal::ConformanceInput input = {};
  const tendon_hal_t* hal = board_hal();
  if (hal == nullptr) {
    board_print("no accelerator\n");
    return 1;
  }
  size_t flash_bytes = 0;
  input.tdn = board_program(&flash_bytes);
  input.tdn_bytes = static_cast<const tendon_program_header_t*>(input.tdn)->file_bytes;
  input.window_bytes = fetch_windows(&input.windows);
  if (input.tdn_bytes > flash_bytes || input.window_bytes == 0) {
    board_print("no program, or not two windows\n");
    return 1;
  }
  input.windows_count = kWindows;
  input.memory = board_memory;
  input.report = report;
  input.ctx = &checks;
  // A cache line on the bus, a word over SPI.
  input.grain = (board_setup() & VP_SETUP_SPI) != 0 ? 4 : VP_CACHE_LINE;
  const unsigned failed = tendon::hal::check_conformance(*hal, input);
  board_print_number(checks);
  board_print(" checks, ");
  board_print_number(static_cast<int32_t>(failed));
  board_print(" failed\n");
  return failed == 0 ? 0 : 1;
}
