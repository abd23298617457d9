// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "cli/engine.hpp"

namespace tendon::engine {

/// The Verilated accelerator, driven by the driver of sw/. Options::stall_seed other than 0 stalls
/// every AXI channel and the register accesses at random, each by its own share of the cycles.
/// Error: no such configuration in this build, no waveform, or what the driver refused.
Result<std::unique_ptr<Engine>> make_rtl(const Options& options);

}  // namespace tendon::engine
