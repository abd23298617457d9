// SPDX-License-Identifier: MIT
// acc[y, x, c] = bias[c] + sum over ky, kx of w[c, ky, kx] * (in[y', x', c] - zx), as in conv.cpp
#include "golden/layer.hpp"

namespace tendon::golden {
namespace {

/// [tap, channel], so that the inner loop runs over neighbours.
Matrix16 prepare(const net::Network& network, const net::Layer& layer) {
  return weight_matrix(network, layer).transpose();
}

LayerOutput run(const LayerCall& call) {
  const net::Axis& row = call.layer.row;
  const net::Axis& column = call.layer.column;
  const net::Shape& out = call.output_tensor().shape;
  const Padded padded = pad(call);
  const auto channels = static_cast<std::size_t>(out.channels);
  LayerOutput result;
  for (int y = 0; y < out.rows; ++y) {
    for (int x = 0; x < out.columns; ++x) {
      std::vector<std::int32_t> sums = call.layer.bias;
      for (Eigen::Index tap = 0; tap < call.weights.rows(); ++tap) {
        const int ky = static_cast<int>(tap) / column.kernel;
        const int kx = static_cast<int>(tap) % column.kernel;
        const std::int16_t* in =
            padded.at(y * row.stride + ky * row.dilation, x * column.stride + kx * column.dilation);
        const std::int16_t* weights = call.weights.row(tap).data();
        for (std::size_t c = 0; c < channels; ++c) sums[c] += in[c] * weights[c];
      }
      result.accumulators.insert(result.accumulators.end(), sums.begin(), sums.end());
    }
  }
  result.codes = requantize_all(call, result.accumulators);
  return result;
}

}  // namespace

const LayerFunctions kDepthwiseFunctions = {prepare, run};

}  // namespace tendon::golden
