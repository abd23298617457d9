// SPDX-License-Identifier: MIT
// Every register and memory bit of the Verilated accelerator, by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

class Vtendon_base;

namespace tendon::soft_errors {

struct State {
  const char* name;   // "u_fetch.asm_q"
  void* at;           // first element, little-endian
  std::size_t bytes;  // of an element
  unsigned bits;      // of an element
  unsigned elements;  // 1: a register

  std::uint64_t total_bits() const { return std::uint64_t{bits} * elements; }
  bool is_memory() const { return elements > 1; }
};

/// Valid as long as the model.
std::vector<State> states_of(Vtendon_base& model);

/// Combinational signals follow the registers, without an edge.
void settle(Vtendon_base& model);

}  // namespace tendon::soft_errors
