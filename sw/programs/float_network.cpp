// SPDX-License-Identifier: MIT
#include "programs/float_network.hpp"

#include <cstring>

#include "driver/view.hpp"
#include "kernels/weights.hpp"

namespace tendon::programs {
namespace {

constexpr std::uint32_t kPositions = 5;
constexpr std::uint32_t kFilters = 4;

float* floats(std::size_t count) {
  auto* values = static_cast<float*>(aligned_memory(count * sizeof(float)));
  std::memset(values, 0, count * sizeof(float));
  return values;
}

float factor_of(const tendon_program_requant_t& r) {
  return static_cast<float>(r.multiplier * __builtin_ldexp(1.0, -static_cast<int>(r.shift)));
}

// Compiler-written: one output after another.
void plain(std::uint32_t columns, std::uint32_t filters, std::uint32_t depth, std::uint32_t step,
           const float* in, const float* weights, const float* bias, float* out) {
  for (std::uint32_t t = 0; t < columns; ++t) {
    for (std::uint32_t o = 0; o < filters; ++o) {
      const float* w = weights + std::size_t{o} * depth;
      const float* x = in + std::size_t{t} * step;
      float sum = bias[o];
      for (std::size_t i = 0; i < depth; ++i) sum += w[i] * x[i];
      out[t * filters + o] = sum;
    }
  }
}

template <std::uint32_t T>
void blocked_tile(std::uint32_t filters, std::uint32_t depth, std::uint32_t step, const float* in,
                  const float* weights, const float* bias, float* out) {
  float sum[T][kFilters];
  for (std::uint32_t t = 0; t < T; ++t) {
    for (std::uint32_t o = 0; o < kFilters; ++o) sum[t][o] = bias[o];
  }
  const float* row[T];  // a pointer each: the offsets are not known when this is compiled
  for (std::size_t t = 0; t < T; ++t) row[t] = in + t * step;
  for (std::size_t i = 0; i < depth; ++i, weights += kFilters) {
#pragma GCC unroll 5
    for (std::size_t t = 0; t < T; ++t) {
      const float a = row[t][i];
#pragma GCC unroll 4
      for (std::uint32_t o = 0; o < kFilters; ++o) sum[t][o] += a * weights[o];
    }
  }
  for (std::uint32_t t = 0; t < T; ++t) {
    for (std::uint32_t o = 0; o < kFilters; ++o) out[t * filters + o] = sum[t][o];
  }
}

// `filters` here is a multiple of four.
void blocked(std::uint32_t columns, std::uint32_t filters, std::uint32_t depth, std::uint32_t step,
             const float* in, const float* weights, const float* bias, float* out) {
  for (std::uint32_t o = 0; o < filters; o += kFilters) {
    const float* w = weights + o * depth;
    std::uint32_t t = 0;
    for (; t + kPositions <= columns; t += kPositions) {
      blocked_tile<kPositions>(filters, depth, step, in + t * step, w, bias + o,
                               out + t * filters + o);
    }
    for (; t < columns; ++t) {
      blocked_tile<1>(filters, depth, step, in + t * step, w, bias + o, out + t * filters + o);
    }
  }
}

std::uint32_t rounded(FloatKind kind, std::uint32_t filters) {
  return kind == FloatKind::kPlain ? filters : (filters + kFilters - 1) / kFilters * kFilters;
}

}  // namespace

FloatNetwork::FloatNetwork(const File& tdn, FloatKind kind) : kind_(kind), count_(0) {
  View view = {};
  char text[160] = "";
  Line line(text, sizeof(text));
  if (check_program(tdn.data, tdn.bytes, &view, &line) != TENDON_OK) die("program: %s", text);
  count_ = view.layer_count;
  layers_ = static_cast<Layer*>(aligned_memory(count_ * sizeof(Layer)));
  for (std::uint32_t i = 0; i < count_; ++i) {
    const auto& from = view.layers[i];
    const auto& in = view.tensors[from.inputs[0]];
    const bool dense = from.kind == TENDON_LAYER_DENSE;
    const bool legal = dense || (from.kind == TENDON_LAYER_CONV && from.row.kernel == 1 &&
                                 from.column.stride == 1 && from.column.dilation == 1 &&
                                 from.column.pad_begin == from.column.pad_end);
    if (!legal || from.inputs[0] != i) die("layer %u has no float32 form here", i);
    Layer& l = layers_[i];
    l.columns = dense ? 1 : axis_out(from.column, in.columns);
    l.channels = dense ? elements(in) : in.channels;
    l.taps = dense ? 1 : from.column.kernel;
    l.pad = dense ? 0 : from.column.pad_begin;
    l.pool = from.fused_pool;
    const auto& out = view.tensors[from.output];
    l.filters = rounded(kind, out.channels);
    l.relu = from.lo >= out.zero_point;
    l.in = floats((in.columns + 2 * l.pad) * std::size_t{in.channels} * in.rows + 64);
    l.out = floats(std::size_t{l.columns} * l.filters + 64);
    l.weights = floats(std::size_t{l.filters} * l.taps * l.channels);
    l.bias = floats(l.filters);
    l.next = nullptr;
    const std::uint32_t depth = l.taps * l.channels;
    for (std::uint32_t o = 0; o < out.channels; ++o) {
      const auto& r = view.requants[from.requant_first + o];
      const cpu::WeightRow row(view.weights + from.weights_offset, from, o);
      l.bias[o] = static_cast<float>(r.bias) * factor_of(r);
      for (std::uint32_t k = 0; k < depth; ++k) {
        const std::size_t at = kind == FloatKind::kPlain
                                   ? o * std::size_t{depth} + k
                                   : (o / kFilters * depth + k) * kFilters + o % kFilters;
        l.weights[at] = static_cast<float>(row[k]) * factor_of(r);
      }
    }
    if (i > 0) layers_[i - 1].next = l.in + l.pad * l.channels;
  }
}

void FloatNetwork::run_layer(std::uint32_t index) {
  const Layer& l = layers_[index];
  const std::uint32_t depth = l.taps * l.channels;
  const auto multiply = kind_ == FloatKind::kPlain ? plain : blocked;
  multiply(l.columns, l.filters, depth, l.channels, l.in, l.weights, l.bias, l.out);
  if (l.next == nullptr) return;
  // ReLU and pool on the way into the next layer's padded input.
  for (std::uint32_t t = 0; t < l.columns / l.pool; ++t) {
    for (std::uint32_t o = 0; o < l.filters; ++o) {
      float best = l.out[t * l.pool * l.filters + o];
      for (std::uint32_t k = 1; k < l.pool; ++k) {
        const float other = l.out[(t * l.pool + k) * l.filters + o];
        best = other > best ? other : best;
      }
      l.next[t * l.filters + o] = l.relu && best < 0.0f ? 0.0f : best;
    }
  }
}

int FloatNetwork::classify(const std::uint8_t* window) {
  Layer& first = layers_[0];
  for (std::uint32_t i = 0; i < first.columns * first.channels; ++i) {
    first.in[first.pad * first.channels + i] = window[i];
  }
  for (std::uint32_t i = 0; i < count_; ++i) run_layer(i);
  const Layer& last = layers_[count_ - 1];
  int best = 0;
  for (std::uint32_t o = 1; o < last.filters; ++o) {
    if (last.out[o] > last.out[best]) best = static_cast<int>(o);
  }
  return best;
}

}  // namespace tendon::programs
