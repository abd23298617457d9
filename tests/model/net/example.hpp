// SPDX-License-Identifier: MIT
// A small legal network for the tests of net: conv (pool 2) -> dense.
#pragma once

#include "net/network.hpp"

namespace tendon::net {

inline Network example_network() {
  Network n;
  n.name = "example";
  n.classes = {"rest", "fist", "point"};
  n.input_coding.gain.assign(2, 1000.0f);
  for (int i = 0; i < 256; ++i) n.input_coding.table.push_back(static_cast<std::uint8_t>(i));
  n.tensors = {{"input", {1, 9, 2}, 8, false, 0.1f, 3},
               {"features", {1, 4, 5}, 4, false, 0.2f, 0},
               {"scores", {1, 1, 3}, 8, true, 0.3f, 0}};
  Layer conv;
  conv.name = "conv";
  conv.inputs = {0};
  conv.output = 1;
  conv.column = {3, 1, 1, 1, 1};
  conv.weight_bits = 4;
  for (int i = 0; i < 5 * 3 * 2; ++i) conv.weights.push_back(static_cast<std::int8_t>(i % 16 - 8));
  conv.bias = {1, -2, 3, -4, 5};
  conv.requant.assign(5, {1 << 23, 30});
  conv.lo = 0;
  conv.hi = 15;
  conv.fused_pool = 2;
  Layer dense;
  dense.name = "dense";
  dense.kind = LayerKind::kDense;
  dense.inputs = {1};
  dense.output = 2;
  dense.weight_bits = 2;
  dense.grid = WeightGrid::kOdd;
  for (int i = 0; i < 3 * 20; ++i) dense.weights.push_back(static_cast<std::int8_t>(i % 4 - 2));
  dense.bias = {100, 0, -100};
  dense.requant.assign(3, {(1 << 24) - 1, 26});
  dense.rounding = Rounding::kUp;
  dense.lo = -128;
  dense.hi = 127;
  n.layers = {conv, dense};
  return n;
}

}  // namespace tendon::net
