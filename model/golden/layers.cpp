// SPDX-License-Identifier: MIT
#include "golden/layer.hpp"
#include "golden/requantize.hpp"

namespace tendon::golden {

const LayerFunctions& functions(net::LayerKind kind) {
  switch (kind) {
    case net::LayerKind::kConv:
      return kConvFunctions;
    case net::LayerKind::kDense:
      return kDenseFunctions;
    case net::LayerKind::kDepthwise:
      return kDepthwiseFunctions;
    case net::LayerKind::kMaxPool:
      return kMaxPoolFunctions;
    case net::LayerKind::kAvgPool:
      return kAvgPoolFunctions;
    case net::LayerKind::kAdd:
      return kAddFunctions;
    case net::LayerKind::kTable:
      return kTableFunctions;
    case net::LayerKind::kGemm:
      return kGemmFunctions;
  }
  TENDON_CHECK(false);
  return kConvFunctions;
}

Matrix16 weight_matrix(const net::Network& network, const net::Layer& layer) {
  const auto outputs = static_cast<Eigen::Index>(layer.bias.size());
  Matrix16 weights(outputs, net::weights_per_channel(network, layer));
  TENDON_CHECK_EQ(weights.size(), static_cast<Eigen::Index>(layer.weights.size()));
  for (Eigen::Index i = 0; i < weights.size(); ++i) {
    const std::int8_t code = layer.weights[static_cast<std::size_t>(i)];
    weights.data()[i] = static_cast<std::int16_t>(net::weight_value(layer.grid, code));
  }
  return weights;
}

Padded pad(const LayerCall& call) {
  const net::Tensor& in = call.input_tensor();
  const net::Axis& row = call.layer.row;
  const net::Axis& column = call.layer.column;
  const int rows = in.shape.rows + row.pad_begin + row.pad_end;
  Padded padded;
  padded.columns = in.shape.columns + column.pad_begin + column.pad_end;
  padded.channels = in.shape.channels;
  padded.values.assign(static_cast<std::size_t>(rows) * static_cast<std::size_t>(padded.columns) *
                           static_cast<std::size_t>(padded.channels),
                       0);
  const int row_elements = in.shape.columns * in.shape.channels;
  for (int y = 0; y < in.shape.rows; ++y) {
    const std::int16_t* from =
        call.inputs[0].data() + static_cast<std::ptrdiff_t>(y) * row_elements;
    std::int16_t* to = padded.values.data() +
                       (padded.at(y + row.pad_begin, column.pad_begin) - padded.values.data());
    for (int i = 0; i < row_elements; ++i) {
      to[i] = static_cast<std::int16_t>(from[i] - in.zero_point);
    }
  }
  return padded;
}

Codes requantize_all(const LayerCall& call, std::span<const std::int32_t> accumulators) {
  const std::vector<net::Requant>& scales = call.layer.requant;
  const int zero_point = call.output_tensor().zero_point;
  Codes codes(accumulators.size());
  std::size_t channel = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = requantize(accumulators[i], scales[channel], call.layer, zero_point);
    channel = channel + 1 == scales.size() ? 0 : channel + 1;
  }
  return codes;
}

}  // namespace tendon::golden
