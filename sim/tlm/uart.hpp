// SPDX-License-Identifier: MIT
// UART of the DesignWare 8250 kind: registers 4 bytes apart, transmitter always ready, receiver fed
// by receive(). Divisor, modem and FIFO control registers store what is written.
#pragma once

#include <array>
#include <deque>
#include <functional>

#include "tlm/device.hpp"

namespace tendon::vp {

class Uart : public Device {
 public:
  using Sink = std::function<void(char)>;
  Uart(sc_core::sc_module_name name, Sink sink, IrqLine irq);
  /// A byte arrives.
  void receive(std::uint8_t byte);

 protected:
  bool read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
            sc_core::sc_time& delay) override;
  bool write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
             sc_core::sc_time& delay) override;

 private:
  void update_irq();
  bool divisor_latch() const { return (stored_[3] & 0x80) != 0; }

  Sink sink_;
  IrqLine irq_;
  std::deque<std::uint8_t> input_;
  std::array<std::uint8_t, 8> stored_{};
  std::array<std::uint8_t, 2> divisor_{};
  bool transmit_empty_ = false;  // interrupt cause, cleared by reading IIR
};

}  // namespace tendon::vp
