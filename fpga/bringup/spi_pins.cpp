// SPDX-License-Identifier: MIT
#include "spi_pins.hpp"

namespace tendon::bringup {

bool SpiPins::error_strikes() {
  noise_ ^= noise_ << 13;
  noise_ ^= noise_ >> 17;
  noise_ ^= noise_ << 5;
  return noise_ % 1000 == 0;
}

void SpiPins::drive(bool sck, bool cs_n, bool mosi) {
  // With the data wires exchanged the host drives the FPGA's output; its input floats high.
  if (fault_ == WireFault::kSwappedData) mosi = true;
  if (fault_ == WireFault::kMosiLow) mosi = false;
  if (fault_ == WireFault::kNoSelect) cs_n = true;
  board_.drive(sck, cs_n, mosi);
}

bool SpiPins::sample(bool mosi) {
  switch (fault_) {
    case WireFault::kSwappedData:
    case WireFault::kMisoOpen:
    case WireFault::kNoSelect:
      return true;
    case WireFault::kShorted:
      return mosi;
    default:
      return board_.miso();
  }
}

std::uint8_t SpiPins::shift(std::uint8_t out) {
  unsigned in = 0;
  for (int bit = 7; bit >= 0; --bit) {
    bool mosi = ((out >> bit) & 1) != 0;
    const bool sent = mosi;
    if (fault_ == WireFault::kBitErrorsOut && error_strikes()) mosi = !mosi;
    bool miso = false;
    if (fault_ == WireFault::kWrongPhase) {
      // Mode 1: data change with the rising edge and are sampled with the falling one.
      drive(true, false, last_);
      board_.advance(half_ps_ / 4);
      drive(true, false, mosi);
      board_.advance(half_ps_ - half_ps_ / 4);
      drive(false, false, mosi);
      miso = sample(sent);
      board_.advance(half_ps_);
      last_ = mosi;
    } else {
      drive(false, false, mosi);
      board_.advance(half_ps_);
      miso = sample(sent);
      drive(true, false, mosi);
      board_.advance(half_ps_);
    }
    if (fault_ == WireFault::kBitErrorsIn && error_strikes()) miso = !miso;
    in = (in << 1) | (miso ? 1u : 0u);
  }
  drive(false, false, ((out >> 0) & 1) != 0);
  return static_cast<std::uint8_t>(in);
}

Bytes SpiPins::exchange(const Bytes& request, std::size_t fill) {
  constexpr std::uint64_t kGapPs = 500'000;
  drive(false, true, false);
  board_.advance(kGapPs);
  drive(false, false, false);
  board_.advance(kGapPs);
  Bytes got;
  got.reserve(request.size() + fill);
  for (const std::uint8_t byte : request) got.push_back(shift(byte));
  for (std::size_t i = 0; i < fill; ++i) got.push_back(shift(0));
  board_.advance(half_ps_);
  drive(false, true, false);
  board_.advance(kGapPs);
  return got;
}

}  // namespace tendon::bringup
