// SPDX-License-Identifier: MIT
// libFuzzer target for descriptions of networks: JSON, and one layer a line. What is accepted has
// shapes, and written again it is the same description.
#include <cstdlib>

#include "quant/float_network.hpp"
#include "zoo/description.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto description = tendon::zoo::parse_description(text)) {
    if (!tendon::zoo::layer_shapes(*description)) std::abort();
    const std::string json = tendon::zoo::to_json(*description);
    const auto again = tendon::zoo::parse_description(json);
    if (!again || tendon::zoo::to_json(*again) != json) std::abort();
  }
  if (const auto description = tendon::quant::parse_description(text)) {
    if (!tendon::quant::shapes(*description)) std::abort();
    const std::string lines = tendon::quant::to_text(*description);
    const auto again = tendon::quant::parse_description(lines);
    if (!again || tendon::quant::to_text(*again) != lines) std::abort();
  }
  return 0;
}
