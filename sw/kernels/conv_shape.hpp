// SPDX-License-Identifier: MIT
// Convolution with several products in one 64-bit multiply, for windows that step by one column.
//
// Two neighbours in time share one operand, two taps the other (pair form, z = 2^21):
//
//   (a[t] + a[t+1] z) (w1 + w0 z) = a[t] w1  +  (a[t] w0 + a[t+1] w1) z  +  a[t+1] w0 z^2
//
// With t = 2j + 2p and the taps w0, w1 = w[2p], w[2p+1], the sum over channels and p is
//   lane 1: y[2j],  lane 2: the even taps of y[2j+1],  lane 0: the odd taps of y[2j-1]
// so y[2j+1] = lane 2 (j) + lane 0 (j+1): four products a multiply, all used.
//
// The wide form, for an odd number of taps and weights of 4 bits or less, ends with a group of
// three taps in one operand, six products a multiply; z = 2^15 for 2-bit weights in two's
// complement, 2^14 for the others (-8 to 7):
//
//   (a[t] + a[t+1] z) (w2 + w1 z + w0 z^2)
//     = a[t] w2 + (a[t] w1 + a[t+1] w2) z + (a[t] w0 + a[t+1] w1) z^2 + a[t+1] w0 z^3
//
// so y[2j] = lane 2 (j) + lane 0 (j+1) and y[2j+1] = lane 3 (j) + lane 1 (j+1).
//
// Range: codes are centred, |a| <= A (128 for 8-bit codes, 8 for unsigned 4-bit ones), so a lane is
// at most A times the sum of the magnitudes of the weights that meet in it. Every lane but the top
// one (22, 19 or 22 bits) is exact while that is below z / 2. The depth steps are cut into blocks
// that keep this for all filters: with A = 128 the sum of weights of a block is below 8192 (pair),
// 128 (2 bits) or 64 (4 bits). Every legal layer is exact. The blocks' packed sums are added up in
// two words (merge_blocks(), conv_sums.hpp), whose lanes have twice the bits. Which form costs less
// is decided when weights are prepared, from the blocks that they need.
//
// 8-bit codes are often all below 128 (signed ones behind a ReLU). The wide form looks: if so, they
// are centred at 64, A is 64, and blocks are twice as long.
//
// Start values of z / 2 in each lane keep lanes positive, so nothing borrows from the next. Both
// operands are below 2^33, which a C906 multiplies in one cycle. A weight operand of the wide form
// can be a little below -2^31 (-2 z^2 or -8 z^2, and something negative), so 2^18 is added to all
// of them, which the start value takes out again: 2^18 times the sum of the activation operands,
// the same for all filters.
#pragma once

#include "kernels/fast_requant.hpp"
#include "kernels/packed.hpp"
#include "kernels/weights.hpp"

namespace tendon::cpu {

constexpr uint32_t kPairLane = 21;
constexpr uint32_t kWideLane = 15;     // 2-bit weights, two's complement
constexpr uint32_t kNarrowLane = 14;   // weights of -8 to 7
constexpr uint32_t kWideOffset = 18;   // log2 of what is added to weight operands
constexpr uint32_t kMostFilters = 4;   // of a tile
constexpr uint32_t kManyFilters = 32;  // of one call: their sums stay in the cache
constexpr uint32_t kMostMerged = 6;    // blocks that are added up in one go

enum class Form { kPair, kWide };

/// Sizes that follow from the layer and the form.
struct ConvShape {
  ConvShape(const Job& job, Form form)
      : lane(form == Form::kPair ? kPairLane : wide_lane(job)),
        wide(form == Form::kWide),
        channels(job.in[0].info->channels),
        filters(job.out.info->channels),
        columns(static_cast<uint32_t>(job.out.info->columns) * job.layer->fused_pool),
        groups(wide ? job.layer->column.kernel / 2u : (job.layer->column.kernel + 1u) / 2),
        pairs(wide ? (columns + 1) / 2 + 1 : columns / 2 + 1),
        row_length(pairs + groups),
        rows(static_cast<uint32_t>(job.in[0].info->rows) + job.layer->row.pad_begin +
             job.layer->row.pad_end),
        depth(job.layer->row.kernel * channels),
        tile(groups == 1 ? kMostFilters : 2),
        tiles((filters + tile - 1) / tile),
        pool(job.layer->fused_pool),
        largest(static_cast<uint32_t>(largest_from(*job.in[0].info, centre(job)))),
        max_blocks(most_blocks(job)) {}

  /// Bits of a lane of the wide form; 0 where there is none.
  static uint32_t wide_lane(const Job& job) {
    const auto& l = *job.layer;
    const uint32_t taps = l.column.kernel;
    if (taps % 2 == 0 || taps < 3 || taps > 9 || l.weight_bits > 4) return 0;
    if (l.weight_bits == 2 && l.grid == TENDON_GRID_TWOS) return kWideLane;
    return taps <= 5 || job.in[0].info->bits <= 4 ? kNarrowLane : 0;
  }

  /// What is taken off the codes: the middle of their range.
  static int32_t centre(const Job& job) {
    const auto& in = *job.in[0].info;
    return in.is_signed == 0 ? 1 << (in.bits - 1) : 0;
  }

  uint32_t lane;  // bits
  bool wide;
  uint32_t channels, filters;
  uint32_t columns;     // computed per row, before a pool
  uint32_t groups;      // of two taps; the last of the wide form has three
  uint32_t pairs;       // column pairs; the lowest lanes belong to the pair before
  uint32_t row_length;  // operands per padded row and channel
  uint32_t rows;        // padded
  uint32_t depth;       // kernel rows x channels
  uint32_t tile;        // filters that share the loads of activations
  uint32_t tiles;
  uint32_t pool;
  uint32_t largest;  // code, behind centring
  uint32_t max_blocks;

  /// Tiles of one call, unless there are several blocks.
  uint32_t most_tiles() const { return kManyFilters / tile; }

  /// Largest sum of weights that may meet in a lane, for centred codes up to `code`.
  uint32_t norm_limit(uint32_t code) const {
    // The analyzer tries lanes of 0 bits; they have 15 or more.
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
    return ((1u << (lane - 1)) - 1) / code;
  }

 private:
  // A depth step puts at most two weights of a group into a lane, and one more; at least one fits
  // (31 taps of 8 bits: 4096 <= 8191; 5 taps of 4 bits: 32 <= 63; 9 of 2 bits: 16 <= 127).
  uint32_t most_blocks(const Job& job) const {
    const uint32_t weight =
        job.layer->grid == TENDON_GRID_ODD ? 3 : 1u << (job.layer->weight_bits - 1);
    const uint32_t least = norm_limit(largest) / (2 * groups * weight);
    return (depth + least - 1) / least;
  }
};

/// Prepared memory: ConvHead, ChannelScale[filters], sums of weights [filters], block ends of all
/// codes and of those up to 64, operands [tile][depth step][group][filter of the tile].
struct ConvHead {
  Path path;
  Form form;
  uint32_t half;  // whether codes up to 64 take fewer blocks
};

struct ConvMemory {
  ConvMemory(const ConvShape& s, const void* base) {
    const void* at = base;
    head = piece<ConvHead>(at, 0);
    scales = piece<ChannelScale>(at, 64);
    const uint64_t scale_bytes = align_up(sizeof(ChannelScale) * uint64_t{s.tiles} * s.tile, 64);
    weight_sums = piece<int32_t>(at, 64 + scale_bytes);
    const uint64_t sum_bytes = align_up(4 * uint64_t{s.filters}, 64);
    ends = piece<uint32_t>(at, 64 + scale_bytes + sum_bytes);
    half_ends = ends + s.max_blocks;
    const uint64_t end_bytes = align_up(8 * uint64_t{s.max_blocks}, 64);
    operands = piece<int32_t>(at, 64 + scale_bytes + sum_bytes + end_bytes);
    bytes = 64 + scale_bytes + sum_bytes + end_bytes +
            4 * uint64_t{s.tiles} * s.depth * s.groups * s.tile;
  }
  ConvHead* head;
  ChannelScale* scales;
  int32_t* weight_sums;
  uint32_t* ends;
  uint32_t* half_ends;
  int32_t* operands;
  uint64_t bytes;
};

/// Scratch: activation operands [padded row][channel][row_length], start values [block][pairs]
/// (pair form: the same for all blocks), packed sums [block][tile][pair][filter of the tile] of
/// some blocks or tiles, merged sums of a tile, sums of a filter at one output row, last sums
/// of all filters.
struct ConvScratch {
  ConvScratch(const ConvShape& s, void* base) {
    const void* at = base;
    // Several blocks of one tile, or one block of several.
    lane_count = size_t{s.pairs} * s.tile;
    const uint64_t pieces =
        max_of(min_of(s.max_blocks, kMostMerged), min_of(s.tiles, s.most_tiles()));
    const uint64_t merged = s.max_blocks > 1 ? 2 : 0;
    uint64_t end = align_up(4 * uint64_t{s.rows} * s.channels * s.row_length, 64);
    operands = piece<int32_t>(at, 0);
    starts = piece<int64_t>(at, end);
    end += 8 * uint64_t{s.wide ? s.max_blocks : 1} * s.pairs;
    lanes = piece<int64_t>(at, end);
    end += 8 * uint64_t{lane_count} * pieces;
    inner = piece<int64_t>(at, end);
    total = inner + lane_count;
    end += 8 * uint64_t{lane_count} * merged;
    sums = piece<int32_t>(at, end);
    end += 4 * uint64_t{s.columns};
    last = piece<int32_t>(at, end);
    bytes = end + 4 * uint64_t{s.tiles} * s.tile;
  }
  int32_t* operands;
  int64_t* starts;
  int64_t* lanes;
  int64_t* inner;  // every other lane of the blocks' sums
  int64_t* total;
  int32_t* sums;
  int32_t* last;
  size_t lane_count;  // packed sums of a block of one tile
  uint64_t bytes;
};

bool packed_conv_fits(const Job& job);
size_t packed_conv_prepared(const Job& job);
void packed_conv_prepare(const Job& job, void* prepared);
size_t packed_conv_scratch(const Job& job);
/// Whether all codes of the input, its zero point too, are 0 to 127.
bool is_half_range(const Job& job);
/// The operands of `count` channels from `first` on, codes less `centre`.
void pack_channels(const Job& job, const ConvShape& s, uint32_t first, uint32_t count,
                   int32_t centre, int32_t* operands);
/// Start values of the packed sums of the output row whose operands start at x.
void set_conv_starts(const ConvShape& s, const uint32_t* ends, const int32_t* x, int64_t* starts);

}  // namespace tendon::cpu
