// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "rtl/pins.hpp"
#include "rtl/random.hpp"

namespace tendon::sim {

/// AXI4-Lite master with one access at a time. With stalls, address and data of a write start in
/// any order and the answer is taken late.
class LiteHost {
 public:
  LiteHost(unsigned stall_percent, std::uint64_t seed) : stall_(stall_percent), random_(seed) {}

  void start_write(std::uint32_t address, std::uint32_t data, unsigned strobes = 0xF);
  void start_read(std::uint32_t address);

  /// One clock cycle, as AxiMemory::cycle(): takes this edge's handshakes, returns what follows.
  LiteIn cycle(const LiteOut& out, const LiteIn& in);

  bool done() const { return state_ == State::kIdle; }
  unsigned response() const { return response_; }    // of the last access
  std::uint32_t data() const { return read_data_; }  // of the last read
  void forget() { state_ = State::kIdle; }           // reset took the access away

 private:
  enum class State { kIdle, kWrite, kRead };

  unsigned stall_;
  Random random_;
  State state_ = State::kIdle;
  std::uint32_t address_ = 0;
  std::uint32_t data_ = 0;
  unsigned strobes_ = 0xF;
  bool address_sent_ = false;
  bool data_sent_ = false;
  unsigned response_ = 0;
  std::uint32_t read_data_ = 0;
};

}  // namespace tendon::sim
