// SPDX-License-Identifier: MIT
// The packed convolution as a kernel; how it works: conv_shape.hpp.
#pragma once

#include "kernels/conv_sums.hpp"
#include "kernels/conv_tiles.hpp"

namespace tendon::cpu {

/// The output rows of a layer, one after another.
template <typename Ops, template <typename> class Sums>
class ConvRows {
 public:
  ConvRows(const Job& job, const ConvShape& s, const ConvMemory& memory, const ConvScratch& scratch)
      : job_(job), s_(s), memory_(memory), scratch_(scratch), requant_(job) {}

  /// Codes of all filters, and their sums in the last column.
  void run(const int32_t* x, uint8_t* codes) {
    if (s_.wide) set_conv_starts(s_, memory_, x, scratch_.starts);
    requant_.with_path(memory_.head->path, [&](auto make) {
      for (uint32_t tile = 0; tile < s_.tiles;) tile += run_tiles(tile, x, codes, make);
    });
  }

 private:
  /// Runs some tiles from `tile` on; returns how many.
  template <typename Make>
  uint32_t run_tiles(uint32_t tile, const int32_t* x, uint8_t* codes, const Make& make) {
    // Straight to codes where that is worth its code: float32 rounding.
    using Real = typename decltype(make(ChannelScale{}, 0))::Real;
    if constexpr (sizeof(Real) == sizeof(float) && Real(0.5f) != 0) {
      if (const uint32_t tiles = whole_tiles(tile); tiles > 0) {
        conv_block<Ops>(s_.pairs, part_at(tile, tiles, x, 0, s_.depth));
        for (uint32_t m = 0; m < tiles * kConvTile; ++m) {
          const uint32_t o = tile * kConvTile + m;
          if (o == s_.filters) break;
          encode(m, memory_.scales[o].add, make(memory_.scales[o], o), codes + o);
          if (job_.peak != nullptr) scratch_.last[o] = last_sum(m, memory_.scales[o].add);
        }
        return tiles;
      }
    }
    add_blocks(tile, x);
    for (uint32_t m = 0; m < kConvTile; ++m) {
      const uint32_t o = tile * kConvTile + m;
      if (o == s_.filters) break;
      const int32_t* sums = scratch_.sums + m * s_.columns;
      FastRequant::pools(make(memory_.scales[o], o), sums, s_.pool, s_.columns / s_.pool, codes + o,
                         s_.filters);
      scratch_.last[o] = sums[s_.columns - 1];
    }
    return 1;
  }

  /// Tiles from `tile` on that are one block each.
  uint32_t whole_tiles(uint32_t tile) const {
    if (s_.pool > 2) return 0;
    const uint32_t most = min_of(kMaxTiles, s_.tiles - tile);
    uint32_t tiles = 0;
    while (tiles < most && memory_.ends[(tile + tiles) * s_.max_blocks] == s_.depth) ++tiles;
    return tiles;
  }

  ConvPart part_at(uint32_t tile, uint32_t tiles, const int32_t* x, uint32_t from,
                   uint32_t depth) const {
    const size_t step = size_t{s_.groups} * kConvTile;
    return {x + size_t{from} * s_.row_length,
            s_.row_length,
            memory_.operands + (size_t{tile} * s_.depth + from) * step,
            depth,
            (s_.depth - depth) * step,
            scratch_.starts,
            scratch_.lanes,
            s_.pairs,
            tiles,
            s_.groups};
  }

  template <typename Coder>
  void encode(uint32_t m, int32_t add, const Coder& coder, uint8_t* codes) const {
    const Sums<Ops> sums(scratch_.lanes + m * s_.pairs, add);
    s_.pool == 2 ? encode_pooled(sums, coder, s_.columns / 2, codes, s_.filters)
                 : encode_lanes(sums, coder, s_.columns, codes, s_.filters);
  }

  int32_t last_sum(uint32_t m, int32_t add) const {
    Sums<Ops> sums(scratch_.lanes + m * s_.pairs + (s_.columns - 1) / 2, add);
    if (s_.columns % 2 != 0) return sums.last();
    int32_t even = 0;
    int32_t odd = 0;
    sums.next(even, odd);
    return odd;
  }

  void add_blocks(uint32_t tile, const int32_t* x) const {
    const uint32_t* ends = memory_.ends + tile * s_.max_blocks;
    uint32_t block = 0;
    for (uint32_t from = 0; from < s_.depth; from = ends[block++]) {
      ConvPart part = part_at(tile, 1, x, from, ends[block] - from);
      if (s_.wide) part.starts += size_t{block} * s_.pairs;
      conv_block<Ops>(s_.pairs, part);
      for (uint32_t m = 0; m < kConvTile; ++m) {
        const int64_t* lanes = scratch_.lanes + m * s_.pairs;
        int32_t* to = scratch_.sums + m * s_.columns;
        const int32_t add = from == 0 ? memory_.scales[tile * kConvTile + m].add : 0;
        from == 0 ? store_sums<false>(Sums<Ops>(lanes, add), s_.columns, to)
                  : store_sums<true>(Sums<Ops>(lanes, add), s_.columns, to);
      }
    }
  }

  const Job& job_;
  const ConvShape& s_;
  const ConvMemory& memory_;
  const ConvScratch& scratch_;
  FastRequant requant_;
};

template <typename Ops, template <typename> class Sums>
void run_conv_rows(const Job& job, const ConvShape& s) {
  const ConvMemory memory(s, job.prepared);
  const ConvScratch scratch(s, job.scratch);
  const auto& out = *job.out.info;
  const size_t x_step = size_t{job.layer->row.stride} * s.channels * s.row_length;
  pack_conv_input(job, s, memory.head->centre, scratch.operands);
  if (!s.wide) set_conv_starts(s, memory, scratch.operands, scratch.starts);
  ConvRows<Ops, Sums> rows(job, s, memory, scratch);
  for (uint32_t y = 0; y < out.rows; ++y) {
    rows.run(scratch.operands + y * x_step, job.out.codes + size_t{y} * out.columns * s.filters);
  }
  note_peak(job, scratch.last, s.filters);
}

template <typename Ops>
void run_packed_conv(const Job& job) {
  const ConvShape s(job);
  if (s.lane == kWideLane) return run_conv_rows<Ops, WideSums>(job, s);
  if (s.lane == kNarrowLane) return run_conv_rows<Ops, NarrowSums>(job, s);
  run_conv_rows<Ops, PairSums>(job, s);
}

}  // namespace tendon::cpu
