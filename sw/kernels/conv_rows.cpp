// SPDX-License-Identifier: MIT
// The packed convolution, row by row: what no level changes.
#include "kernels/build.hpp"
#if TENDON_HAS_PACKED
#include "kernels/conv_level.hpp"

namespace tendon::cpu {
namespace {

/// The output rows of a layer, one after another.
class ConvRows {
 public:
  ConvRows(const Job& job, const ConvShape& s, const ConvLevel& level)
      : job_(job),
        s_(s),
        level_(level),
        memory_(s, job.prepared),
        scratch_(s, job.scratch),
        requant_(job),
        centre_(ConvShape::centre(job)),
        recentre_(0),
        ends_(memory_.ends) {
    if (memory_.head->half != 0 && is_half_range(job)) {
      ends_ = memory_.half_ends;
      recentre_ = 64 - centre_;
      centre_ = 64;
    }
    split_ = ends_[0] != s.depth;
    // Straight to codes where that is worth its code: as behind a ReLU.
    direct_ = memory_.head->path == Path::kFloat32 && requant_.is_from_zero() && s.pool <= 2;
    const size_t form = s.lane == kPairLane ? 0 : (s.lane == kWideLane ? 1 : 2);
    calls_ = &level.calls[form][split_ ? 1 : 0];
    extra_ = calls_->extra;
    for (const uint32_t* end = ends_; *end != s.depth; ++end) extra_ += calls_->extra;
  }

  void run() {
    const auto& out = *job_.out.info;
    const size_t x_step = size_t{job_.layer->row.stride} * s_.channels * s_.row_length;
    pack_channels(job_, s_, 0, s_.channels, centre_, scratch_.operands);
    if (!s_.wide) set_conv_starts(s_, ends_, scratch_.operands, scratch_.starts);
    for (uint32_t y = 0; y < out.rows; ++y) {
      run_row(scratch_.operands + y * x_step,
              job_.out.codes + size_t{y} * out.columns * s_.filters);
    }
    note_peak(job_, scratch_.last, s_.filters);
  }

 private:
  /// Codes of all filters, and their sums in the last column.
  void run_row(const int32_t* x, uint8_t* codes) {
    if (s_.wide) set_conv_starts(s_, ends_, x, scratch_.starts);
    const uint32_t most = split_ ? 1 : s_.most_tiles();
    for (uint32_t tile = 0; tile < s_.tiles; tile += most) {
      const uint32_t tiles = min_of(most, s_.tiles - tile);
      add_blocks(tile, tiles, x);
      for (uint32_t i = 0; i < tiles; ++i) {
        const size_t at = size_t{i} * s_.pairs * s_.tile;
        encode((split_ ? scratch_.inner : scratch_.lanes) + at, (tile + i) * s_.tile, codes);
      }
    }
  }

  /// Packed sums of `tiles` tiles, of one if there are several blocks.
  void add_blocks(uint32_t tile, uint32_t tiles, const int32_t* x) const {
    const size_t tile_step = size_t{s_.depth} * s_.groups * s_.tile;
    const size_t count = size_t{s_.pairs} * s_.tile * tiles;
    uint32_t from = 0;
    for (uint32_t block = 0; from < s_.depth;) {
      const uint32_t* const ends = ends_ + block;
      uint32_t blocks = 1;
      while (blocks < kMostMerged && ends[blocks - 1] != s_.depth) ++blocks;
      ConvPart part = {};
      part.x = x + size_t{from} * s_.row_length;
      part.x_step = 4 * size_t{s_.row_length};
      part.w = memory_.operands + tile * tile_step;
      part.tile_step = 4 * tile_step;
      part.ends = ends;
      part.starts = scratch_.starts + (s_.wide ? size_t{block} * s_.pairs : size_t{0});
      part.lanes = scratch_.lanes;
      part.tile_lanes = 8 * size_t{s_.pairs} * s_.tile;
      part.block_lanes = 8 * count;
      part.block_starts = s_.wide ? 8 * size_t{s_.pairs} : 0;
      part.from = from;
      part.blocks = blocks;
      part.tiles = tiles;
      part.groups = s_.groups;
      add_part(part);
      if (!split_) return;
      merge_blocks(blocks, from == 0, scratch_.lanes, count, calls_->inner, scratch_.inner,
                   scratch_.total);
      block += blocks;
      from = ends[blocks - 1];
    }
  }

  /// One row of outputs: cuts the column pairs into parts of nearly one size.
  void add_part(ConvPart part) const {
    const uint32_t most = most_pairs(part.groups);
    uint32_t left = s_.pairs;
    for (uint32_t parts = (left + most - 1) / most; left > 0; --parts) {
      const uint32_t n = (left + parts - 1) / parts;
      level_.some_pairs(n, part);
      part.x += n;
      part.starts += n;
      part.lanes += size_t{n} * s_.tile;
      left -= n;
    }
  }

  /// Codes of the filters of the tile from `first` on.
  void encode(const int64_t* packed, uint32_t first, uint8_t* codes) {
    const uint32_t filters = min_of(s_.tile, s_.filters - first);
    if (direct_ && filters == s_.tile) {
      const EncodePlace place = {memory_.scales + first,
                                 memory_.weight_sums + first,
                                 recentre_,
                                 extra_,
                                 static_cast<float>(job_.layer->hi),
                                 codes + first,
                                 s_.filters,
                                 s_.columns / s_.pool};
      calls_->encode[s_.tile == 4 ? 1 : 0][s_.pool - 1](packed, scratch_.lane_count, place);
      if (job_.peak != nullptr) keep_last(packed, first, filters);
      return;
    }
    for (uint32_t m = 0; m < filters; ++m) {
      const uint32_t o = first + m;
      calls_->store(packed + m, scratch_.lane_count, s_.tile, constant_of(o), s_.columns,
                    scratch_.sums);
      requant_.channel(memory_.head->path, memory_.scales[o], o, scratch_.sums, s_.pool,
                       s_.columns / s_.pool, codes + o, s_.filters);
      scratch_.last[o] = scratch_.sums[s_.columns - 1];
    }
  }

  void keep_last(const int64_t* packed, uint32_t first, uint32_t filters) const {
    int32_t sums[kMostFilters][2];
    packed += size_t{(s_.columns - 1) / 2} * s_.tile;
    calls_->two(packed, scratch_.lane_count, s_.tile, filters, sums);
    for (uint32_t m = 0; m < filters; ++m) {
      scratch_.last[first + m] = wrapped_sum(sums[m][1 - s_.columns % 2], constant_of(first + m));
    }
  }

  int32_t constant_of(uint32_t filter) const {
    const int32_t moved = wrapped_product(recentre_, memory_.weight_sums[filter]);
    return wrapped_sum(wrapped_sum(memory_.scales[filter].add, moved), -extra_);
  }

  const Job& job_;
  const ConvShape& s_;
  const ConvLevel& level_;
  const ConvMemory memory_;
  const ConvScratch scratch_;
  const FastRequant requant_;
  int32_t centre_;    // of the codes
  int32_t recentre_;  // from where the scales' constants have it
  const uint32_t* ends_;
  const LaneCalls* calls_;
  bool split_;     // more than one block
  bool direct_;    // calls_->encode does
  int32_t extra_;  // what the start values of all blocks put into a sum
};

}  // namespace

void run_packed_conv(const Job& job, const ConvLevel& level) {
  const ConvShape s(job, static_cast<const ConvHead*>(job.prepared)->form);
  ConvRows(job, s, level).run();
}

}  // namespace tendon::cpu

#endif
