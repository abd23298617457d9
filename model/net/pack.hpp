// SPDX-License-Identifier: MIT
// Rows of 2-, 4- and 8-bit codes in bytes, as docs/numerics.md says: element 0 in the least
// significant bits, little-endian 32-bit words, every row on a word, pad bits zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "net/network.hpp"

namespace tendon::net {

/// 32-bit words of a row of `elements` codes of `bits` (2, 4, 8) each.
inline int words_per_row(int elements, int bits) { return (elements * bits + 31) / 32; }

/// `codes` (any sign; the low `bits` are kept) as rows of `row_elements`. codes.size() is a
/// multiple of row_elements. Returns rows * words_per_row * 4 bytes.
std::vector<std::uint8_t> pack_rows(std::span<const std::int16_t> codes, int row_elements,
                                    int bits);
std::vector<std::uint8_t> pack_rows(std::span<const std::int8_t> codes, int row_elements, int bits);

/// The inverse. bytes.size() is a multiple of words_per_row * 4; pad bits are ignored.
std::vector<std::int16_t> unpack_rows(std::span<const std::uint8_t> bytes, int row_elements,
                                      int bits, bool is_signed);

/// A whole tensor: one row per position (row, column) of `channels` elements.
std::vector<std::uint8_t> pack_tensor(const Tensor& tensor, std::span<const std::int16_t> codes);
std::vector<std::int16_t> unpack_tensor(const Tensor& tensor, std::span<const std::uint8_t> bytes);

}  // namespace tendon::net
