// SPDX-License-Identifier: MIT
// out[i] = clamp(zy + round(((a[i] - za) * Ma + (b[i] - zb) * Mb) * 2^-S)): one rounding
#include "golden/layer.hpp"
#include "golden/requantize.hpp"

namespace tendon::golden {
namespace {

Matrix16 prepare(const net::Network&, const net::Layer&) { return {}; }

LayerOutput run(const LayerCall& call) {
  const net::Layer& layer = call.layer;
  const std::int64_t scale_a = layer.requant[0].multiplier;
  const std::int64_t scale_b = layer.requant[1].multiplier;
  const int zero_a = call.input_tensor(0).zero_point;
  const int zero_b = call.input_tensor(1).zero_point;
  const int zero_out = call.output_tensor().zero_point;
  LayerOutput result;
  result.codes.resize(call.inputs[0].size());
  for (std::size_t i = 0; i < result.codes.size(); ++i) {
    const std::int64_t sum =
        (call.inputs[0][i] - zero_a) * scale_a + (call.inputs[1][i] - zero_b) * scale_b;
    const std::int64_t rounded = round_shift(sum, layer.requant[0].shift, layer.rounding);
    result.codes[i] = clamp_code(rounded, zero_out, layer.lo, layer.hi);
  }
  return result;
}

}  // namespace

const LayerFunctions kAddFunctions = {prepare, run};

}  // namespace tendon::golden
