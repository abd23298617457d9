// SPDX-License-Identifier: MIT
#include "tlm/uart.hpp"

namespace tendon::vp {

namespace {
enum Register : std::uint64_t { kData, kIer, kIir, kLcr, kMcr, kLsr, kMsr, kScratch };
constexpr std::uint8_t kLsrReady = 0x60;  // holding and shift register empty
}  // namespace

Uart::Uart(sc_core::sc_module_name name, Sink sink, IrqLine irq)
    : Device(name, sc_core::sc_time(40, sc_core::SC_NS)),
      sink_(std::move(sink)),
      irq_(std::move(irq)) {}

void Uart::receive(std::uint8_t byte) {
  input_.push_back(byte);
  update_irq();
}

void Uart::update_irq() {
  const std::uint8_t enable = stored_[kIer];
  irq_(((enable & 1) != 0 && !input_.empty()) || ((enable & 2) != 0 && transmit_empty_));
}

bool Uart::read(std::uint64_t offset, unsigned, std::uint64_t& value, sc_core::sc_time&) {
  const std::uint64_t index = offset / 4;
  if (offset % 4 != 0 || index > kScratch) return false;
  if (divisor_latch() && index <= kIer) {
    value = divisor_[index];
    return true;
  }
  switch (index) {
    case kData:
      if (!input_.empty()) {
        value = input_.front();
        input_.pop_front();
      }
      break;
    case kIir:
      value = 0xC1;
      if (!input_.empty() && (stored_[kIer] & 1) != 0) {
        value = 0xC4;
      } else if (transmit_empty_ && (stored_[kIer] & 2) != 0) {
        value = 0xC2;
        transmit_empty_ = false;
      }
      break;
    case kLsr:
      value = kLsrReady | (input_.empty() ? 0u : 1u);
      break;
    default:
      value = stored_[index];
  }
  update_irq();
  return true;
}

bool Uart::write(std::uint64_t offset, unsigned, std::uint64_t value, sc_core::sc_time&) {
  const std::uint64_t index = offset / 4;
  const auto byte = static_cast<std::uint8_t>(value);
  if (offset % 4 != 0 || index > kScratch || index == kLsr || index == kMsr) return false;
  if (divisor_latch() && index <= kIer) {
    divisor_[index] = byte;
    return true;
  }
  if (index == kData) {
    sink_(static_cast<char>(byte));
    transmit_empty_ = true;
  } else if (index != kIir) {
    if (index == kIer && (byte & 2) != 0) transmit_empty_ = true;
    stored_[index] = byte;
  }
  update_irq();
  return true;
}

}  // namespace tendon::vp
