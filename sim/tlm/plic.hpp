// SPDX-License-Identifier: MIT
// PLIC with one context (machine mode of hart 0): priority 0x0, pending 0x1000, enable 0x2000,
// threshold 0x200000, claim and complete 0x200004. Level sources only. 4-byte accesses.
#pragma once

#include <vector>

#include "tlm/device.hpp"

namespace tendon::vp {

class Plic : public Device {
 public:
  Plic(sc_core::sc_module_name name, unsigned sources, IrqLine external);
  /// The line of source 1 .. sources - 1.
  IrqLine line(unsigned source);

 protected:
  bool read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
            sc_core::sc_time& delay) override;
  bool write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
             sc_core::sc_time& delay) override;

 private:
  struct Source {
    bool level = false, pending = false, claimed = false, enabled = false;
    std::uint32_t priority = 0;
  };

  unsigned best() const;
  void update();
  std::uint32_t bits(std::uint64_t word, bool Source::*flag) const;

  std::vector<Source> sources_;
  IrqLine external_;
  std::uint32_t threshold_ = 0;
};

}  // namespace tendon::vp
