// SPDX-License-Identifier: MIT
#include "net/scale.hpp"

#include <cmath>

namespace tendon::net {

Result<Requant> to_requant(double scale, Rounding rounding) {
  const bool tflite = rounding == Rounding::kTflite;
  if (!std::isfinite(scale) || scale < 0.0) {
    return Error{"scale is " + std::to_string(scale) + ", must be finite and not negative"};
  }
  if (scale == 0.0) return Requant{0, tflite ? 31 : 0};
  const int bits = tflite ? 31 : 24;
  int exponent = 0;
  const double fraction = std::frexp(tflite ? scale : static_cast<float>(scale), &exponent);
  auto multiplier = static_cast<std::int64_t>(std::llround(std::ldexp(fraction, bits)));
  if (multiplier == std::int64_t{1} << bits) {  // rounded up to the next power of two
    multiplier /= 2;
    ++exponent;
  }
  const int shift = bits - exponent;
  const int lowest = tflite ? 31 : 0;
  const int highest = tflite ? 62 : 63;
  if (shift < lowest || shift > highest) {
    return Error{"scale " + std::to_string(scale) + " needs shift " + std::to_string(shift) +
                 ", mode " + to_string(rounding) + " has " + std::to_string(lowest) + ".." +
                 std::to_string(highest)};
  }
  return Requant{static_cast<std::int32_t>(multiplier), shift};
}

double to_scale(const Requant& requant) { return std::ldexp(requant.multiplier, -requant.shift); }

}  // namespace tendon::net
