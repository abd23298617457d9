// SPDX-License-Identifier: MIT
// The SPI HAL's transport over a simulated companion board, with simulated time.
#pragma once

#include <algorithm>

#include "hal/spi_hal.hpp"
#include "sim_board.hpp"
#include "spi_pins.hpp"

namespace tendon::test {

class BridgeTransport : public hal::SpiTransport {
 public:
  explicit BridgeTransport(bool clock_runs = true)
      : board_(bringup::make_sim_board(clock_runs)), pins_(clocked_, kHalfPs) {}

  bool exchange(const std::uint8_t* out, std::uint8_t* in, std::size_t bytes) override {
    const bringup::Bytes got = pins_.exchange(bringup::Bytes(out, out + bytes), 0);
    if (got.size() != bytes) return false;
    std::copy(got.begin(), got.end(), in);
    largest_ = std::max(largest_, bytes);
    return true;
  }
  std::uint64_t time_us() override { return clocked_.ps / 1'000'000; }

  bringup::SpiPins& pins() { return pins_; }
  std::size_t largest() const { return largest_; }

 private:
  static constexpr std::uint64_t kHalfPs = 10'500;  // 47.6 MHz

  struct Clocked : bringup::Board {
    explicit Clocked(BridgeTransport& owner) : owner_(owner) {}
    void drive(bool sck, bool cs_n, bool mosi) override { owner_.board_->drive(sck, cs_n, mosi); }
    bool miso() override { return owner_.board_->miso(); }
    void advance(std::uint64_t by) override {
      ps += by;
      owner_.board_->advance(by);
    }
    BridgeTransport& owner_;
    std::uint64_t ps = 0;
  };

  std::unique_ptr<bringup::Board> board_;
  Clocked clocked_{*this};
  bringup::SpiPins pins_;
  std::size_t largest_ = 0;
};

}  // namespace tendon::test
