// SPDX-License-Identifier: MIT
#include "tlm/cycle_model.hpp"

#include <algorithm>

namespace tendon::vp {

namespace {

constexpr std::uint64_t kSetup = 8;      // decode and first addresses
constexpr std::uint64_t kPipeline = 10;  // last product to written word
constexpr std::uint64_t kBusLatency = 8;

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

}  // namespace

ConvCycles conv_cycles(const ConvFields& f, const Geometry& g) {
  const std::uint64_t slices = f.wgt_bits / 2;
  const std::uint64_t tiles = ceil_div(f.out_channels, g.rows);
  const std::uint64_t fetches = ceil_div(f.seg_words, g.lanes / 4);
  const std::uint64_t groups = ceil_div(f.seg_words * f.elements_per_word(), 4 * g.lanes);
  const std::uint64_t passes = f.narrow ? 1 : 2;
  const std::uint64_t full = f.out_cols / g.columns, rest = f.out_cols % g.columns;
  const std::uint64_t tile_steps = f.segments() * fetches * slices;
  const std::uint64_t split_steps = f.segments() * groups * slices;
  // The drain of a tile hides behind the next one unless that is shorter.
  const std::uint64_t tile_drain = g.columns * passes, split_drain = passes;
  const auto visible = [](std::uint64_t steps, std::uint64_t drain) {
    return drain > steps ? drain - steps : 0;
  };
  const std::uint64_t tile_runs = (full + (rest != 0 && !f.split ? 1 : 0)) * f.out_rows * tiles;
  const std::uint64_t split_runs = f.split ? rest * f.out_rows * tiles : 0;
  ConvCycles cycles;
  cycles.setup = kSetup;
  cycles.active = tile_runs * tile_steps + split_runs * split_steps;
  cycles.wait_writeback =
      tile_runs * visible(tile_steps, tile_drain) + split_runs * visible(split_steps, split_drain);
  cycles.drain = kPipeline + (split_runs != 0 ? split_drain : tile_drain);
  return cycles;
}

std::uint64_t load_cycles(std::uint32_t bytes, const Geometry& g) {
  return kBusLatency + ceil_div(bytes, g.bus_bytes);
}

std::uint64_t store_cycles(std::uint32_t bytes, const Geometry& g) {
  return kBusLatency + ceil_div(bytes, g.bus_bytes);
}

std::uint64_t fetch_cycles(const Geometry& g) { return kBusLatency + 64 / g.bus_bytes; }

}  // namespace tendon::vp
