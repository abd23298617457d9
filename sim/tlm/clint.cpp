// SPDX-License-Identifier: MIT
#include "tlm/clint.hpp"

namespace tendon::vp {

namespace {
constexpr std::uint64_t kMsip = 0, kMtimecmp = 0x4000, kMtime = 0xBFF8;
// A compare value further away than this is "never": sc_time would overflow.
constexpr std::uint64_t kForever = 1ull << 40;

std::uint64_t part(std::uint64_t value, std::uint64_t offset, unsigned bytes) {
  return bytes == 8 ? value : value >> (8 * (offset % 8)) & 0xFFFFFFFF;
}
}  // namespace

Clint::Clint(sc_core::sc_module_name name, std::uint64_t timer_hz, IrqLine software, IrqLine timer)
    : Device(name, sc_core::sc_time(20, sc_core::SC_NS)),
      tick_(sc_core::sc_time(1, sc_core::SC_SEC) / static_cast<double>(timer_hz)),
      software_(std::move(software)),
      timer_(std::move(timer)) {
  SC_HAS_PROCESS(Clint);
  SC_METHOD(compare);
  sensitive << due_;
  dont_initialize();
}

std::uint64_t Clint::mtime() const { return sc_core::sc_time_stamp().value() / tick_.value(); }

void Clint::compare() {
  const std::uint64_t now = mtime();
  due_.cancel();
  timer_(now >= mtimecmp_);
  if (now < mtimecmp_ && mtimecmp_ - now < kForever) {
    due_.notify(sc_core::sc_time::from_value(mtimecmp_ * tick_.value()) - sc_core::sc_time_stamp());
  }
}

bool Clint::read(std::uint64_t offset, unsigned bytes, std::uint64_t& value, sc_core::sc_time&) {
  if (bytes < 4) return false;
  const std::uint64_t word = offset & ~7ull;
  if (offset == kMsip && bytes == 4) {
    value = msip_;
  } else if (word == kMtimecmp) {
    value = part(mtimecmp_, offset, bytes);
  } else if (word == kMtime) {
    value = part(mtime(), offset, bytes);
  } else {
    return false;
  }
  return true;
}

bool Clint::write(std::uint64_t offset, unsigned bytes, std::uint64_t value, sc_core::sc_time&) {
  if (bytes < 4) return false;
  if (offset == kMsip && bytes == 4) {
    msip_ = static_cast<std::uint32_t>(value & 1);
    software_(msip_ != 0);
    return true;
  }
  if ((offset & ~7ull) != kMtimecmp) return false;
  if (bytes == 8) {
    mtimecmp_ = value;
  } else {
    const unsigned shift = static_cast<unsigned>(8 * (offset % 8));
    mtimecmp_ = (mtimecmp_ & ~(0xFFFFFFFFull << shift)) | value << shift;
  }
  compare();
  return true;
}

}  // namespace tendon::vp
