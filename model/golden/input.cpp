// SPDX-License-Identifier: MIT
#include "golden/input.hpp"

#include <algorithm>
#include <cmath>

namespace tendon::golden {

Result<CodedWindow> code_input(const net::Network& network, std::span<const float> volts) {
  const net::Shape& shape = network.tensors[0].shape;
  if (volts.size() != static_cast<std::size_t>(shape.size())) {
    return Error{"window has " + std::to_string(volts.size()) + " values, network '" +
                 network.name + "' (" + net::to_string(shape) + ") takes " +
                 std::to_string(shape.size())};
  }
  const auto channels = static_cast<std::size_t>(shape.channels);
  CodedWindow window;
  window.codes.reserve(volts.size());
  for (std::size_t i = 0; i < volts.size(); ++i) {
    if (std::isnan(volts[i])) {
      return Error{"window value is not a number at position " + std::to_string(i / channels) +
                   ", channel " + std::to_string(i % channels)};
    }
    const float index = std::nearbyint(volts[i] * network.input_coding.gain[i % channels] * 255.0f);
    const float clamped = std::clamp(index, 0.0f, 255.0f);
    if (clamped != index) ++window.saturated;
    window.codes.push_back(network.input_coding.table[static_cast<std::size_t>(clamped)]);
  }
  return window;
}

}  // namespace tendon::golden
