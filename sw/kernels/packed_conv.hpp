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
#pragma once

#include "kernels/fast_requant.hpp"
#include "kernels/packed.hpp"
#include "kernels/weights.hpp"

namespace tendon::cpu {

constexpr uint32_t kConvLane = 21;
constexpr int64_t kConvStart = (int64_t{1} << 20) + (int64_t{1} << 41);
constexpr uint32_t kConvTile = 2;  // filters that share the loads of activations
constexpr uint32_t kMaxPairs = 7;  // column pairs whose sums stay in registers

/// Sizes that follow from the layer.
struct ConvShape {
  explicit ConvShape(const Job& job)
      : channels(job.in[0].info->channels),
        filters(job.out.info->channels),
        columns(static_cast<uint32_t>(job.out.info->columns) * job.layer->fused_pool),
        tap_pairs((job.layer->column.kernel + 1u) / 2),
        pairs(columns / 2 + 1),
        row_length(pairs + tap_pairs),
        rows(static_cast<uint32_t>(job.in[0].info->rows) + job.layer->row.pad_begin +
             job.layer->row.pad_end),
        depth(job.layer->row.kernel * channels),
        tiles((filters + kConvTile - 1) / kConvTile),
        pool(job.layer->fused_pool),
        sum_step(2 * pairs) {}

  uint32_t channels, filters;
  uint32_t columns;     // computed per row, before a pool
  uint32_t tap_pairs;   // P
  uint32_t pairs;       // column pairs; an even number of columns needs lane 0 of one more
  uint32_t row_length;  // operands per padded row and channel
  uint32_t rows;        // padded
  uint32_t depth;       // kernel rows x channels
  uint32_t tiles;
  uint32_t pool;
  uint32_t sum_step;  // y[-1] to y[2 pairs - 2]
};

inline uint32_t max_blocks(const ConvShape& s) {
  // At least so many depth steps fit: each adds at most 2P * 128 * 128 to a lane.
  const uint32_t least = max_of<uint32_t>(1, 31 / s.tap_pairs);
  return (s.depth + least - 1) / least;
}

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
    const uint64_t end_bytes = align_up(4 * uint64_t{s.tiles} * max_blocks(s), 64);
    operands = reinterpret_cast<int32_t*>(at + 64 + scale_bytes + end_bytes);
    bytes =
        64 + scale_bytes + end_bytes + 4 * uint64_t{s.tiles} * s.depth * s.tap_pairs * kConvTile;
  }
  ConvHead* head;
  ChannelScale* scales;
  uint32_t* ends;
  int32_t* operands;
  uint64_t bytes;
};

/// Scratch: activation operands [padded row][channel][row_length], packed sums of a tile
/// [2][pairs], sums of an output row [filter][sum_step].
struct ConvScratch {
  ConvScratch(const ConvShape& s, void* base) {
    auto* at = static_cast<uint8_t*>(base);
    const uint64_t operand_bytes = align_up(4 * uint64_t{s.rows} * s.channels * s.row_length, 64);
    const uint64_t lane_bytes = align_up(8 * uint64_t{s.pairs} * kConvTile, 64);
    operands = reinterpret_cast<int32_t*>(at);
    lanes = reinterpret_cast<int64_t*>(at + operand_bytes);
    sums = reinterpret_cast<int32_t*>(at + operand_bytes + lane_bytes);
    bytes = operand_bytes + lane_bytes + 4 * uint64_t{s.sum_step} * s.tiles * kConvTile;
  }
  int32_t* operands;
  int64_t* lanes;
  int32_t* sums;
  uint64_t bytes;
};

bool packed_conv_fits(const Job& job);
size_t packed_conv_prepared(const Job& job);
void packed_conv_prepare(const Job& job, void* prepared);
size_t packed_conv_scratch(const Job& job);
void pack_conv_input(const Job& job, const ConvShape& s, int32_t centre, int32_t* operands);

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
                                 uint32_t depth, int64_t* lanes, uint32_t pairs) {
  int64_t* const other = lanes + pairs;
  int64_t sum0[N];
  int64_t sum1[N];
#pragma GCC unroll 8
  for (int n = 0; n < N; ++n) sum0[n] = sum1[n] = kConvStart;
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
                                      uint32_t depth, uint32_t tap_pairs, int64_t* lanes,
                                      uint32_t pairs) {
  int64_t sum0 = kConvStart;
  int64_t sum1 = kConvStart;
  for (uint32_t v = 0; v < depth; ++v, x += x_step) {
    for (uint32_t p = 0; p < tap_pairs; ++p, w += 2) {
      Ops::mac(sum0, x[p], w[0]);
      Ops::mac(sum1, x[p], w[1]);
    }
  }
  lanes[0] = sum0;
  lanes[pairs] = sum1;
}

template <typename Ops, int P>
void conv_pairs(uint32_t n, const int32_t* x, uint32_t x_step, const int32_t* w, uint32_t depth,
                int64_t* lanes, uint32_t pairs) {
  switch (n) {
    case 1:
      return conv_tile<Ops, 1, P>(x, x_step, w, depth, lanes, pairs);
    case 2:
      return conv_tile<Ops, 2, P>(x, x_step, w, depth, lanes, pairs);
    case 3:
      return conv_tile<Ops, 3, P>(x, x_step, w, depth, lanes, pairs);
    case 4:
      return conv_tile<Ops, 4, P>(x, x_step, w, depth, lanes, pairs);
    case 5:
      return conv_tile<Ops, 5, P>(x, x_step, w, depth, lanes, pairs);
    case 6:
      return conv_tile<Ops, 6, P>(x, x_step, w, depth, lanes, pairs);
    default:
      return conv_tile<Ops, 7, P>(x, x_step, w, depth, lanes, pairs);
  }
}

/// One row of outputs of one tile and block: cuts the column pairs into tiles of nearly one size.
template <typename Ops>
void conv_block(const ConvShape& s, const int32_t* x, const int32_t* w, uint32_t depth,
                int64_t* lanes) {
  const uint32_t most = s.tap_pairs > 4 ? 1 : kMaxPairs;
  uint32_t left = s.pairs;
  uint32_t tiles = (left + most - 1) / most;
  for (uint32_t j = 0; left > 0; --tiles) {
    const uint32_t n = (left + tiles - 1) / tiles;
    switch (s.tap_pairs) {
      case 1:
        conv_pairs<Ops, 1>(n, x + j, s.row_length, w, depth, lanes + j, s.pairs);
        break;
      case 2:
        conv_pairs<Ops, 2>(n, x + j, s.row_length, w, depth, lanes + j, s.pairs);
        break;
      case 3:
        conv_pairs<Ops, 3>(n, x + j, s.row_length, w, depth, lanes + j, s.pairs);
        break;
      case 4:
        conv_pairs<Ops, 4>(n, x + j, s.row_length, w, depth, lanes + j, s.pairs);
        break;
      default:
        conv_tile_long<Ops>(x + j, s.row_length, w, depth, s.tap_pairs, lanes + j, s.pairs);
    }
    j += n;
    left -= n;
  }
}

/// Lanes of column pairs to sums y[-1], y[0] ... plus `add`; added to what is there if `kAdd`.
template <typename Ops, bool kAdd>
void unpack_pairs(const int64_t* lanes, uint32_t pairs, int32_t add, int32_t* sums) {
  const int64_t less = add - (int64_t{1} << (kConvLane - 1));
  const auto put = [](int32_t* to, int64_t value) {
    *to = static_cast<int32_t>(kAdd ? *to + value : value);
  };
  int64_t carried = less;  // lane 2 of the pair before
  for (const int64_t* const end = lanes + pairs; lanes != end; ++lanes, sums += 2) {
    const int64_t lane = *lanes;
    put(sums, Ops::template extract<kConvLane - 1, 0>(lane) + carried);
    put(sums + 1, Ops::template extract<2 * kConvLane - 1, kConvLane>(lane) + less);
    carried = (lane >> (2 * kConvLane)) + less;
  }
}

/// Two neighbouring sums, y[2j] and y[2j + 1], of a filter whose lanes are complete.
template <typename Ops>
struct PairSums {
  const int64_t* lanes;
  int64_t less;
  int64_t lane;
  [[gnu::always_inline]] void next(int32_t& even, int32_t& odd) {
    even = static_cast<int32_t>(Ops::template extract<2 * kConvLane - 1, kConvLane>(lane) + less);
    const int64_t two = (lane >> (2 * kConvLane)) + less;
    lane = *++lanes;
    odd = static_cast<int32_t>(Ops::template extract<kConvLane - 1, 0>(lane) + two);
  }
  int32_t last() const {
    return static_cast<int32_t>(Ops::template extract<2 * kConvLane - 1, kConvLane>(lane) + less);
  }
};

/// Codes of one filter straight from its lanes: no pool, `columns` codes `step` apart.
template <typename Ops, typename Coder>
void encode_lanes(PairSums<Ops> sums, const Coder coder, uint32_t columns, uint8_t* codes,
                  size_t step) {
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
template <typename Ops, typename Coder>
void encode_pooled(PairSums<Ops> sums, const Coder coder, uint32_t outputs, uint8_t* codes,
                   size_t step) {
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

/// One output row, as the layer's filters go through it.
template <typename Ops>
class ConvRow {
 public:
  ConvRow(const Job& job, const ConvShape& s, const ConvMemory& memory, const ConvScratch& scratch)
      : job_(job), s_(s), memory_(memory), scratch_(scratch), requant_(job) {}

  /// Codes of all filters; their sums too where job.peak wants them.
  void run(const int32_t* x, uint8_t* codes) {
    requant_.with_path(memory_.head->path, [&](auto make) {
      const int32_t* w = memory_.operands;
      for (uint32_t tile = 0; tile < s_.tiles; ++tile) w = run_tile(tile, x, w, codes, make);
    });
  }

 private:
  template <typename Make>
  const int32_t* run_tile(uint32_t tile, const int32_t* x, const int32_t* w, uint8_t* codes,
                          const Make& make) {
    const uint32_t* ends = memory_.ends + tile * max_blocks(s_);
    const bool direct = *ends == s_.depth && s_.pool <= 2 && job_.peak == nullptr;
    if (!direct) return run_blocks(tile, x, w, ends, codes, make);
    conv_block<Ops>(s_, x, w, s_.depth, scratch_.lanes);
    for (uint32_t m = 0; m < kConvTile; ++m) {
      const uint32_t o = tile * kConvTile + m;
      if (o == s_.filters) break;
      const int64_t* lanes = scratch_.lanes + m * s_.pairs;
      const ChannelScale scale = memory_.scales[o];
      const PairSums<Ops> sums{lanes, scale.add - (int64_t{1} << (kConvLane - 1)), *lanes};
      const auto coder = make(scale, o);
      s_.pool == 2 ? encode_pooled(sums, coder, s_.columns / 2, codes + o, s_.filters)
                   : encode_lanes(sums, coder, s_.columns, codes + o, s_.filters);
    }
    return w + size_t{s_.depth} * s_.tap_pairs * kConvTile;
  }

  template <typename Make>
  const int32_t* run_blocks(uint32_t tile, const int32_t* x, const int32_t* w, const uint32_t* ends,
                            uint8_t* codes, const Make& make) {
    int32_t* const sums = scratch_.sums + size_t{tile} * kConvTile * s_.sum_step;
    for (uint32_t from = 0; from < s_.depth; from = *ends++) {
      const uint32_t depth = *ends - from;
      conv_block<Ops>(s_, x + size_t{from} * s_.row_length, w, depth, scratch_.lanes);
      w += size_t{depth} * s_.tap_pairs * kConvTile;
      for (uint32_t m = 0; m < kConvTile; ++m) {
        const int64_t* lanes = scratch_.lanes + m * s_.pairs;
        int32_t* to = sums + m * s_.sum_step;
        from == 0 ? unpack_pairs<Ops, false>(lanes, s_.pairs,
                                             memory_.scales[tile * kConvTile + m].add, to)
                  : unpack_pairs<Ops, true>(lanes, s_.pairs, 0, to);
      }
    }
    for (uint32_t m = 0; m < kConvTile; ++m) {
      const uint32_t o = tile * kConvTile + m;
      if (o == s_.filters) break;
      FastRequant::pools(make(memory_.scales[o], o), sums + m * s_.sum_step + 1, s_.pool,
                         s_.columns / s_.pool, codes + o, s_.filters);
    }
    return w;
  }

  const Job& job_;
  const ConvShape& s_;
  const ConvMemory& memory_;
  const ConvScratch& scratch_;
  FastRequant requant_;
};

template <typename Ops>
void run_packed_conv(const Job& job) {
  const ConvShape s(job);
  const ConvMemory memory(s, job.prepared);
  const ConvScratch scratch(s, job.scratch);
  const auto& out = *job.out.info;
  const size_t x_step = size_t{job.layer->row.stride} * s.channels * s.row_length;
  pack_conv_input(job, s, memory.head->centre, scratch.operands);
  ConvRow<Ops> row(job, s, memory, scratch);
  for (uint32_t y = 0; y < out.rows; ++y) {
    row.run(scratch.operands + y * x_step, job.out.codes + size_t{y} * out.columns * s.filters);
  }
  if (job.peak == nullptr) return;
  for (uint32_t o = 0; o < s.filters; ++o) {
    scratch.sums[o] = scratch.sums[o * s.sum_step + s.columns];
  }
  note_peak(job, scratch.sums, s.filters);
}

}  // namespace tendon::cpu
