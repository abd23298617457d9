// SPDX-License-Identifier: MIT
// AXI4 slave whose memory is a BusMaster: bursts become transactions, error responses stay error
// responses (SLVERR). INCR bursts, in order.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "rtl/pins.hpp"
#include "rtl/random.hpp"
#include "tlm/accel_model.hpp"

namespace tendon::vp {

class AxiBridge {
 public:
  /// `stall_percent` of the cycles a channel is not ready or has nothing to say.
  AxiBridge(BusMaster bus, unsigned bus_bytes, unsigned stall_percent, std::uint64_t seed);

  /// One clock cycle: takes the handshakes of this edge, returns what to drive after it.
  sim::AxiIn cycle(const sim::AxiOut& out, const sim::AxiIn& in);

 private:
  static constexpr unsigned kReadLatency = 4;
  struct Read {
    std::vector<std::uint8_t> data;
    unsigned beat, beats;
    std::uint64_t ready_at;
    bool okay;
  };
  struct WriteBurst {
    std::uint32_t address;
    unsigned beats;
  };
  struct WriteBeat {
    sim::Beat data;
    std::uint32_t strobes;
  };

  void accept(const sim::AxiOut& out, const sim::AxiIn& in);
  void start_read(const sim::AxiOut& out);
  void drive_read(sim::AxiIn& next);
  bool write_burst();
  bool write_beat(std::uint32_t address, const WriteBeat& beat);
  bool stalls() { return stall_ != 0 && random_.chance(stall_); }

  BusMaster bus_;
  unsigned bus_bytes_, stall_;
  sim::Random random_;
  std::deque<Read> reads_;
  std::deque<WriteBurst> writes_;
  std::deque<WriteBeat> beats_;
  std::uint64_t now_ = 0;
};

}  // namespace tendon::vp
