// SPDX-License-Identifier: MIT
// The whole road once: recording, windows, three engines, comparison, cycles, report.
#pragma once

#include <string>
#include <vector>

#include "cli/bench.hpp"
#include "cli/engines.hpp"
#include "cli/network_file.hpp"
#include "cli/source.hpp"

namespace tendon::cli {

struct DemoResult {
  Race race;
  BenchResult bench;
  std::vector<std::vector<std::uint64_t>> confusion;  // [truth][label]
  std::uint64_t right = 0;
  std::size_t shown = 0;  // window of the report
};

/// Every window on every engine, then the cycles on the RTL. Error: as race() and bench().
Result<DemoResult> demonstrate(const Loaded& loaded, const CodedWindows& windows,
                               const RaceOptions& options);

/// What page() and scripts read; `source` is one line for humans.
Json to_json(const DemoResult& result, const Loaded& loaded, const CodedWindows& windows,
             const std::string& source, const std::string& config);

/// The section `window` of the report: samples, tensors and scores of window `result.shown`, from a
/// run of it with tensors.
Json window_json(const DemoResult& result, const Loaded& loaded, const CodedWindows& windows,
                 double rate_hz, const engine::RunResult& run);

/// The table for the terminal.
std::string to_text(const DemoResult& result, const Loaded& loaded);

}  // namespace tendon::cli
