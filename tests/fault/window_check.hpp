// SPDX-License-Identifier: MIT
// A program on a device, its windows, and the golden model's answers.
#pragma once

#include <memory>

#include "campaign.hpp"
#include "compiler/program.hpp"
#include "golden/golden.hpp"
#include "program_writer.hpp"
#include "random_network.hpp"

namespace tendon::fault {

/// A small network whose windows get different labels, loaded for the device with policy PREFER.
class CheckedProgram {
 public:
  CheckedProgram(std::uint32_t seed, const std::string& config, tendon_device_t* device);
  ~CheckedProgram() { tendon_program_unload(program_); }
  CheckedProgram(const CheckedProgram&) = delete;
  CheckedProgram& operator=(const CheckedProgram&) = delete;

  bool is_loaded() const { return program_ != nullptr; }

  struct Outcome {
    tendon_status_t status = TENDON_OK;
    bool right = false;   // label, sum and every tensor that was kept are golden's
    bool redone = false;  // by the processor, in part or whole
  };
  /// One window drawn from `random`.
  Outcome run(std::uint32_t flags, std::mt19937& random);

 private:
  bool tensors_right(const golden::Outcome& want) const;

  net::Network network_;
  test::Bytes file_;
  test::Bytes memory_;
  tendon_program_t* program_ = nullptr;
};

/// Adds what came of one fault to its tally.
void count(Tally& tally, bool hit, const CheckedProgram::Outcome& outcome,
           const CheckedProgram::Outcome& next, std::uint64_t index);

}  // namespace tendon::fault
