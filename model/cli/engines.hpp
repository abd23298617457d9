// SPDX-License-Identifier: MIT
// Several engines over the same windows, each compared with the first, layer by layer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/compare.hpp"
#include "cli/engine.hpp"
#include "cli/output.hpp"

namespace tendon::cli {

/// "golden,cpu,rtl" -> names. Error: an empty name, one twice, or one that this build has not.
Result<std::vector<std::string>> parse_engines(const std::string& text);

struct EngineRun {
  std::string name;
  double seconds = 0;  // inside run(), all windows
  std::uint64_t windows = 0;
  std::uint64_t compared_values = 0;            // against the first engine
  std::uint64_t mismatches = 0;                 // windows with a difference
  std::vector<std::uint64_t> layer_mismatches;  // per layer, first differences
  std::uint64_t simulated_cycles = 0;
  std::vector<int> labels;  // one per window
  engine::RunResult last;   // of the last window
};

struct Race {
  std::vector<EngineRun> runs;  // in the order of the names; the first is the reference
  std::uint64_t compared_values = 0;
  std::string first_difference;  // empty when there is none: engine, window, layer, values
};

struct RaceOptions {
  std::vector<std::string> engines;
  engine::Options engine;
  bool stop_at_difference = true;
};

/// Loads `program` into every engine and runs every window on each, with tensors. `step` is called
/// after each window. Error: an engine that cannot be made, refuses the program, or fails in a run;
/// names engine and window. A difference is no error here: see first_difference.
Result<Race> race(const net::Network& network, const std::vector<std::uint8_t>& program,
                  const std::vector<std::vector<std::uint8_t>>& windows, const RaceOptions& options,
                  const std::function<void()>& step);

}  // namespace tendon::cli
