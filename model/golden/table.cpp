// SPDX-License-Identifier: MIT
// out[i] = table[in[i] & 0xFF], read as a code of the output tensor
#include "golden/layer.hpp"

namespace tendon::golden {
namespace {

Matrix16 prepare(const net::Network&, const net::Layer&) { return {}; }

LayerOutput run(const LayerCall& call) {
  const bool is_signed = call.output_tensor().is_signed;
  LayerOutput result;
  result.codes.reserve(call.inputs[0].size());
  for (const std::int16_t code : call.inputs[0]) {
    const std::int8_t entry = call.layer.table[static_cast<std::size_t>(code & 0xFF)];
    const int value = is_signed ? entry : static_cast<std::uint8_t>(entry);
    result.codes.push_back(static_cast<std::int16_t>(value));
  }
  return result;
}

}  // namespace

const LayerFunctions kTableFunctions = {prepare, run};

}  // namespace tendon::golden
