// SPDX-License-Identifier: MIT
// Majority of the last labels, and what a list of latencies looks like.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tendon::programs {

/// The label that occurs most often among the last `votes` ones; of equals the one seen last.
class Majority {
 public:
  explicit Majority(std::size_t votes) : votes_(votes) {}

  std::int32_t add(std::int32_t label) {
    if (last_.size() == votes_) last_.erase(last_.begin());
    last_.push_back(label);
    std::int32_t best = label;
    std::ptrdiff_t most = 0;
    for (auto it = last_.rbegin(); it != last_.rend(); ++it) {
      const std::ptrdiff_t count = std::count(last_.begin(), last_.end(), *it);
      if (count > most) {
        most = count;
        best = *it;
      }
    }
    return best;
  }

  void forget() { last_.clear(); }

 private:
  std::size_t votes_;
  std::vector<std::int32_t> last_;
};

/// Exact quantiles of what was added. Memory is taken once, for `room` values; of more the last
/// `room` count.
class Latencies {
 public:
  explicit Latencies(std::size_t room) : room_(room) { values_.reserve(room); }

  void add(std::uint64_t us) {
    if (values_.size() < room_) {
      values_.push_back(us);
    } else {
      values_[count_ % room_] = us;
    }
    ++count_;
  }
  std::uint64_t count() const { return count_; }
  /// Smallest value that at least `percent` % of the values do not exceed; 0 when there is none.
  std::uint64_t quantile(unsigned percent) const {
    if (values_.empty()) return 0;
    std::vector<std::uint64_t> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t rank = (sorted.size() * percent + 99) / 100;
    return sorted[rank == 0 ? 0 : rank - 1];
  }

 private:
  std::size_t room_;
  std::uint64_t count_ = 0;
  std::vector<std::uint64_t> values_;
};

}  // namespace tendon::programs
