// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "link.hpp"

namespace tendon::bringup {

/// Pins of a simulated board: what a Verilated top has to offer to be talked to bit by bit.
class Board {
 public:
  Board() = default;
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;
  virtual ~Board() = default;

  virtual void drive(bool sck, bool cs_n, bool mosi) = 0;
  [[nodiscard]] virtual bool miso() = 0;
  /// Lets the board's own clock run for so many picoseconds.
  virtual void advance(std::uint64_t ps) = 0;
};

/// What can go wrong between the two (tests, and `tendon bringup --hal sim --fault NAME`).
enum class WireFault {
  kNone,
  kSwappedData,   // MOSI and MISO exchanged
  kMisoOpen,      // reads all ones
  kMosiLow,       // device hears only zeros
  kShorted,       // MISO tied to MOSI
  kWrongPhase,    // host in mode 1
  kNoSelect,      // chip select does not arrive
  kBitErrorsOut,  // one bit in 1000 flipped towards the device
  kBitErrorsIn    // one bit in 1000 flipped from the device
};

/// SPI master in mode 0 at the pins.
class SpiPins : public Transport {
 public:
  SpiPins(Board& board, std::uint64_t half_period_ps) : board_(board), half_ps_(half_period_ps) {}

  void set_fault(WireFault fault) { fault_ = fault; }
  void set_half_period_ps(std::uint64_t half_period_ps) { half_ps_ = half_period_ps; }

  Bytes exchange(const Bytes& request, std::size_t fill) override;
  [[nodiscard]] bool has_echo() const override { return true; }

 private:
  std::uint8_t shift(std::uint8_t out);
  void drive(bool sck, bool cs_n, bool mosi);
  bool sample(bool mosi);
  bool error_strikes();

  Board& board_;
  std::uint64_t half_ps_;
  WireFault fault_ = WireFault::kNone;
  bool last_ = false;  // last bit sent, mode 1 only
  std::uint32_t noise_ = 0x1234567u;
};

}  // namespace tendon::bringup
