// SPDX-License-Identifier: MIT
// Two runs of one window, compared value by value. The first difference is all that is told: what
// follows it is mostly its consequence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/engine.hpp"
#include "net/network.hpp"

namespace tendon::cli {

struct Difference {
  std::string layer;  // name, or "label"
  std::string where;  // "index 17 (row 0, column 3, channel 2)"
  std::int64_t want = 0;
  std::int64_t got = 0;
};

/// "conv2: index 17 (...): want 5 (0x05), got 4 (0x04)"; hex has the digits of the code's width.
std::string to_string(const Difference& difference);

struct Comparison {
  std::uint64_t values = 0;  // codes and labels that were compared
  std::optional<Difference> first;
};

/// Compares every layer in order, then the label. `want` and `got` must hold tensors (run with
/// tensors = true). A tensor that is missing or has another size is a difference, never skipped.
Comparison compare(const net::Network& network, const engine::RunResult& want,
                   const engine::RunResult& got);

}  // namespace tendon::cli
