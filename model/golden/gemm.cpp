// SPDX-License-Identifier: MIT
// acc[y, m, n] = sum over k of (a[y, m, k] - za) * (b[y, n, k] - zb), for each row y
#include "golden/layer.hpp"

namespace tendon::golden {
namespace {

Matrix16 prepare(const net::Network&, const net::Layer&) { return {}; }

Codes centered(std::span<const std::int16_t> codes, int zero_point) {
  Codes values(codes.begin(), codes.end());
  for (std::int16_t& value : values) value = static_cast<std::int16_t>(value - zero_point);
  return values;
}

LayerOutput run(const LayerCall& call) {
  const net::Shape& shape = call.input_tensor(0).shape;
  const int depth = shape.channels;
  const int columns_b = call.input_tensor(1).shape.columns;
  const Codes a = centered(call.inputs[0], call.input_tensor(0).zero_point);
  const Codes b = centered(call.inputs[1], call.input_tensor(1).zero_point);
  LayerOutput result;
  for (int y = 0; y < shape.rows; ++y) {
    for (int m = 0; m < shape.columns; ++m) {
      const std::int16_t* row_a = a.data() + (y * shape.columns + m) * depth;
      for (int n = 0; n < columns_b; ++n) {
        const std::int16_t* row_b = b.data() + (y * columns_b + n) * depth;
        result.accumulators.push_back(dot(row_a, row_b, depth));
      }
    }
  }
  result.codes = requantize_all(call, result.accumulators);
  return result;
}

}  // namespace

const LayerFunctions kGemmFunctions = {prepare, run};

}  // namespace tendon::golden
