// SPDX-License-Identifier: MIT
// CLINT of one hart: msip at 0, mtimecmp at 0x4000, mtime at 0xBFF8 (read only). 4- and 8-byte
// accesses.
#pragma once

#include "tlm/device.hpp"

namespace tendon::vp {

class Clint : public Device {
 public:
  Clint(sc_core::sc_module_name name, std::uint64_t timer_hz, IrqLine software, IrqLine timer);

 protected:
  bool read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
            sc_core::sc_time& delay) override;
  bool write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
             sc_core::sc_time& delay) override;

 private:
  std::uint64_t mtime() const;
  void compare();

  sc_core::sc_time tick_;
  IrqLine software_, timer_;
  std::uint64_t mtimecmp_ = ~0ull;
  std::uint32_t msip_ = 0;
  sc_core::sc_event due_;
};

}  // namespace tendon::vp
