// SPDX-License-Identifier: MIT
#include "sim_board.hpp"

#include "Vtendon_companion.h"

namespace tendon::bringup {
namespace {

constexpr std::uint64_t kHalfPs = 10'417;  // 48 MHz

}  // namespace

struct SimBoard::Impl {
  Vtendon_companion top;
  std::uint64_t left_ps = 0;
  bool clock_runs = true;
};

SimBoard::SimBoard() : impl_(std::make_unique<Impl>()) {
  // Reset acts on an edge in the model, as chip select does.
  impl_->top.rst_ni = 1;
  drive(false, false, false);
  drive(false, true, false);
  impl_->top.rst_ni = 0;
  advance(20 * kHalfPs);
  impl_->top.rst_ni = 1;
  advance(20 * kHalfPs);
}

SimBoard::~SimBoard() = default;

void SimBoard::drive(bool sck, bool cs_n, bool mosi) {
  impl_->top.spi_sck_i = sck;
  impl_->top.spi_cs_ni = cs_n;
  impl_->top.spi_mosi_i = mosi;
  impl_->top.eval();
}

bool SimBoard::miso() { return impl_->top.spi_miso_o != 0; }

void SimBoard::advance(std::uint64_t ps) {
  for (impl_->left_ps += ps; impl_->left_ps >= kHalfPs; impl_->left_ps -= kHalfPs) {
    if (!impl_->clock_runs) continue;
    impl_->top.clk_i = !impl_->top.clk_i;
    impl_->top.eval();
  }
}

void SimBoard::stop_clock() { impl_->clock_runs = false; }

bool SimBoard::irq() const { return impl_->top.irq_o != 0; }

}  // namespace tendon::bringup
