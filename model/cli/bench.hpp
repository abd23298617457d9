// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "cli/measure.hpp"
#include "cli/network_file.hpp"

namespace tendon::cli {

struct BenchResult {
  Measure figures;                        // of a window with the weights in place, nothing stored
  double cycles_per_second = 0;           // simulated, both windows; 0: the engine does not tell
  std::uint64_t first_window_cycles = 0;  // with loading of weights and every tensor stored
};

/// Two seeded random windows on `engine` ("rtl", "vp", ...); the first one is compared with the
/// golden model. Error: an engine that fails, a difference, or cycles without a cause (measure()).
Result<BenchResult> bench(const Loaded& loaded, const std::string& config, std::uint64_t seed,
                          const std::string& engine = "rtl");

Json to_json(const BenchResult& result, const net::Network& network, const std::string& config);

}  // namespace tendon::cli
