// SPDX-License-Identifier: MIT
// What the parts of the fault campaign share: kinds of faults, what came of each, and the verdict.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tendon/tendon.h"

namespace tendon::fault {

/// What the caller of the library asks for while a kind of fault strikes.
enum class Mode {
  kPlain,  // as in service; some runs also with stored tensors and counters
  kVerify  // TENDON_RUN_VERIFY: the kinds that leave no trace which a processor could see
};

struct Tally {
  std::string name;
  std::string where;
  Mode mode = Mode::kPlain;
  std::uint64_t faults = 0;
  std::uint64_t hit = 0;       // the fault met an access
  std::uint64_t answered = 0;  // TENDON_OK
  std::uint64_t wrong = 0;     // ... with another label, sum or tensor than the golden model's
  std::uint64_t redone = 0;    // ... by the processor, and the caller was told
  std::uint64_t after = 0;     // the next good window was not right, or not by the device
  /// kVerify kinds only: wrong answers of the same faults without it.
  std::uint64_t plain_wrong = 0;
  std::string first_wrong;  // the first fault that went wrong, to repeat it with --only
};

/// A random source of its own for fault `index`, so that each can be repeated alone.
inline std::mt19937 random_of(std::uint32_t seed, std::uint64_t index) {
  std::seed_seq sequence{seed, static_cast<std::uint32_t>(index),
                         static_cast<std::uint32_t>(index >> 32)};
  return std::mt19937(sequence);
}

/// One fault at an accelerator; the campaign calls it `count` times in all.
class Bench {
 public:
  Bench() = default;
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  virtual ~Bench() = default;

  /// Tallies of this bench's kinds, filled by strike().
  virtual std::vector<Tally>& tallies() = 0;
  /// Fault `index` of kind `index % tallies().size()`.
  virtual void strike(std::uint32_t seed, std::uint64_t index) = 0;
};

}  // namespace tendon::fault
