// SPDX-License-Identifier: MIT
// acc[y, x, c] = sum over the window of (in - zx), exact; padding adds 0 and counts in n, which is
// part of the scale
#include "golden/layer.hpp"

namespace tendon::golden {
namespace {

Matrix16 prepare(const net::Network&, const net::Layer&) { return {}; }

LayerOutput run(const LayerCall& call) {
  const net::Axis& row = call.layer.row;
  const net::Axis& column = call.layer.column;
  const net::Shape& out = call.output_tensor().shape;
  const Padded padded = pad(call);
  const auto channels = static_cast<std::size_t>(out.channels);
  LayerOutput result;
  for (int y = 0; y < out.rows; ++y) {
    for (int x = 0; x < out.columns; ++x) {
      std::vector<std::int32_t> sums(channels, 0);
      for (int ky = 0; ky < row.kernel; ++ky) {
        for (int kx = 0; kx < column.kernel; ++kx) {
          const std::int16_t* in = padded.at(y * row.stride + ky * row.dilation,
                                             x * column.stride + kx * column.dilation);
          for (std::size_t c = 0; c < channels; ++c) sums[c] += in[c];
        }
      }
      result.accumulators.insert(result.accumulators.end(), sums.begin(), sums.end());
    }
  }
  result.codes = requantize_all(call, result.accumulators);
  return result;
}

}  // namespace

const LayerFunctions kAvgPoolFunctions = {prepare, run};

}  // namespace tendon::golden
