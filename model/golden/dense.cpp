// SPDX-License-Identifier: MIT
// acc[o] = bias[o] + sum over i of w[o, i] * (in[i] - zx), i over the flattened input
#include "golden/layer.hpp"

namespace tendon::golden {
namespace {

LayerOutput run(const LayerCall& call) {
  const int zero_point = call.input_tensor().zero_point;
  Codes input(call.inputs[0].begin(), call.inputs[0].end());
  for (std::int16_t& code : input) code = static_cast<std::int16_t>(code - zero_point);
  LayerOutput result;
  for (Eigen::Index o = 0; o < call.weights.rows(); ++o) {
    result.accumulators.push_back(
        call.layer.bias[static_cast<std::size_t>(o)] +
        dot(call.weights.row(o).data(), input.data(), static_cast<int>(call.weights.cols())));
  }
  result.codes = requantize_all(call, result.accumulators);
  return result;
}

}  // namespace

const LayerFunctions kDenseFunctions = {weight_matrix, run};

}  // namespace tendon::golden
