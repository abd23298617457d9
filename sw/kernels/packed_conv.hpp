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
// The wide form, for 2-bit weights and an odd number of taps, ends with a group of three taps in
// one operand (z = 2^15), six products a multiply:
//
//   (a[t] + a[t+1] z) (w2 + w1 z + w0 z^2)
//     = a[t] w2 + (a[t] w1 + a[t+1] w2) z + (a[t] w0 + a[t+1] w1) z^2 + a[t+1] w0 z^3
//
// so y[2j] = lane 2 (j) + lane 0 (j+1) and y[2j+1] = lane 3 (j) + lane 1 (j+1). Lanes 0 to 2 are
// exact while A times the sum of the weights that meet in a lane is below 2^14; lane 3 has 19 bits.
// A weight operand can be a little below -2^31 (-2 z^2 and something negative), so 2^18 is added to
// all of them, which the start value takes out again: 2^18 times the sum of the activation
// operands, the same for all filters.
#pragma once

#include "kernels/fast_requant.hpp"
#include "kernels/packed.hpp"
#include "kernels/weights.hpp"

namespace tendon::cpu {

constexpr uint32_t kPairLane = 21;
constexpr uint32_t kWideLane = 15;
constexpr uint32_t kWideOffset = 18;  // log2 of what is added to weight operands
constexpr uint32_t kConvTile = 2;     // filters that share the loads of activations
constexpr uint32_t kMaxPairs = 7;     // column pairs whose sums stay in registers
constexpr uint32_t kMaxTiles = 8;     // tiles of one call: their sums stay in the cache

/// Sizes that follow from the layer.
struct ConvShape {
  explicit ConvShape(const Job& job)
      : wide(job.layer->weight_bits == 2 && job.layer->grid == TENDON_GRID_TWOS &&
             job.layer->column.kernel % 2 == 1 && job.layer->column.kernel >= 3 &&
             job.layer->column.kernel <= 9),
        lane(wide ? kWideLane : kPairLane),
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
        // At least so many depth steps fit a lane: 2P or P times 128 * 128, 2P times 128 * 2.
        least_block(max_of<uint32_t>(1, 31 / groups)),
        max_blocks((depth + least_block - 1) / least_block) {}

  bool wide;
  uint32_t lane;  // bits
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

// The index of a two-word load is part of the instruction: a case each, of which one is left when
// `n` is a constant after unrolling.
template <typename Ops>
[[gnu::always_inline]] inline void load_two_at(int n, const int32_t* from, int64_t& even,
                                               int64_t& odd) {
  switch (n / 2) {
    case 0:
      return Ops::template load_two<0>(from, even, odd);
    case 1:
      return Ops::template load_two<1>(from, even, odd);
    case 2:
      return Ops::template load_two<2>(from, even, odd);
    case 3:
      return Ops::template load_two<3>(from, even, odd);
    case 4:
      return Ops::template load_two<4>(from, even, odd);
    default:
      return Ops::template load_two<5>(from, even, odd);
  }
}

template <typename Ops>
[[gnu::always_inline]] inline void load_at(int n, const int32_t* x, int64_t* a) {
  load_two_at<Ops>(n, x, a[n], a[n + 1]);
}

/// Column pairs that one call computes, for the filters of `tiles` tiles.
struct ConvPart {
  const int32_t* x;  // first operand of the first depth step
  size_t x_step;     // operands between depth steps
  const int32_t* w;
  size_t depth;   // steps, at least one
  size_t w_skip;  // operands from the end of a tile's steps to the next tile's
  const int64_t* starts;
  int64_t* lanes;  // [filter][pairs]
  size_t pairs;
  uint32_t tiles;
  uint32_t groups;
};

/// N column pairs, two filters at a time, P tap groups: lanes[m * pairs + n].
template <typename Ops, int N, int P>
[[gnu::noinline]] void conv_tiles(const ConvPart& whole) {
  const ConvPart* at = &whole;
  const int32_t* w = at->w;
  int64_t* lanes = at->lanes;
  uint32_t tile = at->tiles;
  do {
    // The inner loop needs all registers: what it does not use has to be in memory.
    asm volatile("" : "+m"(at), "+m"(lanes), "+m"(tile));
    const ConvPart& part = *at;
    int64_t sum0[N];
    int64_t sum1[N];
    const int64_t* const starts = part.starts;
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) sum0[n] = sum1[n] = starts[n];
    const int32_t* x = part.x;
    const size_t x_step = part.x_step;
    const int32_t* const end = w + part.depth * (2 * P);
    do {
      // Two operands at a time; behind the first N, only as they are needed: registers are short.
      int64_t a[N + P];
#pragma GCC unroll 8
      for (int n = 0; n + 1 < N; n += 2) load_at<Ops>(n, x, a);
      if (N % 2 != 0) P > 1 ? load_at<Ops>(N - 1, x, a) : (void)(a[N - 1] = x[N - 1]);
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        int64_t w0;
        int64_t w1;
        load_two_at<Ops>(2 * p, w, w0, w1);
#pragma GCC unroll 8
        for (int n = 0; n < N; ++n) {
          Ops::mac(sum0[n], a[n + p], w0);
          Ops::mac(sum1[n], a[n + p], w1);
        }
        const int next = N + p;
        if (p + 1 < P && next % 2 == 0) {
          p + 2 < P ? load_at<Ops>(next, x, a) : (void)(a[next] = x[next]);
        }
      }
      x += x_step;
      w += 2 * P;
    } while (w != end);
    asm volatile("" : "+m"(at), "+m"(lanes), "+m"(tile));
    int64_t* const other = lanes + at->pairs;
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) {
      lanes[n] = sum0[n];
      other[n] = sum1[n];
    }
    lanes = other + at->pairs;
    w += at->w_skip;
  } while (--tile > 0);
}

/// Any number of tap groups, one column pair.
template <typename Ops>
[[gnu::noinline]] void conv_tiles_long(const ConvPart& part) {
  const int32_t* w = part.w;
  int64_t* lanes = part.lanes;
  for (uint32_t tile = part.tiles; tile > 0; --tile) {
    int64_t sum0 = *part.starts;
    int64_t sum1 = *part.starts;
    const int32_t* x = part.x;
    for (size_t v = 0; v < part.depth; ++v, x += part.x_step) {
      for (uint32_t p = 0; p < part.groups; ++p, w += 2) {
        Ops::mac(sum0, x[p], w[0]);
        Ops::mac(sum1, x[p], w[1]);
      }
    }
    lanes[0] = sum0;
    lanes[part.pairs] = sum1;
    lanes += 2 * part.pairs;
    w += part.w_skip;
  }
}

template <typename Ops, int P>
void conv_pairs(uint32_t n, const ConvPart& part) {
  switch (n) {
    case 1:
      return conv_tiles<Ops, 1, P>(part);
    case 2:
      return conv_tiles<Ops, 2, P>(part);
    case 3:
      return conv_tiles<Ops, 3, P>(part);
    case 4:
      return conv_tiles<Ops, 4, P>(part);
    case 5:
      return conv_tiles<Ops, 5, P>(part);
    case 6:
      return conv_tiles<Ops, 6, P>(part);
    default:
      return conv_tiles<Ops, 7, P>(part);
  }
}

/// One row of outputs: cuts the column pairs into parts of nearly one size.
template <typename Ops>
void conv_block(uint32_t column_pairs, ConvPart part) {
  const uint32_t most = part.groups > 4 ? 1 : kMaxPairs;
  uint32_t left = column_pairs;
  for (uint32_t parts = (left + most - 1) / most; left > 0; --parts) {
    const uint32_t n = (left + parts - 1) / parts;
    switch (part.groups) {
      case 1:
        conv_pairs<Ops, 1>(n, part);
        break;
      case 2:
        conv_pairs<Ops, 2>(n, part);
        break;
      case 3:
        conv_pairs<Ops, 3>(n, part);
        break;
      case 4:
        conv_pairs<Ops, 4>(n, part);
        break;
      default:
        conv_tiles_long<Ops>(part);
    }
    part.x += n;
    part.starts += n;
    part.lanes += n;
    left -= n;
  }
}

/// The sums y[0], y[1] ... of one filter from its lanes, plus `add`, two at a time. Pair form.
template <typename Ops>
class PairSums {
 public:
  PairSums(const int64_t* lanes, int32_t add)
      : lanes_(lanes), less_(add - (int64_t{1} << (kPairLane - 1))), lane_(*lanes) {}
  [[gnu::always_inline]] void next(int32_t& even, int32_t& odd) {
    even = last();
    const int64_t two = (lane_ >> (2 * kPairLane)) + less_;
    lane_ = *++lanes_;
    odd = static_cast<int32_t>(Ops::template extract<kPairLane - 1, 0>(lane_) + two);
  }
  /// An even one that no odd one follows.
  [[gnu::always_inline]] int32_t last() const {
    return static_cast<int32_t>(Ops::template extract<2 * kPairLane - 1, kPairLane>(lane_) + less_);
  }

 private:
  const int64_t* lanes_;
  int64_t less_;
  int64_t lane_;
};

/// The same, wide form.
template <typename Ops>
class WideSums {
 public:
  WideSums(const int64_t* lanes, int32_t add)
      : lanes_(lanes), less_(add - (int64_t{1} << (kWideLane - 1))), lane_(*lanes) {}
  [[gnu::always_inline]] void next(int32_t& even, int32_t& odd) {
    const int64_t three = (lane_ >> (3 * kWideLane)) + less_;
    even = last();
    odd = static_cast<int32_t>(Ops::template extract<2 * kWideLane - 1, kWideLane>(lane_) + three);
  }
  [[gnu::always_inline]] int32_t last() {
    constexpr int64_t kHalf = int64_t{1} << (kWideLane - 1);
    const int64_t two = Ops::template extract<3 * kWideLane - 1, 2 * kWideLane>(lane_) + less_;
    lane_ = *++lanes_;
    return static_cast<int32_t>(Ops::template extract<kWideLane - 1, 0>(lane_) + two - kHalf);
  }

 private:
  const int64_t* lanes_;
  int64_t less_;
  int64_t lane_;
};

/// Sums of one filter stored, or added to what is there.
template <bool kAdd, typename Sums>
void store_sums(Sums from, uint32_t columns, int32_t* sums) {
  const auto put = [](int32_t* to, int32_t value) { *to = kAdd ? *to + value : value; };
  int32_t even = 0;
  int32_t odd = 0;
  for (const int32_t* const end = sums + (columns & ~1u); sums != end; sums += 2) {
    from.next(even, odd);
    put(sums, even);
    put(sums + 1, odd);
  }
  if (columns % 2 != 0) put(sums, from.last());
}

/// Codes of one filter straight from its lanes: no pool, `columns` codes `step` apart.
template <typename Sums, typename Coder>
void encode_lanes(Sums sums, const Coder coder, uint32_t columns, uint8_t* codes, size_t step) {
  using Real = typename Coder::Real;
  int32_t y[4];
  uint8_t* const end = codes + (columns & ~3u) * step;
  while (codes != end) {
    sums.next(y[0], y[1]);
    sums.next(y[2], y[3]);
    Real x[4] = {coder.real(y[0]), coder.real(y[1]), coder.real(y[2]), coder.real(y[3])};
    encode(coder, x, codes, step);
    codes += 4 * step;
  }
  if ((columns & 2) != 0) {
    sums.next(y[0], y[1]);
    Real x[2] = {coder.real(y[0]), coder.real(y[1])};
    encode(coder, x, codes, step);
    codes += 2 * step;
  }
  if ((columns & 1) != 0) {
    Real x[1] = {coder.real(sums.last())};
    encode(coder, x, codes, step);
  }
}

/// The same behind a pool of two.
template <typename Sums, typename Coder>
void encode_pooled(Sums sums, const Coder coder, uint32_t outputs, uint8_t* codes, size_t step) {
  using Real = typename Coder::Real;
  int32_t y[4];
  uint8_t* const end = codes + (outputs & ~1u) * step;
  while (codes != end) {
    sums.next(y[0], y[1]);
    sums.next(y[2], y[3]);
    const Real a[4] = {coder.real(y[0]), coder.real(y[1]), coder.real(y[2]), coder.real(y[3])};
    Real x[2] = {larger(a[0], a[1]), larger(a[2], a[3])};
    encode(coder, x, codes, step);
    codes += 2 * step;
  }
  if ((outputs & 1) != 0) {
    sums.next(y[0], y[1]);
    Real x[1] = {larger(coder.real(y[0]), coder.real(y[1]))};
    encode(coder, x, codes, step);
  }
}

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
  s.wide ? run_conv_rows<Ops, WideSums>(job, s) : run_conv_rows<Ops, PairSums>(job, s);
}

}  // namespace tendon::cpu
