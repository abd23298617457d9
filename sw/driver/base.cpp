// SPDX-License-Identifier: MIT
#include "driver/base.hpp"

namespace tendon {

Line& Line::operator<<(const char* text) {
  while (*text != '\0') put(*text++);
  return *this;
}

Line& Line::operator<<(long long value) {
  char digits[20];
  int count = 0;
  uint64_t rest = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  do {
    digits[count++] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (value < 0) put('-');
  while (count > 0) put(digits[--count]);
  return *this;
}

Line& Line::hex(uint32_t value) {
  *this << "0x";
  for (int shift = 28; shift >= 0; shift -= 4) put("0123456789ABCDEF"[(value >> shift) & 15]);
  return *this;
}

uint32_t crc32(uint32_t crc, const void* data, size_t bytes) {
  // Nibble table: 64 bytes instead of 1 KiB; the check runs once per load.
  static constexpr uint32_t kTable[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                          0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                          0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                          0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
  const auto* p = static_cast<const uint8_t*>(data);
  crc = ~crc;
  for (size_t i = 0; i < bytes; ++i) {
    crc ^= p[i];
    crc = (crc >> 4) ^ kTable[crc & 15];
    crc = (crc >> 4) ^ kTable[crc & 15];
  }
  return ~crc;
}

uint16_t crc16(const void* data, size_t bytes) {
  const auto* p = static_cast<const uint8_t*>(data);
  uint32_t crc = 0xFFFF;
  for (size_t i = 0; i < bytes; ++i) {
    crc ^= static_cast<uint32_t>(p[i]) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return static_cast<uint16_t>(crc);
}

}  // namespace tendon
