// SPDX-License-Identifier: MIT
#include "tlm/plic.hpp"

namespace tendon::vp {

namespace {
constexpr std::uint64_t kPending = 0x1000, kEnable = 0x2000, kThreshold = 0x200000,
                        kClaim = 0x200004;
}

Plic::Plic(sc_core::sc_module_name name, unsigned sources, IrqLine external)
    : Device(name, sc_core::sc_time(20, sc_core::SC_NS)),
      sources_(sources),
      external_(std::move(external)) {}

IrqLine Plic::line(unsigned source) {
  return [this, source](bool level) {
    sources_.at(source).level = level;
    update();
  };
}

// Source 0 does not exist and stands for "none".
unsigned Plic::best() const {
  unsigned best = 0;
  for (unsigned i = 1; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    if (source.pending && source.enabled && source.priority > threshold_ &&
        source.priority > sources_[best].priority) {
      best = i;
    }
  }
  return best;
}

// The gateway of a level source forwards one request and waits for its completion.
void Plic::update() {
  for (Source& source : sources_) {
    if (!source.claimed) source.pending = source.level;
  }
  external_(best() != 0);
}

std::uint32_t Plic::bits(std::uint64_t word, bool Source::*flag) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 32 && word * 32 + i < sources_.size(); ++i) {
    value |= static_cast<std::uint32_t>(sources_[word * 32 + i].*flag) << i;
  }
  return value;
}

bool Plic::read(std::uint64_t offset, unsigned bytes, std::uint64_t& value, sc_core::sc_time&) {
  if (bytes != 4) return false;
  const std::uint64_t words = (sources_.size() + 31) / 32;
  if (offset / 4 < sources_.size()) {
    value = sources_[offset / 4].priority;
  } else if (offset >= kPending && offset < kPending + 4 * words) {
    value = bits((offset - kPending) / 4, &Source::pending);
  } else if (offset >= kEnable && offset < kEnable + 4 * words) {
    value = bits((offset - kEnable) / 4, &Source::enabled);
  } else if (offset == kThreshold) {
    value = threshold_;
  } else if (offset == kClaim) {
    value = best();
    if (value != 0) {
      sources_[value].pending = false;
      sources_[value].claimed = true;
    }
    update();
  } else {
    return false;
  }
  return true;
}

bool Plic::write(std::uint64_t offset, unsigned bytes, std::uint64_t value, sc_core::sc_time&) {
  if (bytes != 4) return false;
  const auto word = static_cast<std::uint32_t>(value);
  const std::uint64_t words = (sources_.size() + 31) / 32;
  if (offset / 4 < sources_.size() && offset != 0) {
    sources_[offset / 4].priority = word & 7;
  } else if (offset >= kEnable && offset < kEnable + 4 * words) {
    for (unsigned i = 0; i < 32; ++i) {
      const std::uint64_t source = (offset - kEnable) / 4 * 32 + i;
      if (source > 0 && source < sources_.size()) sources_[source].enabled = (word >> i & 1) != 0;
    }
  } else if (offset == kThreshold) {
    threshold_ = word & 7;
  } else if (offset == kClaim) {
    if (word < sources_.size()) sources_[word].claimed = false;
  } else {
    return false;
  }
  update();
  return true;
}

}  // namespace tendon::vp
