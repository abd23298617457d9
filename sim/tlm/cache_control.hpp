// SPDX-License-Identifier: MIT
// Cache maintenance by address range, for the C906's th.dcache.*pa that the simulator's processor
// lacks (registers: sw/firmware/platform.h). 4- and 8-byte accesses.
#pragma once

#include "tlm/device.hpp"
#include "tlm/dual_memory.hpp"

namespace tendon::vp {

class CacheControl : public Device {
 public:
  CacheControl(sc_core::sc_module_name name, DualMemory& memory);

 protected:
  bool read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
            sc_core::sc_time& delay) override;
  bool write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
             sc_core::sc_time& delay) override;

 private:
  DualMemory& memory_;
  std::uint64_t address_ = 0, length_ = 0;
};

}  // namespace tendon::vp
