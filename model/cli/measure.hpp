// SPDX-License-Identifier: MIT
// From counters to figures: utilization, causes of lost cycles, predicted against measured.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/engine.hpp"
#include "cli/output.hpp"
#include "net/network.hpp"

namespace tendon::cli {

/// The multipliers of one configuration: rows x columns x lanes.
struct Array {
  int rows = 4;
  int columns = 4;
  int lanes = 16;
  /// Most multiply-accumulates of one cycle: rows * columns * lanes * (8 / activation bits) /
  /// (weight bits / 2). docs/accelerator.md section 2.
  double peak(int activation_bits, int weight_bits) const;
};

struct LayerMeasure {
  std::string name;
  std::string shape;  // of the output
  int activation_bits = 0;
  int weight_bits = 0;     // 0: layer without weights
  std::uint64_t macs = 0;  // without positions that a fused pool drops: they are not computed
  std::uint64_t predicted_cycles = 0;
  engine::Counters counters;
  double utilization = 0;  // (macs / peak) / cycles
  bool on_accelerator = false;
};

struct Measure {
  std::vector<LayerMeasure> layers;
  engine::Counters total;
  std::uint64_t macs = 0;
  std::uint64_t predicted_cycles = 0;
  double utilization = 0;  // sum of (macs / peak) over the layers, divided by all cycles
};

/// `predicted`: cycles per layer, as many as the network has layers (0: not predicted).
/// Error: the causes of a layer or of the total do not add up to its cycles, or the layers do not
/// add up to the total; names which, and both sums. A lost cycle must have a name.
Result<Measure> measure(const net::Network& network, const engine::RunResult& run,
                        const std::vector<std::uint64_t>& predicted, const Array& array);

/// Keys as `tendon bench --json` promises them.
Json to_json(const engine::Counters& counters);
Json to_json(const LayerMeasure& layer);
Json total_to_json(const Measure& measure);

/// The table that `tendon bench` prints.
std::string to_text(const Measure& measure);

}  // namespace tendon::cli
