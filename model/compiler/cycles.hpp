// SPDX-License-Identifier: MIT
// The cycle model of docs/accelerator.md: what the array does with a descriptor, tile by tile.
#pragma once

#include <cstdint>
#include <span>

#include "compiler/program.hpp"

namespace tendon::compiler {

/// Cycles of one compute descriptor, from the end of its predecessor to its own last word, by the
/// causes of docs/accelerator.md section 9. What comes before the first step of a chain is not in
/// here.
struct Cycles {
  std::uint64_t active = 0;
  std::uint64_t wait_activations = 0;  // words of a LOAD that still runs
  std::uint64_t wait_writeback = 0;
  std::uint64_t drain = 0;
  std::uint64_t total() const { return active + wait_activations + wait_writeback + drain; }
};

/// `descriptor`: the 16 words of a legal compute descriptor (CONV, MAX_POOL, ADD, TABLE, PACK).
Cycles predict(std::span<const std::uint32_t> descriptor, const Geometry& geometry);

/// A LOAD of activations that runs under a descriptor with OVERLAP; cycle 1 is the descriptor's
/// first.
struct Arrival {
  std::int64_t first_word = 0;
  std::int64_t beat_words = 4;
  std::int64_t first_beat = 1;  // cycle in which it is written, the others follow one a cycle
  std::int64_t beats = 0;
};

/// As above, with the waits for words that have not arrived.
Cycles predict(std::span<const std::uint32_t> descriptor, const Arrival& arrival,
               const Geometry& geometry);

/// Cycles from the arrival of a descriptor to its start, when nothing is in the way.
std::uint64_t decode_cycles(std::span<const std::uint32_t> descriptor);

/// Place of a descriptor in its chain.
struct ChainPlace {
  int index = 0;                     // among the compute descriptors of the chain
  std::uint64_t loaded_bytes = 0;    // index 0: input that is loaded while it starts
  int loaded_word = 0;               // and its first word on chip
  std::uint64_t previous = 0;        // index > 0: predict().total() of its predecessor
  std::uint64_t streamed_bytes = 0;  // weights that are loaded under the predecessor; 0: resident
};

/// As above, with the waits of a chain's first descriptor for its input.
Cycles predict(std::span<const std::uint32_t> descriptor, const ChainPlace& place,
               const Geometry& geometry);

/// Cycles in front of the first step of a descriptor: fetch and decoding for the first one of a
/// chain; for the others only what theirs take longer than their predecessor runs.
std::uint64_t predict_start(std::span<const std::uint32_t> descriptor, const ChainPlace& place,
                            const Geometry& geometry);

}  // namespace tendon::compiler
