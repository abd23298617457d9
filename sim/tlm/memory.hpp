// SPDX-License-Identifier: MIT
// Memories as TLM targets: what the accelerator's bus master sees of RAM and flash.
#pragma once

#include <cstdint>
#include <span>
#include <systemc>
#include <tlm>

#include "tlm/dual_memory.hpp"
#include "tlm_utils/simple_target_socket.h"

namespace tendon::vp {

/// The bus side of a DualMemory; bursts of any length, byte enables allowed on writes.
class RamTarget : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<RamTarget> socket;
  RamTarget(sc_core::sc_module_name name, DualMemory& memory);

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  DualMemory& memory_;
};

/// Read-only bytes; a write is a TLM_COMMAND_ERROR_RESPONSE.
class FlashTarget : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<FlashTarget> socket;
  FlashTarget(sc_core::sc_module_name name, std::span<const std::uint8_t> bytes);

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  std::span<const std::uint8_t> bytes_;
};

}  // namespace tendon::vp
