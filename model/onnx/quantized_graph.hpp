// SPDX-License-Identifier: MIT
#pragma once

#include "net/network.hpp"
#include "onnx/graph.hpp"

namespace tendon::onnx {

/// A checked network as an ONNX graph: float operators between QuantizeLinear and
/// DequantizeLinear, channels second. Names: tensor i is `t<i>`, layer i has the initializers
/// `l<i>.weight`, `.weight_scale`, `.bias`, `.table`, tensor i `t<i>.scale`, `t<i>.zero_point`.
Model to_graph(const net::Network& network);

}  // namespace tendon::onnx
