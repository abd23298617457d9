// SPDX-License-Identifier: MIT
// What a client can see of a program file before it sends it to another process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/result.hpp"

namespace tendon::vp {

/// Bytes of one input window, one code per byte: rows * columns * channels of tensor 0 (.tdn
/// format, tendon/tendon_program.h).
///
/// Error, both values named: fewer bytes than a header, or another number of bytes than the header
/// says (flash pads a file with erased bytes, so firmware cannot see that its end is missing); no
/// section of tensors inside the file. Everything else, checksums too, is for the reader behind.
Result<std::size_t> window_bytes(std::span<const std::uint8_t> program);

}  // namespace tendon::vp
