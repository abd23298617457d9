// SPDX-License-Identifier: MIT
// Add and table with vectors, and what all vector kernels share.
#include "kernels/build.hpp"
#if TENDON_HAS_RVV
#include "driver/base.hpp"
#include "driver/view.hpp"
#include "kernels/rvv.hpp"

namespace tendon::cpu {
namespace {

// Labels of kinds without accumulators: the codes of the last position.
void note_code_peak(const Job& job) {
  if (job.peak == nullptr) return;
  const auto& out = *job.out.info;
  auto* values = static_cast<int32_t*>(job.scratch);
  const uint32_t first = elements(out) - out.channels;
  for (uint32_t c = 0; c < out.channels; ++c) values[c] = job.out.at(first + c);
  note_peak(job, values, out.channels);
}

}  // namespace

int32_t vector_centre(const tendon_program_tensor_t& t) {
  return t.is_signed == 0 && t.bits == 8 ? 128 : 0;
}

uint64_t vxrm_of(uint32_t rounding) {
  switch (rounding) {
    case TENDON_ROUND_UP:
      return 0;
    case TENDON_ROUND_EVEN:
      return 1;
    case TENDON_ROUND_FLOOR:
      return 2;
    default:
      return 4;
  }
}

void set_vector_scale(uint32_t rounding, const tendon_program_requant_t& r, int32_t* rest) {
  if (rounding == TENDON_ROUND_FLOAT) {
    const float factor = make_scale(r, 0).factor32;
    memcpy(rest, &factor, sizeof(factor));
  } else if (rounding == TENDON_ROUND_TFLITE) {
    rest[0] = r.multiplier;
    rest[kVectorTile] = static_cast<int32_t>(r.shift - 31);
    rest[2 * kVectorTile] = r.shift == 31 ? 0 : -1;
  } else {
    rest[0] = r.multiplier;
    rest[kVectorTile] = static_cast<int32_t>(r.shift);
  }
}

void encode_vector(const VectorOps& ops, uint32_t rounding, EncodeJob& encode, uint32_t channels) {
  if (rounding == TENDON_ROUND_FLOAT) {
    encode.channels = channels;
    ops.encode_float(&encode);
    return;
  }
  encode.channels = min_of(channels, kVectorTile / 2);
  ops.encode_fixed(&encode);
  if (channels <= kVectorTile / 2) return;
  EncodeJob upper = encode;
  upper.channels = channels - kVectorTile / 2;
  upper.sums += kVectorTile / 2;
  upper.codes += kVectorTile / 2;
  upper.parameters += kVectorTile / 2;
  ops.encode_fixed(&upper);
}

size_t vector_plain_scratch(const Job& job) { return 4u * job.out.info->channels; }

bool vector_add_fits(const Job& job) { return job.layer->kind == TENDON_LAYER_ADD; }

void run_vector_add(const Job& job, const VectorOps& ops) {
  const auto& out = *job.out.info;
  AddJob add = {};
  add.a = job.in[0].codes;
  add.b = job.in[1].codes;
  add.out = job.out.codes;
  add.count = elements(out);
  const int32_t centre0 = vector_centre(*job.in[0].info);
  const int32_t centre1 = vector_centre(*job.in[1].info);
  add.flip0 = -centre0;
  add.flip1 = -centre1;
  add.multiplier0 = job.requant[0].multiplier;
  add.multiplier1 = job.requant[1].multiplier;
  add.offset = int64_t{centre0 - job.in[0].info->zero_point} * add.multiplier0 +
               int64_t{centre1 - job.in[1].info->zero_point} * add.multiplier1;
  add.shift = job.requant[0].shift;
  add.vxrm = vxrm_of(job.layer->rounding);
  add.scale = static_cast<float>(power_of_two(job.requant[0].shift));
  add.lo = job.layer->lo - out.zero_point;
  add.hi = job.layer->hi - out.zero_point;
  add.zero = out.zero_point;
  ops.add(&add);
  note_code_peak(job);
}

bool vector_table_fits(const Job& job) { return job.layer->kind == TENDON_LAYER_TABLE; }

void run_vector_table(const Job& job, const VectorOps& ops) {
  ops.look_up(job.out.codes, job.in[0].codes, elements(*job.out.info), job.table);
  note_code_peak(job);
}

}  // namespace tendon::cpu

#endif
