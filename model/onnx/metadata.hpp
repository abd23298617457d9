// SPDX-License-Identifier: MIT
// What of a network ONNX has no field for, as JSON text under the metadata key `tendon.network`.
#pragma once

#include <string>

#include "net/network.hpp"

namespace tendon::onnx {

inline constexpr const char* kNetworkKey = "tendon.network";
inline constexpr const char* kFloatKey = "tendon.float";

/// All of a network but weights, weight scales, biases, tables and the scales of tensors.
std::string to_metadata(const net::Network& network);

/// Error: no JSON, a key that is missing, of another type or out of range; names it.
Result<net::Network> from_metadata(const std::string& text);

}  // namespace tendon::onnx
