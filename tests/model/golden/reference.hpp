// SPDX-License-Identifier: MIT
// A second writing of docs/numerics.md: plain int64 loops over indices, no padding buffers, no
// windows, no code of golden. Slow and obvious.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "net/network.hpp"

namespace tendon::reference {

using Values = std::vector<std::int64_t>;

struct Outcome {
  std::vector<Values> tensors;
  Values accumulators;
  int label = -1;
};

/// One window of codes, in the range of tensor 0. The network is legal.
Outcome run(const net::Network& network, std::span<const std::uint8_t> window);

}  // namespace tendon::reference
