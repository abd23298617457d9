// SPDX-License-Identifier: MIT
// Convolution with several products in one 64-bit multiply, for windows that step by one column.
//
// Two neighbours in time share one operand, two taps the other (z = 2^21):
//
//   (a[t] + a[t+1] z) (w1 + w0 z) = a[t] w1  +  (a[t] w0 + a[t+1] w1) z  +  a[t+1] w0 z^2
//
// With t = 2j + 2p and the taps w0, w1 = w[2p], w[2p+1], the sum over channels and p is
//   lane 1: y[2j],  lane 2: the even taps of y[2j+1],  lane 0: the odd taps of y[2j-1]
// so y[2j+1] = lane 2 (j) + lane 0 (j+1): four products a multiply, all used.
//
// Range: |a| <= A (128 for 8-bit codes, which are centred first), so |lane| <= A * sum|w| and
// lanes 0 and 1 (21 bits, signed) are exact while A * sum|w| < 2^20. Channels are added up in
// blocks that keep this for both filters of a tile: one block when sum|w| < 8192, more otherwise,
// so every legal layer is exact. Both operands are below 2^29: a C906 multiplies within 33 bits in
// one cycle. A start value of 2^20 + 2^41 keeps lanes 0 and 1 positive, so nothing borrows from the
// next.
//
// The wide form, for an odd number of taps and 2-bit weights (z = 2^15), or narrow weights and
// codes of 4 bits or less (z = 2^14), ends with a group of three taps in one operand, six products
// a multiply:
//
//   (a[t] + a[t+1] z) (w2 + w1 z + w0 z^2)
//     = a[t] w2 + (a[t] w1 + a[t+1] w2) z + (a[t] w0 + a[t+1] w1) z^2 + a[t+1] w0 z^3
//
// so y[2j] = lane 2 (j) + lane 0 (j+1) and y[2j+1] = lane 3 (j) + lane 1 (j+1). Lanes 0 to 2 are
// exact while A times the sum of the weights that meet in a lane is below z / 2; lane 3 has 19 bits
// or more. A weight operand can be a little below -2^31 (-2 z^2 or, of 4 bits, -8 z^2, and
// something negative), so 2^18 is added to all of them, which the start value takes out again: 2^18
// times the sum of the activation operands, the same for all filters.
#pragma once

#include "kernels/fast_requant.hpp"
#include "kernels/packed.hpp"
#include "kernels/weights.hpp"

namespace tendon::cpu {

constexpr uint32_t kPairLane = 21;
constexpr uint32_t kWideLane = 15;    // 2-bit weights, two's complement
constexpr uint32_t kNarrowLane = 14;  // weights of -8 to 7
constexpr uint32_t kWideOffset = 18;  // log2 of what is added to weight operands
constexpr uint32_t kConvTile = 2;     // filters that share the loads of activations
constexpr uint32_t kMaxPairs = 7;     // column pairs whose sums stay in registers
constexpr uint32_t kMaxTiles = 8;     // tiles of one call: their sums stay in the cache

/// Sizes that follow from the layer.
struct ConvShape {
  explicit ConvShape(const Job& job)
      : lane(wide_lane(job)),
        wide(lane != kPairLane),
        channels(job.in[0].info->channels),
        filters(job.out.info->channels),
        columns(static_cast<uint32_t>(job.out.info->columns) * job.layer->fused_pool),
        groups(wide ? job.layer->column.kernel / 2u : (job.layer->column.kernel + 1u) / 2),
        pairs(wide ? (columns + 1) / 2 + 1 : columns / 2 + 1),
        row_length(pairs + groups),
        rows(static_cast<uint32_t>(job.in[0].info->rows) + job.layer->row.pad_begin +
             job.layer->row.pad_end),
        depth(job.layer->row.kernel * channels),
        tiles((filters + kConvTile - 1) / kConvTile),
        pool(job.layer->fused_pool),
        // At least so many depth steps fit a lane: each adds at most 2P times 128 * 128 (21 bits),
        // 128 * 2 (15 bits), 15 * 8 (14 bits).
        least_block(max_of<uint32_t>(1, 31 / groups)),
        max_blocks((depth + least_block - 1) / least_block) {}

  /// Bits of a lane, which say the form.
  static uint32_t wide_lane(const Job& job) {
    const auto& l = *job.layer;
    const uint32_t taps = l.column.kernel;
    if (taps % 2 == 0 || taps < 3 || taps > 9) return kPairLane;
    if (l.weight_bits == 2 && l.grid == TENDON_GRID_TWOS) return kWideLane;
    return l.weight_bits <= 4 && job.in[0].info->bits <= 4 ? kNarrowLane : kPairLane;
  }

  uint32_t lane;
  bool wide;
  uint32_t channels, filters;
  uint32_t columns;     // computed per row, before a pool
  uint32_t groups;      // of two taps; the last of the wide form has three
  uint32_t pairs;       // column pairs; the lowest lanes belong to the pair before
  uint32_t row_length;  // operands per padded row and channel
  uint32_t rows;        // padded
  uint32_t depth;       // kernel rows x channels
  uint32_t tiles;
  uint32_t pool;
  uint32_t least_block;
  uint32_t max_blocks;
};

/// Prepared memory: ConvHead, ChannelScale[filters], block ends [tiles][max_blocks], operands.
struct ConvHead {
  Path path;
  int32_t centre;
};

struct ConvMemory {
  ConvMemory(const ConvShape& s, const void* base) {
    const void* at = base;
    head = piece<ConvHead>(at, 0);
    scales = piece<ChannelScale>(at, 64);
    const uint64_t scale_bytes = align_up(sizeof(ChannelScale) * uint64_t{s.tiles} * kConvTile, 64);
    ends = piece<uint32_t>(at, 64 + scale_bytes);
    const uint64_t end_bytes = align_up(4 * uint64_t{s.tiles} * s.max_blocks, 64);
    operands = piece<int32_t>(at, 64 + scale_bytes + end_bytes);
    bytes = 64 + scale_bytes + end_bytes + 4 * uint64_t{s.tiles} * s.depth * s.groups * kConvTile;
  }
  ConvHead* head;
  ChannelScale* scales;
  uint32_t* ends;
  int32_t* operands;
  uint64_t bytes;
};

/// Scratch: activation operands [padded row][channel][row_length], start values [block][pairs]
/// (pair form: the same for all blocks), packed sums of some tiles [filter][pairs], sums of a tile
/// at one output row [2][columns], last sums of all filters.
struct ConvScratch {
  ConvScratch(const ConvShape& s, void* base) {
    const void* at = base;
    const uint64_t operand_bytes = align_up(4 * uint64_t{s.rows} * s.channels * s.row_length, 64);
    const uint64_t start_bytes = 8 * uint64_t{s.wide ? s.max_blocks : 1} * s.pairs;
    const uint64_t lane_bytes = 8 * uint64_t{s.pairs} * kConvTile * min_of(s.tiles, kMaxTiles);
    const uint64_t sum_bytes = 4 * uint64_t{s.columns} * kConvTile;
    operands = piece<int32_t>(at, 0);
    starts = piece<int64_t>(at, operand_bytes);
    lanes = piece<int64_t>(at, operand_bytes + start_bytes);
    sums = piece<int32_t>(at, operand_bytes + start_bytes + lane_bytes);
    last = piece<int32_t>(at, operand_bytes + start_bytes + lane_bytes + sum_bytes);
    bytes =
        operand_bytes + start_bytes + lane_bytes + sum_bytes + 4 * uint64_t{s.tiles} * kConvTile;
  }
  int32_t* operands;
  int64_t* starts;
  int64_t* lanes;
  int32_t* sums;
  int32_t* last;
  uint64_t bytes;
};

bool packed_conv_fits(const Job& job);
size_t packed_conv_prepared(const Job& job);
void packed_conv_prepare(const Job& job, void* prepared);
size_t packed_conv_scratch(const Job& job);
void pack_conv_input(const Job& job, const ConvShape& s, int32_t centre, int32_t* operands);
/// Start values of the packed sums of the output row whose operands start at x.
void set_conv_starts(const ConvShape& s, const ConvMemory& memory, const int32_t* x,
                     int64_t* starts);

}  // namespace tendon::cpu
