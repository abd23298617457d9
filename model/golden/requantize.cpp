// SPDX-License-Identifier: MIT
#include "golden/requantize.hpp"

#include <algorithm>
#include <bit>

namespace tendon::golden {
namespace {

struct Split {
  std::uint64_t integer;   // floor(|product| * 2^-shift)
  std::uint64_t fraction;  // the bits below, in units of 2^-shift
  std::uint64_t half;      // 1/2 in the same units; 0 when there is no fraction
};

Split split(std::uint64_t magnitude, int shift) {
  if (shift == 0) return {magnitude, 0, 0};
  const std::uint64_t one = std::uint64_t{1} << shift;
  return {magnitude >> shift, magnitude & (one - 1), one >> 1};
}

std::uint64_t nearest_even(std::uint64_t magnitude, int shift) {
  const Split s = split(magnitude, shift);
  if (s.half == 0 || s.fraction < s.half) return s.integer;
  return s.fraction > s.half ? s.integer + 1 : s.integer + (s.integer & 1);
}

/// A float32 keeps 24 significant bits: what lies within half a unit of its last place of a tie,
/// becomes the tie. With n integer bits that distance is 2^-(25-n).
std::uint64_t nearest_even_of_float(std::uint64_t magnitude, int shift) {
  const Split s = split(magnitude, shift);
  if (s.half == 0) return s.integer;
  const int near_bits = shift + static_cast<int>(std::bit_width(s.integer)) - 25;
  const std::uint64_t near = near_bits < 0 ? 0 : std::uint64_t{1} << near_bits;
  if (s.fraction > s.half + near) return s.integer + 1;
  if (s.fraction + near < s.half) return s.integer;
  return s.integer + (s.integer & 1);
}

std::int64_t with_sign(std::int64_t sign_of, std::uint64_t magnitude) {
  const auto value = static_cast<std::int64_t>(magnitude);
  return sign_of < 0 ? -value : value;
}

std::uint64_t magnitude_of(std::int64_t value) {
  return static_cast<std::uint64_t>(value < 0 ? -value : value);
}

/// Saturating rounding doubling high multiply (its only saturation, INT32_MIN squared, cannot
/// happen: the multiplier is positive), then a right shift that rounds half away from zero.
std::int64_t tflite_round(std::int32_t acc, const net::Requant& scale) {
  const std::int64_t product = std::int64_t{acc} * scale.multiplier;
  const std::int64_t high = (product + (std::int64_t{1} << 30)) >> 31;
  const Split s = split(magnitude_of(high), scale.shift - 31);
  const bool up = s.half != 0 && s.fraction >= s.half;
  return with_sign(high, s.integer + (up ? 1 : 0));
}

}  // namespace

std::int64_t round_shift(std::int64_t product, int shift, net::Rounding rounding) {
  switch (rounding) {
    case net::Rounding::kFloat:
      return with_sign(product, nearest_even_of_float(magnitude_of(product), shift));
    case net::Rounding::kEven:
      return with_sign(product, nearest_even(magnitude_of(product), shift));
    case net::Rounding::kUp:
      return shift == 0 ? product : (product + (std::int64_t{1} << (shift - 1))) >> shift;
    case net::Rounding::kTflite:  // has two roundings: scale_round()
    case net::Rounding::kFloor:
      return product >> shift;
  }
  return 0;
}

std::int64_t scale_round(std::int32_t acc, const net::Requant& scale, net::Rounding rounding) {
  if (rounding == net::Rounding::kTflite) return tflite_round(acc, scale);
  return round_shift(std::int64_t{acc} * scale.multiplier, scale.shift, rounding);
}

std::int16_t clamp_code(std::int64_t rounded, int zero_point, int lo, int hi) {
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(rounded + zero_point, lo, hi));
}

}  // namespace tendon::golden
