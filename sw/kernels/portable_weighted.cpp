// SPDX-License-Identifier: MIT
// Convolution, dense and depthwise in plain loops: the level that runs anywhere, and the one the
// others are compared with.
#include "driver/base.hpp"
#include "driver/view.hpp"
#include "kernels/kernels.hpp"
#include "kernels/requantize.hpp"
#include "kernels/weights.hpp"

namespace tendon::cpu {
namespace {

bool always(const Job&) { return true; }
size_t no_bytes(const Job&) { return 0; }
void prepare_nothing(const Job&, void*) {}

uint32_t row_elements(const Job& job) {
  const auto& l = *job.layer;
  if (l.kind == TENDON_LAYER_DENSE) return elements(*job.in[0].info);
  const uint32_t taps = static_cast<uint32_t>(l.row.kernel) * l.column.kernel;
  return l.kind == TENDON_LAYER_DEPTHWISE ? taps : taps * job.in[0].info->channels;
}

// Scratch: the weights of one channel, widened, then the sums of the last position.
size_t weighted_scratch(const Job& job) {
  return static_cast<size_t>(align_up(row_elements(job), 64)) + 4u * job.out.info->channels;
}

const int8_t* widen_row(const Job& job, uint32_t channel) {
  auto* row = static_cast<int8_t*>(job.scratch);
  const WeightRow packed(job.weights, *job.layer, channel);
  const uint32_t count = row_elements(job);
  for (uint32_t i = 0; i < count; ++i) row[i] = static_cast<int8_t>(packed[i]);
  return row;
}

int32_t* last_sums(const Job& job) {
  return reinterpret_cast<int32_t*>(static_cast<uint8_t*>(job.scratch) +
                                    align_up(row_elements(job), 64));
}

template <typename Code>
int32_t dot(const int8_t* w, const Code* x, uint32_t count, int32_t zero) {
  int32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += w[i] * (x[i] - zero);
  return sum;
}

// Sum of one output channel at one position. `channels`: inputs per tap that take part (all, or the
// one of a depthwise layer, `first`). Taps in the padding add 0.
template <typename Code>
int32_t window_sum(const Job& job, const int8_t* w, uint32_t y, uint32_t x, uint32_t first,
                   uint32_t channels) {
  const auto& l = *job.layer;
  const auto& in = *job.in[0].info;
  const auto* codes = reinterpret_cast<const Code*>(job.in[0].codes);
  int32_t sum = 0;
  for (uint32_t ky = 0; ky < l.row.kernel; ++ky) {
    const int32_t from_row =
        static_cast<int32_t>(y * l.row.stride + ky * l.row.dilation) - l.row.pad_begin;
    for (uint32_t kx = 0; kx < l.column.kernel; ++kx, w += channels) {
      const int32_t from_column =
          static_cast<int32_t>(x * l.column.stride + kx * l.column.dilation) - l.column.pad_begin;
      if (from_row < 0 || from_row >= in.rows || from_column < 0 || from_column >= in.columns) {
        continue;
      }
      const uint32_t at =
          (static_cast<uint32_t>(from_row) * in.columns + static_cast<uint32_t>(from_column)) *
              in.channels +
          first;
      sum += dot(w, codes + at, channels, in.zero_point);
    }
  }
  return sum;
}

// One output channel at all positions; `pool` columns are one output.
template <typename Code>
void window_channel(const Job& job, uint32_t o, uint32_t first, uint32_t channels) {
  const auto& l = *job.layer;
  const auto& out = *job.out.info;
  const int8_t* w = widen_row(job, o);
  const tendon_program_requant_t& r = job.requant[o];
  int32_t sum = 0;
  for (uint32_t y = 0; y < out.rows; ++y) {
    for (uint32_t x = 0; x < out.columns; ++x) {
      int32_t best = l.lo;
      for (uint32_t i = 0; i < l.fused_pool; ++i) {
        sum = r.bias + window_sum<Code>(job, w, y, x * l.fused_pool + i, first, channels);
        best = max_of(best, requantize(sum, r, l, out.zero_point));
      }
      job.out.codes[(y * out.columns + x) * out.channels + o] = static_cast<uint8_t>(best);
    }
  }
  if (job.peak != nullptr) last_sums(job)[o] = sum;
}

template <typename Code>
void run_conv_codes(const Job& job) {
  const uint32_t channels = job.in[0].info->channels;
  for (uint32_t o = 0; o < job.out.info->channels; ++o) window_channel<Code>(job, o, 0, channels);
}

void run_conv(const Job& job) {
  job.in[0].info->is_signed != 0 ? run_conv_codes<int8_t>(job) : run_conv_codes<uint8_t>(job);
  note_peak(job, last_sums(job), job.out.info->channels);
}

template <typename Code>
void run_depthwise_codes(const Job& job) {
  for (uint32_t o = 0; o < job.out.info->channels; ++o) window_channel<Code>(job, o, o, 1);
}

void run_depthwise(const Job& job) {
  job.in[0].info->is_signed != 0 ? run_depthwise_codes<int8_t>(job)
                                 : run_depthwise_codes<uint8_t>(job);
  note_peak(job, last_sums(job), job.out.info->channels);
}

void run_dense(const Job& job) {
  const auto& in = *job.in[0].info;
  const uint32_t count = elements(in);
  int32_t* sums = last_sums(job);
  for (uint32_t o = 0; o < job.out.info->channels; ++o) {
    const int8_t* w = widen_row(job, o);
    const int32_t sum = in.is_signed != 0 ? dot(w, reinterpret_cast<const int8_t*>(job.in[0].codes),
                                                count, in.zero_point)
                                          : dot(w, job.in[0].codes, count, in.zero_point);
    sums[o] = job.requant[o].bias + sum;
  }
  finish_position(job, sums, 0);
}

}  // namespace

void note_peak(const Job& job, const int32_t* values, uint32_t count) {
  if (job.peak == nullptr) return;
  *job.peak = {0, values[0]};
  for (uint32_t o = 1; o < count; ++o) {
    if (values[o] > job.peak->value) *job.peak = {static_cast<int32_t>(o), values[o]};
  }
}

void finish_position(const Job& job, const int32_t* acc, uint32_t position) {
  const uint32_t channels = job.out.info->channels;
  uint8_t* codes = job.out.codes + static_cast<size_t>(position) * channels;
  const uint32_t step = job.layer->requant_count == 1 ? 0 : 1;
  for (uint32_t o = 0; o < channels; ++o) {
    codes[o] = static_cast<uint8_t>(
        requantize(acc[o], job.requant[o * step], *job.layer, job.out.info->zero_point));
  }
  note_peak(job, acc, channels);
}

const Kernel kPortableConv = {"portable conv", always,           no_bytes,
                              prepare_nothing, weighted_scratch, run_conv};
const Kernel kPortableDense = {"portable dense", always,           no_bytes,
                               prepare_nothing,  weighted_scratch, run_dense};
const Kernel kPortableDepthwise = {"portable depthwise", always,           no_bytes,
                                   prepare_nothing,      weighted_scratch, run_depthwise};

}  // namespace tendon::cpu
