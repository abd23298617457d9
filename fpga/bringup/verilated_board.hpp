// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <memory>

#include "rtl/coverage.hpp"
#include "spi_pins.hpp"

namespace tendon::bringup {

/// A Verilated top with the pins clk_i, rst_ni, spi_sck_i, spi_cs_ni, spi_mosi_i, spi_miso_o behind
/// the wires, running at 48 MHz, out of reset.
template <typename Top>
class VerilatedBoard : public Board {
 public:
  VerilatedBoard() {
    // The model resets with edges of reset and chip select, hardware with their level.
    top_->rst_ni = 1;
    drive(false, false, false);
    drive(false, true, false);
    top_->rst_ni = 0;
    advance(20 * kHalfPs);
    top_->rst_ni = 1;
    advance(20 * kHalfPs);
  }

  ~VerilatedBoard() override {
    sim::save_coverage(context_);
    Verilated::threadContextp(&context_);  // a model leaves this one: it has to be its own
  }
  VerilatedBoard(const VerilatedBoard&) = delete;
  VerilatedBoard& operator=(const VerilatedBoard&) = delete;

  void drive(bool sck, bool cs_n, bool mosi) override {
    top_->spi_sck_i = sck;
    top_->spi_cs_ni = cs_n;
    top_->spi_mosi_i = mosi;
    top_->eval();
    note(kDrive, (sck ? 4u : 0u) | (cs_n ? 2u : 0u) | (mosi ? 1u : 0u));
  }

  [[nodiscard]] bool miso() override {
    note(kExpectMiso, top_->spi_miso_o);
    return top_->spi_miso_o != 0;
  }

  void advance(std::uint64_t ps) override {
    unsigned halves = 0;
    for (left_ps_ += ps; left_ps_ >= kHalfPs; left_ps_ -= kHalfPs) {
      if (!clock_runs_) continue;
      top_->clk_i = !top_->clk_i;
      top_->eval();
      ++halves;
    }
    if (halves > 0) note(kToggleClock, halves);
  }

  /// Holds the clock, as a missing oscillator does.
  void stop_clock() { clock_runs_ = false; }

  /// Writes from now on what happens at the pins, a line each: operation, value (replay.v reads
  /// it).
  void record(std::FILE* file) { file_ = file; }

  Top& top() { return *top_; }

 private:
  static constexpr std::uint64_t kHalfPs = 10'417;
  static constexpr unsigned kDrive = 0;
  static constexpr unsigned kToggleClock = 1;
  static constexpr unsigned kExpectMiso = 2;

  void note(unsigned operation, unsigned value) {
    if (file_ != nullptr) std::fprintf(file_, "%u %u\n", operation, value);
  }

  VerilatedContext context_;
  std::unique_ptr<Top> top_ = std::make_unique<Top>(&context_);
  std::uint64_t left_ps_ = 0;
  bool clock_runs_ = true;
  std::FILE* file_ = nullptr;
};

}  // namespace tendon::bringup
