// SPDX-License-Identifier: MIT
// Seeded draws that are the same on every machine (the distributions of <random> are not).
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace tendon::zoo {

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : engine_(seed) {}

  /// Uniform in [0, n), n >= 1.
  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  /// Uniform in [low, high].
  int between(int low, int high) { return low + below(high - low + 1); }
  bool percent(int p) { return below(100) < p; }
  template <typename T>
  T pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
  }
  /// Bell-shaped around 0, |value| <= 3 * reach / 2, standard deviation about 0.41 * reach.
  int bell(int reach) {
    constexpr int kFine = 64;
    int sum = 0;
    for (int i = 0; i < 3; ++i) sum += between(-reach * kFine * 5 / 12, reach * kFine * 5 / 12);
    return (sum + (sum < 0 ? -kFine / 2 : kFine / 2)) / kFine;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tendon::zoo
