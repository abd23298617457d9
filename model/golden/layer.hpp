// SPDX-License-Identifier: MIT
// One layer kind = one file that defines a LayerFunctions, and one line in the table of layers.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/types.hpp"
#include "net/network.hpp"

namespace tendon::golden {

struct LayerOutput {
  Codes codes;
  /// [row, column, channel], columns as computed before a fused pool. Empty for kinds without
  /// accumulators.
  std::vector<std::int32_t> accumulators;
};

struct LayerCall {
  const net::Network& network;
  const net::Layer& layer;
  const Matrix16& weights;                                // as LayerFunctions::prepare gave them
  std::span<const std::span<const std::int16_t>> inputs;  // codes, in the order of layer.inputs

  const net::Tensor& input_tensor(std::size_t which = 0) const {
    return network.tensors[static_cast<std::size_t>(layer.inputs[which])];
  }
  const net::Tensor& output_tensor() const {
    return network.tensors[static_cast<std::size_t>(layer.output)];
  }
};

/// The network has passed net::check(), and the inputs have their tensors' sizes and ranges.
struct LayerFunctions {
  Matrix16 (*prepare)(const net::Network&, const net::Layer&);  // done once per network
  LayerOutput (*run)(const LayerCall&);
};

const LayerFunctions& functions(net::LayerKind kind);

extern const LayerFunctions kConvFunctions;
extern const LayerFunctions kDenseFunctions;
extern const LayerFunctions kDepthwiseFunctions;
extern const LayerFunctions kMaxPoolFunctions;
extern const LayerFunctions kAvgPoolFunctions;
extern const LayerFunctions kAddFunctions;
extern const LayerFunctions kTableFunctions;
extern const LayerFunctions kGemmFunctions;

/// Weight values [output channel, element]. Empty for kinds without weights.
Matrix16 weight_matrix(const net::Network& network, const net::Layer& layer);

/// Padded input of a layer with windows, minus the zero point, so that padding is 0.
struct Padded {
  std::vector<std::int16_t> values;  // [row, column, channel]
  int columns = 0;
  int channels = 0;
  const std::int16_t* at(int row, int column) const {
    return values.data() + (static_cast<std::ptrdiff_t>(row) * columns + column) * channels;
  }
};
Padded pad(const LayerCall& call);

/// Codes of a requantized accumulator tensor; scale `channel % requant.size()` for each.
Codes requantize_all(const LayerCall& call, std::span<const std::int32_t> accumulators);

}  // namespace tendon::golden
