// SPDX-License-Identifier: MIT
// The parts of the packed depthwise kernel that no level changes.
#include "kernels/build.hpp"
#if TENDON_HAS_PACKED
#include "kernels/packed_depthwise.hpp"

namespace tendon::cpu {
namespace {

constexpr uint32_t kMostTaps = 31;  // with those of weight 0

}  // namespace

bool packed_depthwise_fits(const Job& job) {
  const auto& l = *job.layer;
  if (l.kind != TENDON_LAYER_DEPTHWISE || DepthwiseShape::taps(job) > kMostTaps) return false;
  const uint32_t largest = l.grid == TENDON_GRID_ODD ? 3 : 1u << (l.weight_bits - 1);
  return uint32_t{l.row.kernel} * l.column.kernel * largest <= DepthwiseShape(job).norm_limit(128);
}

size_t packed_depthwise_prepared(const Job& job) {
  return static_cast<size_t>(DepthwiseMemory(DepthwiseShape(job), nullptr).bytes);
}

void packed_depthwise_prepare(const Job& job, void* prepared) {
  const DepthwiseShape s(job);
  const DepthwiseMemory memory(s, prepared);
  const auto& axis = job.layer->column;
  memory.head->path = choose_path(job, layer_bound(job, s.depth * axis.kernel));
  const int32_t off = ConvShape::centre(job) - job.in[0].info->zero_point;
  int32_t* operand = memory.operands;
  for (uint32_t c = 0; c < s.channels; ++c) {
    const WeightRow row(job.weights, *job.layer, c);
    int32_t sum = 0;
    for (uint32_t ky = 0; ky < s.depth; ++ky) {
      const auto tap = [&](uint32_t t) {
        const bool real = t % axis.dilation == 0 && t / axis.dilation < axis.kernel;
        return real ? row[ky * axis.kernel + t / axis.dilation] : 0;
      };
      for (uint32_t p = 0; p < s.groups; ++p) {
        *operand++ = tap(2 * p + 1) + tap(2 * p) * (1 << kPairLane);
        sum += tap(2 * p) + tap(2 * p + 1);
      }
    }
    memory.scales[c] = make_scale(job.requant[c], job.requant[c].bias + off * sum);
  }
}

size_t packed_depthwise_scratch(const Job& job) {
  return static_cast<size_t>(DepthwiseScratch(DepthwiseShape(job), nullptr).bytes);
}

}  // namespace tendon::cpu

#endif
