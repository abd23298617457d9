// SPDX-License-Identifier: MIT
// Spares the simulation of an accelerator in which nothing happens, most of the time of a system
// whose processor is simulated gate by gate.
#pragma once

#include <cstdint>

namespace tendon::soc {

/// Decides, edge by edge, whether the accelerator gets its clock.
///
/// An accelerator without chain, reset, bus traffic and register access comes to rest within
/// kSettle cycles; from then on only tendon_perf's sweep goes round, in kPeriod cycles. So edges
/// can be left out, and whoever reads a register later sees the same answer in the same cycle if
/// what is missing to whole rounds is given before the access begins.
class AccelGate {
 public:
  static constexpr std::uint64_t kSettle = 100;  // longest: seven log lines in the queue, ten each
  static constexpr std::uint64_t kPeriod = 10;   // slots of tendon_perf

  /// Before each rising edge. `busy`: something happens or is asked for; `coming`: an access begins
  /// with this edge. Returns the edges to give to the accelerator alone, before this one.
  unsigned before_edge(bool busy, bool coming) {
    if (busy || coming) {
      const auto missing = static_cast<unsigned>(held_ % kPeriod);
      quiet_ = 0;
      held_ = 0;
      return missing;
    }
    if (quiet_ < kSettle) {
      ++quiet_;
    } else {
      ++held_;
    }
    return 0;
  }
  /// Does this edge reach the accelerator?
  bool open() const { return held_ == 0; }

 private:
  std::uint64_t quiet_ = 0;  // cycles without anything, up to kSettle
  std::uint64_t held_ = 0;   // edges left out since
};

}  // namespace tendon::soc
