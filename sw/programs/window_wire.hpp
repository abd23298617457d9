// SPDX-License-Identifier: MIT
// Between a program that answers windows and its client: frames of {u32 kind, u32 bytes, payload},
// little-endian, over two pipes. The client sends kProgram once, is answered with kReady, then
// sends kWindow as often as it likes; each is answered with kResult or kFailure. End of file ends
// the program. Spoken by `answer`, tendon-vp and tendon-soc.
#pragma once

#include <cstdint>

namespace tendon::wire {

enum Kind : std::uint32_t {
  kProgram = 0x474F5250,  // .tdn
  kWindow = 0x444E4957,   // u32 flags, codes
  kReady = 0x59444552,    // empty
  kResult = 0x4C534552,   // ResultHead, then for each layer LayerHead and codes (int16)
  kFailure = 0x4C494146,  // text
};

// Flags of a window; those of sw/firmware/platform.h.
inline constexpr std::uint32_t kTensors = 1, kCountersWanted = 2, kReset = 4;

inline constexpr unsigned kCounters = 8;  // order of tendon_counters_t

// Where the processor's time went, simulated ns since the start; zero without a clock of its own.
struct TimeSplit {
  std::uint64_t driver, transfer, wait, interrupt;
};

struct ResultHead {
  std::int32_t label;
  std::uint32_t layers;
  std::uint64_t total[kCounters];
  std::uint64_t simulated_cycles;  // accelerator clock, since the start
  TimeSplit split;
};

struct LayerHead {
  std::uint32_t on_device;
  std::uint32_t codes;
  std::uint64_t counters[kCounters];
};

inline constexpr std::uint32_t kMaxFrame = 256u << 20;

}  // namespace tendon::wire
