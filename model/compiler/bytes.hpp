// SPDX-License-Identifier: MIT
// Structures of tendon_program.h to and from bytes. The file is little-endian, as is every host
// that builds this (checked), so a structure is its own image.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace tendon::compiler {

static_assert(std::endian::native == std::endian::little);

using Bytes = std::vector<std::uint8_t>;

template <typename T>
void append(Bytes& bytes, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof(T));
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

inline void append_bytes(Bytes& bytes, std::span<const std::uint8_t> more) {
  if (more.empty()) return;
  const std::size_t at = bytes.size();
  bytes.resize(at + more.size());
  std::memcpy(bytes.data() + at, more.data(), more.size());
}

/// bytes[offset ...] as a T; the caller has checked that it is inside.
template <typename T>
T load(std::span<const std::uint8_t> bytes, std::size_t offset) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

/// IEEE 802.3, reflected, as zlib's crc32(). `crc`: of the bytes before, 0 at the start.
std::uint32_t crc32(std::uint32_t crc, std::span<const std::uint8_t> bytes);

}  // namespace tendon::compiler
