// SPDX-License-Identifier: MIT
// The cycle model of docs/accelerator.md: what the array does with a descriptor, tile by tile.
#pragma once

#include <cstdint>
#include <span>

#include "compiler/program.hpp"

namespace tendon::compiler {

/// Cycles of one compute descriptor, from the end of its predecessor to its own last word, by the
/// causes of docs/accelerator.md section 9. What comes before the first descriptor of a chain
/// (fetch, loads) is not in here.
struct Cycles {
  std::uint64_t active = 0;
  std::uint64_t wait_writeback = 0;
  std::uint64_t drain = 0;
  std::uint64_t total() const { return active + wait_writeback + drain; }
};

/// `descriptor`: the 16 words of a legal CONV descriptor.
Cycles predict(std::span<const std::uint32_t> descriptor, const Geometry& geometry);

/// Cycles of a LOAD of `bytes` at the start of a chain, with the fetch of the first descriptors.
std::uint64_t predict_load(std::uint64_t bytes, const Geometry& geometry);

}  // namespace tendon::compiler
