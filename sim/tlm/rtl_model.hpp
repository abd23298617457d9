// SPDX-License-Identifier: MIT
// Verilated tendon_top behind the accelerator's socket. It is clocked only while it has something
// to do, and ahead of simulated time by at most a chunk of cycles, up to the next edge of its
// interrupt line: interrupts come at their exact cycle, a register access may come up to a chunk
// late.
#pragma once

#include <memory>

#include "tlm/accel_model.hpp"

namespace tendon::vp {

struct RtlModelOptions {
  std::string config = "base";
  std::string waveform;          // FST; empty: none. `base` only
  std::uint64_t stall_seed = 0;  // random stalls on every channel of the bus; 0: none
};

/// Error: no such configuration in this build, or no waveform can be written.
Result<std::unique_ptr<AccelModel>> make_rtl_model(const RtlModelOptions& options, BusMaster bus);

}  // namespace tendon::vp
