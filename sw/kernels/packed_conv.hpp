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
    for (const uint32_t* end = ends_; *end != s.depth; ++end) extra_ += F::kExtra;
  }

  void run() {
    const auto& out = *job_.out.info;
    const size_t x_step = size_t{job_.layer->row.stride} * s_.channels * s_.row_length;
    pack_conv_input(job_, s_, centre_, scratch_.operands);
    if (!s_.wide) set_conv_starts(s_, ends_, scratch_.operands, scratch_.starts);
    requant_.with_path(memory_.head->path, [&](auto make) {
      for (uint32_t y = 0; y < out.rows; ++y) {
        run_row(scratch_.operands + y * x_step,
                job_.out.codes + size_t{y} * out.columns * s_.filters, make);
      }
    });
    note_peak(job_, scratch_.last, s_.filters);
  }

 private:
  /// Codes of all filters, and their sums in the last column.
  template <typename Make>
  void run_row(const int32_t* x, uint8_t* codes, const Make& make) {
    if (s_.wide) set_conv_starts(s_, ends_, x, scratch_.starts);
    const uint32_t most = split_ ? 1 : kMostTiles;
    for (uint32_t tile = 0; tile < s_.tiles; tile += most) {
      const uint32_t tiles = min_of(most, s_.tiles - tile);
      add_blocks(tile, tiles, x);
      for (uint32_t i = 0; i < tiles; ++i) {
        const size_t at = size_t{i} * s_.pairs * s_.tile;
        const uint32_t first = (tile + i) * s_.tile;
        if (split_) {
          encode(MergedLanes<F, Ops>{scratch_.inner + at, scratch_.lane_count}, first, codes, make);
        } else {
          encode(PlainLanes<F, Ops>{scratch_.lanes + at}, first, codes, make);
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
  template <typename Lanes, typename Make>
  void encode(const Lanes& lanes, uint32_t first, uint8_t* codes, const Make& make) {
    using Coder = decltype(make(ChannelScale{}, 0));
    const uint32_t filters = min_of(s_.tile, s_.filters - first);
    int32_t add[kMostFilters];
    for (uint32_t m = 0; m < filters; ++m) {
      add[m] = memory_.scales[first + m].add + recentre_ * memory_.weight_sums[first + m] - extra_;
    }
    // Straight to codes where that is worth its code: float32 rounding.
    using Real = typename Coder::Real;
    if constexpr (sizeof(Real) == sizeof(float) && Real(0.5f) != 0) {
      if (s_.pool <= 2) {
        Coder coder[kMostFilters];
        for (uint32_t m = 0; m < filters; ++m) {
          coder[m] = make(memory_.scales[first + m], first + m);
        }
        encode_tile(lanes, filters, coder, add, {codes + first, s_.filters, s_.columns / s_.pool});
        for (uint32_t m = 0; job_.peak != nullptr && m < filters; ++m) {
          const size_t at = m + size_t{(s_.columns - 1) / 2} * s_.tile;
          int32_t sums[2];
          sums_of<Lanes>(lanes.load(at), lanes.load(at + s_.tile), add[m], sums[0], sums[1]);
          scratch_.last[first + m] = sums[1 - s_.columns % 2];
        }
        return;
      }
    }
    for (uint32_t m = 0; m < filters; ++m) {
      const uint32_t o = first + m;
      store_sums(shifted(lanes, m), s_.tile, add[m], s_.columns, scratch_.sums);
      FastRequant::pools(make(memory_.scales[o], o), scratch_.sums, s_.pool, s_.columns / s_.pool,
                         codes + o, s_.filters);
      scratch_.last[o] = scratch_.sums[s_.columns - 1];
    }
  }

  template <typename Lanes>
  static Lanes shifted(Lanes lanes, size_t by) {
    lanes.at += by;
    return lanes;
  }

  template <typename Lanes, typename Coder>
  void encode_tile(const Lanes& lanes, uint32_t filters, const Coder* coder, const int32_t* add,
                   const CodePlace& place) const {
    uint32_t m = 0;
    if (filters == 4) {
      encode_some<4>(lanes, coder, add, place);
      return;
    }
    if (filters >= 2) {
      encode_some<2>(lanes, coder, add, place);
      m = 2;
    }
    if (m < filters) {
      encode_some<1>(shifted(lanes, m), coder + m, add + m,
                     {place.codes + m, place.step, place.columns});
    }
  }

  template <int kCount, typename Lanes, typename Coder>
  void encode_some(const Lanes& lanes, const Coder* coder, const int32_t* add,
                   const CodePlace& place) const {
    s_.pool == 2 ? encode_lanes<kCount, 2>(lanes, s_.tile, coder, add, place)
                 : encode_lanes<kCount, 1>(lanes, s_.tile, coder, add, place);
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
