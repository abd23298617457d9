// SPDX-License-Identifier: MIT
// Steps of quantize() that quantization-aware training and sensitivity use too.
#pragma once

#include <vector>

#include "quant/quant.hpp"

namespace tendon::quant {

struct LayerPlan {
  int weight_bits = 8;
  net::WeightGrid grid = net::WeightGrid::kTwos;
  int activation_bits = 8;  // of the output
};

/// Bits of every layer. Error: another number of bits than layers, or not 2, 4, 8.
Result<std::vector<LayerPlan>> plan_bits(const Description& description, const Options& options);

/// Scales and codes of every layer; `folded` has passed check() and has no batch norm.
Result<std::vector<QuantizedLayer>> quantize_layers(const FloatNetwork& folded,
                                                    const data::Windows& calibration,
                                                    const Options& options);

/// Whether windows have the length and channels of a network's input. Error: both values.
Status fits(const Description& description, const data::Windows& windows);

}  // namespace tendon::quant
