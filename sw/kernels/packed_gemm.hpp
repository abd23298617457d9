// SPDX-License-Identifier: MIT
// GEMM with the packed dot product: rows of the second operand are packed two to an operand when
// the layer runs, as packed_dot.hpp does with weights.
//
//   sum (a - za)(b - zb) = sum a' b' + da sum b' + db sum a' + depth da db
//
// with a' = a - ca, b' = b - cb centred codes, da = ca - za, db = cb - zb.
//
// Range: lanes of 23 bits, |a'| and |b'| <= 128, so a lane is exact for (2^22 - 1) / 2^14 = 255
// elements.
#pragma once

#include "kernels/packed_dot.hpp"

namespace tendon::cpu {

constexpr uint32_t kGemmBlock = 248;
constexpr uint32_t kGemmLane = 23;

struct GemmShape {
  explicit GemmShape(const Job& job)
      : depth(job.in[0].info->channels),
        positions(job.in[0].info->columns),
        channels(job.in[1].info->columns),
        groups((channels + 1) / 2),
        blocks((depth + kGemmBlock - 1) / kGemmBlock),
        centre_a(centre(*job.in[0].info)),
        centre_b(centre(*job.in[1].info)) {}

  static int32_t centre(const tendon_program_tensor_t& t) {
    return t.is_signed == 0 && t.bits == 8 ? 128 : 0;
  }

  uint32_t depth;
  uint32_t positions;  // of a row
  uint32_t channels;
  uint32_t groups;  // of two channels
  uint32_t blocks;
  int32_t centre_a;
  int32_t centre_b;
};

/// Scratch: one row of the first operand, centred; operands [tile][element][group]; scales with
/// what each channel needs added; start values of blocks; packed sums of a tile; sums.
struct GemmScratch {
  GemmScratch(const GemmShape& s, void* base) {
    const void* at = base;
    uint64_t end = align_up(s.depth, 64);
    codes = piece<int8_t>(at, 0);
    scales = piece<ChannelScale>(at, end);
    end += align_up(sizeof(ChannelScale) * uint64_t{s.channels}, 64);
    starts = piece<uint64_t>(at, end);
    end += align_up(8 * uint64_t{s.blocks}, 64);
    packed = piece<uint64_t>(at, end);
    end += align_up(8 * uint64_t{kDotGroups}, 64);
    operands = piece<uint32_t>(at, end);
    end += 4 * uint64_t{s.depth} * s.groups;
    sums = piece<int32_t>(at, end);
    bytes = end + 8 * uint64_t{s.groups};
  }
  int8_t* codes;
  ChannelScale* scales;
  uint64_t* starts;
  uint64_t* packed;
  uint32_t* operands;
  int32_t* sums;
  uint64_t bytes;
};

bool packed_gemm_fits(const Job& job);
size_t packed_gemm_scratch(const Job& job);
/// Which requantization is exact for any codes.
Path gemm_path(const Job& job, const GemmShape& s);
/// Operands and scales of row y.
void pack_gemm_row(const Job& job, const GemmShape& s, uint32_t y, const GemmScratch& scratch);
/// Centres the codes of one position of the first operand, gives each block its start value, and
/// returns db sum a'.
int32_t gemm_starts(const Job& job, const GemmShape& s, uint32_t position,
                    const GemmScratch& scratch);

template <typename Ops>
void gemm_position(const GemmShape& s, const GemmScratch& scratch) {
  const uint32_t* w = scratch.operands;
  for (uint32_t group = 0; group < s.groups;) {
    const uint32_t n = dot_tile_size(s.groups, group);
    for (uint32_t b = 0; b < s.blocks; ++b) {
      const uint32_t from = b * kGemmBlock;
      const uint32_t count = min_of(kGemmBlock, s.depth - from);
      dot_groups<Ops>(n, scratch.codes + from, w, count, scratch.starts[b], scratch.packed);
      int32_t* const sums = scratch.sums + group * 2;
      b == 0 ? unpack_lanes<Ops, 2, kGemmLane, false>(scratch.packed, n, sums)
             : unpack_lanes<Ops, 2, kGemmLane, true>(scratch.packed, n, sums);
      w += static_cast<size_t>(count) * n;
    }
    group += n;
  }
}

template <typename Ops>
void run_packed_gemm(const Job& job) {
  const GemmShape s(job);
  const GemmScratch scratch(s, job.scratch);
  const FastRequant requant(job);
  const Path path = gemm_path(job, s);
  for (uint32_t y = 0; y < job.in[0].info->rows; ++y) {
    pack_gemm_row(job, s, y, scratch);
    for (uint32_t m = 0; m < s.positions; ++m) {
      const uint32_t position = y * s.positions + m;
      const int32_t more = gemm_starts(job, s, position, scratch);
      gemm_position<Ops>(s, scratch);
      for (uint32_t n = 0; more != 0 && n < s.channels; ++n) {
        scratch.sums[n] = wrapped_sum(scratch.sums[n], more);
      }
      requant.position(path, scratch.scales, scratch.sums, s.channels,
                       job.out.codes + size_t{position} * s.channels);
    }
  }
  if (job.peak == nullptr) return;
  for (uint32_t n = 0; n < s.channels; ++n) {
    scratch.sums[n] = wrapped_sum(scratch.sums[n], scratch.scales[n].add);
  }
  note_peak(job, scratch.sums, s.channels);
}

}  // namespace tendon::cpu
