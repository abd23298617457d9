// SPDX-License-Identifier: MIT
// out[y, x, c] = the largest code of the window; padding takes no part
#include <algorithm>

#include "golden/layer.hpp"

namespace tendon::golden {
namespace {

Matrix16 prepare(const net::Network&, const net::Layer&) { return {}; }

std::int16_t largest(const LayerCall& call, int y, int x, int c) {
  const net::Axis& row = call.layer.row;
  const net::Axis& column = call.layer.column;
  const net::Shape& in = call.input_tensor().shape;
  auto best = static_cast<std::int16_t>(call.input_tensor().code_min());
  for (int ky = 0; ky < row.kernel; ++ky) {
    const int from_row = y * row.stride + ky * row.dilation - row.pad_begin;
    if (from_row < 0 || from_row >= in.rows) continue;
    for (int kx = 0; kx < column.kernel; ++kx) {
      const int from_column = x * column.stride + kx * column.dilation - column.pad_begin;
      if (from_column < 0 || from_column >= in.columns) continue;
      const int index = (from_row * in.columns + from_column) * in.channels + c;
      best = std::max(best, call.inputs[0][static_cast<std::size_t>(index)]);
    }
  }
  return best;
}

LayerOutput run(const LayerCall& call) {
  const net::Shape& out = call.output_tensor().shape;
  LayerOutput result;
  result.codes.reserve(static_cast<std::size_t>(out.size()));
  for (int y = 0; y < out.rows; ++y) {
    for (int x = 0; x < out.columns; ++x) {
      for (int c = 0; c < out.channels; ++c) result.codes.push_back(largest(call, y, x, c));
    }
  }
  return result;
}

}  // namespace

const LayerFunctions kMaxPoolFunctions = {prepare, run};

}  // namespace tendon::golden
