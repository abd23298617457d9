// SPDX-License-Identifier: MIT
#include <algorithm>

#include "zoo/zoo.hpp"

namespace tendon::zoo {
namespace {

using net::LayerKind;

bool has_weights(LayerKind kind) {
  return kind == LayerKind::kConv || kind == LayerKind::kDense || kind == LayerKind::kDepthwise;
}

Result<std::vector<int>> weight_widths(const std::vector<int>& bits, std::size_t layers) {
  if (bits.size() == 1) return std::vector<int>(layers, bits[0]);
  if (bits.size() == layers) return bits;
  return Error{std::to_string(bits.size()) + " weight widths for " + std::to_string(layers) +
               " layers with weights; give one or " + std::to_string(layers)};
}

/// One per layer with weights: the width of its input. [0] is the network's input.
Result<std::vector<int>> input_widths(const std::vector<int>& bits, std::size_t layers) {
  if (bits.size() == layers) return bits;
  std::vector<int> widths(layers, bits.size() == 1 ? bits[0] : 8);
  widths[0] = 8;
  if (bits.size() == 1) return widths;
  if (bits.size() + 1 == layers) {
    std::copy(bits.begin(), bits.end(), widths.begin() + 1);
    return widths;
  }
  return Error{std::to_string(bits.size()) + " activation widths for " + std::to_string(layers) +
               " layers with weights; give 1, " + std::to_string(layers - 1) + " or " +
               std::to_string(layers)};
}

Status check_widths(const std::vector<int>& widths, const char* what) {
  for (const int bits : widths) {
    if (bits != 2 && bits != 4 && bits != 8) {
      return Error{std::string(what) + " width is " + std::to_string(bits) + ", must be 2, 4 or 8"};
    }
  }
  return Unit{};
}

net::Tensor unsigned_tensor(const std::string& name, const net::Shape& shape, int bits) {
  return {name, shape, bits, false, 1.0f / static_cast<float>((1 << bits) - 1), 0};
}

net::Layer layer_of(const LayerDescription& description, const net::Tensor& in,
                    const net::Tensor& out, int weight_bits) {
  net::Layer layer;
  layer.name = description.name;
  layer.kind = description.kind;
  layer.row = description.row;
  layer.column = description.column;
  layer.weight_bits = weight_bits;
  layer.fused_pool = description.fused_pool;
  layer.lo = description.relu ? std::max(out.code_min(), out.zero_point) : out.code_min();
  layer.hi = out.code_max();
  const auto channels = static_cast<std::size_t>(out.shape.channels);
  if (has_weights(layer.kind)) {
    const std::size_t per_channel =
        layer.kind == LayerKind::kDense
            ? static_cast<std::size_t>(in.shape.size())
            : static_cast<std::size_t>(layer.row.kernel) *
                  static_cast<std::size_t>(layer.column.kernel) *
                  (layer.kind == LayerKind::kConv ? static_cast<std::size_t>(in.shape.channels)
                                                  : 1);
    layer.weights.assign(channels * per_channel, 0);
    layer.bias.assign(channels, 0);
    layer.requant.assign(channels, {});
  } else if (layer.kind == LayerKind::kAvgPool) {
    layer.requant.assign(1, {});
  }
  return layer;
}

net::Network empty_network(const Description& description, int input_bits) {
  net::Network network;
  network.name = description.name;
  network.classes = description.classes;
  network.tensors.push_back(unsigned_tensor("input", description.input, input_bits));
  network.input_coding.gain.assign(static_cast<std::size_t>(description.input.channels), 1.0f);
  for (int i = 0; i < 256; ++i) {
    network.input_coding.table.push_back(static_cast<std::uint8_t>(i >> (8 - input_bits)));
  }
  return network;
}

}  // namespace

Result<net::Network> skeleton(const Description& description, const std::vector<int>& weight_bits,
                              const std::vector<int>& activation_bits) {
  const Result<std::vector<net::Shape>> shapes = layer_shapes(description);
  if (!shapes) return shapes.error();
  const auto weighted = static_cast<std::size_t>(
      std::count_if(description.layers.begin(), description.layers.end(),
                    [](const LayerDescription& layer) { return has_weights(layer.kind); }));
  if (weighted == 0) return Error{"network '" + description.name + "' has no layer with weights"};
  const Result<std::vector<int>> weights = weight_widths(weight_bits, weighted);
  if (!weights) return weights.error();
  const Result<std::vector<int>> inputs = input_widths(activation_bits, weighted);
  if (!inputs) return inputs.error();
  if (const Status status = check_widths(*weights, "weight"); !status) return status.error();
  if (const Status status = check_widths(*inputs, "activation"); !status) return status.error();

  net::Network network = empty_network(description, (*inputs)[0]);
  std::size_t done = 0;  // layers with weights so far
  for (std::size_t i = 0; i < description.layers.size(); ++i) {
    const LayerDescription& from = description.layers[i];
    const net::Tensor in = network.tensors.back();
    net::Tensor out = in;
    if (from.kind != LayerKind::kMaxPool) {
      const std::size_t next = has_weights(from.kind) ? done + 1 : done;
      // Behind the last layer with weights nothing sets a width: keep that of its input.
      out = unsigned_tensor("", (*shapes)[i], (*inputs)[std::min(next, weighted - 1)]);
      if (i + 1 == description.layers.size() && !from.relu && has_weights(from.kind)) {
        out = {"", (*shapes)[i], 8, true, 1.0f, 0};
      }
    }
    out.name = from.name;
    out.shape = (*shapes)[i];
    const int bits = (*weights)[std::min(done, weighted - 1)];
    net::Layer layer = layer_of(from, in, out, has_weights(from.kind) ? bits : 8);
    layer.inputs = {static_cast<int>(network.tensors.size()) - 1};
    layer.output = static_cast<int>(network.tensors.size());
    if (has_weights(from.kind)) ++done;
    network.tensors.push_back(std::move(out));
    network.layers.push_back(std::move(layer));
  }
  return network;
}

}  // namespace tendon::zoo
