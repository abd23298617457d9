// SPDX-License-Identifier: MIT
// The packed convolution as a kernel; how it works: conv_shape.hpp.
#pragma once

#include "kernels/conv_sums.hpp"
#include "kernels/conv_tiles.hpp"

namespace tendon::cpu {

/// The output rows of a layer, one after another.
template <typename Ops, typename F>
class ConvRows {
 public:
  ConvRows(const Job& job, const ConvShape& s)
      : job_(job),
        s_(s),
        memory_(s, job.prepared),
        scratch_(s, job.scratch),
        requant_(job),
        centre_(ConvShape::centre(job)),
        recentre_(0),
        ends_(memory_.ends),
        extra_(F::kExtra) {
    if (memory_.head->half != 0 && is_half_range(job)) {
      ends_ = memory_.half_ends;
      recentre_ = 64 - centre_;
      centre_ = 64;
    }
    split_ = ends_[0] != s.depth;
    // Straight to codes where that is worth its code: as behind a ReLU.
    direct_ = memory_.head->path == Path::kFloat32 && requant_.is_from_zero() && s.pool <= 2;
    for (const uint32_t* end = ends_; *end != s.depth; ++end) extra_ += F::kExtra;
  }

  void run() {
    const auto& out = *job_.out.info;
    const size_t x_step = size_t{job_.layer->row.stride} * s_.channels * s_.row_length;
    pack_conv_input(job_, s_, centre_, scratch_.operands);
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
        const uint32_t first = (tile + i) * s_.tile;
        if (split_) {
          encode(MergedLanes<F, Ops>{scratch_.inner + at, scratch_.lane_count}, first, codes);
        } else {
          encode(PlainLanes<F, Ops>{scratch_.lanes + at}, first, codes);
        }
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
      conv_block<Ops>(s_.pairs, part);
      if (!split_) return;
      merge_blocks(blocks, from == 0, scratch_.lanes, count, F::kInner, scratch_.inner,
                   scratch_.total);
      block += blocks;
      from = ends[blocks - 1];
    }
  }

  /// Codes of the filters of one tile.
  template <typename Lanes>
  void encode(const Lanes& lanes, uint32_t first, uint8_t* codes) {
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
      encode_tile(lanes, place);
      if (job_.peak != nullptr) keep_last(lanes, first, filters);
      return;
    }
    for (uint32_t m = 0; m < filters; ++m) {
      const uint32_t o = first + m;
      store_sums(shifted(lanes, m), s_.tile, constant_of(o), s_.columns, scratch_.sums);
      requant_.channel(memory_.head->path, memory_.scales[o], o, scratch_.sums, s_.pool,
                       s_.columns / s_.pool, codes + o, s_.filters);
      scratch_.last[o] = scratch_.sums[s_.columns - 1];
    }
  }

  template <typename Lanes>
  void encode_tile(const Lanes& lanes, const EncodePlace& place) const {
    if (s_.tile == 4) {
      s_.pool == 2 ? encode_lanes<4, 2>(lanes, place) : encode_lanes<4, 1>(lanes, place);
    } else {
      s_.pool == 2 ? encode_lanes<2, 2>(lanes, place) : encode_lanes<2, 1>(lanes, place);
    }
  }

  template <typename Lanes>
  void keep_last(const Lanes& lanes, uint32_t first, uint32_t filters) const {
    for (uint32_t m = 0; m < filters; ++m) {
      const size_t at = m + size_t{(s_.columns - 1) / 2} * s_.tile;
      int32_t sums[2];
      sums_of<Lanes>(lanes.load(at), lanes.load(at + s_.tile), constant_of(first + m), sums[0],
                     sums[1]);
      scratch_.last[first + m] = sums[1 - s_.columns % 2];
    }
  }

  int32_t constant_of(uint32_t filter) const {
    const int32_t moved = wrapped_product(recentre_, memory_.weight_sums[filter]);
    return wrapped_sum(wrapped_sum(memory_.scales[filter].add, moved), -extra_);
  }

  template <typename Lanes>
  static Lanes shifted(Lanes lanes, size_t by) {
    lanes.at += by;
    return lanes;
  }

  const Job& job_;
  const ConvShape& s_;
  const ConvMemory memory_;
  const ConvScratch scratch_;
  const FastRequant requant_;
  int32_t centre_;    // of the codes
  int32_t recentre_;  // from where the scales' constants have it
  const uint32_t* ends_;
  bool split_;     // more than one block
  bool direct_;    // encode_lanes() does
  int32_t extra_;  // what the start values of all blocks put into a sum
};

template <typename Ops>
void run_packed_conv(const Job& job) {
  const ConvShape s(job, static_cast<const ConvHead*>(job.prepared)->form);
  if (s.lane == kWideLane) return ConvRows<Ops, TripleForm<kWideLane>>(job, s).run();
  if (s.lane == kNarrowLane) return ConvRows<Ops, TripleForm<kNarrowLane>>(job, s).run();
  ConvRows<Ops, PairForm>(job, s).run();
}

}  // namespace tendon::cpu
