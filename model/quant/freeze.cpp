// SPDX-License-Identifier: MIT
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "quant/quant.hpp"

namespace tendon::quant {
namespace {

constexpr float kInputScale = 1.0f / 255.0f;

/// scale = M * 2^-S with the significand of the float32; tflite: the same value with 31 bits.
Result<net::Requant> requant_of(float scale, net::Rounding rounding) {
  int exponent = 0;
  const float fraction = std::frexp(scale, &exponent);  // 0.5 <= fraction < 1
  const int bits = rounding == net::Rounding::kTflite ? 31 : 24;
  const int shift = bits - exponent;
  const int most = rounding == net::Rounding::kTflite ? 62 : 63;
  const int least = rounding == net::Rounding::kTflite ? 31 : 0;
  if (!(scale > 0.0f) || !std::isfinite(scale) || shift < least) {
    return Error{"scale of " + std::to_string(scale) + " cannot be coded"};
  }
  if (shift > most) return net::Requant{0, 0};  // below 2^-39: every sum gives the zero point
  return net::Requant{static_cast<std::int32_t>(std::ldexp(fraction, bits)), shift};
}

net::Tensor output_tensor(const QuantizedLayer& layer, const std::string& name,
                          const net::Shape& shape) {
  net::Tensor tensor;
  tensor.name = name;
  tensor.shape = shape;
  tensor.bits = layer.output_bits;
  tensor.is_signed = layer.output_signed;
  tensor.scale = layer.output_scale;
  return tensor;
}

Status set_weights(const QuantizedLayer& from, float input_scale, net::Rounding rounding,
                   net::Layer& layer) {
  layer.weight_bits = from.weight_bits;
  layer.grid = from.grid;
  layer.weights = from.codes;
  layer.weight_scales = from.weight_scales;
  for (std::size_t o = 0; o < from.bias.size(); ++o) {
    const float step = input_scale * from.weight_scales[o];
    const double bias =
        std::nearbyint(static_cast<double>(from.bias[o]) / static_cast<double>(step));
    if (!(std::abs(bias) < std::numeric_limits<std::int32_t>::max())) {
      return Error{"layer " + layer.name + ": bias " + std::to_string(from.bias[o]) +
                   " of channel " + std::to_string(o) + " has no int32 code at step " +
                   std::to_string(step)};
    }
    layer.bias.push_back(static_cast<std::int32_t>(bias));
    const Result<net::Requant> requant = requant_of(step / from.output_scale, rounding);
    if (!requant) return Error{"layer " + layer.name + ": " + requant.error().message};
    layer.requant.push_back(*requant);
  }
  return Unit{};
}

void set_axes(const LayerDescription& description, net::Layer& layer) {
  layer.column = {description.kernel, description.stride, description.dilation, description.pad,
                  description.pad};
  layer.fused_pool = description.pool;
}

/// Mode `float` needs sums below 2^24; a layer that may exceed them takes the exact mode `even`.
void settle_rounding(const net::Network& network, net::Layer& layer) {
  if (layer.rounding == net::Rounding::kFloat &&
      net::accumulator_bound(network, layer) >= (1 << 24)) {
    layer.rounding = net::Rounding::kEven;
  }
}

Result<net::Layer> make_layer(const LayerDescription& description, const QuantizedLayer& from,
                              const net::Tensor& input, const net::Tensor& output,
                              net::Rounding rounding) {
  net::Layer layer;
  layer.name = description.name;
  layer.rounding = rounding;
  layer.lo = description.relu || !output.is_signed ? 0 : output.code_min();
  layer.hi = output.code_max();
  if (description.kind == FloatKind::kGlobalAverage) {
    layer.kind = net::LayerKind::kAvgPool;
    layer.column.kernel = input.shape.columns;
    const float scale = input.scale / (static_cast<float>(input.shape.columns) * output.scale);
    const Result<net::Requant> requant = requant_of(scale, rounding);
    if (!requant) return Error{"layer " + layer.name + ": " + requant.error().message};
    layer.requant = {*requant};
    return layer;
  }
  layer.kind =
      description.kind == FloatKind::kConv ? net::LayerKind::kConv : net::LayerKind::kDense;
  if (description.kind == FloatKind::kConv) set_axes(description, layer);
  if (Status status = set_weights(from, input.scale, rounding, layer); !status) {
    return status.error();
  }
  return layer;
}

}  // namespace

Result<net::Network> freeze(const FloatNetwork& folded, const std::vector<QuantizedLayer>& layers,
                            net::Rounding rounding) {
  const Description& description = folded.description;
  const Result<std::vector<net::Shape>> all = shapes(description);
  if (!all) return all.error();
  TENDON_CHECK_EQ(layers.size(), description.layers.size());
  const auto& last = layers.back().weight_scales;
  if (std::adjacent_find(last.begin(), last.end(), std::not_equal_to<>()) != last.end()) {
    return Error{"layer " + description.layers.back().name +
                 ": the last layer needs one weight scale, since its sums are compared"};
  }
  net::Network network;
  network.name = description.name;
  network.classes = folded.classes;
  network.input_coding.gain = folded.gain;
  for (int i = 0; i < 256; ++i) {
    network.input_coding.table.push_back(static_cast<std::uint8_t>(i));
  }
  network.tensors.push_back({"input", all->front(), 8, false, kInputScale, folded.input_zero});
  for (std::size_t i = 0; i < layers.size(); ++i) {
    network.tensors.push_back(output_tensor(layers[i], description.layers[i].name, (*all)[i + 1]));
    Result<net::Layer> layer = make_layer(description.layers[i], layers[i], network.tensors[i],
                                          network.tensors[i + 1], rounding);
    if (!layer) return layer.error();
    layer->inputs = {static_cast<int>(i)};
    layer->output = static_cast<int>(i) + 1;
    settle_rounding(network, *layer);
    network.layers.push_back(std::move(*layer));
  }
  if (Status status = net::check(network); !status) return status.error();
  return network;
}

}  // namespace tendon::quant
