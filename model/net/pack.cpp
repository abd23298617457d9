// SPDX-License-Identifier: MIT
#include "net/pack.hpp"

namespace tendon::net {
namespace {

template <typename Code>
std::vector<std::uint8_t> pack(std::span<const Code> codes, int row_elements, int bits) {
  const auto elements = static_cast<std::size_t>(row_elements);
  const std::size_t rows = codes.size() / elements;
  TENDON_CHECK_EQ(rows * elements, codes.size());
  const std::size_t row_bytes = static_cast<std::size_t>(words_per_row(row_elements, bits)) * 4;
  const auto per_byte = static_cast<std::size_t>(8 / bits);
  const unsigned mask = (1u << bits) - 1u;
  std::vector<std::uint8_t> bytes(rows * row_bytes, 0);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < elements; ++i) {
      const unsigned code = static_cast<unsigned>(codes[row * elements + i]) & mask;
      const unsigned shift = static_cast<unsigned>(i % per_byte) * static_cast<unsigned>(bits);
      std::uint8_t& byte = bytes[row * row_bytes + i / per_byte];
      byte = static_cast<std::uint8_t>(byte | (code << shift));
    }
  }
  return bytes;
}

}  // namespace

std::vector<std::uint8_t> pack_rows(std::span<const std::int16_t> codes, int row_elements,
                                    int bits) {
  return pack(codes, row_elements, bits);
}

std::vector<std::uint8_t> pack_rows(std::span<const std::int8_t> codes, int row_elements,
                                    int bits) {
  return pack(codes, row_elements, bits);
}

std::vector<std::int16_t> unpack_rows(std::span<const std::uint8_t> bytes, int row_elements,
                                      int bits, bool is_signed) {
  const auto elements = static_cast<std::size_t>(row_elements);
  const std::size_t row_bytes = static_cast<std::size_t>(words_per_row(row_elements, bits)) * 4;
  const std::size_t rows = bytes.size() / row_bytes;
  TENDON_CHECK_EQ(rows * row_bytes, bytes.size());
  const auto per_byte = static_cast<std::size_t>(8 / bits);
  const int top = is_signed ? 1 << (bits - 1) : 1 << bits;
  std::vector<std::int16_t> codes;
  codes.reserve(rows * elements);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < elements; ++i) {
      const unsigned shift = static_cast<unsigned>(i % per_byte) * static_cast<unsigned>(bits);
      const unsigned byte = bytes[row * row_bytes + i / per_byte];
      const int code = static_cast<int>((byte >> shift) & ((1u << bits) - 1u));
      codes.push_back(static_cast<std::int16_t>(code >= top ? code - (1 << bits) : code));
    }
  }
  return codes;
}

std::vector<std::uint8_t> pack_tensor(const Tensor& tensor, std::span<const std::int16_t> codes) {
  return pack_rows(codes, tensor.shape.channels, tensor.bits);
}

std::vector<std::int16_t> unpack_tensor(const Tensor& tensor, std::span<const std::uint8_t> bytes) {
  return unpack_rows(bytes, tensor.shape.channels, tensor.bits, tensor.is_signed);
}

}  // namespace tendon::net
