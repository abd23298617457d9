// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "spi_pins.hpp"

namespace tendon::bringup {

/// The companion system as RTL: `tiny` at 48 MHz, 64 KiB of device memory. `clock_runs` false: its
/// oscillator is missing.
std::unique_ptr<Board> make_sim_board(bool clock_runs);

}  // namespace tendon::bringup
