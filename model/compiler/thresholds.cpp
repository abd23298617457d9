// SPDX-License-Identifier: MIT
// 2-bit outputs without a multiplier: the code is lo plus how many of three ascending levels the
// raw sum reaches (docs/accelerator.md section 6). A step function of the sum is what every
// rounding mode is.
#include <algorithm>

#include "compiler/lowered.hpp"
#include "golden/requantize.hpp"

namespace tendon::compiler {
namespace {

constexpr std::int64_t kLowest = -(std::int64_t{1} << 19);  // levels have 20 bits
constexpr std::int64_t kHighest = -kLowest - 1;

/// What t = sum(w * (a - m)) can be, a in unsigned form, m its middle code.
struct Range {
  std::int64_t low = 0, high = 0;
};

Range raw_range(const ConvJob& job, std::size_t channel) {
  const int lowest = -middle_code(job.act_bits), highest = lowest + (1 << job.act_bits) - 1;
  const std::size_t per_channel = job.weights.size() / job.bias.size();
  Range range;
  for (std::size_t i = 0; i < per_channel; ++i) {
    const int weight = weight_of(job, channel * per_channel + i);
    range.low += weight * (weight < 0 ? highest : lowest);
    range.high += weight * (weight < 0 ? lowest : highest);
  }
  return range;
}

/// Smallest raw sum whose code is at least `code`; the lowest or highest level when all or none
/// have.
std::int32_t level(const net::Layer& layer, const net::Requant& scale, const Range& range,
                   std::int64_t bias, int zero_point, int code) {
  const auto reaches = [&](std::int64_t raw) {
    const auto acc = static_cast<std::int32_t>(raw + bias);
    return golden::requantize(acc, scale, layer, zero_point) >= code;
  };
  if (reaches(range.low)) return static_cast<std::int32_t>(kLowest);
  if (!reaches(range.high)) return static_cast<std::int32_t>(kHighest);
  std::int64_t below = range.low, reached = range.high;
  while (reached - below > 1) {
    const std::int64_t middle = below + (reached - below) / 2;
    (reaches(middle) ? reached : below) = middle;
  }
  return static_cast<std::int32_t>(reached);
}

bool fits_int32(std::int64_t value) { return value == static_cast<std::int32_t>(value); }

}  // namespace

std::vector<Levels> threshold_levels(const net::Network& network, const net::Layer& layer,
                                     const ConvJob& job) {
  if (job.out_bits != 2 || job.argmax) return {};
  const int zero_point = network.tensors[static_cast<std::size_t>(layer.output)].zero_point;
  std::vector<Levels> all;
  for (std::size_t o = 0; o < job.bias.size(); ++o) {
    const Range range = raw_range(job, o);
    const std::int64_t bias = job.bias[o];
    // The highest level must stay out of reach, and no sum may wrap.
    if (range.low < kLowest || range.high >= kHighest) return {};
    if (!fits_int32(range.low + bias) || !fits_int32(range.high + bias)) return {};
    Levels levels;
    for (int k = 0; k < 3; ++k) {
      levels[static_cast<std::size_t>(k)] =
          level(layer, job.requant[o], range, bias, zero_point, layer.lo + k + 1);
    }
    all.push_back(levels);
  }
  return all;
}

std::array<std::uint32_t, 3> level_words(const Levels& levels) {
  constexpr std::uint32_t kMask = (1u << 20) - 1;
  const auto bits = [&](std::size_t k) { return static_cast<std::uint32_t>(levels[k]) & kMask; };
  // The third level fills what the other two leave of the 32 + 24 + 4 bits of an entry.
  return {bits(0) | bits(2) << 20, bits(1) | (bits(2) >> 12 & 0xF) << 20, bits(2) >> 16};
}

}  // namespace tendon::compiler
