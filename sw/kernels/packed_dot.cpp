// SPDX-License-Identifier: MIT
// The parts of the packed dot product that no level changes.
#include "kernels/build.hpp"
#if TENDON_HAS_PACKED
#include "kernels/packed_dot.hpp"

namespace tendon::cpu {
namespace {

int32_t norm_at(const Job& job, uint32_t channel, uint32_t i) {
  const int32_t w = WeightRow(job.weights, *job.layer, channel)[i];
  return w < 0 ? -w : w;
}

int32_t centre_of(const Job& job) {
  const auto& in = *job.in[0].info;
  return in.is_signed == 0 && in.bits == 8 ? 128 : 0;
}

// Largest |code| that a lane multiplies.
int32_t largest_code(const Job& job) { return largest_from(*job.in[0].info, centre_of(job)); }

// 3 * 2^30 of the odd grid would not fit the operand.
bool has_three_lanes(const tendon_program_layer_t& layer) {
  return layer.weight_bits == 2 && layer.grid == TENDON_GRID_TWOS;
}

uint32_t largest_weight(const tendon_program_layer_t& layer) {
  return layer.grid == TENDON_GRID_ODD ? 3 : 1u << (layer.weight_bits - 1);
}

// Ends of blocks that are exact for every channel. Norms live in the window's scratch-free form: a
// block is extended element by element, and the channels' norms since its start are summed anew.
uint32_t cut_blocks(const Job& job, const DotShape& s, uint32_t* ends) {
  const int64_t limit = ((int64_t{1} << (s.lane_bits - 1)) - 1) / largest_code(job);
  const auto sure = static_cast<uint32_t>(limit) / largest_weight(*job.layer);
  uint32_t blocks = 0;
  for (uint32_t from = 0; from < s.count;) {
    uint32_t end = min_of(s.count, from + sure);
    uint32_t shortest = s.count;
    for (uint32_t o = 0; o < s.channels; ++o) {
      int64_t norm = 0;
      uint32_t i = from;
      while (i < shortest && (norm += norm_at(job, o, i)) <= limit) ++i;
      shortest = min_of(shortest, i);
    }
    end = max_of(end, shortest);
    // Elements are summed eight at a time.
    if (end < s.count && end - from > 8) end -= (end - from) % 8;
    ends[blocks++] = end;
    from = end;
  }
  return blocks;
}

uint32_t packed_weight(const Job& job, const DotShape& s, uint32_t group, uint32_t i) {
  int64_t packed = 0;
  for (uint32_t lane = 0; lane < s.lanes; ++lane) {
    const uint32_t o = group * s.lanes + lane;
    if (o >= s.channels) break;
    packed +=
        int64_t{WeightRow(job.weights, *job.layer, o)[i]} * (int64_t{1} << (lane * s.lane_bits));
  }
  return static_cast<uint32_t>(static_cast<uint64_t>(packed) + kDotOffset);
}

uint64_t half_lanes(const DotShape& s) {
  uint64_t half = 0;
  for (uint32_t lane = 0; lane + 1 < s.lanes; ++lane) {
    half += uint64_t{1} << (lane * s.lane_bits + s.lane_bits - 1);
  }
  return half;
}

using Word [[gnu::may_alias]] = uint64_t;

// Sum of `count` codes, which are stored centred: `flip` (0x80 in each byte, or 0) is what turns
// codes into signed bytes, `lift` what turns codes into unsigned ones. Eight at a time where both
// addresses allow it.
int64_t centre_block(const uint8_t* from, int8_t* to, uint32_t count, uint64_t flip,
                     uint64_t lift) {
  constexpr uint64_t kBytes = 0x00FF00FF00FF00FF;
  constexpr uint64_t kHalves = 0x0000FFFF0000FFFF;
  uint64_t sum = 0;
  uint32_t i = 0;
  const bool aligned =
      ((reinterpret_cast<uintptr_t>(from) | reinterpret_cast<uintptr_t>(to)) & 7) == 0;
  while (aligned && i + 8 <= count) {
    uint64_t sums = 0;  // four of 16 bits: at most 128 * 510
    const uint32_t end = min_of(i + 8 * 128, count & ~7u);
    for (; i < end; i += 8) {
      const uint64_t word = *reinterpret_cast<const Word*>(from + i);
      *reinterpret_cast<Word*>(to + i) = word ^ flip;
      const uint64_t bytes = word ^ lift;
      sums += (bytes & kBytes) + (bytes >> 8 & kBytes);
    }
    sums = (sums & kHalves) + (sums >> 16 & kHalves);
    sum += (sums & 0xFFFFFFFF) + (sums >> 32);
  }
  for (; i < count; ++i) {
    const uint8_t code = from[i];  // `to` can be the same buffer
    to[i] = static_cast<int8_t>(code ^ (flip & 0xFF));
    sum += code ^ (lift & 0xFF);
  }
  return static_cast<int64_t>(sum);
}

}  // namespace

DotShape::DotShape(const Job& job)
    : count(0),
      channels(job.out.info->channels),
      lanes(has_three_lanes(*job.layer) ? 3 : 2),
      lane_bits(has_three_lanes(*job.layer) ? 15 : (job.layer->weight_bits == 8 ? 23 : 27)),
      groups((channels + lanes - 1) / lanes),
      positions(static_cast<uint32_t>(job.out.info->rows) * job.out.info->columns *
                job.layer->fused_pool),
      most_blocks(0) {
  const auto& in = *job.in[0].info;
  count = static_cast<uint32_t>(in.channels) * job.layer->row.kernel * job.layer->column.kernel;
  if (job.layer->kind == TENDON_LAYER_DENSE) {
    count = static_cast<uint32_t>(in.rows) * in.columns * in.channels;
  }
  // The analyzer tries tensors of 0 bits, which the loader refuses.
  // NOLINTNEXTLINE(clang-analyzer-core.DivideZero)
  const uint32_t limit = ((1u << (lane_bits - 1)) - 1) / static_cast<uint32_t>(largest_code(job));
  const uint32_t sure = limit / largest_weight(*job.layer);  // 63 or more
  const uint32_t least = sure - sure % 8;
  most_blocks = (count + least - 1) / least;
}

bool packed_dot_fits(const Job& job) {
  return job.layer->kind == TENDON_LAYER_DENSE || job.layer->kind == TENDON_LAYER_CONV;
}

size_t packed_dot_prepared(const Job& job) {
  return static_cast<size_t>(DotMemory(DotShape(job), nullptr).bytes);
}

void packed_dot_prepare(const Job& job, void* prepared) {
  const DotShape s(job);
  const DotMemory memory(s, prepared);
  memory.head->path = choose_path(job, layer_bound(job, s.count));
  memory.head->blocks = cut_blocks(job, s, memory.ends);
  const int32_t zero = job.in[0].info->zero_point;
  for (uint32_t o = 0; o < s.channels; ++o) {
    const WeightRow row(job.weights, *job.layer, o);
    int32_t sum = 0;
    for (uint32_t i = 0; i < s.count; ++i) sum += row[i];
    const int32_t moved = wrapped_product(centre_of(job) - zero, sum);
    memory.scales[o] = make_scale(job.requant[o], wrapped_sum(job.requant[o].bias, moved));
  }
  uint32_t* to = memory.operands;
  for (uint32_t group = 0; group < s.groups;) {
    const uint32_t n = dot_tile_size(s.groups, group);
    for (uint32_t i = 0; i < s.count; ++i) {
      for (uint32_t g = 0; g < n; ++g) *to++ = packed_weight(job, s, group + g, i);
    }
    group += n;
  }
}

size_t packed_dot_scratch(const Job& job) {
  return static_cast<size_t>(DotScratch(DotShape(job), nullptr).bytes);
}

const uint8_t* dot_window(const Job& job, uint32_t y, uint32_t x, uint8_t* window) {
  const auto& l = *job.layer;
  const auto& in = *job.in[0].info;
  if (l.kind == TENDON_LAYER_DENSE) return job.in[0].codes;
  uint8_t* to = window;
  for (uint32_t ky = 0; ky < l.row.kernel; ++ky) {
    const int32_t row =
        static_cast<int32_t>(y * l.row.stride + ky * l.row.dilation) - l.row.pad_begin;
    for (uint32_t kx = 0; kx < l.column.kernel; ++kx, to += in.channels) {
      const int32_t column =
          static_cast<int32_t>(x * l.column.stride + kx * l.column.dilation) - l.column.pad_begin;
      if (row < 0 || row >= in.rows || column < 0 || column >= in.columns) {
        memset(to, in.zero_point, in.channels);
        continue;
      }
      const uint32_t at =
          (static_cast<uint32_t>(row) * in.columns + static_cast<uint32_t>(column)) * in.channels;
      memcpy(to, job.in[0].codes + at, in.channels);
    }
  }
  return window;
}

void dot_starts(const Job& job, const DotShape& s, const DotMemory& memory, const uint8_t* codes,
                const DotScratch& scratch) {
  const uint64_t half = half_lanes(s);
  constexpr uint64_t kTops = 0x8080808080808080;
  const bool is_signed = job.in[0].info->is_signed != 0;
  const bool centred = centre_of(job) != 0;
  const int64_t lifted = is_signed || centred ? 128 : 0;
  uint32_t from = 0;
  for (uint32_t b = 0; b < memory.head->blocks; ++b) {
    const uint32_t count = memory.ends[b] - from;
    const int64_t sum = centre_block(codes + from, scratch.window + from, count,
                                     centred ? kTops : 0, is_signed ? kTops : 0) -
                        lifted * count;
    scratch.starts[b] = half - kDotOffset * static_cast<uint64_t>(sum);
    from = memory.ends[b];
  }
}

void finish_dot(const Job& job, const DotMemory& memory, const int32_t* best, uint32_t position) {
  const FastRequant requant(job);
  const uint32_t channels = job.out.info->channels;
  uint8_t* codes = job.out.codes + static_cast<size_t>(position) * channels;
  requant.position(memory.head->path, memory.scales, best, channels, codes);
}

}  // namespace tendon::cpu

#endif
