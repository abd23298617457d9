// SPDX-License-Identifier: MIT
// Between tendon-vp --serve and its client: frames of {u32 kind, u32 bytes, payload},
// little-endian, over two pipes. The client sends kProgram once, then kWindow as often as it likes;
// each is answered with kResult or kFailure. End of file on the way in ends the simulation.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "net/result.hpp"

namespace tendon::vp::wire {

enum Kind : std::uint32_t {
  kProgram = 0x474F5250,  // .tdn
  kWindow = 0x444E4957,   // u32 VP_FLAG_*, codes
  kReady = 0x59444552,    // empty: firmware asks for its first window
  kResult = 0x4C534552,   // ResultHead, then for each layer LayerHead and codes (int16)
  kFailure = 0x4C494146,  // text
};

inline constexpr unsigned kCounters = 8;  // order of tendon_counters_t

struct ResultHead {
  std::int32_t label;
  std::uint32_t layers;
  std::uint64_t total[kCounters];
  std::uint64_t simulated_cycles;  // accelerator clock, since the start
};

struct LayerHead {
  std::uint32_t on_device;
  std::uint32_t codes;
  std::uint64_t counters[kCounters];
};

struct Frame {
  std::uint32_t kind = 0;
  std::vector<std::uint8_t> payload;
};

/// Blocking, whole frames. Error: the other side is gone, or a frame above 256 MiB.
Result<Frame> receive(int file);
Status send(int file, std::uint32_t kind, std::span<const std::uint8_t> payload);

/// Appends the bytes of a plain struct.
template <typename T>
void append(std::vector<std::uint8_t>& bytes, const T& value) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(&value);
  bytes.insert(bytes.end(), begin, begin + sizeof value);
}

/// Takes a plain struct from the front of `bytes`; false when there are not enough.
template <typename T>
bool take(std::span<const std::uint8_t>& bytes, T& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes = bytes.subspan(sizeof value);
  return true;
}

}  // namespace tendon::vp::wire
