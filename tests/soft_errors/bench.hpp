// SPDX-License-Identifier: MIT
// One inference of a network on the RTL with one bit flipped in the middle of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/aligned.hpp"
#include "rtl/rtl_device.hpp"
#include "state.hpp"
#include "tendon/tendon.h"

namespace tendon::soft_errors {

/// What a flipped bit did.
enum class Effect {
  kMasked,    // label and largest sum are right, the device reported nothing
  kSum,       // the label is right, its sum is not
  kDetected,  // the device or the driver reported an error
  kWrong,     // another label, and nobody noticed
  kHang,      // the device never ended; the driver's patience did
  kBus,       // a rule of AXI was broken: what a real bus makes of it, nobody knows
};
inline constexpr std::size_t kEffects = 6;
const char* to_string(Effect effect);

struct Flip {
  std::string where;  // "u_fetch.asm_q", or "u_core....mem"
  std::string block;  // module instance below the top: "u_fetch"
  bool memory = false;
  unsigned element = 0, bit = 0;
  std::uint64_t cycle = 0;  // after the run began
  int window = 0;
  Effect effect = Effect::kMasked;
};

class FaultyModel;

class Bench {
 public:
  /// db1-cnn with widths 8/4/4/2/8 on `base`. Null: *why says what is missing.
  static std::unique_ptr<Bench> make(std::string* why);
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  /// Fault `index` of the series: half of them in memories, half in registers, every bit alike. The
  /// run is made by a child process, so each fault meets the same clean device.
  Flip strike(std::uint64_t seed, std::uint64_t index);

  std::uint64_t register_bits() const { return register_bits_; }
  std::uint64_t memory_bits() const { return memory_bits_; }

 private:
  Bench() = default;
  struct Answer {
    int label = -1;
    std::int32_t sum = 0;
    tendon_status_t status = TENDON_OK;
    bool redone = false;
    tendon_status_t device_status = TENDON_OK;
  };
  Answer run(int window);
  Effect effect_of(const Flip& flip, const State& state);
  const State& pick(bool memory, std::uint64_t bit, unsigned* element, unsigned* bit_of) const;

  FaultyModel* model_ = nullptr;  // of rtl_
  std::unique_ptr<sim::RtlDevice> rtl_;
  std::vector<State> states_;
  std::uint64_t register_bits_ = 0, memory_bits_ = 0;
  AlignedBytes device_memory_, program_memory_, file_;
  tendon_device_t* device_ = nullptr;
  tendon_program_t* program_ = nullptr;
  std::vector<std::vector<std::uint8_t>> windows_;
  std::vector<Answer> want_;
  std::uint64_t run_cycles_ = 0;
};

}  // namespace tendon::soft_errors
