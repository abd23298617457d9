// SPDX-License-Identifier: MIT
// The networks of the bring-up walk over the netlist of the companion system, Verilated with the
// cell models: link, registers, device memory and every part of the accelerator are behind them;
// the march over the whole memory would take too long at this speed. Exit code 0: every step
// passed.

#include <cstdio>

#include "Vtendon_companion_netlist.h"
#include "verilated_board.hpp"
#include "walk.hpp"

int main() {
  using namespace tendon::bringup;
  VerilatedBoard<Vtendon_companion_netlist> board;
  SpiPins pins(board, 15'000);
  Link link(pins);
  const auto print = [](const Step& step) {
    std::printf("%s: %s: %s\n", step.name.c_str(), step.passed ? "ok" : "FAILED",
                step.found.c_str());
    std::fflush(stdout);
  };
  return walk_networks(link, print) ? 0 : 1;
}
