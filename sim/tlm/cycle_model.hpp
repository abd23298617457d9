// SPDX-License-Identifier: MIT
// Cycles of the accelerator, for the loosely timed model.
#pragma once

#include <cstdint>

#include "compiler/cycles.hpp"
#include "tlm/conv_unit.hpp"

namespace tendon::vp {

/// Cycles of one CONV by cause: what the compiler predicts for the program file.
compiler::Cycles conv_cycles(const DescriptorWords& words, const compiler::Arrival& arrival,
                             const Geometry& geometry);

/// LOAD or STORE of so many bytes, and the fetch of one descriptor (`first`: of a chain).
std::uint64_t load_cycles(std::uint32_t bytes, const Geometry& geometry);
std::uint64_t store_cycles(std::uint32_t bytes, const Geometry& geometry);
/// From DOORBELL (index 0, 1), or the start of the descriptor before, to the whole descriptor.
std::uint64_t fetch_cycles(std::uint32_t index, const Geometry& geometry);
/// From the start of a LOAD to the cycle in which its first beat is written.
std::uint64_t first_beat_cycles();

}  // namespace tendon::vp
