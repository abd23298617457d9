// SPDX-License-Identifier: MIT
// A layer of few plain numbers that RapidCheck draws and, when a property fails, makes smaller.
#pragma once

#include <rapidcheck.h>
#include <iosfwd>

#include "net/network.hpp"

namespace tendon::test {

/// Every number shrinks on its own: sizes to 1, widths to 8 bits, data, padding and zero points to
/// 0.
struct LayerCase {
  net::Layer layer;  // kind, widths, axes, pool, rounding; weights, bias, requantization
  net::Tensor in, out;
  std::vector<std::uint8_t> window;  // codes of `in`
  std::vector<std::int8_t> second;   // kAdd, kGemm: the other operand is this table of the window
};

/// Layers of this kind; most, not all, pass net::check().
rc::Gen<LayerCase> layer_cases(net::LayerKind kind);

/// The case as a network that engines run: the layer, before it the table of the other operand.
net::Network to_network(const LayerCase& layer_case);

/// One line: kind, widths, shapes, axes, and all data when there is little of it.
void showValue(const LayerCase& layer_case, std::ostream& out);

}  // namespace tendon::test
