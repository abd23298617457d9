// SPDX-License-Identifier: MIT
#include "tlm/memory.hpp"

#include <cstring>
#include <vector>

namespace tendon::vp {

RamTarget::RamTarget(sc_core::sc_module_name name, DualMemory& memory)
    : sc_module(name), socket("socket"), memory_(memory) {
  socket.register_b_transport(this, &RamTarget::b_transport);
}

void RamTarget::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const std::uint64_t address = memory_.base() + payload.get_address();
  const unsigned bytes = payload.get_data_length();
  if (!memory_.contains(address, bytes)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  std::uint8_t* data = payload.get_data_ptr();
  const std::uint8_t* enables = payload.get_byte_enable_ptr();
  if (payload.is_read()) {
    memory_.bus_read(address, {data, bytes});
  } else if (enables == nullptr) {
    memory_.bus_write(address, {data, bytes});
  } else {
    for (unsigned i = 0; i < bytes; ++i) {
      if (enables[i % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED) {
        memory_.bus_write(address + i, {data + i, 1});
      }
    }
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

FlashTarget::FlashTarget(sc_core::sc_module_name name, std::span<const std::uint8_t> bytes)
    : sc_module(name), socket("socket"), bytes_(bytes) {
  socket.register_b_transport(this, &FlashTarget::b_transport);
}

void FlashTarget::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const std::uint64_t address = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  if (!payload.is_read()) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  } else if (address > bytes_.size() || bytes > bytes_.size() - address) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  } else {
    std::memcpy(payload.get_data_ptr(), bytes_.data() + address, bytes);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
}

}  // namespace tendon::vp
