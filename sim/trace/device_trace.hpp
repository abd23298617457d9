// SPDX-License-Identifier: MIT
// The accelerator as seen from its pins, for a timeline.
#pragma once

#include <cstdint>
#include <deque>

#include "trace/timeline.hpp"

namespace tendon::sim {

/// Rows "registers", "accelerator chain", "accelerator bus read", "accelerator bus write" and
/// "interrupt line". Call in the order of time.
class DeviceTrace {
 public:
  /// What a clock edge sees of the DMA bus, and the interrupt line.
  struct Wires {
    bool read_address = false;    // a read burst is accepted
    bool read_last = false;       // its last word arrives
    bool write_address = false;   // a write burst is accepted
    bool write_response = false;  // it is acknowledged
    bool interrupt = false;
  };

  /// `timeline` must outlive this object. `clock_hz` turns cycles into its nanoseconds.
  DeviceTrace(Timeline& timeline, std::uint32_t clock_hz)
      : timeline_(timeline), ns_(1e9 / clock_hz) {}

  void cycle(std::uint64_t now, const Wires& wires);
  /// A register access that has ended.
  void access(std::uint64_t now, bool write, std::uint32_t offset, std::uint32_t value, bool okay);

  double ns(std::uint64_t cycle) const { return static_cast<double>(cycle) * ns_; }
  Timeline& timeline() { return timeline_; }

 private:
  void end_burst(std::deque<std::uint64_t>& starts, const char* row, std::uint64_t now);

  Timeline& timeline_;
  double ns_;
  std::deque<std::uint64_t> reads_, writes_;  // bursts under way, their first cycles
  bool interrupt_ = false, in_chain_ = false;
  std::uint64_t chain_since_ = 0;
};

}  // namespace tendon::sim
