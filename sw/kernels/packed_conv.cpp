// SPDX-License-Identifier: MIT
// The parts of the packed convolution that no level changes: when it fits, operands, blocks.
#include "kernels/build.hpp"
#if TENDON_HAS_PACKED
#include "driver/view.hpp"
#include "kernels/conv_sums.hpp"

namespace tendon::cpu {
namespace {

using CodeWord [[gnu::may_alias]] = uint64_t;

constexpr uint32_t kHalfRange = 64;

// Tap `k` of depth step v = (kernel row, channel); 0 behind the last tap.
int32_t weight_at(const Job& job, const WeightRow& row, uint32_t v, uint32_t k) {
  const uint32_t channels = job.in[0].info->channels;
  const uint32_t taps = job.layer->column.kernel;
  if (k >= taps) return 0;
  return row[(v / channels * taps + k) * channels + v % channels];
}

// Largest sum of |weights| that meet in one of the lower lanes in depth step v.
int32_t step_norm(const Job& job, const ConvShape& s, uint32_t filter, uint32_t v) {
  const WeightRow row(job.weights, *job.layer, filter);
  const auto size = [&](uint32_t k) {
    const int32_t w = weight_at(job, row, v, k);
    return w < 0 ? -w : w;
  };
  int32_t low = 0;   // lane 1: taps 2p + 1, and the last of three
  int32_t high = 0;  // lane 2: taps 2p and 2p + 1
  for (uint32_t k = 0; k < 2 * s.groups; k += 2) {
    low += size(k + 1);
    high += size(k) + size(k + 1);
  }
  return max_of(low + size(2 * s.groups), high);
}

// Depth steps in blocks, as long as the lanes of all filters stay exact; returns how many.
uint32_t cut_blocks(const Job& job, const ConvShape& s, uint32_t largest, uint32_t* ends) {
  const uint32_t limit = s.norm_limit(largest);
  uint32_t blocks = 0;
  for (uint32_t from = 0; from < s.depth; ++blocks) {
    uint32_t end = s.depth;
    for (uint32_t o = 0; o < s.filters; ++o) {
      uint32_t norm = 0;
      for (uint32_t v = from; v < end; ++v) {
        norm += static_cast<uint32_t>(step_norm(job, s, o, v));
        if (norm > limit) end = v;
      }
    }
    from = ends[blocks] = end;
  }
  return blocks;
}

// Twentieths of a cycle per packed sum: multiplies with their share of loads, and what it takes to
// merge blocks (estimates of the C906's pipeline).
uint32_t cost_of(const ConvShape& s, uint32_t blocks) {
  return 33 * s.depth * s.groups + (blocks > 1 ? 230 + 190 * blocks : 0);
}

// The taps of group `p` in one operand.
int32_t operand_of(const Job& job, const ConvShape& s, const WeightRow& row, uint32_t v,
                   uint32_t p) {
  const int64_t w0 = weight_at(job, row, v, 2 * p);
  const int64_t w1 = weight_at(job, row, v, 2 * p + 1);
  if (!s.wide) return static_cast<int32_t>(w1 + w0 * (int64_t{1} << kPairLane));
  const int64_t w2 = p + 1 == s.groups ? weight_at(job, row, v, 2 * p + 2) : 0;
  return static_cast<int32_t>(w2 + w1 * (int64_t{1} << s.lane) + w0 * (int64_t{1} << (2 * s.lane)) +
                              (int64_t{1} << kWideOffset));
}

void pack_tile(const Job& job, const ConvShape& s, uint32_t tile, int32_t* operands) {
  for (uint32_t v = 0; v < s.depth; ++v) {
    for (uint32_t p = 0; p < s.groups; ++p) {
      for (uint32_t m = 0; m < s.tile; ++m, ++operands) {
        const uint32_t filter = tile * s.tile + m;
        *operands = 0;
        if (filter >= s.filters) continue;
        *operands = operand_of(job, s, WeightRow(job.weights, *job.layer, filter), v, p);
      }
    }
  }
}

int32_t weight_sum(const Job& job, uint32_t filter, uint32_t count) {
  const WeightRow row(job.weights, *job.layer, filter);
  int32_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) sum += row[i];
  return sum;
}

// x z, with a shift: a multiply would be slower.
int32_t up(int32_t x, uint32_t lane) {
  return static_cast<int32_t>(static_cast<uint32_t>(x) << lane);
}

// One padded row of one channel; `from` points at its element in column 0.
template <typename Code>
void pack_row(const Code* from, size_t step, int32_t columns, int32_t pad, int32_t zero,
              int32_t centre, uint32_t lane, int32_t length, int32_t* to) {
  const int32_t padding = zero - centre + up(zero - centre, lane);
  const int32_t shift = centre + up(centre, lane);
  const int32_t inner = min_of((pad + 1) / 2, length);  // first pair without left padding
  const int32_t outer = clamp_to((columns + pad) / 2, inner, length);  // first with right padding
  for (int32_t i = 0; i < inner; ++i) to[i] = padding;
  if (pad % 2 != 0 && inner > 0 && columns > 0) {
    to[inner - 1] = zero - centre + up(from[0] - centre, lane);
  }
  if (inner < outer) {
    const Code* at = from + static_cast<size_t>(2 * inner - pad) * step;
    const size_t step_two = 2 * step;
    int32_t* const end = to + outer;
#pragma GCC unroll 4
    for (int32_t* put = to + inner; put != end; ++put, at += step_two) {
      *put = at[0] + up(at[step], lane) - shift;
    }
  }
  for (int32_t i = outer; i < length; ++i) to[i] = padding;
  // The last column, when its right neighbour is padding (and its pair is not the first column's).
  const int32_t last = columns + pad - 1;
  if (columns > 0 && last % 2 == 0 && last / 2 >= inner && last / 2 < length) {
    to[last / 2] = from[static_cast<size_t>(columns - 1) * step] - centre + up(zero - centre, lane);
  }
}

// The padded rows of `count` channels from `first` on: [row][channel][length].
template <typename Code>
void pack_rows(const Job& job, const ConvShape& s, uint32_t first, uint32_t count, int32_t centre,
               int32_t* to) {
  const auto& in = *job.in[0].info;
  const auto* codes = reinterpret_cast<const Code*>(job.in[0].codes) + first;
  const int32_t zero = in.zero_point;
  for (uint32_t r = 0; r < s.rows; ++r) {
    const int32_t row = static_cast<int32_t>(r) - job.layer->row.pad_begin;
    const bool inside = row >= 0 && row < in.rows;
    const Code* from = codes + (inside ? static_cast<size_t>(row) * in.columns * in.channels : 0);
    for (uint32_t c = 0; c < count; ++c, to += s.row_length) {
      pack_row(from + c, in.channels, inside ? in.columns : 0, job.layer->column.pad_begin, zero,
               centre, s.lane, static_cast<int32_t>(s.row_length), to);
    }
  }
}

template <int kBlocks, bool kBegin>
void merge(const int64_t* lanes, size_t count, int64_t mask, int64_t* inner, int64_t* total) {
  const int64_t* const end = lanes + count;
  while (lanes != end) {
    int64_t all = *lanes;
    int64_t part = *lanes & mask;
#pragma GCC unroll 8
    for (int b = 1; b < kBlocks; ++b) {
      const int64_t lane = lanes[static_cast<size_t>(b) * count];
      all += lane;
      part += lane & mask;
    }
    ++lanes;
    *inner = kBegin ? part : *inner + part;
    *total = kBegin ? all : *total + all;
    ++inner;
    ++total;
  }
}

template <bool kBegin>
void merge(uint32_t blocks, const int64_t* lanes, size_t count, int64_t mask, int64_t* inner,
           int64_t* total) {
  switch (blocks) {
    case 1:
      return merge<1, kBegin>(lanes, count, mask, inner, total);
    case 2:
      return merge<2, kBegin>(lanes, count, mask, inner, total);
    case 3:
      return merge<3, kBegin>(lanes, count, mask, inner, total);
    case 4:
      return merge<4, kBegin>(lanes, count, mask, inner, total);
    case 5:
      return merge<5, kBegin>(lanes, count, mask, inner, total);
    default:
      return merge<6, kBegin>(lanes, count, mask, inner, total);
  }
}

}  // namespace

void merge_blocks(uint32_t blocks, bool begin, const int64_t* lanes, size_t count, int64_t mask,
                  int64_t* inner, int64_t* total) {
  begin ? merge<true>(blocks, lanes, count, mask, inner, total)
        : merge<false>(blocks, lanes, count, mask, inner, total);
}

int64_t layer_bound(const Job& job, uint32_t elements_per_channel) {
  const int64_t largest = largest_from(*job.in[0].info, job.in[0].info->zero_point);
  int64_t bound = 0;
  for (uint32_t o = 0; o < job.out.info->channels; ++o) {
    const WeightRow row(job.weights, *job.layer, o);
    int64_t norm = 0;
    for (uint32_t i = 0; i < elements_per_channel; ++i) norm += row[i] < 0 ? -row[i] : row[i];
    const int64_t bias = job.requant[o].bias;
    bound = max_of(bound, (bias < 0 ? -bias : bias) + norm * largest);
  }
  return bound;
}

bool packed_conv_fits(const Job& job) {
  const auto& l = *job.layer;
  return l.kind == TENDON_LAYER_CONV && l.column.stride == 1 && l.column.dilation == 1 &&
         (l.row.dilation == 1 || l.row.kernel == 1) && l.column.kernel <= 31 &&
         static_cast<uint32_t>(job.out.info->columns) * l.fused_pool > 1;
}

size_t packed_conv_prepared(const Job& job) {
  const uint64_t pair = ConvMemory(ConvShape(job, Form::kPair), nullptr).bytes;
  if (ConvShape::wide_lane(job) == 0) return static_cast<size_t>(pair);
  return static_cast<size_t>(max_of(pair, ConvMemory(ConvShape(job, Form::kWide), nullptr).bytes));
}

void packed_conv_prepare(const Job& job, void* prepared) {
  // Both forms' blocks, in turn where they will be.
  const auto cost = [&](Form tried) {
    const ConvShape s(job, tried);
    uint32_t* const ends = ConvMemory(s, prepared).ends;
    const uint32_t full = cost_of(s, cut_blocks(job, s, s.largest, ends));
    // Signed codes are negative or not: half of either.
    if (tried == Form::kPair || s.largest < 128 || job.in[0].info->is_signed == 0) return full;
    return (full + cost_of(s, cut_blocks(job, s, kHalfRange, ends))) / 2;
  };
  const bool wide = ConvShape::wide_lane(job) != 0 && cost(Form::kWide) < cost(Form::kPair);
  const Form form = wide ? Form::kWide : Form::kPair;
  const ConvShape s(job, form);
  const ConvMemory memory(s, prepared);
  const uint32_t blocks = cut_blocks(job, s, s.largest, memory.ends);
  memory.head->half = 0;
  if (wide && s.largest > kHalfRange && blocks > 1) {
    memory.head->half = cut_blocks(job, s, kHalfRange, memory.half_ends) < blocks ? 1 : 0;
  }
  const uint32_t count = s.depth * job.layer->column.kernel;
  const int32_t off = ConvShape::centre(job) - job.in[0].info->zero_point;
  memory.head->path = choose_path(job, layer_bound(job, count));
  memory.head->form = form;
  for (uint32_t o = 0; o < s.filters; ++o) {
    memory.weight_sums[o] = weight_sum(job, o, count);
    const int32_t moved = wrapped_product(off, memory.weight_sums[o]);
    memory.scales[o] = make_scale(job.requant[o], wrapped_sum(job.requant[o].bias, moved));
  }
  for (uint32_t tile = 0; tile < s.tiles; ++tile) {
    pack_tile(job, s, tile, memory.operands + size_t{tile} * s.depth * s.groups * s.tile);
  }
}

bool is_half_range(const Job& job) {
  const auto& in = *job.in[0].info;
  const uint8_t* codes = job.in[0].codes;
  const uint32_t count = elements(in);
  uint64_t all = in.zero_point >= 0 && in.zero_point < 128 ? 0 : 128;
  uint32_t i = 0;
  for (; i < count && (reinterpret_cast<uintptr_t>(codes + i) & 7) != 0; ++i) all |= codes[i];
  for (; i + 8 <= count; i += 8) all |= *reinterpret_cast<const CodeWord*>(codes + i);
  for (; i < count; ++i) all |= codes[i];
  return (all & 0x8080808080808080) == 0;
}

size_t packed_conv_scratch(const Job& job) {
  const uint64_t pair = ConvScratch(ConvShape(job, Form::kPair), nullptr).bytes;
  if (ConvShape::wide_lane(job) == 0) return static_cast<size_t>(pair);
  return static_cast<size_t>(max_of(pair, ConvScratch(ConvShape(job, Form::kWide), nullptr).bytes));
}

void pack_channels(const Job& job, const ConvShape& s, uint32_t first, uint32_t count,
                   int32_t centre, int32_t* operands) {
  job.in[0].info->is_signed != 0 ? pack_rows<int8_t>(job, s, first, count, centre, operands)
                                 : pack_rows<uint8_t>(job, s, first, count, centre, operands);
}

void set_conv_starts(const ConvShape& s, const uint32_t* ends, const int32_t* x, int64_t* starts) {
  if (!s.wide) {
    for (uint32_t j = 0; j < s.pairs; ++j) starts[j] = PairForm::kStart;
    return;
  }
  const int64_t start =
      s.lane == kWideLane ? TripleForm<kWideLane>::kStart : TripleForm<kNarrowLane>::kStart;
  uint32_t from = 0;
  for (const uint32_t* end = ends; from < s.depth; from = *end++) {
    for (uint32_t j = 0; j < s.pairs; ++j) {
      int64_t sum = 0;
      for (uint32_t p = 0; p < s.groups; ++p) {
        const int32_t* at = x + size_t{from} * s.row_length + j + p;
#pragma GCC unroll 4
        for (uint32_t v = from; v < *end; ++v, at += s.row_length) sum += *at;
      }
      *starts++ = start - sum * (int64_t{1} << kWideOffset);
    }
  }
}

}  // namespace tendon::cpu

#endif
