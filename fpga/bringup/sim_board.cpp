// SPDX-License-Identifier: MIT
#include "sim_board.hpp"

#include "Vtendon_companion.h"
#include "verilated_board.hpp"

namespace tendon::bringup {

std::unique_ptr<Board> make_sim_board(bool clock_runs) {
  auto board = std::make_unique<VerilatedBoard<Vtendon_companion>>();
  if (!clock_runs) board->stop_clock();
  return board;
}

}  // namespace tendon::bringup
