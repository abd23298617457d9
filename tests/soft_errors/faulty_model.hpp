// SPDX-License-Identifier: MIT
// A Verilated accelerator in which one bit flips.
#pragma once

#include <cstdint>
#include <vector>

#include "rtl/verilated_model.hpp"
#include "state.hpp"

namespace tendon::soft_errors {

/// Inverts one bit after a clock of the run, and lets everything that follows from it follow.
template <class Dut>
class FaultyModelOf : public sim::VerilatedModel<Dut> {
  using Base = sim::VerilatedModel<Dut>;

 public:
  FaultyModelOf() : Base(1), states_(states_of(this->dut())) {
    this->context().assertOn(false);  // hardware has none
  }

  void arm(const State& state, unsigned element, unsigned bit, std::uint64_t cycles) {
    byte_ = static_cast<std::uint8_t*>(state.at) + element * state.bytes + bit / 8;
    mask_ = static_cast<std::uint8_t>(1u << bit % 8);
    left_ = cycles + 1;
  }

  void clock(sim::Pins& pins) override {
    Base::clock(pins);
    if (left_ == 0 || --left_ != 0) return;
    *byte_ = static_cast<std::uint8_t>(*byte_ ^ mask_);
    soft_errors::settle(this->dut());
  }

  const std::vector<State>& states() const { return states_; }

 private:
  std::vector<State> states_;
  std::uint8_t* byte_ = nullptr;
  std::uint8_t mask_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace tendon::soft_errors
