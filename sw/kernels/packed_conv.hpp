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
    auto* at = static_cast<uint8_t*>(const_cast<void*>(base));
    head = reinterpret_cast<ConvHead*>(at);
    scales = reinterpret_cast<ChannelScale*>(at + 64);
    const uint64_t scale_bytes = align_up(sizeof(ChannelScale) * uint64_t{s.tiles} * kConvTile, 64);
    ends = reinterpret_cast<uint32_t*>(at + 64 + scale_bytes);
    const uint64_t end_bytes = align_up(4 * uint64_t{s.tiles} * s.max_blocks, 64);
    operands = reinterpret_cast<int32_t*>(at + 64 + scale_bytes + end_bytes);
    bytes = 64 + scale_bytes + end_bytes + 4 * uint64_t{s.tiles} * s.depth * s.groups * kConvTile;
  }
  ConvHead* head;
  ChannelScale* scales;
  uint32_t* ends;
  int32_t* operands;
  uint64_t bytes;
};

/// Scratch: activation operands [padded row][channel][row_length], start values [block][pairs]
/// (pair form: the same for all blocks), packed sums of a tile [2][pairs], sums of a tile at one
/// output row [2][columns], last sums of all filters.
struct ConvScratch {
  ConvScratch(const ConvShape& s, void* base) {
    auto* at = static_cast<uint8_t*>(base);
    const uint64_t operand_bytes = align_up(4 * uint64_t{s.rows} * s.channels * s.row_length, 64);
    const uint64_t start_bytes = 8 * uint64_t{s.wide ? s.max_blocks : 1} * s.pairs;
    const uint64_t lane_bytes = 8 * uint64_t{s.pairs} * kConvTile;
    const uint64_t sum_bytes = 4 * uint64_t{s.columns} * kConvTile;
    operands = reinterpret_cast<int32_t*>(at);
    starts = reinterpret_cast<int64_t*>(at + operand_bytes);
    lanes = reinterpret_cast<int64_t*>(at + operand_bytes + start_bytes);
    sums = reinterpret_cast<int32_t*>(at + operand_bytes + start_bytes + lane_bytes);
    last = reinterpret_cast<int32_t*>(at + operand_bytes + start_bytes + lane_bytes + sum_bytes);
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

/// N column pairs, two filters, P tap pairs, `depth` steps: lanes[m * pairs + n].
template <typename Ops, int N, int P>
[[gnu::noinline]] void conv_tile(const int32_t* x, uint32_t x_step, const int32_t* w,
                                 uint32_t depth, const int64_t* starts, int64_t* lanes,
                                 uint32_t pairs) {
  int64_t* const other = lanes + pairs;
  int64_t sum0[N];
  int64_t sum1[N];
#pragma GCC unroll 8
  for (int n = 0; n < N; ++n) sum0[n] = sum1[n] = starts[n];
  const int32_t* const end = w + depth * (2 * P);
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
#pragma GCC unroll 8
  for (int n = 0; n < N; ++n) {
    lanes[n] = sum0[n];
    other[n] = sum1[n];
  }
}

/// Any number of tap pairs, one column pair.
template <typename Ops>
[[gnu::noinline]] void conv_tile_long(const int32_t* x, uint32_t x_step, const int32_t* w,
                                      uint32_t depth, uint32_t groups, const int64_t* starts,
                                      int64_t* lanes, uint32_t pairs) {
  int64_t sum0 = *starts;
  int64_t sum1 = *starts;
  for (uint32_t v = 0; v < depth; ++v, x += x_step) {
    for (uint32_t p = 0; p < groups; ++p, w += 2) {
      Ops::mac(sum0, x[p], w[0]);
      Ops::mac(sum1, x[p], w[1]);
    }
  }
  lanes[0] = sum0;
  lanes[pairs] = sum1;
}

template <typename Ops, int P>
void conv_pairs(uint32_t n, const int32_t* x, uint32_t x_step, const int32_t* w, uint32_t depth,
                const int64_t* starts, int64_t* lanes, uint32_t pairs) {
  switch (n) {
    case 1:
      return conv_tile<Ops, 1, P>(x, x_step, w, depth, starts, lanes, pairs);
    case 2:
      return conv_tile<Ops, 2, P>(x, x_step, w, depth, starts, lanes, pairs);
    case 3:
      return conv_tile<Ops, 3, P>(x, x_step, w, depth, starts, lanes, pairs);
    case 4:
      return conv_tile<Ops, 4, P>(x, x_step, w, depth, starts, lanes, pairs);
    case 5:
      return conv_tile<Ops, 5, P>(x, x_step, w, depth, starts, lanes, pairs);
    case 6:
      return conv_tile<Ops, 6, P>(x, x_step, w, depth, starts, lanes, pairs);
    default:
      return conv_tile<Ops, 7, P>(x, x_step, w, depth, starts, lanes, pairs);
  }
}

/// One row of outputs of one tile and block: cuts the column pairs into tiles of nearly one size.
template <typename Ops>
void conv_block(const ConvShape& s, const int32_t* x, const int32_t* w, uint32_t depth,
                const int64_t* starts, int64_t* lanes) {
  const uint32_t most = s.groups > 4 ? 1 : kMaxPairs;
  uint32_t left = s.pairs;
  uint32_t tiles = (left + most - 1) / most;
  for (uint32_t j = 0; left > 0; --tiles) {
    const uint32_t n = (left + tiles - 1) / tiles;
    switch (s.groups) {
      case 1:
        conv_pairs<Ops, 1>(n, x + j, s.row_length, w, depth, starts + j, lanes + j, s.pairs);
        break;
      case 2:
        conv_pairs<Ops, 2>(n, x + j, s.row_length, w, depth, starts + j, lanes + j, s.pairs);
        break;
      case 3:
        conv_pairs<Ops, 3>(n, x + j, s.row_length, w, depth, starts + j, lanes + j, s.pairs);
        break;
      case 4:
        conv_pairs<Ops, 4>(n, x + j, s.row_length, w, depth, starts + j, lanes + j, s.pairs);
        break;
      default:
        conv_tile_long<Ops>(x + j, s.row_length, w, depth, s.groups, starts + j, lanes + j,
                            s.pairs);
    }
    j += n;
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
      const int32_t* w = memory_.operands;
      for (uint32_t tile = 0; tile < s_.tiles; ++tile) {
        run_tile(tile, x, w, codes, make);
        w += size_t{s_.depth} * s_.groups * kConvTile;
      }
    });
  }

 private:
  template <typename Make>
  void run_tile(uint32_t tile, const int32_t* x, const int32_t* w, uint8_t* codes,
                const Make& make) {
    // Straight to codes where that is worth its code: float32 rounding in one block.
    using Real = typename decltype(make(ChannelScale{}, 0))::Real;
    constexpr bool kMayEncode = Real(0.5f) != 0 && sizeof(Real) == sizeof(float);
    const bool direct = kMayEncode && memory_.ends[tile * s_.max_blocks] == s_.depth &&
                        s_.pool <= 2 && job_.peak == nullptr;
    direct ? conv_block<Ops>(s_, x, w, s_.depth, scratch_.starts, scratch_.lanes)
           : add_blocks(tile, x, w);
    for (uint32_t m = 0; m < kConvTile; ++m) {
      const uint32_t o = tile * kConvTile + m;
      if (o == s_.filters) break;
      const auto coder = make(memory_.scales[o], o);
      if (direct) {
        if constexpr (kMayEncode) encode(m, memory_.scales[o].add, coder, codes + o);
        continue;
      }
      const int32_t* sums = scratch_.sums + m * s_.columns;
      FastRequant::pools(coder, sums, s_.pool, s_.columns / s_.pool, codes + o, s_.filters);
      scratch_.last[o] = sums[s_.columns - 1];
    }
  }

  template <typename Coder>
  void encode(uint32_t m, int32_t add, const Coder& coder, uint8_t* codes) const {
    const Sums<Ops> sums(scratch_.lanes + m * s_.pairs, add);
    s_.pool == 2 ? encode_pooled(sums, coder, s_.columns / 2, codes, s_.filters)
                 : encode_lanes(sums, coder, s_.columns, codes, s_.filters);
  }

  void add_blocks(uint32_t tile, const int32_t* x, const int32_t* w) const {
    const uint32_t* ends = memory_.ends + tile * s_.max_blocks;
    const int64_t* starts = scratch_.starts;
    for (uint32_t from = 0; from < s_.depth; from = *ends++) {
      const uint32_t depth = *ends - from;
      conv_block<Ops>(s_, x + size_t{from} * s_.row_length, w, depth, starts, scratch_.lanes);
      w += size_t{depth} * s_.groups * kConvTile;
      if (s_.wide) starts += s_.pairs;
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
