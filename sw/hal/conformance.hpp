// SPDX-License-Identifier: MIT
// One suite for every filling of tendon_hal.h: what the driver relies on, then the driver itself on
// top. Freestanding, so that the same code judges a simulation on the host, a board program under
// an emulator and the board itself.
#pragma once

#include "tendon/tendon.h"

namespace tendon::hal {

struct ConformanceInput {
  const void* tdn;  // a program with an image for the device behind the HAL
  size_t tdn_bytes;
  const uint8_t* windows;  // input codes, back to back; at least two windows
  size_t window_bytes;
  size_t windows_count;
  /// Memory on TENDON_ALIGN, never given back. The suite asks a few times.
  void* (*memory)(size_t bytes);
  /// The registers are memory and nothing computes: only the checks of the seam itself.
  bool passive;
  /// One line per check. `detail` is "" when it passed, else what was seen.
  void (*report)(void* ctx, const char* check, bool passed, const char* detail);
  void* ctx;
  /// Bytes that one dma_sync moves together at least (a cache line, a word of the link), aligned;
  /// at most 64. 0: every byte alone.
  uint32_t grain;
};

/// Runs every check on `hal` and reports each. Returns how many failed. The device is reset and
/// left idle; all DMA memory is given back.
unsigned check_conformance(const tendon_hal_t& hal, const ConformanceInput& input);

}  // namespace tendon::hal
