// SPDX-License-Identifier: MIT
#include "cli/compare.hpp"

#include <cstdio>

namespace tendon::cli {
namespace {

std::string place(const net::Shape& shape, std::size_t index) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  const auto columns = static_cast<std::size_t>(shape.columns);
  return "index " + std::to_string(index) + " (row " + std::to_string(index / channels / columns) +
         ", column " + std::to_string(index / channels % columns) + ", channel " +
         std::to_string(index % channels) + ")";
}

std::string with_hex(std::int64_t value) {
  // Negative codes as the byte that the memories hold.
  char hex[24];
  std::snprintf(hex, sizeof hex, "0x%02llX",
                static_cast<unsigned long long>(value < 0 ? value & 0xFF : value));
  return std::to_string(value) + " (" + hex + ")";
}

}  // namespace

std::string to_string(const Difference& difference) {
  return difference.layer + ": " + difference.where + ": want " + with_hex(difference.want) +
         ", got " + with_hex(difference.got);
}

Comparison compare(const net::Network& network, const engine::RunResult& want,
                   const engine::RunResult& got) {
  Comparison result;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const net::Layer& layer = network.layers[i];
    const net::Shape& shape = network.tensors[static_cast<std::size_t>(layer.output)].shape;
    const auto size = static_cast<std::size_t>(shape.size());
    const std::size_t want_size = i < want.layers.size() ? want.layers[i].codes.size() : 0;
    const std::size_t got_size = i < got.layers.size() ? got.layers[i].codes.size() : 0;
    if (want_size != size || got_size != size) {
      result.first =
          Difference{layer.name, "number of values",
                     static_cast<std::int64_t>(want_size != size ? size : want_size),
                     static_cast<std::int64_t>(want_size != size ? want_size : got_size)};
      return result;
    }
    for (std::size_t k = 0; k < size; ++k) {
      ++result.values;
      if (want.layers[i].codes[k] != got.layers[i].codes[k]) {
        result.first = Difference{layer.name, place(shape, k), want.layers[i].codes[k],
                                  got.layers[i].codes[k]};
        return result;
      }
    }
  }
  ++result.values;
  if (want.label != got.label) {
    result.first = Difference{"label", "class", want.label, got.label};
  }
  return result;
}

}  // namespace tendon::cli
