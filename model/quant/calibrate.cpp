// SPDX-License-Identifier: MIT
#include "quant/calibrate.hpp"

#include <algorithm>
#include <cmath>

namespace tendon::quant {
namespace {

constexpr int kSteps = 85;  // of the line searches: 0.20, 0.21, ... 1.05

double squared_error(std::span<const float> weights, const WeightCodes& codes, float scale) {
  double sum = 0.0;
  for (const float w : weights) {
    const auto value = static_cast<float>(net::weight_value(codes.grid, codes.nearest(w / scale)));
    const double error = static_cast<double>(w - scale * value);
    sum += error * error;
  }
  return sum;
}

/// Squared error of the sorted magnitudes, clipped to `levels` steps.
double squared_error(const std::vector<float>& values, int levels, float scale) {
  double sum = 0.0;
  for (const float v : values) {
    const float code = std::min(std::nearbyint(v / scale), static_cast<float>(levels));
    const double error = static_cast<double>(v - scale * code);
    sum += error * error;
  }
  return sum;
}

}  // namespace

std::int8_t WeightCodes::nearest(float ratio) const {
  if (grid == net::WeightGrid::kOdd) {
    return static_cast<std::int8_t>(std::clamp(std::floor(ratio * 0.5f), -2.0f, 1.0f));
  }
  const auto limit = static_cast<float>(largest());
  return static_cast<std::int8_t>(std::clamp(std::nearbyint(ratio), -limit, limit));
}

int WeightCodes::largest() const {
  return grid == net::WeightGrid::kOdd ? 3 : (1 << (bits - 1)) - 1;
}

float weight_scale(std::span<const float> weights, const WeightCodes& codes, float smallest) {
  float most = 0.0f;
  for (const float w : weights) most = std::max(most, std::abs(w));
  const float full = most / static_cast<float>(codes.largest());
  if (full <= smallest) return smallest;
  float best = full;
  double least = squared_error(weights, codes, full);
  for (int i = 0; i <= kSteps; ++i) {
    const float scale = full * (0.20f + 0.01f * static_cast<float>(i));
    const double error = squared_error(weights, codes, scale);
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return std::max(best, smallest);
}

float smallest_scale(float bias, float input_scale) {
  return std::max(std::abs(bias) / (input_scale * 0x1p21f), 1e-9f);
}

float activation_scale(std::vector<float> values, int levels, const Options& options) {
  for (float& v : values) v = std::abs(v);
  std::sort(values.begin(), values.end());
  const float most = values.empty() ? 0.0f : values.back();
  if (!(most > 0.0f)) return 1.0f;
  if (options.range == Range::kPercentile) {
    const double at = options.percentile / 100.0 * static_cast<double>(values.size() - 1);
    const float top = values[static_cast<std::size_t>(at)];
    return (top > 0.0f ? top : most) / static_cast<float>(levels);
  }
  const float full = most / static_cast<float>(levels);
  float best = full;
  double least = squared_error(values, levels, full);
  for (int i = 0; i <= kSteps; ++i) {
    const float scale = full * (0.20f + 0.01f * static_cast<float>(i));
    const double error = squared_error(values, levels, scale);
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

}  // namespace tendon::quant
