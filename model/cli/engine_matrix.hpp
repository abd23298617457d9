// SPDX-License-Identifier: MIT
// Every engine, every way to wait for the accelerator: the same bits? No drift? Recovery? How fast?
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/engine.hpp"
#include "cli/output.hpp"
#include "net/network.hpp"

namespace tendon::cli {

struct MatrixOptions {
  std::vector<std::string> engines;  // compared with golden
  std::string config = "base";
  std::uint64_t consecutive = 1000;  // inferences of one engine that must not drift; 0: none
  std::uint64_t resets = 10;         // windows with a reset in the middle of the run
  double speed_seconds = 2;  // of wall clock for the speed of each engine; at least 5 windows
};

/// One engine, one way.
struct MatrixRow {
  std::string engine;
  std::string way;  // "interrupt", "polling"; "" for an engine without a device
  std::uint64_t windows = 0;
  std::uint64_t compared_values = 0;  // labels and codes of every layer
  std::uint64_t differences = 0;      // windows
  std::uint64_t consecutive = 0;      // inferences that all had golden's label and the same cycles
  std::uint64_t resets = 0;           // windows right after a reset under them
  double inferences_per_second = 0;   // a label and nothing else
  double inferences_per_cpu_second = 0;  // the same in processor time of all its processes
  double cycles_per_second = 0;          // of the simulated clock, while the windows ran
  std::uint64_t window_cycles = 0;       // of the accelerator, a window with its weights in place
  std::string trouble;                   // the first thing that was wrong
};

/// The engines in order, each by interrupt and by polling where it has a device. A row whose
/// trouble is not empty is incomplete. `step` is called with a line about what comes next. Error:
/// golden itself fails, or an engine that this build has not.
Result<std::vector<MatrixRow>> engine_matrix(const net::Network& network,
                                             const std::vector<std::uint8_t>& program,
                                             const std::vector<std::vector<std::uint8_t>>& windows,
                                             const MatrixOptions& options,
                                             const std::function<void(const std::string&)>& step);

std::string to_text(const std::vector<MatrixRow>& rows);
Json to_json(const MatrixRow& row);

}  // namespace tendon::cli
