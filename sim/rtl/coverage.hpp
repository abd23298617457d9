// SPDX-License-Identifier: MIT
// What Verilated models count when built with TENDON_COVERAGE; nothing otherwise.
#pragma once

#include <verilated.h>

namespace tendon::sim {

#ifdef TENDON_COVERAGE
/// Adds the counts of the context's models to those of this process, which are written to
/// `$TENDON_COVERAGE_DIR/<pid>.dat` at its end. Call once per context, with its models still there.
void save_coverage(const VerilatedContext& context);
#else
inline void save_coverage(const VerilatedContext& /*context*/) {}
#endif

}  // namespace tendon::sim
