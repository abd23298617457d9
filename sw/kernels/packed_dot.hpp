// SPDX-License-Identifier: MIT
// Dense layers, and the convolutions that packed_conv.hpp does not take: one activation times the
// weights of several output channels in one 64-bit multiply.
//
//   a (w0 + w1 z + w2 z^2)   z = 2^15: 2-bit two's complement, three channels a multiply
//   a (w0 + w1 z)            z = 2^23 (8 bits), 2^27 (4 bits, odd grid): two
//
// Range: unsigned bytes are centred first (minus 128), so with A = max|a| <= 128 a lane below the
// top is exact while A * sum|w| < z / 2; the elements are added up in blocks that keep this for
// every channel of the layer, so every legal layer is exact. The top lane has the rest of the 64
// bits.
//
// The packed weights can be a little below -2^31 (-2 * 2^30 and something negative), so they are
// stored with 2^31 + 2^17 added, as unsigned 32-bit words: below 2^33, which a C906 multiplies in
// one cycle. The start value of a block takes it out again, as (2^31 + 2^17) * sum(a), modulo 2^64.
#pragma once

#include "kernels/fast_requant.hpp"
#include "kernels/packed.hpp"

namespace tendon::cpu {

constexpr uint64_t kDotOffset = (uint64_t{1} << 31) + (uint64_t{1} << 17);
constexpr uint32_t kDotGroups = 11;  // accumulators of a tile

struct DotShape {
  explicit DotShape(const Job& job);

  uint32_t count;     // weights per channel
  uint32_t channels;  // outputs
  uint32_t lanes;     // channels per operand
  uint32_t lane_bits;
  uint32_t groups;     // operands per element
  uint32_t positions;  // before a pool
  uint32_t most_blocks;
};

/// Prepared memory: DotHead, ChannelScale[channels], block ends, operands tile by tile
/// [element][group].
struct DotHead {
  Path path;
  uint32_t blocks;
};

struct DotMemory {
  DotMemory(const DotShape& s, const void* base) {
    const void* at = base;
    head = piece<DotHead>(at, 0);
    scales = piece<ChannelScale>(at, 64);
    const uint64_t scale_bytes = align_up(sizeof(ChannelScale) * uint64_t{s.channels}, 64);
    ends = piece<uint32_t>(at, 64 + scale_bytes);
    const uint64_t end_bytes = align_up(4 * uint64_t{s.most_blocks}, 64);
    operands = piece<uint32_t>(at, 64 + scale_bytes + end_bytes);
    bytes = 64 + scale_bytes + end_bytes + 4 * uint64_t{s.count} * s.groups;
  }
  DotHead* head;
  ChannelScale* scales;
  uint32_t* ends;
  uint32_t* operands;
  uint64_t bytes;
};

/// Scratch: one window of codes, sums of its blocks, packed sums of a tile, sums of a position,
/// largest sums of a pool.
struct DotScratch {
  DotScratch(const DotShape& s, void* base) {
    const void* at = base;
    window = piece<int8_t>(at, 0);
    const uint64_t window_bytes = align_up(s.count, 64);
    starts = piece<uint64_t>(at, window_bytes);
    const uint64_t start_bytes = align_up(8 * uint64_t{s.most_blocks}, 64);
    packed = piece<uint64_t>(at, window_bytes + start_bytes);
    const uint64_t packed_bytes = align_up(8 * uint64_t{kDotGroups}, 64);
    sums = piece<int32_t>(at, window_bytes + start_bytes + packed_bytes);
    const uint64_t sum_bytes = 4 * uint64_t{s.groups} * s.lanes;
    best = piece<int32_t>(at, window_bytes + start_bytes + packed_bytes + sum_bytes);
    bytes = window_bytes + start_bytes + packed_bytes + 2 * sum_bytes;
  }
  int8_t* window;
  uint64_t* starts;
  uint64_t* packed;
  int32_t* sums;
  int32_t* best;
  uint64_t bytes;
};

bool packed_dot_fits(const Job& job);
size_t packed_dot_prepared(const Job& job);
void packed_dot_prepare(const Job& job, void* prepared);
size_t packed_dot_scratch(const Job& job);
/// The codes that position (y, x) sees, in the order of the weights; padding is the zero point.
const uint8_t* dot_window(const Job& job, uint32_t y, uint32_t x, uint8_t* window);
/// Centres the codes into scratch.window, and gives each block its start value: half a lane in
/// every lane but the top, minus kDotOffset * sum(a).
void dot_starts(const Job& job, const DotShape& s, const DotMemory& memory, const uint8_t* codes,
                const DotScratch& scratch);
/// Codes of one output position from the best sums of its pool.
void finish_dot(const Job& job, const DotMemory& memory, const int32_t* best, uint32_t position);

/// Lanes of packed sums added to (or, not `kAdd`, stored as) sums.
template <typename Ops, int kLanes, int kBits, bool kAdd>
void unpack_lanes(const uint64_t* packed, uint32_t groups, int32_t* sums) {
  constexpr int32_t kHalf = 1 << (kBits - 1);
  const auto put = [](int32_t* to, int64_t value) {
    *to = static_cast<int32_t>(kAdd ? *to + value : value);
  };
  for (const uint64_t* const end = packed + groups; packed != end; ++packed, sums += kLanes) {
    const auto sum = static_cast<int64_t>(*packed);
    put(sums, Ops::template extract<kBits - 1, 0>(sum) - kHalf);
    if (kLanes == 3) put(sums + 1, Ops::template extract<2 * kBits - 1, kBits>(sum) - kHalf);
    put(sums + kLanes - 1, sum >> ((kLanes - 1) * kBits));
  }
}

template <typename Ops, bool kAdd>
void unpack_dot(const DotShape& s, const uint64_t* packed, uint32_t groups, int32_t* sums) {
  if (s.lanes == 3) return unpack_lanes<Ops, 3, 15, kAdd>(packed, groups, sums);
  if (s.lane_bits == 23) return unpack_lanes<Ops, 2, 23, kAdd>(packed, groups, sums);
  unpack_lanes<Ops, 2, 27, kAdd>(packed, groups, sums);
}

/// The packed operands of kCount / G elements, in the order they lie in; two loads ahead of the
/// multiply that needs them.
template <typename Ops, int G, int kCount>
[[gnu::always_inline]] inline void dot_steps(const int8_t* a, const uint32_t* w, int64_t* sum) {
  int64_t element[2] = {a[0], kCount > G ? a[1] : 0};
  int64_t now[2];
  int64_t next[2] = {};
  constexpr int kPairs = kCount / 2;
  if (kPairs > 0) Ops::template load_two<0>(w, now[0], now[1]);
#pragma GCC unroll 16
  for (int k = 0; k < kPairs; ++k) {
    const uint32_t* at = w + (k + 1) / 4 * 8;
    if (k + 1 < kPairs) {
      switch ((k + 1) % 4) {
        case 0:
          Ops::template load_two<0>(at, next[0], next[1]);
          break;
        case 1:
          Ops::template load_two<1>(at, next[0], next[1]);
          break;
        case 2:
          Ops::template load_two<2>(at, next[0], next[1]);
          break;
        default:
          Ops::template load_two<3>(at, next[0], next[1]);
      }
    }
    Ops::mac(sum[2 * k % G], element[2 * k / G], now[0]);
    Ops::mac(sum[(2 * k + 1) % G], element[(2 * k + 1) / G], now[1]);
    now[0] = next[0];
    now[1] = next[1];
  }
  if (kCount % 2 != 0) {
    Ops::mac(sum[G - 1], element[kCount / G - 1], static_cast<int64_t>(w[kCount - 1]));
  }
}

template <typename Ops, int G>
[[gnu::noinline]] void dot_tile(const int8_t* a, const uint32_t* w, uint32_t count, uint64_t start,
                                uint64_t* packed) {
  int64_t sum[G];
#pragma GCC unroll 16
  for (int g = 0; g < G; ++g) sum[g] = static_cast<int64_t>(start);
  const int8_t* const end = a + count;
  const int8_t* const even_end = a + (count & ~1u);
  for (; a != even_end; a += 2, w += 2 * G) dot_steps<Ops, G, 2 * G>(a, w, sum);
  if (a != end) dot_steps<Ops, G, G>(a, w, sum);
#pragma GCC unroll 16
  for (int g = 0; g < G; ++g) packed[g] = static_cast<uint64_t>(sum[g]);
}

template <typename Ops>
void dot_groups(uint32_t groups, const int8_t* a, const uint32_t* w, uint32_t count, uint64_t start,
                uint64_t* packed) {
  switch (groups) {
    case 1:
      return dot_tile<Ops, 1>(a, w, count, start, packed);
    case 2:
      return dot_tile<Ops, 2>(a, w, count, start, packed);
    case 3:
      return dot_tile<Ops, 3>(a, w, count, start, packed);
    case 4:
      return dot_tile<Ops, 4>(a, w, count, start, packed);
    case 5:
      return dot_tile<Ops, 5>(a, w, count, start, packed);
    case 6:
      return dot_tile<Ops, 6>(a, w, count, start, packed);
    case 7:
      return dot_tile<Ops, 7>(a, w, count, start, packed);
    case 8:
      return dot_tile<Ops, 8>(a, w, count, start, packed);
    case 9:
      return dot_tile<Ops, 9>(a, w, count, start, packed);
    case 10:
      return dot_tile<Ops, 10>(a, w, count, start, packed);
    default:
      return dot_tile<Ops, 11>(a, w, count, start, packed);
  }
}

/// Groups of the tile that starts at `group`: as few tiles as there can be, of nearly one size.
inline uint32_t dot_tile_size(uint32_t groups, uint32_t group) {
  const uint32_t left = groups - group;
  const uint32_t tiles = (left + kDotGroups - 1) / kDotGroups;
  return (left + tiles - 1) / tiles;
}

template <typename Ops>
void dot_position(const DotShape& s, const DotMemory& memory, const DotScratch& scratch) {
  const uint32_t* w = memory.operands;
  const int8_t* codes = scratch.window;
  for (uint32_t group = 0; group < s.groups;) {
    const uint32_t n = dot_tile_size(s.groups, group);
    uint32_t from = 0;
    for (uint32_t b = 0; b < memory.head->blocks; ++b) {
      const uint32_t count = memory.ends[b] - from;
      dot_groups<Ops>(n, codes + from, w, count, scratch.starts[b], scratch.packed);
      int32_t* const sums = scratch.sums + group * s.lanes;
      b == 0 ? unpack_dot<Ops, false>(s, scratch.packed, n, sums)
             : unpack_dot<Ops, true>(s, scratch.packed, n, sums);
      w += static_cast<size_t>(count) * n;
      from = memory.ends[b];
    }
    group += n;
  }
}

template <typename Ops>
void run_packed_dot(const Job& job) {
  const DotShape s(job);
  const DotMemory memory(s, job.prepared);
  const DotScratch scratch(s, job.scratch);
  const uint32_t pool = job.layer->fused_pool;
  const auto& out = *job.out.info;
  for (uint32_t y = 0; y < out.rows; ++y) {
    for (uint32_t x = 0; x < uint32_t{out.columns} * pool; ++x) {
      uint8_t* const room = reinterpret_cast<uint8_t*>(scratch.window);
      dot_starts(job, s, memory, dot_window(job, y, x, room), scratch);
      dot_position<Ops>(s, memory, scratch);
      for (uint32_t o = 0; o < s.channels; ++o) {
        scratch.best[o] =
            x % pool == 0 ? scratch.sums[o] : max_of(scratch.best[o], scratch.sums[o]);
      }
      if (x % pool + 1 == pool) finish_dot(job, memory, scratch.best, y * out.columns + x / pool);
    }
  }
  if (job.peak == nullptr) return;
  for (uint32_t o = 0; o < s.channels; ++o) {
    scratch.sums[o] = wrapped_sum(scratch.sums[o], memory.scales[o].add);
  }
  note_peak(job, scratch.sums, s.channels);
}

}  // namespace tendon::cpu
