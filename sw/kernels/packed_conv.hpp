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
        sum_step(2 * pairs) {}

  uint32_t channels, filters;
  uint32_t columns;     // computed per row, before a pool
  uint32_t tap_pairs;   // P
  uint32_t pairs;       // column pairs; an even number of columns needs lane 0 of one more
  uint32_t row_length;  // operands per padded row and channel
  uint32_t rows;        // padded
  uint32_t depth;       // kernel rows x channels
  uint32_t tiles;
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
    int64_t a[N];
#pragma GCC unroll 8
    for (int n = 0; n < N; ++n) a[n] = x[n];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      const int64_t w0 = w[2 * p];
      const int64_t w1 = w[2 * p + 1];
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n) {
        Ops::mac(sum0[n], a[n], w0);
        Ops::mac(sum1[n], a[n], w1);
      }
      if (p + 1 < P) {
#pragma GCC unroll 8
        for (int n = 0; n + 1 < N; ++n) a[n] = a[n + 1];
        a[N - 1] = x[N + p];
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

/// Sums of all filters at one output row.
template <typename Ops>
void conv_row(const ConvShape& s, const ConvMemory& memory, const ConvScratch& scratch,
              const int32_t* x) {
  const int32_t* w = memory.operands;
  int32_t* sums = scratch.sums;
  for (uint32_t tile = 0; tile < s.tiles; ++tile, sums += s.sum_step * kConvTile) {
    const uint32_t* ends = memory.ends + tile * max_blocks(s);
    const ChannelScale* scales = memory.scales + tile * kConvTile;
    for (uint32_t from = 0; from < s.depth; from = *ends++) {
      const uint32_t depth = *ends - from;
      const bool first = from == 0;
      conv_block<Ops>(s, x + static_cast<size_t>(from) * s.row_length, w, depth, scratch.lanes);
      w += depth * s.tap_pairs * kConvTile;
      for (uint32_t m = 0; m < kConvTile; ++m) {
        Ops::unpack(scratch.lanes + m * s.pairs, s.pairs, first, first ? scales[m].add : 0,
                    sums + m * s.sum_step);
      }
    }
  }
}

template <typename Ops>
void run_packed_conv(const Job& job) {
  const ConvShape s(job);
  const ConvMemory memory(s, job.prepared);
  const ConvScratch scratch(s, job.scratch);
  const FastRequant requant(job);
  const auto& out = *job.out.info;
  const size_t x_step = size_t{job.layer->row.stride} * s.channels * s.row_length;
  pack_conv_input(job, s, memory.head->centre, scratch.operands);
  for (uint32_t y = 0; y < out.rows; ++y) {
    conv_row<Ops>(s, memory, scratch, scratch.operands + y * x_step);
    requant.row(memory.head->path, memory.scales, s.filters, scratch.sums + 1, s.sum_step,
                out.columns, job.out.codes + size_t{y} * out.columns * s.filters);
  }
  if (job.peak == nullptr) return;
  for (uint32_t o = 0; o < s.filters; ++o) {
    scratch.sums[o] = scratch.sums[o * s.sum_step + s.columns];
  }
  note_peak(job, scratch.sums, s.filters);
}

}  // namespace tendon::cpu
