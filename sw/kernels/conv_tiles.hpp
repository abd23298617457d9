// SPDX-License-Identifier: MIT
// The inner loops of the packed convolution: operands in, packed sums of column pairs out.
#pragma once

#include "kernels/conv_shape.hpp"

namespace tendon::cpu {

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

}  // namespace tendon::cpu
