// SPDX-License-Identifier: MIT
// acc[y, x, o] = bias[o] + sum over ky, kx, c of w[o, ky, kx, c] * (in[y', x', c] - zx)
// y' = y * stride + ky * dilation - pad, x' likewise; then requantize, then the fused max pool.
#include <algorithm>

#include "golden/layer.hpp"

namespace tendon::golden {
namespace {

/// A window as runs of contiguous values: a whole kernel row, or one tap when taps are dilated.
struct Window {
  int rows, taps, run;
  int row_step, tap_step;
};

Window window_of(const net::Layer& layer, int channels) {
  const net::Axis& column = layer.column;
  const bool contiguous = column.dilation == 1;
  return {layer.row.kernel, contiguous ? 1 : column.kernel,
          contiguous ? column.kernel * channels : channels, layer.row.dilation, column.dilation};
}

std::int32_t window_sum(const Padded& padded, int y, int x, const Window& window,
                        const std::int16_t* weights) {
  std::int32_t sum = 0;
  for (int ky = 0; ky < window.rows; ++ky) {
    for (int kx = 0; kx < window.taps; ++kx) {
      sum +=
          dot(padded.at(y + ky * window.row_step, x + kx * window.tap_step), weights, window.run);
      weights += window.run;
    }
  }
  return sum;
}

std::vector<std::int32_t> accumulate(const LayerCall& call, int rows, int columns) {
  const net::Layer& layer = call.layer;
  const Padded padded = pad(call);
  const Window window = window_of(layer, padded.channels);
  const Eigen::Index outputs = call.weights.rows();
  std::vector<std::int32_t> sums;
  sums.reserve(static_cast<std::size_t>(rows * columns * outputs));
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      for (Eigen::Index o = 0; o < outputs; ++o) {
        sums.push_back(layer.bias[static_cast<std::size_t>(o)] +
                       window_sum(padded, y * layer.row.stride, x * layer.column.stride, window,
                                  call.weights.row(o).data()));
      }
    }
  }
  return sums;
}

Codes pool_columns(const Codes& codes, std::size_t pool, std::size_t channels) {
  Codes pooled(codes.size() / pool);
  for (std::size_t i = 0; i < pooled.size(); ++i) {
    const std::size_t first = i / channels * channels * pool + i % channels;
    pooled[i] = codes[first];
    for (std::size_t k = 1; k < pool; ++k) {
      pooled[i] = std::max(pooled[i], codes[first + k * channels]);
    }
  }
  return pooled;
}

LayerOutput run(const LayerCall& call) {
  const net::Shape& out = call.output_tensor().shape;
  LayerOutput result;
  result.accumulators = accumulate(call, out.rows, net::computed_columns(call.network, call.layer));
  result.codes = requantize_all(call, result.accumulators);
  if (call.layer.fused_pool > 1) {
    result.codes = pool_columns(result.codes, static_cast<std::size_t>(call.layer.fused_pool),
                                static_cast<std::size_t>(out.channels));
  }
  return result;
}

}  // namespace

const LayerFunctions kConvFunctions = {weight_matrix, run};

}  // namespace tendon::golden
