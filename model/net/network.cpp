// SPDX-License-Identifier: MIT
#include "net/network.hpp"

#include <algorithm>
#include <cstdlib>

namespace tendon::net {
namespace {

const Shape& input_shape(const Network& network, const Layer& layer, std::size_t which = 0) {
  return network.tensors[static_cast<std::size_t>(layer.inputs[which])].shape;
}

const Tensor& input_tensor(const Network& network, const Layer& layer, std::size_t which = 0) {
  return network.tensors[static_cast<std::size_t>(layer.inputs[which])];
}

std::int64_t largest_weighted_sum(const Network& network, const Layer& layer) {
  const std::int64_t magnitude = max_magnitude(input_tensor(network, layer));
  const std::size_t per_channel = static_cast<std::size_t>(weights_per_channel(network, layer));
  std::int64_t largest = 0;
  for (std::size_t o = 0; o < layer.bias.size(); ++o) {
    std::int64_t weight_sum = 0;
    for (std::size_t i = 0; i < per_channel; ++i) {
      weight_sum += std::abs(weight_value(layer.grid, layer.weights[o * per_channel + i]));
    }
    const std::int64_t bias = layer.bias[o];
    largest = std::max(largest, std::abs(bias) + weight_sum * magnitude);
  }
  return largest;
}

}  // namespace

std::string to_string(const Shape& shape) {
  return std::to_string(shape.rows) + "x" + std::to_string(shape.columns) + "x" +
         std::to_string(shape.channels);
}

const char* to_string(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConv:
      return "conv";
    case LayerKind::kDense:
      return "dense";
    case LayerKind::kDepthwise:
      return "depthwise";
    case LayerKind::kMaxPool:
      return "max_pool";
    case LayerKind::kAvgPool:
      return "avg_pool";
    case LayerKind::kAdd:
      return "add";
    case LayerKind::kTable:
      return "table";
    case LayerKind::kGemm:
      return "gemm";
  }
  return "unknown";
}

const char* to_string(Rounding rounding) {
  switch (rounding) {
    case Rounding::kFloat:
      return "float";
    case Rounding::kEven:
      return "even";
    case Rounding::kUp:
      return "up";
    case Rounding::kTflite:
      return "tflite";
    case Rounding::kFloor:
      return "floor";
  }
  return "unknown";
}

bool has_accumulators(LayerKind kind) {
  return kind == LayerKind::kConv || kind == LayerKind::kDense || kind == LayerKind::kDepthwise ||
         kind == LayerKind::kAvgPool || kind == LayerKind::kGemm;
}

int max_magnitude(const Tensor& tensor) {
  return std::max(tensor.code_max() - tensor.zero_point, tensor.zero_point - tensor.code_min());
}

int computed_columns(const Network& network, const Layer& layer) {
  const int columns = layer.column.out(input_shape(network, layer).columns);
  return columns / layer.fused_pool * layer.fused_pool;
}

int weights_per_channel(const Network& network, const Layer& layer) {
  const Shape& in = input_shape(network, layer);
  switch (layer.kind) {
    case LayerKind::kConv:
      return layer.row.kernel * layer.column.kernel * in.channels;
    case LayerKind::kDense:
      return in.size();
    case LayerKind::kDepthwise:
      return layer.row.kernel * layer.column.kernel;
    default:
      return 0;
  }
}

Shape output_shape(const Network& network, const Layer& layer) {
  const Shape& in = input_shape(network, layer);
  const int outputs = static_cast<int>(layer.bias.size());
  switch (layer.kind) {
    case LayerKind::kConv:
      return {layer.row.out(in.rows), layer.column.out(in.columns) / layer.fused_pool, outputs};
    case LayerKind::kDense:
      return {1, 1, outputs};
    case LayerKind::kDepthwise:
    case LayerKind::kMaxPool:
    case LayerKind::kAvgPool:
      return {layer.row.out(in.rows), layer.column.out(in.columns), in.channels};
    case LayerKind::kAdd:
    case LayerKind::kTable:
      return in;
    case LayerKind::kGemm:
      return {in.rows, in.columns, input_shape(network, layer, 1).columns};
  }
  return {0, 0, 0};
}

std::int64_t accumulator_bound(const Network& network, const Layer& layer) {
  const Shape& in = input_shape(network, layer);
  const std::int64_t magnitude = max_magnitude(input_tensor(network, layer));
  switch (layer.kind) {
    case LayerKind::kConv:
    case LayerKind::kDense:
    case LayerKind::kDepthwise:
      return largest_weighted_sum(network, layer);
    case LayerKind::kAvgPool:
      return std::int64_t{layer.row.kernel} * layer.column.kernel * magnitude;
    case LayerKind::kGemm:
      return in.channels * magnitude * max_magnitude(input_tensor(network, layer, 1));
    default:
      return 0;
  }
}

std::int64_t macs(const Network& network, const Layer& layer) {
  const Shape& in = input_shape(network, layer);
  switch (layer.kind) {
    case LayerKind::kConv:
    case LayerKind::kDepthwise: {
      const std::int64_t positions =
          std::int64_t{layer.row.out(in.rows)} * layer.column.out(in.columns);
      return positions * static_cast<std::int64_t>(layer.weights.size());
    }
    case LayerKind::kDense:
      return static_cast<std::int64_t>(layer.weights.size());
    case LayerKind::kGemm:
      return std::int64_t{in.size()} * input_shape(network, layer, 1).columns;
    default:
      return 0;
  }
}

std::int64_t payload_bytes(const Network& network) {
  constexpr std::int64_t kBytesPerChannel = 9;  // int32 bias, 24-bit multiplier and shift in 5
  std::int64_t bytes = 0;
  for (const Layer& layer : network.layers) {
    const auto weights = static_cast<std::int64_t>(layer.weights.size());
    const auto channels = static_cast<std::int64_t>(layer.bias.size());
    bytes += (weights * layer.weight_bits + 7) / 8 + channels * kBytesPerChannel;
  }
  return bytes;
}

}  // namespace tendon::net
