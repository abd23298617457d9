// SPDX-License-Identifier: MIT
// What a level brings to the packed convolution: its inner loops, and the way from packed sums to
// sums and codes. The rest (conv_rows.cpp) is the same machine code for all levels.
#pragma once

#include "kernels/conv_shape.hpp"

namespace tendon::cpu {

/// Column pairs that one call computes, for the filters of some tiles. xthead.S reads it by
/// offsets.
struct ConvPart {
  const int32_t* x;      // first operand of the first depth step
  size_t x_step;         // bytes between depth steps
  const int32_t* w;      // operands of the first tile, from its very first depth step on
  size_t tile_step;      // bytes between tiles
  const uint32_t* ends;  // depth steps up to each block's end
  const int64_t* starts;
  int64_t* lanes;       // [block][tile][pair][filter of the tile]
  size_t tile_lanes;    // bytes between tiles
  size_t block_lanes;   // bytes between blocks
  size_t block_starts;  // bytes between blocks
  size_t from;          // first depth step
  size_t blocks;        // at least one
  size_t tiles;         // at least one
  size_t groups;
};

/// Column pairs whose sums and operands stay in registers.
constexpr uint32_t most_pairs(size_t groups) {
  return groups == 1 ? 4 : (groups > 4 ? 1 : 9 - static_cast<uint32_t>(groups));
}

/// Adds the packed sums of up to kMostMerged blocks, `count` each, to inner (the lanes in `mask`)
/// and total, or begins these. Lanes are positive, the top one of total apart, so those of inner
/// cannot borrow from each other; they have twice the bits of a lane or more, so 2^14 blocks fit.
void merge_blocks(uint32_t blocks, bool begin, const int64_t* lanes, size_t count, int64_t mask,
                  int64_t* inner, int64_t* total);

/// What turns the packed sums of one tile into codes, in mode float with zero point and lower limit
/// 0.
struct EncodePlace {
  const ChannelScale* scales;  // of the tile's filters
  const int32_t* weight_sums;
  int32_t recentre;  // times a filter's sum of weights: added to its constant
  int32_t less;      // taken off it
  float hi;
  uint8_t* codes;    // of the first column; filters lie side by side
  size_t step;       // from one column to the next
  uint32_t columns;  // behind a pool
};

/// Packed sums of one form, of one block or merged ones. `packed`: of a tile, or of one filter,
/// `stride` apart; `to_total`: from merged inner lanes to the sums of all lanes.
struct LaneCalls {
  /// [tile of 2, 4 filters][pool of 1, 2 columns]
  void (*encode[2][2])(const int64_t* packed, size_t to_total, const EncodePlace& place);
  /// The sums of one filter, `add` in them.
  void (*store)(const int64_t* packed, size_t to_total, size_t stride, int32_t add,
                uint32_t columns, int32_t* sums);
  /// Both sums of the packed sums `packed` points at, of `filters` filters side by side.
  void (*two)(const int64_t* packed, size_t to_total, size_t stride, uint32_t filters,
              int32_t (*sums)[2]);
  int32_t extra;  // what a block's start values add to any sum
  int64_t inner;  // the lanes that merged sums keep apart
};

struct ConvLevel {
  /// `n` column pairs, at most most_pairs(part.groups).
  void (*some_pairs)(uint32_t n, const ConvPart& part);
  LaneCalls calls[3][2];  // [pair, wide of 15 bits, wide of 14 bits][one block, several]
};

void run_packed_conv(const Job& job, const ConvLevel& level);

}  // namespace tendon::cpu
