// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "net/network.hpp"

namespace tendon::golden {

struct CodedWindow {
  std::vector<std::uint8_t> codes;  // [row, column, channel], as Model::run() takes them
  std::int64_t saturated = 0;       // voltages outside the coded range
};

/// Volts of one window [row, column, channel] to input codes:
///   index = clamp(round_half_even(volts * gain[channel] * 255), 0, 255);  code = table[index]
/// in float32, the products from left to right. A voltage whose index had to be clamped counts as
/// saturated (infinities too). Error: wrong number of values (names both), or a NaN (names where).
Result<CodedWindow> code_input(const net::Network& network, std::span<const float> volts);

}  // namespace tendon::golden
