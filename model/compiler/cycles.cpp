// SPDX-License-Identifier: MIT
// The cycle model of docs/accelerator.md.
#include <algorithm>

#include "compiler/lowered.hpp"

namespace tendon::compiler {
namespace {

constexpr int kLayerOverhead = 16;

}  // namespace

std::uint32_t predicted_cycles(const ConvJob& job, const Geometry& g) {
  const std::int64_t fetches = (job.seg_words + g.fetch_words() - 1) / g.fetch_words();
  const std::int64_t tile_steps = job.segments() * fetches * job.slices();
  const std::int64_t split_steps =
      std::int64_t{job.segments()} * job.groups(g) * job.slices() * (g.columns == 2 ? 2 : 1);
  const std::int64_t full = job.out_cols / g.columns;
  const std::int64_t rest = job.out_cols % g.columns;
  const std::int64_t drain = job.narrow ? 1 : 2;  // cycles a column and channel tile needs at least
  const std::int64_t full_cost = std::max(tile_steps, g.columns * drain);
  const std::int64_t rest_cost = job.split ? rest * std::max(split_steps, drain)
                                           : (rest > 0 ? std::max(tile_steps, rest * drain) : 0);
  const std::int64_t cycles = job.out_rows * job.tiles(g) * (full * full_cost + rest_cost);
  return static_cast<std::uint32_t>(std::min<std::int64_t>(cycles + kLayerOverhead, 0xFFFFFFFF));
}

}  // namespace tendon::compiler
