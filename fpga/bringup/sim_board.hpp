// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "spi_pins.hpp"

namespace tendon::bringup {

/// The companion system as RTL with its clock: `tiny` at 48 MHz, 64 KiB of device memory.
class SimBoard : public Board {
 public:
  SimBoard();
  ~SimBoard() override;

  void drive(bool sck, bool cs_n, bool mosi) override;
  [[nodiscard]] bool miso() override;
  void advance(std::uint64_t ps) override;

  /// Holds the FPGA's clock: as a missing oscillator does.
  void stop_clock();
  [[nodiscard]] bool irq() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tendon::bringup
