// SPDX-License-Identifier: MIT
#include "compiler/memory_plan.hpp"

#include <algorithm>
#include <numeric>

namespace tendon::compiler {
namespace {

constexpr int kAlign = 4;  // loads and stores move 128 bits

int aligned(int words) { return (words + kAlign - 1) / kAlign * kAlign; }

bool alive_together(const Interval& a, const Interval& b) {
  return a.first <= b.last && b.first <= a.last;
}

/// Lowest base at which `tensor` overlaps none of the placed ones that live with it.
int lowest_base(const Interval& tensor, const std::vector<const Interval*>& placed) {
  int base = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (const Interval* other : placed) {
      const bool overlaps = base < other->base + other->words && other->base < base + tensor.words;
      if (alive_together(tensor, *other) && overlaps) {
        base = aligned(other->base + other->words);
        moved = true;
      }
    }
  }
  return base;
}

}  // namespace

std::optional<int> place(std::vector<Interval>& tensors, int capacity) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return tensors[a].words > tensors[b].words;
  });
  std::vector<const Interval*> placed;
  int used = 0;
  for (const std::size_t index : order) {
    Interval& tensor = tensors[index];
    tensor.base = lowest_base(tensor, placed);
    used = std::max(used, aligned(tensor.base + tensor.words));
    if (used > capacity) return std::nullopt;
    placed.push_back(&tensor);
  }
  return used;
}

}  // namespace tendon::compiler
