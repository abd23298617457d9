// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "conv_case.hpp"

namespace tendon::core_test {

/// Cycles of one CONV descriptor from its first multiply step to `done`, both included, as
/// docs/accelerator.md, "Cycle model", says.
std::int64_t model_cycles(const ConvCase& test, const Geometry& g);

}  // namespace tendon::core_test
