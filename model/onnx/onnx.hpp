// SPDX-License-Identifier: MIT
// Networks as ONNX files. The wire format is written and read here; no ONNX library is needed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "net/network.hpp"
#include "quant/float_network.hpp"

namespace tendon::onnx {

/// Quantized network as ONNX (opset 21) with QuantizeLinear / DequantizeLinear around every layer.
/// 4-bit codes are INT4 / UINT4 elements. 2-bit codes too, since INT2 (opset 25) is read by hardly
/// any tool yet: {-2..1}, or the values {-3,-1,1,3} of the odd grid. What ONNX has no field for
/// (real widths, rounding mode, multipliers, gain, table, class names) is JSON in `metadata_props`,
/// key `tendon.network`; read() gives back the same net::Network bit for bit (weight scales that
/// are missing come back as 1). Error: a network that fails net::check(); a file that cannot be
/// written.
Status write(const std::string& path, const net::Network& network);
Result<std::string> encode(const net::Network& network);

/// Error: not an ONNX file, truncated, not written by write(), graph and metadata that disagree, a
/// network that fails net::check(). Names the node or key.
Result<net::Network> read(const std::string& path);
Result<net::Network> decode(std::span<const std::uint8_t> bytes);

/// Float network (batch norm kept) as plain ONNX: Conv, BatchNormalization, Relu, MaxPool, Gemm.
Status write_float(const std::string& path, const quant::FloatNetwork& network);
/// Error: as read().
Result<quant::FloatNetwork> read_float(const std::string& path);

/// What a file holds, without reading all of it. Error: neither of the two, or unreadable.
enum class Content { kFloat, kQuantized };
Result<Content> content(const std::string& path);

}  // namespace tendon::onnx
