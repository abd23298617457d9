// SPDX-License-Identifier: MIT
// Accumulator to code, in integers only (docs/numerics.md, "requantize").
#pragma once

#include <cstdint>

#include "net/network.hpp"

namespace tendon::golden {

/// round(product * 2^-shift) by one rounding of mode kFloat, kEven, kUp or kFloor. |product| <
/// 2^62, 0 <= shift <= 63. kFloat: as if the product had first been rounded to a float32.
std::int64_t round_shift(std::int64_t product, int shift, net::Rounding rounding);

/// round(acc * scale) in any mode. kFloat: |acc| < 2^24. The result is not clamped.
std::int64_t scale_round(std::int32_t acc, const net::Requant& scale, net::Rounding rounding);

/// clamp(zero_point + rounded, lo, hi)
std::int16_t clamp_code(std::int64_t rounded, int zero_point, int lo, int hi);

/// The whole step with the layer's rounding mode and clamp, and the zero point of its output.
inline std::int16_t requantize(std::int32_t acc, const net::Requant& scale, const net::Layer& layer,
                               int zero_point) {
  return clamp_code(scale_round(acc, scale, layer.rounding), zero_point, layer.lo, layer.hi);
}

}  // namespace tendon::golden
