// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdlib>

#include "compiler/cycles.hpp"
#include "compiler/lowered.hpp"
#include "net/pack.hpp"
#include "tendon/tendon_program.h"
#include "tendon/tendon_regs.h"

namespace tendon::compiler {
namespace {

using net::Layer;
using net::LayerKind;
using net::Network;
using net::Tensor;

const Tensor& tensor(const Network& network, int index) {
  return network.tensors[static_cast<std::size_t>(index)];
}

/// Depthwise and average pools run as convolutions (is_channelwise()).
std::uint32_t kind_feature(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConv:
    case LayerKind::kDepthwise:
    case LayerKind::kAvgPool:
      return TENDON_FEATURES_CONV_MASK;
    case LayerKind::kDense:
      return TENDON_FEATURES_DENSE_MASK;
    case LayerKind::kMaxPool:
      return TENDON_FEATURES_MAX_POOL_MASK;
    case LayerKind::kAdd:
      return TENDON_FEATURES_ADD_MASK;
    case LayerKind::kTable:
      return TENDON_FEATURES_TABLE_MASK;
    case LayerKind::kGemm:
      return TENDON_FEATURES_GEMM_MASK;
    default:
      return 0;
  }
}

/// The odd grid has no weight 0: where there are pad bits, the same values as 4-bit codes.
void recode_odd_grid(ConvJob& job) {
  const bool whole_words = job.in_channels * job.act_bits % 32 == 0;
  if (!job.odd || whole_words) return;
  for (std::int8_t& code : job.weights) code = static_cast<std::int8_t>(2 * code + 1);
  job.odd = false;
  job.weight_bits = 4;
}

/// bias' = bias - (zx' - m) * sum(w), zx' the zero point in unsigned form, m its middle code.
void fold_bias(const Tensor& in, ConvJob& job) {
  const std::int64_t zero = in.zero_point - in.code_min() - middle_code(in.bits);
  const std::size_t per_channel = job.weights.size() / job.bias.size();
  for (std::size_t o = 0; o < job.bias.size(); ++o) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < per_channel; ++i) sum += weight_of(job, o * per_channel + i);
    job.bias[o] -= zero * sum;
  }
}

void set_dense_window(const net::Shape& in, ConvJob& job) {
  job.taps_per_segment = in.rows * in.columns;
  job.seg_words = job.taps_per_segment * job.in_pix_words;
  job.in_row_words = job.seg_words;
  job.in_rows = 1;
  job.kx_count = job.ky_count = 1;
  job.out_cols = 1;
}

void set_conv_window(const Network& network, const Layer& layer, ConvJob& job) {
  const net::Shape& in = tensor(network, layer.inputs[0]).shape;
  const bool contiguous = layer.column.dilation == 1 || layer.column.kernel == 1;
  job.taps_per_segment = contiguous ? layer.column.kernel : 1;
  job.kx_count = contiguous ? 1 : layer.column.kernel;
  job.ky_count = layer.row.kernel;
  job.seg_words = job.taps_per_segment * job.in_pix_words;
  job.kx_step = contiguous ? 0 : layer.column.dilation * job.in_pix_words;
  job.ky_step = layer.row.kernel == 1 ? 0 : layer.row.dilation;
  job.in_row_words = in.columns * job.in_pix_words;
  job.in_rows = in.rows;
  job.x_start = -layer.column.pad_begin * job.in_pix_words;
  job.y_start = -layer.row.pad_begin;
  job.pos_step = layer.column.stride * job.in_pix_words;
  // A factor of 0 is decoded fastest.
  job.row_step = job.out_rows == 1 ? 0 : layer.row.stride;
  job.out_cols = net::computed_columns(network, layer);
  job.pool = layer.fused_pool;
}

/// Every tap a segment of its own that holds the words of these channels only.
void cut_window(const Layer& layer, const ChannelRange& range, ConvJob& job) {
  job.kx_count = layer.column.kernel;
  job.kx_step = layer.column.kernel == 1 ? 0 : layer.column.dilation * job.in_pix_words;
  job.taps_per_segment = 1;
  job.x_start += range.first * job.act_bits / 32;
  job.seg_words = job.in_pix_words = net::words_per_row(range.count, job.act_bits);
  job.in_channels = job.out_channels = range.count;
}

/// Output channel c takes channel c only. An average pool has weights 1; the odd grid has no 0, so
/// it becomes 4-bit codes.
void set_diagonal_weights(const Layer& layer, const ChannelRange& range, ConvJob& job) {
  const bool pool = layer.kind == LayerKind::kAvgPool;
  const auto taps = static_cast<std::size_t>(layer.row.kernel * layer.column.kernel);
  const auto first = static_cast<std::size_t>(range.first);
  const auto count = static_cast<std::size_t>(range.count);
  job.weight_bits = pool ? 2 : (job.odd ? 4 : layer.weight_bits);
  job.odd = false;
  job.weights.assign(count * taps * count, 0);
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t tap = 0; tap < taps; ++tap) {
      const int value =
          pool ? 1 : net::weight_value(layer.grid, layer.weights[(first + c) * taps + tap]);
      job.weights[(c * taps + tap) * count + c] = static_cast<std::int8_t>(value);
    }
    job.bias.push_back(pool ? 0 : layer.bias[first + c]);
  }
  const auto from = job.requant.begin() + range.first;
  job.requant = std::vector<net::Requant>(from, from + range.count);
}

bool fits(std::int64_t value, int bits) { return value >= 0 && value < (std::int64_t{1} << bits); }

}  // namespace

std::uint32_t rounding_feature(net::Rounding rounding) {
  return TENDON_FEATURES_ROUND_FLOAT_MASK << static_cast<unsigned>(rounding);
}

void set_operands(const Network& network, const Layer& layer, ConvJob& job) {
  const Tensor& in = tensor(network, layer.inputs[0]);
  const Tensor& out = tensor(network, layer.output);
  job.act_bits = in.bits;
  job.act_signed = in.is_signed;
  job.in_zero = in.zero_point & ((1 << in.bits) - 1);
  job.weight_bits = layer.weight_bits;
  job.odd = layer.grid == net::WeightGrid::kOdd;
  job.out_bits = out.bits;
  job.rounding = layer.rounding;
  job.zy = out.zero_point;
  job.lo = layer.lo;
  job.hi = layer.hi;
  job.in_channels = in.shape.channels;
  job.in_pix_words = net::words_per_row(in.shape.channels, in.bits);
  job.out_channels = out.shape.channels;
  job.out_pix_words = net::words_per_row(out.shape.channels, out.bits);
  job.out_row_words = out.shape.columns * job.out_pix_words;
  job.out_rows = out.shape.rows;
  job.requant = layer.requant;
  if (layer.requant.size() == 1)
    job.requant.resize(static_cast<std::size_t>(job.out_channels), layer.requant[0]);
}

bool fields_fit(const ConvJob& job, const Geometry& g) {
  const auto is_int16 = [](int value) { return value >= -32768 && value <= 32767; };
  bool ok = is_int16(job.x_start) && is_int16(job.y_start) && fits(job.kx_count, 8) &&
            fits(job.ky_count, 8);
  for (const int value : {job.in_row_words, job.in_rows, job.pos_step, job.row_step, job.seg_words,
                          job.kx_step, job.ky_step, job.out_cols, job.out_rows, job.out_channels,
                          job.out_pix_words, job.out_row_words, job.tile_lines(g)}) {
    ok = ok && fits(value, 16);
  }
  return ok;
}

void choose_split(const Geometry& g, ConvJob& job) {
  job.split = false;
  const bool possible = (g.features & TENDON_FEATURES_SPLIT_MASK) != 0 && job.pool == 1 &&
                        g.columns >= 2 && job.out_cols % g.columns != 0;
  if (!possible || !fields_fit(job, g)) return;
  const std::uint64_t tiled = predict(descriptor(job, g, {}), g).total();
  job.split = true;
  job.split = predict(descriptor(job, g, {}), g).total() < tiled;
}

std::uint32_t features(const ConvJob& job, LayerKind kind) {
  std::uint32_t needed = kind_feature(kind);
  // Neither a largest code nor a table rounds.
  const bool rounds = job.op == Op::kConv || job.op == Op::kAdd;
  if (rounds && job.levels.empty()) needed |= rounding_feature(job.rounding);
  if (job.odd) needed |= TENDON_FEATURES_ODD_GRID_MASK;
  if (job.split) needed |= TENDON_FEATURES_SPLIT_MASK;
  if (job.pool > 1) needed |= TENDON_FEATURES_FUSED_POOL_MASK;
  if (job.argmax) needed |= TENDON_FEATURES_ARGMAX_MASK;
  return needed;
}

std::uint32_t can_run(const Layer& layer, const Geometry& geometry) {
  const std::uint32_t kind = kind_feature(layer.kind);
  if (kind == 0 || (geometry.features & kind) == 0) return TENDON_REASON_KIND;
  const bool pools = layer.fused_pool == 1 || ((layer.fused_pool == 2 || layer.fused_pool == 4) &&
                                               layer.fused_pool <= geometry.columns);
  return pools ? TENDON_REASON_NONE : TENDON_REASON_RANGE;
}

ConvJob lower(const Network& network, const Layer& layer) {
  ConvJob job;
  const Tensor& in = tensor(network, layer.inputs[0]);
  set_operands(network, layer, job);
  if (layer.kind == LayerKind::kDense) {
    set_dense_window(in.shape, job);
  } else {
    set_conv_window(network, layer, job);
  }
  job.weights = layer.weights;
  job.bias.assign(layer.bias.begin(), layer.bias.end());
  recode_odd_grid(job);
  fold_bias(in, job);
  job.narrow = net::accumulator_bound(network, layer) < (1 << 16);
  return job;
}

bool is_channelwise(LayerKind kind) {
  return kind == LayerKind::kDepthwise || kind == LayerKind::kAvgPool;
}

ConvJob lower_channels(const Network& network, const Layer& layer, const ChannelRange& range) {
  ConvJob job;
  const Tensor& in = tensor(network, layer.inputs[0]);
  set_operands(network, layer, job);
  set_conv_window(network, layer, job);
  if (range.count < in.shape.channels) cut_window(layer, range, job);
  set_diagonal_weights(layer, range, job);
  fold_bias(in, job);
  job.narrow = net::accumulator_bound(network, layer) < (1 << 16);
  return job;
}

std::uint32_t complete(const Network& network, const Layer& layer, bool argmax,
                       const Geometry& geometry, ConvJob& job) {
  job.argmax = argmax;
  job.rounding = layer.rounding;
  job.levels = threshold_levels(network, layer, job);
  if (!job.levels.empty()) {
    job.rounding = net::Rounding::kFloor;  // not used; legal in every build
  } else if ((geometry.features & rounding_feature(layer.rounding)) == 0) {
    return TENDON_REASON_ROUNDING;
  }
  choose_split(geometry, job);
  return fields_fit(job, geometry) ? TENDON_REASON_NONE : TENDON_REASON_RANGE;
}

}  // namespace tendon::compiler
