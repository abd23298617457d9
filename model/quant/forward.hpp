// SPDX-License-Identifier: MIT
// Float evaluation of folded networks, layer by layer, for calibration. Not normative.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "data/data.hpp"
#include "quant/float_network.hpp"

namespace tendon::quant {

/// [window * time, channel]
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A batch of activations; `time` rows per window.
struct Batch {
  Matrix values;
  int time = 1;
};

/// Volts to the network's input (code - zero) / 255, coded as net::InputCoding does with the linear
/// table.
Batch input_batch(const FloatNetwork& network, const data::Windows& windows,
                  const std::vector<int>& indices);

/// Output of one layer before ReLU and pool. `weights`, `bias`: as FloatLayer, without batch norm.
Batch pre_activation(const LayerDescription& layer, const std::vector<float>& weights,
                     const std::vector<float>& bias, const Batch& input);

/// ReLU and max pool of a layer, as the description says.
Batch post_activation(const LayerDescription& layer, Batch output);

/// Indices of at most `most` windows, spread evenly over all.
std::vector<int> spread(int count, int most);

}  // namespace tendon::quant
