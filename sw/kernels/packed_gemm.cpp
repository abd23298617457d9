// SPDX-License-Identifier: MIT
// The parts of the packed GEMM that no level changes.
#include "kernels/build.hpp"
#if TENDON_HAS_PACKED
#include "driver/view.hpp"
#include "kernels/packed_gemm.hpp"

namespace tendon::cpu {
namespace {

int32_t centred(const Tensor& t, uint32_t index, int32_t centre) { return t.at(index) - centre; }

}  // namespace

bool packed_gemm_fits(const Job& job) { return job.layer->kind == TENDON_LAYER_GEMM; }

size_t packed_gemm_scratch(const Job& job) {
  return static_cast<size_t>(GemmScratch(GemmShape(job), nullptr).bytes);
}

Path gemm_path(const Job& job, const GemmShape& s) {
  const auto& a = *job.in[0].info;
  const auto& b = *job.in[1].info;
  return choose_path(
      job, int64_t{s.depth} * largest_from(a, a.zero_point) * largest_from(b, b.zero_point));
}

void pack_gemm_row(const Job& job, const GemmShape& s, uint32_t y, const GemmScratch& scratch) {
  const int32_t off_a = s.centre_a - job.in[0].info->zero_point;
  const int32_t off_b = s.centre_b - job.in[1].info->zero_point;
  const uint32_t first = y * s.channels * s.depth;
  for (uint32_t n = 0; n < s.channels; ++n) {
    int32_t sum = static_cast<int32_t>(s.depth) * off_b;
    for (uint32_t k = 0; off_a != 0 && k < s.depth; ++k) {
      sum += centred(job.in[1], first + n * s.depth + k, s.centre_b);
    }
    scratch.scales[n] = make_scale(job.requant[0], off_a * sum);
  }
  uint32_t* to = scratch.operands;
  for (uint32_t group = 0; group < s.groups;) {
    const uint32_t n = dot_tile_size(s.groups, group);
    for (uint32_t g = 0; g < n; ++g) {
      const uint32_t even = first + (group + g) * 2 * s.depth;
      const bool has_odd = (group + g) * 2 + 1 < s.channels;
      uint32_t* put = to + g;
      for (uint32_t k = 0; k < s.depth; ++k, put += n) {
        const int64_t high =
            has_odd ? centred(job.in[1], even + s.depth + k, s.centre_b) : int64_t{0};
        const int64_t low = centred(job.in[1], even + k, s.centre_b);
        *put = static_cast<uint32_t>(static_cast<uint64_t>(low + high * (int64_t{1} << kGemmLane)) +
                                     kDotOffset);
      }
    }
    to += static_cast<size_t>(n) * s.depth;
    group += n;
  }
}

int32_t gemm_starts(const Job& job, const GemmShape& s, uint32_t position,
                    const GemmScratch& scratch) {
  constexpr uint64_t kHalf = uint64_t{1} << (kGemmLane - 1);
  const uint32_t first = position * s.depth;
  int32_t all = 0;
  for (uint32_t b = 0; b < s.blocks; ++b) {
    int32_t sum = 0;
    const uint32_t end = min_of(s.depth, (b + 1) * kGemmBlock);
    for (uint32_t k = b * kGemmBlock; k < end; ++k) {
      const int32_t code = centred(job.in[0], first + k, s.centre_a);
      scratch.codes[k] = static_cast<int8_t>(code);
      sum += code;
    }
    scratch.starts[b] = kHalf - kDotOffset * static_cast<uint64_t>(int64_t{sum});
    all += sum;
  }
  return wrapped_product(s.centre_b - job.in[1].info->zero_point, all);
}

}  // namespace tendon::cpu

#endif
