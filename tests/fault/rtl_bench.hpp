// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "fault_hal.hpp"
#include "rtl/rtl_device.hpp"
#include "window_check.hpp"

namespace tendon::fault {

/// Faults between the driver and the RTL (FaultHal), and on the accelerator's own bus. Two programs
/// take turns, so that what a fault leaves of one could be taken for the other's.
class RtlBench : public Bench {
 public:
  /// Null: *why says what is missing.
  static std::unique_ptr<RtlBench> make(std::uint32_t seed, std::string* why);
  ~RtlBench() override;

  std::vector<Tally>& tallies() override { return tallies_; }
  void strike(std::uint32_t seed, std::uint64_t index) override;

 private:
  RtlBench();
  CheckedProgram::Outcome attempt(std::size_t kind, std::uint32_t flags, std::mt19937 random,
                                  bool* hit);
  void arm_bus(std::size_t kind, std::mt19937& random);

  std::vector<Tally> tallies_;
  std::unique_ptr<sim::RtlDevice> rtl_;
  std::unique_ptr<test::FaultHal> faulty_;
  test::Bytes memory_;
  tendon_device_t* device_ = nullptr;
  std::unique_ptr<CheckedProgram> programs_[2];
};

}  // namespace tendon::fault
