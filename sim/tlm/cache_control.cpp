// SPDX-License-Identifier: MIT
#include "tlm/cache_control.hpp"

#include "firmware/platform.h"

namespace tendon::vp {

namespace {
// One line to or from memory: 64 bytes at 16 bytes a cycle of a 400 MHz bus.
const double kLineNs = 10;
}  // namespace

CacheControl::CacheControl(sc_core::sc_module_name name, DualMemory& memory)
    : Device(name, sc_core::sc_time(1, sc_core::SC_NS)), memory_(memory) {}

bool CacheControl::read(std::uint64_t offset, unsigned bytes, std::uint64_t& value,
                        sc_core::sc_time&) {
  if (bytes < 4) return false;
  if (offset != VP_CACHE_ADDR && offset != VP_CACHE_LENGTH) return false;
  value = offset == VP_CACHE_ADDR ? address_ : length_;
  return true;
}

bool CacheControl::write(std::uint64_t offset, unsigned bytes, std::uint64_t value,
                         sc_core::sc_time& delay) {
  if (bytes < 4) return false;
  if (offset == VP_CACHE_ADDR) {
    address_ = value;
  } else if (offset == VP_CACHE_LENGTH) {
    length_ = value;
  } else if (offset == VP_CACHE_OP && memory_.contains(address_, length_)) {
    if (value == VP_CACHE_CLEAN) {
      memory_.clean(address_, length_);
    } else if (value == VP_CACHE_INVALIDATE) {
      memory_.invalidate(address_, length_);
    } else {
      return false;
    }
    const auto lines = static_cast<double>((length_ + VP_CACHE_LINE - 1) / VP_CACHE_LINE);
    delay += sc_core::sc_time(kLineNs * lines, sc_core::SC_NS);
  } else {
    return false;
  }
  return true;
}

}  // namespace tendon::vp
