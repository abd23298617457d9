// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "rtl/pins.hpp"
#include "rtl/random.hpp"

namespace tendon::sim {

/// Percent of cycles in which a channel of the bus is not ready, or has nothing to say.
struct StallPercent {
  unsigned aw = 0;
  unsigned w = 0;
  unsigned b = 0;
  unsigned ar = 0;
  unsigned r = 0;
};

struct AxiMemoryOptions {
  std::uint32_t base = 0x40000000;  // bus address of byte 0
  std::uint32_t bytes = 16u << 20;
  std::span<std::uint8_t> storage;  // `bytes` long, of the caller's; empty: its own
  unsigned bus_bytes = 16;
  unsigned read_latency = 4;  // cycles from address to first data
  StallPercent stall;
  std::uint64_t seed = 1;
};

/// AXI4 slave with memory behind it. INCR bursts, in order. Addresses outside are answered with
/// DECERR, injected faults with SLVERR; neither changes memory.
class AxiMemory {
 public:
  explicit AxiMemory(const AxiMemoryOptions& options);

  /// One clock cycle: takes the handshakes that `out` and `in` make at its edge, and returns what
  /// to drive after it.
  AxiIn cycle(const AxiOut& out, const AxiIn& in);

  /// Forgets what is outstanding, as a reset of the bus does; memory and faults stay.
  void forget();

  /// The bytes at a bus address; empty when not all of them are memory.
  std::span<std::uint8_t> at(std::uint32_t address, std::uint32_t bytes);

  std::uint32_t base() const { return options_.base; }
  std::uint32_t bytes() const { return options_.bytes; }

  /// Beats that contain the byte are answered with SLVERR, until clear_faults().
  void fail_read_at(std::uint32_t address) { failing_reads_.insert(address); }
  /// Bursts that contain the byte are answered with SLVERR and write nothing.
  void fail_write_at(std::uint32_t address) { failing_writes_.insert(address); }
  /// The next read of that byte sees one bit inverted; memory keeps it.
  void flip_read_bit(std::uint32_t address, unsigned bit) { flip_ = {address, bit % 8}; }
  /// The read beat behind `beats` others is answered with SLVERR, or has a bit (0: the lowest of
  /// its first byte) inverted. Memory keeps its contents.
  void fail_read_beat(unsigned beats) { read_strike_ = {beats, -1}; }
  void flip_read_beat(unsigned beats, unsigned bit) {
    read_strike_ = {beats, static_cast<int>(bit)};
  }
  /// The write burst behind `bursts` others is answered with SLVERR and writes nothing.
  void fail_write_burst(unsigned bursts) { write_strike_ = {bursts, -1}; }
  /// A beat or burst that was to be struck has not come yet.
  bool is_strike_pending() const { return read_strike_.has_value() || write_strike_.has_value(); }
  /// The slave stops: no ready, no new answer, until `false`.
  void freeze(bool frozen) { frozen_ = frozen; }
  void clear_faults();

  std::uint64_t bytes_written() const { return bytes_written_; }  // strobed bytes only
  std::uint64_t read_bursts() const { return read_bursts_; }
  std::uint64_t write_bursts() const { return write_bursts_; }
  bool idle() const { return reads_.empty() && writes_.empty() && beats_.empty() && !answering_; }

 private:
  struct Burst {
    std::uint32_t address;
    unsigned beats;
    std::uint64_t ready_at;
  };
  struct Flip {
    std::uint32_t address;
    unsigned bit;
  };
  struct Strike {
    unsigned left;
    int bit;  // -1: an error instead
  };
  struct WriteBeat {
    Beat data;
    std::uint32_t strobes;
    bool last;
  };

  void accept(const AxiOut& out, const AxiIn& in);
  void drive_read(AxiIn& next);
  void strike_read(AxiIn& next);
  void drive_response(AxiIn& next);
  unsigned write_burst(const Burst& burst);
  bool hits(const std::set<std::uint32_t>& faults, std::uint32_t address,
            std::uint32_t bytes) const;

  AxiMemoryOptions options_;
  Random random_;
  std::vector<std::uint8_t> own_;
  std::span<std::uint8_t> memory_;
  std::deque<Burst> reads_;
  std::deque<Burst> writes_;
  std::deque<WriteBeat> beats_;
  std::size_t complete_bursts_ = 0;  // last beats in `beats_`
  bool answering_ = false;           // a write response is on its way
  std::set<std::uint32_t> failing_reads_;
  std::set<std::uint32_t> failing_writes_;
  std::optional<Flip> flip_;
  std::optional<Strike> read_strike_;
  std::optional<Strike> write_strike_;
  bool frozen_ = false;
  std::uint64_t now_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::uint64_t read_bursts_ = 0;
  std::uint64_t write_bursts_ = 0;
};

}  // namespace tendon::sim
