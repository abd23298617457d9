// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "golden/types.hpp"
#include "net/network.hpp"
#include "zoo/rng.hpp"

namespace tendon::zoo {

/// Fills the layers of a network, one after the other in order of execution: weights, biases, table
/// and multipliers, calibrated on what the layers before give for a few random windows.
class Filler {
 public:
  /// The network's tensors [0] must exist; more may be added between two fill() calls.
  Filler(const net::Network& network, Rng& rng);

  /// The layer's shapes, widths, grid, rounding, lo and hi are kept. Rounding falls back where a
  /// rule forces it: kFloat to kEven when the accumulator bound reaches 2^24, kTflite to kUp when a
  /// scale is not below 1.
  void fill(net::Layer& layer);

 private:
  std::vector<double> accumulators(const net::Layer& layer);
  void draw_weights(net::Layer& layer);
  void draw_bias(net::Layer& layer);
  void set_scales(net::Layer& layer);
  void set_add_scales(net::Layer& layer);
  void run(const net::Layer& layer);

  const net::Network& network_;
  Rng& rng_;
  std::vector<std::vector<golden::Codes>> windows_;  // [window][tensor]
};

}  // namespace tendon::zoo
