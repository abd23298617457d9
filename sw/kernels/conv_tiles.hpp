// SPDX-License-Identifier: MIT
// The inner loops of the packed convolution: operands in, packed sums of column pairs out.
#pragma once

#include "kernels/conv_level.hpp"

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

template <typename T>
T* behind(T* at, size_t bytes) {
  return reinterpret_cast<T*>(reinterpret_cast<uintptr_t>(at) + bytes);
}

/// N column pairs, two filters, P tap groups, one depth step.
template <typename Ops, int N, int P>
[[gnu::always_inline]] inline void conv_step(const int32_t* x, const int32_t* w,
                                             int64_t (&sum)[N * 2]) {
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
      Ops::mac(sum[2 * n], a[n + p], w0);
      Ops::mac(sum[2 * n + 1], a[n + p], w1);
    }
    const int next = N + p;
    if (p + 1 < P && next % 2 == 0) {
      p + 2 < P ? load_at<Ops>(next, x, a) : (void)(a[next] = x[next]);
    }
  }
}

/// N column pairs, four filters, one tap group, one depth step.
template <typename Ops, int N>
[[gnu::always_inline]] inline void conv_step_four(const int32_t* x, const int32_t* w,
                                                  int64_t (&sum)[N * 4]) {
  int64_t factor[4];
  int64_t a[2];
  Ops::template load_two<0>(w, factor[0], factor[1]);
  Ops::template load_two<1>(w, factor[2], factor[3]);
  N > 1 ? Ops::template load_two<0>(x, a[0], a[1]) : (void)(a[0] = x[0]);
#pragma GCC unroll 4
  for (int n = 0; n < N; ++n) {
#pragma GCC unroll 4
    for (int m = 0; m < 4; ++m) Ops::mac(sum[4 * n + m], a[n % 2], factor[m]);
    if (n + 2 < N) a[n % 2] = x[n + 2];
  }
}

/// All depth steps of N column pairs, block by block and tile by tile.
template <typename Ops, int N, int P, int kFilters>
[[gnu::noinline]] void conv_tiles(const ConvPart& whole) {
  const ConvPart* at = &whole;
  const int32_t* tile_w = at->w;
  int64_t* tile_lanes = at->lanes;
  size_t tile = at->tiles;
  do {
    const int32_t* x = at->x;
    const int32_t* w = tile_w + at->from * (kFilters * P);
    const int64_t* starts = at->starts;
    int64_t* lanes = tile_lanes;
    size_t block = 0;
    do {
      int64_t sum[N * kFilters];
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n) {
#pragma GCC unroll 4
        for (int m = 0; m < kFilters; ++m) sum[n * kFilters + m] = starts[n];
      }
      size_t x_step = at->x_step;
      const int32_t* const end = tile_w + size_t{at->ends[block]} * (kFilters * P);
      // The inner loop needs all registers: what it does not use has to be in memory. And the
      // compiler is to keep one loop for all steps.
      asm volatile(""
                   : "+m"(at), "+m"(tile_w), "+m"(tile_lanes), "+m"(lanes), "+m"(starts),
                     "+m"(tile), "+m"(block), "+r"(x_step));
      do {
        if constexpr (kFilters == 4) {
          static_assert(P == 1);
          conv_step_four<Ops, N>(x, w, sum);
        } else {
          conv_step<Ops, N, P>(x, w, sum);
        }
        x = behind(x, x_step);
        w += kFilters * P;
      } while (w != end);
      asm volatile(""
                   : "+m"(at), "+m"(tile_w), "+m"(tile_lanes), "+m"(lanes), "+m"(starts),
                     "+m"(tile), "+m"(block));
#pragma GCC unroll 16
      for (int i = 0; i < N * kFilters; ++i) lanes[i] = sum[i];
      lanes = behind(lanes, at->block_lanes);
      starts = behind(starts, at->block_starts);
    } while (++block != at->blocks);
    tile_lanes = behind(tile_lanes, at->tile_lanes);
    tile_w = behind(tile_w, at->tile_step);
  } while (--tile > 0);
}

/// Any number of tap groups, one column pair, two filters.
template <typename Ops>
[[gnu::noinline]] void conv_tiles_long(const ConvPart& part) {
  for (size_t tile = 0; tile < part.tiles; ++tile) {
    const int32_t* w = behind(part.w, tile * part.tile_step) + part.from * part.groups * 2;
    int64_t* lanes = behind(part.lanes, tile * part.tile_lanes);
    const int64_t* starts = part.starts;
    const int32_t* x = part.x;
    size_t v = part.from;
    for (size_t block = 0; block < part.blocks; ++block) {
      int64_t sum0 = *starts;
      int64_t sum1 = *starts;
      for (; v < part.ends[block]; ++v, x = behind(x, part.x_step)) {
        for (size_t p = 0; p < part.groups; ++p, w += 2) {
          Ops::mac(sum0, x[p], w[0]);
          Ops::mac(sum1, x[p], w[1]);
        }
      }
      lanes[0] = sum0;
      lanes[1] = sum1;
      lanes = behind(lanes, part.block_lanes);
      starts = behind(starts, part.block_starts);
    }
  }
}

template <typename Ops>
void conv_pairs_four(uint32_t n, const ConvPart& part) {
  switch (n) {
    case 1:
      return conv_tiles<Ops, 1, 1, 4>(part);
    case 2:
      return conv_tiles<Ops, 2, 1, 4>(part);
    case 3:
      return conv_tiles<Ops, 3, 1, 4>(part);
    default:
      return conv_tiles<Ops, 4, 1, 4>(part);
  }
}

template <typename Ops, int P>
void conv_pairs(uint32_t n, const ConvPart& part) {
  switch (n) {
    case 1:
      return conv_tiles<Ops, 1, P, 2>(part);
    case 2:
      return conv_tiles<Ops, 2, P, 2>(part);
    case 3:
      return conv_tiles<Ops, 3, P, 2>(part);
    case 4:
      return conv_tiles<Ops, 4, P, 2>(part);
    case 5:
      return conv_tiles<Ops, 5, P, 2>(part);
    case 6:
      return P <= 3 ? conv_tiles < Ops, 6, P <= 3 ? P : 3, 2 > (part) : void();
    default:
      return P <= 2 ? conv_tiles < Ops, 7, P <= 2 ? P : 2, 2 > (part) : void();
  }
}

/// n column pairs, at most most_pairs(part.groups).
template <typename Ops>
void conv_some_pairs(uint32_t n, const ConvPart& part) {
  switch (part.groups) {
    case 1:
      return conv_pairs_four<Ops>(n, part);
    case 2:
      return conv_pairs<Ops, 2>(n, part);
    case 3:
      return conv_pairs<Ops, 3>(n, part);
    case 4:
      return conv_pairs<Ops, 4>(n, part);
    default:
      return conv_tiles_long<Ops>(part);
  }
}

}  // namespace tendon::cpu
