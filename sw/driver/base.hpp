// SPDX-License-Identifier: MIT
// The little that a freestanding library needs: memory functions (provided by the compiler's
// runtime, the libc or the firmware), integer helpers, and text without a printf.
#pragma once

#include <stddef.h>
#include <stdint.h>

extern "C" {
void* memcpy(void* to, const void* from, size_t bytes);
void* memset(void* to, int value, size_t bytes);
}

namespace tendon {

template <typename T>
constexpr T min_of(T a, T b) {
  return b < a ? b : a;
}

template <typename T>
constexpr T max_of(T a, T b) {
  return a < b ? b : a;
}

/// a + b and a b modulo 2^32, for parts of a sum: only the whole is known to lie within 32 bits.
constexpr int32_t wrapped_sum(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
constexpr int32_t wrapped_product(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
}

template <typename T>
constexpr T clamp_to(T x, T lo, T hi) {
  return x < lo ? lo : (hi < x ? hi : x);
}

constexpr uint64_t align_up(uint64_t x, uint64_t unit) { return (x + unit - 1) / unit * unit; }

/// What lies `bytes` behind `base`. By numbers, because layouts are also measured from nullptr.
template <typename T>
T* piece(const void* base, uint64_t bytes) {
  return reinterpret_cast<T*>(reinterpret_cast<uintptr_t>(base) + static_cast<uintptr_t>(bytes));
}

/// One line of text in a caller's buffer; what does not fit is cut, the end is always NUL.
class Line {
 public:
  Line(char* buffer, size_t bytes) : at_(buffer), left_(buffer == nullptr ? 0 : bytes) {
    if (left_ > 0) *at_ = '\0';
  }

  Line& operator<<(const char* text);
  Line& operator<<(long long value);
  Line& operator<<(int value) { return *this << static_cast<long long>(value); }
  Line& operator<<(long value) { return *this << static_cast<long long>(value); }
  Line& operator<<(unsigned value) { return *this << static_cast<long long>(value); }
  Line& operator<<(unsigned long value) { return *this << static_cast<long long>(value); }
  Line& hex(uint32_t value);

 private:
  void put(char c) {
    if (left_ < 2) return;
    *at_++ = c;
    *at_ = '\0';
    --left_;
  }

  char* at_;
  size_t left_;
};

/// CRC-32 (IEEE 802.3, reflected). `crc` continues an earlier call; 0 starts.
uint32_t crc32(uint32_t crc, const void* data, size_t bytes);

/// CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF, not reflected): the SPI frames.
uint16_t crc16(const void* data, size_t bytes);

}  // namespace tendon
