// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace tendon::sim {

/// Small, fast, the same everywhere for the same seed (splitmix64).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  /// 0 to below - 1; below > 0.
  std::uint32_t below(std::uint32_t below) {
    return static_cast<std::uint32_t>(((next() >> 32) * below) >> 32);
  }

  /// True in `percent` of 100 calls; costs nothing for 0.
  bool chance(unsigned percent) { return percent != 0 && below(100) < percent; }

 private:
  std::uint64_t state_;
};

}  // namespace tendon::sim
