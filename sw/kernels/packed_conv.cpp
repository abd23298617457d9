// SPDX-License-Identifier: MIT
// The parts of the packed convolution that no level changes: when it fits, operands, blocks.
#include "kernels/build.hpp"
#if TENDON_HAS_PACKED
#include "kernels/packed_conv.hpp"

namespace tendon::cpu {
namespace {

int32_t centre_of(const tendon_program_tensor_t& in) {
  return in.is_signed == 0 && in.bits == 8 ? 128 : 0;
}

// Tap `k` of depth step v = (kernel row, channel); 0 behind the last tap.
int32_t weight_at(const Job& job, const WeightRow& row, uint32_t v, uint32_t k) {
  const uint32_t channels = job.in[0].info->channels;
  const uint32_t taps = job.layer->column.kernel;
  if (k >= taps) return 0;
  return row[(v / channels * taps + k) * channels + v % channels];
}

// Largest sum of |weights| that meet in one of the lower lanes in depth step v.
int32_t step_norm(const Job& job, const ConvShape& s, uint32_t filter, uint32_t v) {
  if (filter >= s.filters) return 0;
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

// Depth steps in blocks, as long as the lanes of `filters` filters stay exact.
void cut_blocks(const Job& job, const ConvShape& s, uint32_t first, uint32_t filters,
                uint32_t* ends) {
  const auto& in = *job.in[0].info;
  const int64_t limit =
      ((int64_t{1} << (s.lane - 1)) - 1) / largest_from(in, centre_of(in));  // of a sum of weights
  for (uint32_t from = 0; from < s.depth; ++ends) {
    *ends = s.depth;
    for (uint32_t m = 0; m < filters; ++m) {
      int64_t norm = 0;
      for (uint32_t v = from; v < *ends; ++v) {
        norm += step_norm(job, s, first + m, v);
        if (norm > limit) *ends = v;
      }
    }
    from = *ends;
  }
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
      for (uint32_t m = 0; m < kConvTile; ++m, ++operands) {
        const uint32_t filter = tile * kConvTile + m;
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

// One padded row of one channel; `from` points at its element in column 0.
template <uint32_t kLane, typename Code>
void pack_row(const Code* from, size_t step, int32_t columns, int32_t pad, int32_t zero,
              int32_t centre, int32_t length, int32_t* to) {
  const int32_t padding = (zero - centre) * ((1 << kLane) + 1);
  const int32_t shift = centre * ((1 << kLane) + 1);
  const int32_t inner = min_of((pad + 1) / 2, length);  // first pair without left padding
  const int32_t outer = clamp_to((columns + pad) / 2, inner, length);  // first with right padding
  for (int32_t i = 0; i < inner; ++i) to[i] = padding;
  if (pad % 2 != 0 && inner > 0 && columns > 0) {
    to[inner - 1] = zero - centre + (from[0] - centre) * (1 << kLane);
  }
  if (inner < outer) {
    const Code* at = from + static_cast<size_t>(2 * inner - pad) * step;
    const size_t step_two = 2 * step;
    int32_t* const end = to + outer;
#pragma GCC unroll 4
    for (int32_t* put = to + inner; put != end; ++put, at += step_two) {
      *put = at[0] + at[step] * (1 << kLane) - shift;
    }
  }
  for (int32_t i = outer; i < length; ++i) to[i] = padding;
  // The last column, when its right neighbour is padding (and its pair is not the first column's).
  const int32_t last = columns + pad - 1;
  if (columns > 0 && last % 2 == 0 && last / 2 >= inner && last / 2 < length) {
    to[last / 2] =
        from[static_cast<size_t>(columns - 1) * step] - centre + (zero - centre) * (1 << kLane);
  }
}

template <uint32_t kLane, typename Code>
void pack_rows(const Job& job, const ConvShape& s, int32_t centre, int32_t* to) {
  const auto& in = *job.in[0].info;
  const auto* codes = reinterpret_cast<const Code*>(job.in[0].codes);
  const int32_t zero = in.zero_point;
  for (uint32_t r = 0; r < s.rows; ++r) {
    const int32_t row = static_cast<int32_t>(r) - job.layer->row.pad_begin;
    const bool inside = row >= 0 && row < in.rows;
    const Code* from = codes + (inside ? static_cast<size_t>(row) * in.columns * s.channels : 0);
    for (uint32_t c = 0; c < s.channels; ++c, to += s.row_length) {
      pack_row<kLane>(from + c, s.channels, inside ? in.columns : 0, job.layer->column.pad_begin,
                      zero, centre, static_cast<int32_t>(s.row_length), to);
    }
  }
}

template <uint32_t kLane>
void pack_codes(const Job& job, const ConvShape& s, int32_t centre, int32_t* to) {
  job.in[0].info->is_signed != 0 ? pack_rows<kLane, int8_t>(job, s, centre, to)
                                 : pack_rows<kLane, uint8_t>(job, s, centre, to);
}

}  // namespace

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
  return static_cast<size_t>(ConvMemory(ConvShape(job), nullptr).bytes);
}

void packed_conv_prepare(const Job& job, void* prepared) {
  const ConvShape s(job);
  const ConvMemory memory(s, prepared);
  const uint32_t count = s.depth * job.layer->column.kernel;
  const auto& in = *job.in[0].info;
  const int32_t centre = centre_of(in);
  memory.head->path = choose_path(job, layer_bound(job, count));
  memory.head->centre = centre;
  for (uint32_t o = 0; o < s.filters; ++o) {
    const int32_t add = job.requant[o].bias + (centre - in.zero_point) * weight_sum(job, o, count);
    memory.scales[o] = make_scale(job.requant[o], add);
  }
  if (s.filters < s.tiles * kConvTile) memory.scales[s.filters] = {};
  for (uint32_t tile = 0; tile < s.tiles; ++tile) {
    uint32_t* const ends = memory.ends + tile * s.max_blocks;
    // The wide form's start values are those of all filters, and so are its blocks.
    if (s.wide && tile > 0) {
      memcpy(ends, memory.ends, sizeof(*ends) * s.max_blocks);
    } else {
      cut_blocks(job, s, tile * kConvTile, s.wide ? s.filters : kConvTile, ends);
    }
    pack_tile(job, s, tile,
              memory.operands + static_cast<size_t>(tile) * s.depth * s.groups * kConvTile);
  }
}

size_t packed_conv_scratch(const Job& job) {
  return static_cast<size_t>(ConvScratch(ConvShape(job), nullptr).bytes);
}

void pack_conv_input(const Job& job, const ConvShape& s, int32_t centre, int32_t* operands) {
  switch (s.lane) {
    case kWideLane:
      return pack_codes<kWideLane>(job, s, centre, operands);
    case kNarrowLane:
      return pack_codes<kNarrowLane>(job, s, centre, operands);
    default:
      pack_codes<kPairLane>(job, s, centre, operands);
  }
}

void set_conv_starts(const ConvShape& s, const ConvMemory& memory, const int32_t* x,
                     int64_t* starts) {
  if (!s.wide) {
    constexpr int64_t kStart = (int64_t{1} << (kPairLane - 1)) * ((int64_t{1} << kPairLane) + 1);
    for (uint32_t j = 0; j < s.pairs; ++j) starts[j] = kStart;
    return;
  }
  const int64_t start =
      (int64_t{1} << (s.lane - 1)) * ((int64_t{1} << (2 * s.lane)) + (int64_t{1} << s.lane) + 1);
  uint32_t from = 0;
  for (const uint32_t* end = memory.ends; from < s.depth; from = *end++) {
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
