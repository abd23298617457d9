// SPDX-License-Identifier: MIT
// Accumulator to output code in the five rounding modes of docs/numerics.md, integers only.
#pragma once

#include <stdint.h>

#include "driver/base.hpp"
#include "tendon/tendon_program.h"

namespace tendon::cpu {

/// floor(|product| / 2^shift) rounded to nearest, ties to even; what lies nearer to a tie than
/// `near` (units of 2^-shift) counts as a tie.
constexpr uint64_t round_ties(uint64_t magnitude, uint32_t shift, uint64_t near) {
  if (shift == 0) return magnitude;
  const uint64_t whole = magnitude >> shift;
  const uint64_t half = uint64_t{1} << (shift - 1);
  const uint64_t rest = magnitude & ((half << 1) - 1);
  if (rest > half + near) return whole + 1;
  if (rest + near < half) return whole;
  return whole + (whole & 1);
}

constexpr uint32_t bit_length(uint64_t x) {
  return x == 0 ? 0 : 64 - static_cast<uint32_t>(__builtin_clzll(x));
}

/// Mode float: the product passes through a float32 of 24 significant bits, which catches
/// everything within half of its last place around a tie. |product| < 2^62.
constexpr uint64_t round_float(uint64_t magnitude, uint32_t shift) {
  const uint32_t grid = shift + bit_length(magnitude >> shift);  // log2 of half a last place + 25
  return round_ties(magnitude, shift, grid < 25 ? 0 : uint64_t{1} << (grid - 25));
}

/// round(product * 2^-shift); modes float, even, up, floor. |product| < 2^62, shift <= 63.
constexpr int64_t round_shift(int64_t product, uint32_t shift, uint32_t rounding) {
  if (rounding == TENDON_ROUND_FLOOR) return product >> shift;
  if (rounding == TENDON_ROUND_UP) {
    return shift == 0 ? product : (product + (int64_t{1} << (shift - 1))) >> shift;
  }
  const auto magnitude = static_cast<uint64_t>(product < 0 ? -product : product);
  const auto rounded =
      static_cast<int64_t>(rounding == TENDON_ROUND_FLOAT ? round_float(magnitude, shift)
                                                          : round_ties(magnitude, shift, 0));
  return product < 0 ? -rounded : rounded;
}

/// Mode tflite: (acc * M) / 2^31 rounded half up, then / 2^(shift - 31) rounded half away from
/// zero.
constexpr int64_t round_tflite(int32_t acc, int32_t multiplier, uint32_t shift) {
  const int64_t high = (int64_t{acc} * multiplier + (int64_t{1} << 30)) >> 31;
  const uint32_t rest = shift - 31;
  if (rest == 0) return high;
  const int64_t half = int64_t{1} << (rest - 1);
  return high < 0 ? -((-high + half) >> rest) : (high + half) >> rest;
}

constexpr int64_t scale_round(int32_t acc, const tendon_program_requant_t& r, uint32_t rounding) {
  if (rounding == TENDON_ROUND_TFLITE) return round_tflite(acc, r.multiplier, r.shift);
  return round_shift(int64_t{acc} * r.multiplier, r.shift, rounding);
}

/// The whole step: clamp(zero + round(acc * scale), lo, hi).
constexpr int32_t requantize(int32_t acc, const tendon_program_requant_t& r,
                             const tendon_program_layer_t& layer, int32_t zero) {
  return static_cast<int32_t>(
      clamp_to<int64_t>(scale_round(acc, r, layer.rounding) + zero, layer.lo, layer.hi));
}

}  // namespace tendon::cpu
