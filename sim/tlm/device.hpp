// SPDX-License-Identifier: MIT
// Base of every register device on the bus: one TLM-2.0 target socket, blocking transport. Guest
// mistakes are TLM responses, never asserts.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <systemc>
#include <tlm>

#include "tlm_utils/simple_target_socket.h"

namespace tendon::vp {

/// Level of an interrupt line, from device to controller.
using IrqLine = std::function<void(bool level)>;

class Device : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Device> socket;

 protected:
  Device(sc_core::sc_module_name name, sc_core::sc_time access_time)
      : sc_module(name), socket("socket"), access_time_(access_time) {
    socket.register_b_transport(this, &Device::b_transport);
  }

  /// Access of 1, 2, 4 or 8 bytes, aligned. false: error response (TLM_GENERIC_ERROR_RESPONSE).
  /// `delay` may grow.
  virtual bool read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
                    sc_core::sc_time& delay) = 0;
  virtual bool write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
                     sc_core::sc_time& delay) = 0;

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const unsigned bytes = payload.get_data_length();
    const std::uint64_t offset = payload.get_address();
    delay += access_time_;
    if (payload.get_byte_enable_ptr() != nullptr || payload.get_streaming_width() < bytes) {
      payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
      return;
    }
    if ((bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) || offset % bytes != 0) {
      payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
      return;
    }
    std::uint64_t value = 0;
    bool okay = true;
    if (payload.is_read()) {
      okay = read(offset, bytes, value, delay);
      std::memcpy(payload.get_data_ptr(), &value, bytes);
    } else if (payload.is_write()) {
      std::memcpy(&value, payload.get_data_ptr(), bytes);
      okay = write(offset, bytes, value, delay);
    }
    payload.set_response_status(okay ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
  }

  sc_core::sc_time access_time_;
};

}  // namespace tendon::vp
