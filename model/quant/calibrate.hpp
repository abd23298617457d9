// SPDX-License-Identifier: MIT
// Scales: per weight channel and per activation tensor.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quant/quant.hpp"

namespace tendon::quant {

/// Codes of a grid for weights: symmetric, so that the sign of a channel may be flipped.
/// 8 bits -127..127, 4 bits -7..7, 2 bits -1..1 (kTwos) or the codes -2..1 of {-3,-1,1,3} (kOdd).
struct WeightCodes {
  int bits = 8;
  net::WeightGrid grid = net::WeightGrid::kTwos;
  /// Nearest code of weight / scale.
  std::int8_t nearest(float ratio) const;
  /// Largest weight value in units of the scale: 127, 7, 1 or 3.
  int largest() const;
};

/// Scale that minimizes the squared error over the channels given together (one channel:
/// per-channel scale), by line search between 0.2 and 1.05 of the largest weight / largest(). At
/// least `smallest`. All weights zero: `smallest`.
float weight_scale(std::span<const float> weights, const WeightCodes& codes, float smallest);

/// Smallest scale that keeps |bias| / (input_scale * scale) within 2^21, which leaves the rest of
/// 24 bits to the sums.
float smallest_scale(float bias, float input_scale);

/// Step of an activation tensor with `levels` positive codes: over |values|, by percentile or by
/// line search of the squared error.
float activation_scale(std::vector<float> values, int levels, const Options& options);

}  // namespace tendon::quant
