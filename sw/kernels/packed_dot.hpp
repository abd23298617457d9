// SPDX-License-Identifier: MIT
// Dense layers, and the convolutions that packed_conv.hpp does not take: one activation times the
// weights of several output channels in one 64-bit multiply.
//
//   a (w0 + w1 z + w2 z^2)   z = 2^15: 2-bit two's complement, three channels a multiply
//   a (w0 + w1 z)            z = 2^23 (8 bits), 2^27 (4 bits, odd grid): two
//
// Range: with A = max|a| (255 for unsigned bytes) a lane below the top is exact while A * sum|w| <
// z / 2; the elements are added up in blocks that keep this for every channel of the layer, so
// every legal layer is exact. The top lane has the rest of the 64 bits.
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
    auto* at = static_cast<uint8_t*>(const_cast<void*>(base));
    head = reinterpret_cast<DotHead*>(at);
    scales = reinterpret_cast<ChannelScale*>(at + 64);
    const uint64_t scale_bytes = align_up(sizeof(ChannelScale) * uint64_t{s.channels}, 64);
    ends = reinterpret_cast<uint32_t*>(at + 64 + scale_bytes);
    const uint64_t end_bytes = align_up(4 * uint64_t{s.most_blocks}, 64);
    operands = reinterpret_cast<uint32_t*>(at + 64 + scale_bytes + end_bytes);
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
    auto* at = static_cast<uint8_t*>(base);
    window = at;
    const uint64_t window_bytes = align_up(s.count, 64);
    starts = reinterpret_cast<uint64_t*>(at + window_bytes);
    const uint64_t start_bytes = align_up(8 * uint64_t{s.most_blocks}, 64);
    packed = reinterpret_cast<uint64_t*>(at + window_bytes + start_bytes);
    const uint64_t packed_bytes = align_up(8 * uint64_t{kDotGroups}, 64);
    sums = reinterpret_cast<int32_t*>(at + window_bytes + start_bytes + packed_bytes);
    const uint64_t sum_bytes = 4 * uint64_t{s.groups} * s.lanes;
    best = reinterpret_cast<int32_t*>(at + window_bytes + start_bytes + packed_bytes + sum_bytes);
    bytes = window_bytes + start_bytes + packed_bytes + 2 * sum_bytes;
  }
  uint8_t* window;
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
/// Start value of each block: half a lane in every lane but the top, minus kDotOffset * sum(a).
void dot_starts(const Job& job, const DotShape& s, const DotMemory& memory, const uint8_t* window,
                uint64_t* starts);
/// Lanes of `groups` packed sums added to (or, `first`, stored as) sums.
void unpack_dot(const DotShape& s, const uint64_t* packed, uint32_t groups, bool first,
                int32_t* sums);
/// Codes of one output position from the best sums of its pool.
void finish_dot(const Job& job, const DotMemory& memory, const int32_t* best, uint32_t position);

template <typename Ops, typename Code, int G>
[[gnu::noinline]] void dot_tile(const Code* a, const uint32_t* w, uint32_t count, uint64_t start,
                                uint64_t* packed) {
  int64_t sum[G];
#pragma GCC unroll 16
  for (int g = 0; g < G; ++g) sum[g] = static_cast<int64_t>(start);
  const Code* const end = a + count;
  const Code* const even_end = a + (count & ~1u);
  while (a != even_end) {
    const int64_t a0 = a[0];
    const int64_t a1 = a[1];
    a += 2;
#pragma GCC unroll 16
    for (int g = 0; g < G; ++g) Ops::mac(sum[g], a0, static_cast<int64_t>(w[g]));
#pragma GCC unroll 16
    for (int g = 0; g < G; ++g) Ops::mac(sum[g], a1, static_cast<int64_t>(w[G + g]));
    w += 2 * G;
  }
  if (a != end) {
#pragma GCC unroll 16
    for (int g = 0; g < G; ++g) Ops::mac(sum[g], *a, static_cast<int64_t>(w[g]));
  }
#pragma GCC unroll 16
  for (int g = 0; g < G; ++g) packed[g] = static_cast<uint64_t>(sum[g]);
}

template <typename Ops, typename Code>
void dot_groups(uint32_t groups, const Code* a, const uint32_t* w, uint32_t count, uint64_t start,
                uint64_t* packed) {
  switch (groups) {
    case 1:
      return dot_tile<Ops, Code, 1>(a, w, count, start, packed);
    case 2:
      return dot_tile<Ops, Code, 2>(a, w, count, start, packed);
    case 3:
      return dot_tile<Ops, Code, 3>(a, w, count, start, packed);
    case 4:
      return dot_tile<Ops, Code, 4>(a, w, count, start, packed);
    case 5:
      return dot_tile<Ops, Code, 5>(a, w, count, start, packed);
    case 6:
      return dot_tile<Ops, Code, 6>(a, w, count, start, packed);
    case 7:
      return dot_tile<Ops, Code, 7>(a, w, count, start, packed);
    case 8:
      return dot_tile<Ops, Code, 8>(a, w, count, start, packed);
    case 9:
      return dot_tile<Ops, Code, 9>(a, w, count, start, packed);
    case 10:
      return dot_tile<Ops, Code, 10>(a, w, count, start, packed);
    default:
      return dot_tile<Ops, Code, 11>(a, w, count, start, packed);
  }
}

/// Groups of the tile that starts at `group`: as few tiles as there can be, of nearly one size.
inline uint32_t dot_tile_size(const DotShape& s, uint32_t group) {
  const uint32_t left = s.groups - group;
  const uint32_t tiles = (left + kDotGroups - 1) / kDotGroups;
  return (left + tiles - 1) / tiles;
}

template <typename Ops, typename Code>
void dot_position(const DotShape& s, const DotMemory& memory, const DotScratch& scratch,
                  const uint8_t* window) {
  const uint32_t* w = memory.operands;
  const auto* codes = reinterpret_cast<const Code*>(window);
  for (uint32_t group = 0; group < s.groups;) {
    const uint32_t n = dot_tile_size(s, group);
    uint32_t from = 0;
    for (uint32_t b = 0; b < memory.head->blocks; ++b) {
      const uint32_t count = memory.ends[b] - from;
      dot_groups<Ops>(n, codes + from, w, count, scratch.starts[b], scratch.packed);
      Ops::unpack_dot(s, scratch.packed, n, b == 0, scratch.sums + group * s.lanes);
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
  const bool is_signed = job.in[0].info->is_signed != 0;
  for (uint32_t y = 0; y < out.rows; ++y) {
    for (uint32_t x = 0; x < uint32_t{out.columns} * pool; ++x) {
      const uint8_t* window = dot_window(job, y, x, scratch.window);
      dot_starts(job, s, memory, window, scratch.starts);
      is_signed ? dot_position<Ops, int8_t>(s, memory, scratch, window)
                : dot_position<Ops, uint8_t>(s, memory, scratch, window);
      for (uint32_t o = 0; o < s.channels; ++o) {
        scratch.best[o] =
            x % pool == 0 ? scratch.sums[o] : max_of(scratch.best[o], scratch.sums[o]);
      }
      if (x % pool + 1 == pool) finish_dot(job, memory, scratch.best, y * out.columns + x / pool);
    }
  }
  if (job.peak == nullptr) return;
  for (uint32_t o = 0; o < s.channels; ++o) scratch.sums[o] += memory.scales[o].add;
  note_peak(job, scratch.sums, s.channels);
}

}  // namespace tendon::cpu
