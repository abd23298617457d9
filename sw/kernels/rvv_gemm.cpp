// SPDX-License-Identifier: MIT
// GEMM with vectors: lanes are rows of the second operand, which is turned round first; then its
// codes are weights, and the first operand's rows are windows (rvv.hpp).
//
//   sum (a - za)(b - zb) = sum a' b' + da sum b' + db sum a' + depth da db
//
// with a' = a - ca, b' = b - cb centred codes, da = ca - za, db = cb - zb. sum b' is one more
// window, of ones.
#include "kernels/build.hpp"
#if TENDON_HAS_RVV
#include "driver/base.hpp"
#include "driver/view.hpp"
#include "kernels/packed.hpp"
#include "kernels/rvv.hpp"

namespace tendon::cpu {
namespace {

constexpr uint32_t kParameters = 4;

struct GemmShape {
  explicit GemmShape(const Job& job)
      : depth(job.in[0].info->channels),
        padded(static_cast<uint32_t>(align_up(depth, kVectorStep))),
        positions(job.in[0].info->columns),
        channels(job.in[1].info->columns) {}
  uint32_t depth;
  uint32_t padded;
  uint32_t positions;  // of a row
  uint32_t channels;
};

/// Scratch: the first operand's row, centred, with room for a step that reads past its end; the
/// second one's tile [padded][32]; a window of ones; parameters; sums of two positions; sums of
/// ones; last sums.
struct GemmScratch {
  GemmScratch(const GemmShape& s, void* base) {
    const void* at = base;
    uint64_t end = align_up(uint64_t{s.positions} * s.depth + kVectorStep, 64);
    codes = piece<int8_t>(at, 0);
    weights = piece<int8_t>(at, end);
    end += uint64_t{s.padded} * kVectorTile;
    ones = piece<int8_t>(at, end);
    end += align_up(s.padded, 64);
    parameters = piece<int32_t>(at, end);
    end += 4 * kParameters * kVectorTile;
    sums = piece<int32_t>(at, end);
    end += 4 * 2 * kVectorTile;
    last = piece<int32_t>(at, end);
    bytes = end + 4 * uint64_t{s.channels};
  }
  int8_t* codes;
  int8_t* weights;
  int8_t* ones;
  int32_t* parameters;
  int32_t* sums;
  int32_t* last;
  uint64_t bytes;
};

class VectorGemm {
 public:
  VectorGemm(const Job& job, const VectorOps& ops)
      : job_(job),
        ops_(ops),
        s_(job),
        scratch_(s_, job.scratch),
        centre_a_(vector_centre(*job.in[0].info)),
        centre_b_(vector_centre(*job.in[1].info)),
        off_a_(centre_a_ - job.in[0].info->zero_point),
        off_b_(centre_b_ - job.in[1].info->zero_point) {
    const auto& out = *job.out.info;
    mac_.weights = scratch_.weights;
    mac_.sums = scratch_.sums;
    mac_.elements = s_.padded;
    mac_.span = span();
    encode_.parameters = scratch_.parameters;
    encode_.pool = 1;
    encode_.vxrm = vxrm_of(job.layer->rounding);
    encode_.zero = out.zero_point;
    encode_.lo = job.layer->lo - out.zero_point;
    encode_.hi = job.layer->hi - out.zero_point;
  }

  void run() {
    memset(scratch_.ones, 1, s_.padded);
    for (uint32_t o = 0; o < kVectorTile; ++o) {
      set_vector_scale(job_.layer->rounding, job_.requant[0],
                       scratch_.parameters + kVectorTile + o);
    }
    const uint32_t count = s_.positions * s_.depth;
    for (uint32_t y = 0; y < job_.in[0].info->rows; ++y) {
      ops_.flip(scratch_.codes, job_.in[0].codes + size_t{y} * count, count,
                centre_a_ != 0 ? -128 : 0);
      memset(scratch_.codes + count, 0, kVectorStep);
      for (uint32_t first = 0; first < s_.channels; first += kVectorTile) run_tile(y, first);
    }
    note_peak(job_, scratch_.last, s_.channels);
  }

 private:
  // Products that a 16-bit sum holds: 128 * 128 twice would be one too much.
  uint32_t span() const {
    const int32_t product =
        largest_from(*job_.in[0].info, centre_a_) * largest_from(*job_.in[1].info, centre_b_);
    const uint32_t most = static_cast<uint32_t>(INT16_MAX / product);
    if (most < kVectorStep) return min_of<uint32_t>(most, 2);
    return min_of(most / kVectorStep * kVectorStep, s_.padded);
  }

  void run_tile(uint32_t y, uint32_t first) {
    const uint32_t channels = min_of(kVectorTile, s_.channels - first);
    const uint8_t* b = job_.in[1].codes + (size_t{y} * s_.channels + first) * s_.depth;
    memset(scratch_.weights, 0, size_t{s_.padded} * kVectorTile);
    for (uint32_t n = 0; n < channels; ++n, b += s_.depth) {
      ops_.spread(scratch_.weights + n, b, s_.depth, centre_b_ != 0 ? -128 : 0);
    }
    set_constants();
    for (uint32_t m = 0; m < s_.positions;) {
      const uint32_t count = mac_.span > 1 && m + 2 <= s_.positions ? 2 : 1;
      run_positions(y, first, m, count, channels);
      m += count;
    }
  }

  // parameters[n] = da sum b' + depth da db
  void set_constants() {
    if (off_a_ == 0) {
      memset(scratch_.parameters, 0, 4 * kVectorTile);
      return;
    }
    mac_.window0 = scratch_.ones;
    ops_.mac1(&mac_);
    const int32_t rest = static_cast<int32_t>(s_.depth) * off_a_ * off_b_;
    for (uint32_t n = 0; n < kVectorTile; ++n) {
      scratch_.parameters[n] = off_a_ * scratch_.sums[n] + rest;
    }
  }

  void run_positions(uint32_t y, uint32_t first, uint32_t m, uint32_t count, uint32_t channels) {
    const int8_t* const window = scratch_.codes + size_t{m} * s_.depth;
    mac_.window0 = window;
    mac_.window1 = window + s_.depth;
    count == 2 ? ops_.mac2(&mac_) : ops_.mac1(&mac_);
    for (uint32_t i = 0; i < count; ++i) {
      int32_t* const sums = scratch_.sums + i * kVectorTile;
      if (off_b_ != 0) add_code_sum(window + i * s_.depth, sums);
      encode_.sums = sums;
      encode_.codes = job_.out.codes + (size_t{y} * s_.positions + m + i) * s_.channels + first;
      encode_vector(ops_, job_.layer->rounding, encode_, channels);
    }
    const int32_t* const sums = scratch_.sums + (count - 1) * kVectorTile;
    for (uint32_t n = 0; job_.peak != nullptr && n < channels; ++n) {
      scratch_.last[first + n] = sums[n] + scratch_.parameters[n];
    }
  }

  // += db sum a'
  void add_code_sum(const int8_t* codes, int32_t* sums) const {
    int32_t sum = 0;
    for (uint32_t k = 0; k < s_.depth; ++k) sum += codes[k];
    for (uint32_t n = 0; n < kVectorTile; ++n) sums[n] += off_b_ * sum;
  }

  const Job& job_;
  const VectorOps& ops_;
  const GemmShape s_;
  const GemmScratch scratch_;
  const int32_t centre_a_, centre_b_;
  const int32_t off_a_, off_b_;
  MacJob mac_ = {};
  EncodeJob encode_ = {};
};

}  // namespace

bool vector_gemm_fits(const Job& job) { return job.layer->kind == TENDON_LAYER_GEMM; }

size_t vector_gemm_scratch(const Job& job) {
  return static_cast<size_t>(GemmScratch(GemmShape(job), nullptr).bytes);
}

void run_vector_gemm(const Job& job, const VectorOps& ops) { VectorGemm(job, ops).run(); }

}  // namespace tendon::cpu

#endif
