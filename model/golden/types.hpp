// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "net/network.hpp"

namespace tendon::golden {

/// Codes of one tensor, [row, column, channel] without padding.
using Codes = std::vector<std::int16_t>;

/// [position or channel, element]; activations minus zero point and weights fit int16.
using Matrix16 = Eigen::Matrix<std::int16_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// sum a[i] * b[i]. |sum| must stay below 2^31, which net::check() proves. GCC makes this the
/// widening multiply-add of the host; Eigen would widen both operands to int32 first, seven times
/// slower.
inline std::int32_t dot(const std::int16_t* a, const std::int16_t* b, int count) {
  std::int32_t sum = 0;
  for (int i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace tendon::golden
