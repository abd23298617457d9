// SPDX-License-Identifier: MIT
// Cycles of the accelerator, for the loosely timed model.
#pragma once

#include <cstdint>

#include "tlm/conv_unit.hpp"

namespace tendon::vp {

/// Cycles of one CONV by cause, from the start of its set-up to its done.
struct ConvCycles {
  std::uint64_t setup = 0, active = 0, wait_activations = 0, wait_writeback = 0, drain = 0;
  std::uint64_t total() const { return setup + active + wait_activations + wait_writeback + drain; }
};
ConvCycles conv_cycles(const ConvFields& fields, const Geometry& geometry);

/// LOAD or STORE of so many bytes, and the fetch of one descriptor.
std::uint64_t load_cycles(std::uint32_t bytes, const Geometry& geometry);
std::uint64_t store_cycles(std::uint32_t bytes, const Geometry& geometry);
std::uint64_t fetch_cycles(const Geometry& geometry);

}  // namespace tendon::vp
