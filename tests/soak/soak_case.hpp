// SPDX-License-Identifier: MIT
// One seed of the soak: a random network on every engine.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "net/network.hpp"

namespace tendon::soak {

inline constexpr std::size_t kKinds = 8;  // net::LayerKind, the first one is 1

struct Outcome {
  std::string config;
  bool stalls = false;  // random ones on every AXI channel and register access
  int windows = 0;
  std::uint64_t layers = 0;
  std::uint64_t on_accelerator = 0;
  std::array<std::uint64_t, kKinds> kinds{};
  std::uint64_t values = 0;  // compared with golden, all engines
  std::uint64_t cycles = 0;  // of the RTL
  std::string difference;    // empty: none. Engine, window, layer, values; or what failed
  std::vector<std::uint8_t> program;
};

/// The case of that seed and nothing else: network, configuration, windows and stalls follow from
/// it. Cases are one to four random layers on `base` (half of them), `tiny` or `wide`; one in 100
/// is a network of the zoo. `spoil`: one value of the RTL's answer is changed before the
/// comparison, to see it found.
Outcome run_case(std::uint64_t seed, bool spoil);

}  // namespace tendon::soak
