// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/network_file.hpp"

namespace tendon::cli {

/// One inference of `window` on the RTL with all signals, weights' loading included: PATH.fst, and
/// PATH.gtkw with the signals worth looking at, for GTKWave. Error: an engine that fails, a file
/// that cannot be written.
Status record_waveform(const Loaded& loaded, const std::vector<std::uint8_t>& window,
                       const std::string& config, const std::string& path);

}  // namespace tendon::cli
