// SPDX-License-Identifier: MIT
// Frames of programs/window_wire.hpp on the host's side.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "net/result.hpp"
#include "programs/window_wire.hpp"

namespace tendon::vp::wire {

using namespace tendon::wire;

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
