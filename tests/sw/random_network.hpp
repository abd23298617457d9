// SPDX-License-Identifier: MIT
// Random legal networks of one layer, and small sequential ones, for the tests of the kernels.
#pragma once

#include <random>

#include "net/network.hpp"

namespace tendon::test {

using Random = std::mt19937;

struct LayerSpec {
  net::LayerKind kind = net::LayerKind::kConv;
  int activation_bits = 8;
  int weight_bits = 8;
  int output_bits = 8;
  net::WeightGrid grid = net::WeightGrid::kTwos;
  net::Rounding rounding = net::Rounding::kFloat;
};

/// A network of one layer of this kind; shapes, signs, zero points, clamps and scales are random.
/// Passes net::check().
net::Network random_layer(const LayerSpec& spec, Random& random);

/// conv k7 p3 -> conv k3 p1 with fused pool 2 -> dense -> dense, small. Passes net::check(). Of a
/// few windows at least two have different labels.
net::Network small_network(Random& random);

/// One window of random codes in the input's range, one byte each.
std::vector<std::uint8_t> random_window(const net::Network& network, Random& random);

}  // namespace tendon::test
