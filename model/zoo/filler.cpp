// SPDX-License-Identifier: MIT
#include "zoo/filler.hpp"

#include <algorithm>
#include <cmath>

#include "golden/layer.hpp"
#include "net/scale.hpp"

namespace tendon::zoo {
namespace {

using net::LayerKind;
using net::Rounding;

constexpr int kWindows = 2;

golden::LayerOutput run_layer(const net::Network& network, const net::Layer& layer,
                              const std::vector<golden::Codes>& tensors) {
  const golden::LayerFunctions& functions = golden::functions(layer.kind);
  const golden::Matrix16 weights = functions.prepare(network, layer);
  std::vector<std::span<const std::int16_t>> inputs;
  for (const int tensor : layer.inputs)
    inputs.emplace_back(tensors[static_cast<std::size_t>(tensor)]);
  return functions.run({network, layer, weights, inputs});
}

bool has_weights(LayerKind kind) {
  return kind == LayerKind::kConv || kind == LayerKind::kDense || kind == LayerKind::kDepthwise;
}

/// 98th percentile of the magnitudes; at least 1.
double typical_peak(std::vector<double> values) {
  for (double& value : values) value = std::abs(value);
  const std::size_t rank = values.size() * 98 / 100;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank),
                   values.end());
  return std::max(1.0, values[rank]);
}

const net::Tensor& tensor(const net::Network& network, int index) {
  return network.tensors[static_cast<std::size_t>(index)];
}

}  // namespace

Filler::Filler(const net::Network& network, Rng& rng) : network_(network), rng_(rng) {
  const net::Tensor& input = network.tensors[0];
  for (int w = 0; w < kWindows; ++w) {
    golden::Codes codes(static_cast<std::size_t>(input.shape.size()));
    for (std::int16_t& code : codes) {
      code = static_cast<std::int16_t>(rng_.between(input.code_min(), input.code_max()));
    }
    windows_.push_back({std::move(codes)});
  }
}

void Filler::draw_weights(net::Layer& layer) {
  const int half = 1 << (layer.weight_bits - 1);
  const std::size_t count =
      layer.bias.size() * static_cast<std::size_t>(net::weights_per_channel(network_, layer));
  layer.weights.resize(count);
  for (std::int8_t& code : layer.weights) {
    code = static_cast<std::int8_t>(layer.grid == net::WeightGrid::kOdd
                                        ? rng_.between(-half, half - 1)
                                        : std::clamp(rng_.bell(half), -half, half - 1));
  }
}

std::vector<double> Filler::accumulators(const net::Layer& layer) {
  std::vector<double> all;
  for (const auto& tensors : windows_) {
    const golden::LayerOutput output = run_layer(network_, layer, tensors);
    all.insert(all.end(), output.accumulators.begin(), output.accumulators.end());
  }
  return all;
}

void Filler::draw_bias(net::Layer& layer) {
  const int reach = static_cast<int>(typical_peak(accumulators(layer))) / 2 + 1;
  for (std::int32_t& bias : layer.bias) bias = rng_.bell(reach);
}

void Filler::set_scales(net::Layer& layer) {
  const net::Tensor& out = tensor(network_, layer.output);
  if (layer.rounding == Rounding::kFloat && net::accumulator_bound(network_, layer) >= 1 << 24) {
    layer.rounding = Rounding::kEven;
  }
  const int room = std::max({1, layer.hi - out.zero_point, out.zero_point - layer.lo});
  const double scale = room / typical_peak(accumulators(layer));
  for (net::Requant& requant : layer.requant) {
    const double spread = 0.7 + rng_.below(64) * 0.01;
    Result<net::Requant> found = net::to_requant(scale * spread, layer.rounding);
    if (!found) {
      layer.rounding = Rounding::kUp;
      set_scales(layer);
      return;
    }
    requant = *found;
  }
}

/// Multipliers of a common shift such that both operands at their extremes just leave the range.
void Filler::set_add_scales(net::Layer& layer) {
  constexpr int kShift = 22;
  if (layer.rounding == Rounding::kTflite) layer.rounding = Rounding::kUp;
  const net::Tensor& out = tensor(network_, layer.output);
  for (std::size_t i = 0; i < 2; ++i) {
    const net::Tensor& in = tensor(network_, layer.inputs[i]);
    const double scale = 0.6 * (out.code_max() - out.code_min()) / net::max_magnitude(in);
    const double multiplier = scale * (0.7 + rng_.below(64) * 0.01) * (1 << kShift);
    layer.requant[i] = {static_cast<std::int32_t>(std::min(multiplier, 16777215.0)), kShift};
  }
}

void Filler::run(const net::Layer& layer) {
  for (auto& tensors : windows_) {
    golden::LayerOutput output = run_layer(network_, layer, tensors);
    tensors.resize(network_.tensors.size());
    tensors[static_cast<std::size_t>(layer.output)] = std::move(output.codes);
  }
}

void Filler::fill(net::Layer& layer) {
  const net::Tensor& out = tensor(network_, layer.output);
  const auto channels = static_cast<std::size_t>(out.shape.channels);
  if (layer.kind == LayerKind::kTable) {
    for (int i = 0; i < 256; ++i) {
      layer.table.push_back(static_cast<std::int8_t>(rng_.between(out.code_min(), out.code_max())));
    }
  }
  if (layer.kind == LayerKind::kAdd) {
    layer.requant.resize(2);
    set_add_scales(layer);
  }
  if (net::has_accumulators(layer.kind)) {
    // Legal, and code 0 everywhere: only the sums count until set_scales().
    const net::Requant none = {0, layer.rounding == Rounding::kTflite ? 31 : 0};
    layer.requant.assign(has_weights(layer.kind) ? channels : 1, none);
    if (has_weights(layer.kind)) {
      layer.bias.assign(channels, 0);
      draw_weights(layer);
      draw_bias(layer);
    }
    set_scales(layer);
  }
  run(layer);
}

}  // namespace tendon::zoo
