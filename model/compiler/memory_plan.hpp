// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

namespace tendon::compiler {

/// One tensor in activation memory: words, and the first and last layer during which they must
/// stay.
struct Interval {
  int words = 0;
  int first = 0, last = 0;
  int base = -1;  // out: multiple of 4
};

/// Places tensors so that no two that live at the same time overlap: largest first, each at the
/// lowest free base. Sets `base` of all; returns the words used, or nothing when they do not fit in
/// `capacity` (then some bases are set).
std::optional<int> place(std::vector<Interval>& tensors, int capacity);

}  // namespace tendon::compiler
