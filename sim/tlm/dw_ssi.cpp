// SPDX-License-Identifier: MIT
#include "tlm/dw_ssi.hpp"

namespace tendon::vp {

namespace {

enum Register : std::uint64_t {
  kControl0 = 0x00,
  kEnable = 0x08,
  kSelect = 0x10,
  kBaud = 0x14,
  kTransmitThreshold = 0x18,
  kReceiveThreshold = 0x1C,
  kTransmitLevel = 0x20,
  kReceiveLevel = 0x24,
  kStatus = 0x28,
  kMask = 0x2C,
  kInterrupts = 0x30,
  kRawInterrupts = 0x34,
  kClearTransmitOverflow = 0x38,
  kClearReceiveOverflow = 0x3C,
  kClearReceiveUnderflow = 0x40,
  kClearAll = 0x48,
  kId = 0x58,
  kVersion = 0x5C,
  kData = 0x60,
  kDataEnd = 0xF0
};
constexpr std::uint32_t kBusy = 1, kTransmitNotFull = 2, kTransmitEmpty = 4, kReceiveNotEmpty = 8,
                        kReceiveFull = 16;
constexpr std::uint32_t kIrqTransmitEmpty = 1, kIrqTransmitOverflow = 2, kIrqReceiveUnderflow = 4,
                        kIrqReceiveOverflow = 8, kIrqReceiveFull = 16;
constexpr std::uint32_t kVersion401 = 0x3430312A;           // "401*"
constexpr std::uint32_t kModeMask = 0xFF, kMode0Bits8 = 7;  // DFS 8 bits, SCPH = SCPOL = 0

}  // namespace

DwSsi::DwSsi(sc_core::sc_module_name name, std::uint64_t clock_hz, SpiSlave* slave, IrqLine irq)
    : Device(name, sc_core::sc_time(20, sc_core::SC_NS)),
      clock_(sc_core::sc_time(1, sc_core::SC_SEC) / static_cast<double>(clock_hz)),
      slave_(slave),
      irq_(std::move(irq)) {
  SC_HAS_PROCESS(DwSsi);
  SC_THREAD(shift);
}

bool DwSsi::shifting_allowed() const {
  return enable_ != 0 && select_ != 0 && baud_ >= 2 && (control_ & kModeMask) == kMode0Bits8;
}

// The shift register: a byte at a time as long as there are some.
void DwSsi::shift() {
  for (;;) {
    while (!shifting_allowed() || transmit_.empty()) wait(written_);
    const std::uint8_t out = transmit_.front();
    transmit_.pop_front();
    busy_ = true;
    update_irq();
    wait(clock_ * (8.0 * baud_));
    const std::uint8_t in = slave_ != nullptr ? slave_->exchange(out) : 0xFF;
    if (receive_.size() < kFifoDepth) {
      receive_.push_back(in);
    } else {
      sticky_ |= kIrqReceiveOverflow;
    }
    busy_ = false;
    update_irq();
  }
}

std::uint32_t DwSsi::status() const {
  return (busy_ || (shifting_allowed() && !transmit_.empty()) ? kBusy : 0) |
         (transmit_.size() < kFifoDepth ? kTransmitNotFull : 0) |
         (transmit_.empty() ? kTransmitEmpty : 0) | (receive_.empty() ? 0 : kReceiveNotEmpty) |
         (receive_.size() == kFifoDepth ? kReceiveFull : 0);
}

std::uint32_t DwSsi::raw_interrupts() const {
  if (enable_ == 0) return sticky_;
  return sticky_ | (transmit_.size() <= transmit_threshold_ ? kIrqTransmitEmpty : 0) |
         (receive_.size() > receive_threshold_ ? kIrqReceiveFull : 0);
}

std::uint8_t DwSsi::pop() {
  if (receive_.empty()) {
    sticky_ |= kIrqReceiveUnderflow;
    return 0;
  }
  const std::uint8_t byte = receive_.front();
  receive_.pop_front();
  return byte;
}

void DwSsi::push(std::uint8_t byte) {
  if (enable_ == 0) return;
  if (transmit_.size() == kFifoDepth) {
    sticky_ |= kIrqTransmitOverflow;
    return;
  }
  transmit_.push_back(byte);
  written_.notify(sc_core::SC_ZERO_TIME);
}

void DwSsi::clear(std::uint32_t interrupts) { sticky_ &= ~interrupts; }

bool DwSsi::read(std::uint64_t offset, unsigned bytes, std::uint64_t& value, sc_core::sc_time&) {
  if (bytes != 4) return false;
  switch (offset) {
    case kControl0:
      value = control_;
      break;
    case kEnable:
      value = enable_;
      break;
    case kSelect:
      value = select_;
      break;
    case kBaud:
      value = baud_;
      break;
    case kTransmitThreshold:
      value = transmit_threshold_;
      break;
    case kReceiveThreshold:
      value = receive_threshold_;
      break;
    case kTransmitLevel:
      value = transmit_.size();
      break;
    case kReceiveLevel:
      value = receive_.size();
      break;
    case kStatus:
      value = status();
      break;
    case kMask:
      value = mask_;
      break;
    case kInterrupts:
      value = raw_interrupts() & mask_;
      break;
    case kRawInterrupts:
      value = raw_interrupts();
      break;
    case kClearTransmitOverflow:
      clear(kIrqTransmitOverflow);
      break;
    case kClearReceiveOverflow:
      clear(kIrqReceiveOverflow);
      break;
    case kClearReceiveUnderflow:
      clear(kIrqReceiveUnderflow);
      break;
    case kClearAll:
      clear(kIrqTransmitOverflow | kIrqReceiveOverflow | kIrqReceiveUnderflow);
      break;
    case kId:
      value = 0;
      break;
    case kVersion:
      value = kVersion401;
      break;
    default:
      if (offset < kData || offset >= kDataEnd) return false;
      value = pop();
  }
  update_irq();
  return true;
}

bool DwSsi::write(std::uint64_t offset, unsigned bytes, std::uint64_t value, sc_core::sc_time&) {
  if (bytes != 4) return false;
  const auto word = static_cast<std::uint32_t>(value);
  const bool configures = offset == kControl0 || offset == kBaud;
  if (configures && enable_ != 0) return true;  // the controller ignores these while enabled
  switch (offset) {
    case kControl0:
      control_ = word;
      break;
    case kEnable:
      enable_ = word & 1;
      if (enable_ == 0) {
        transmit_.clear();
        receive_.clear();
      }
      break;
    case kSelect:
      select_ = word;
      written_.notify(sc_core::SC_ZERO_TIME);
      break;
    case kBaud:
      baud_ = word & 0xFFFE;
      break;
    case kTransmitThreshold:
      // Values the FIFO has no room for are not taken: drivers find its depth this way.
      if (word < kFifoDepth) transmit_threshold_ = word;
      break;
    case kReceiveThreshold:
      if (word < kFifoDepth) receive_threshold_ = word;
      break;
    case kMask:
      mask_ = word & 0x3F;
      break;
    default:
      if (offset < kData || offset >= kDataEnd) return false;
      push(static_cast<std::uint8_t>(word));
  }
  update_irq();
  return true;
}

ChipSelectGpio::ChipSelectGpio(sc_core::sc_module_name name, SpiSlave* slave)
    : Device(name, sc_core::sc_time(20, sc_core::SC_NS)), slave_(slave) {}

bool ChipSelectGpio::read(std::uint64_t offset, unsigned, std::uint64_t& value, sc_core::sc_time&) {
  if (offset != 0x00 && offset != 0x04 && offset != 0x50) return false;
  value = offset == 0x04 ? direction_ : data_;
  return true;
}

bool ChipSelectGpio::write(std::uint64_t offset, unsigned, std::uint64_t value, sc_core::sc_time&) {
  const bool before = selected();
  if (offset == 0x00) {
    data_ = static_cast<std::uint32_t>(value);
  } else if (offset == 0x04) {
    direction_ = static_cast<std::uint32_t>(value);
  } else {
    return false;
  }
  if (slave_ != nullptr && selected() != before) slave_->select(selected());
  return true;
}

}  // namespace tendon::vp
