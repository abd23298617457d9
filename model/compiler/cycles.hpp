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

/// `descriptor`: the 16 words of a legal compute descriptor (CONV, MAX_POOL, ADD, TABLE, PACK).
Cycles predict(std::span<const std::uint32_t> descriptor, const Geometry& geometry);

/// Place of a descriptor in its chain.
struct ChainPlace {
  int index = 0;                     // among the compute descriptors of the chain
  std::uint64_t loaded_bytes = 0;    // index 0: input that is loaded in front of it
  std::uint64_t previous = 0;        // index > 0: predict().total() of its predecessor
  std::uint64_t streamed_bytes = 0;  // weights that are loaded under the predecessor; 0: resident
};

/// Cycles in which the array waits for this descriptor: doorbell, load and fetch for the first one;
/// for the others only what their fetch and decoding take longer than their predecessor runs.
std::uint64_t predict_start(std::span<const std::uint32_t> descriptor, const ChainPlace& place,
                            const Geometry& geometry);

}  // namespace tendon::compiler
