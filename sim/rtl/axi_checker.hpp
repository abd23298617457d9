// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "rtl/pins.hpp"

namespace tendon::sim {

/// The rules of AXI4 and AXI4-Lite that both sides of the two buses must keep, checked on every
/// clock of every simulation:
///
///   - once valid, a channel holds valid and payload until ready
///   - nothing is valid while in reset, nor in the first cycle after it
///   - AXI4 addresses: INCR, at most 16 whole beats, aligned, inside one page of 4 KiB
///   - write data: `last` on the beat that the address promised and on no other
///   - read data: only for an accepted address, `last` where promised
///   - responses: only after the address and the (last) data they answer
class AxiChecker {
 public:
  explicit AxiChecker(unsigned bus_bytes) : bus_bytes_(bus_bytes) {}

  /// The pins as they stand at a rising edge. Returns the rule that was broken, or an empty string.
  std::string cycle(const Pins& pins);

 private:
  std::string reset(const Pins& pins);
  std::string stable(const Pins& pins) const;
  std::string address(bool write, std::uint32_t address, unsigned length, unsigned size,
                      unsigned burst) const;
  std::string axi_write(const Pins& pins);
  std::string axi_read(const Pins& pins);
  std::string lite(const Pins& pins);

  unsigned bus_bytes_;
  Pins before_;
  bool had_reset_ = false;
  bool first_cycle_ = true;
  // AXI4: lengths promised by addresses, beats seen of the current burst, bursts to answer
  std::deque<unsigned> write_lengths_;
  std::deque<unsigned> read_lengths_;
  std::deque<unsigned> data_lengths_;  // of finished write data bursts without an address yet
  unsigned write_beats_ = 0;
  unsigned read_beats_ = 0;
  unsigned write_answers_ = 0;
  // AXI4-Lite: accepted and not answered
  unsigned lite_addresses_ = 0;
  unsigned lite_data_ = 0;
  unsigned lite_reads_ = 0;
};

}  // namespace tendon::sim
