// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace tendon::bringup {

/// `tendon bringup ARGS`: walks from the wires to a label and says at the first failure what to
/// look at. 0: everything passed; 1: a step failed; 2: the command line is wrong.
///
///   --hal spi|uart|sim     how the board is reached (sim: the companion system in simulation)
///   --device PATH          /dev/spidev0.0, /dev/ttyUSB0 when not given
///   --speed HZ             SPI clock, 1000000 when not given
///   --fault NAME           sim: a board with that fault, see --help
///   --hardware-only        no networks
int bringup(const std::vector<std::string>& args);

}  // namespace tendon::bringup
