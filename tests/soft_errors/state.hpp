// SPDX-License-Identifier: MIT
// Every register and memory bit of the Verilated accelerator, by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

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

/// Written by state_table.py for one Verilated class each. Valid as long as the model.
template <class Model>
std::vector<State> states_of(Model& model);

/// Combinational signals follow the registers, without an edge.
template <class Model>
void settle(Model& model);

}  // namespace tendon::soft_errors
