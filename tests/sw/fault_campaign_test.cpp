// SPDX-License-Identifier: MIT
// Faults injected between the driver and the RTL. Every window is answered with the right label or
// with none, nothing hangs, and the next good inference is right.
//
// Two parts. Faults of the control path (registers, interrupts, time) run as they would in service.
// Faults that change data on its way into or out of the device leave no trace in any register; they
// run with RUN_VERIFY, which is what the library offers against them.
#include <gtest/gtest.h>

#include <cstdlib>

#include "compiler/program.hpp"
#include "cpu_program.hpp"
#include "fault_hal.hpp"
#include "golden/golden.hpp"
#include "random_network.hpp"
#include "rtl/rtl_device.hpp"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 1905;

struct Tally {
  int faults = 0;
  int hits = 0;
  int answered = 0;
  int wrong = 0;
  int fallbacks = 0;
};

class FaultCampaignTest : public testing::Test {
 protected:
  FaultCampaignTest() : random_(kSeed), network_(small_network(random_)) {
    std::string why;
    rtl_ = sim::RtlDevice::make("base", {}, &why);
    if (rtl_ == nullptr) {
      ADD_FAILURE() << why;
      return;
    }
    faulty_ = std::make_unique<FaultHal>(rtl_->hal());
    memory_ = Bytes(tendon_device_size());
    EXPECT_EQ(tendon_open(&faulty_->hal(), nullptr, memory_.data(), memory_.size(), &device_),
              TENDON_OK);
    const auto file = compiler::compile(network_, std::vector<std::string>{"base"});
    EXPECT_TRUE(file.has_value());
    if (file) {
      program_ = std::make_unique<LoadedProgram>(*file, device_, TENDON_POLICY_PREFER);
      EXPECT_EQ(program_->status(), TENDON_OK);
    }
  }

  static int rounds() { return std::getenv("TENDON_LONG") != nullptr ? 100 : 10; }

  // How many events of its sort a warm run has, so that most faults hit one.
  static std::uint32_t events(Fault fault) {
    switch (fault) {
      case Fault::kBusRead:
      case Fault::kFlipRead:
        return 10;
      case Fault::kBusWrite:
      case Fault::kFlipWrite:
      case Fault::kLostWrite:
        return 7;
      case Fault::kFlipDma:
        return 5;
      case Fault::kFlipResult:
        return 4;
      case Fault::kDeadRegisters:
        return 16;
      default:
        return 2;
    }
  }

  void one(Fault fault, std::uint32_t flags, Tally& tally) {
    const auto window = random_window(network_, random_);
    const int want = golden::run(network_, window)->label;
    // Every other time the weights go to the device anew: faults hit uploads too.
    if (random_() % 2 == 0) {
      ASSERT_EQ(tendon_reset(device_), TENDON_OK);
    }
    faulty_->arm(fault, events(fault), random_);
    auto options = sized<tendon_run_options_t>();
    options.flags = flags;
    options.timeout_us = 1000;
    auto result = sized<tendon_result_t>();
    const tendon_status_t status =
        tendon_run(program_->get(), window.data(), window.size(), &options, &result);
    ++tally.faults;
    tally.hits += faulty_->hit() ? 1 : 0;
    tally.answered += status == TENDON_OK ? 1 : 0;
    tally.wrong += status == TENDON_OK && result.label != want ? 1 : 0;
    tally.fallbacks += result.fallback_layers > 0 ? 1 : 0;
    faulty_->disarm();
    ASSERT_EQ(tendon_reset(device_), TENDON_OK) << "fault " << static_cast<int>(fault);
    ASSERT_EQ(program_->run(window, 0, &result), TENDON_OK);
    ASSERT_EQ(result.label, want) << "after fault " << static_cast<int>(fault) << ", seed "
                                  << kSeed;
    ASSERT_EQ(result.fallback_layers, 0u) << "after fault " << static_cast<int>(fault);
  }

  void campaign(std::initializer_list<Fault> faults, std::uint32_t flags) {
    Tally tally;
    for (const Fault fault : faults) {
      for (int i = 0; i < rounds(); ++i) {
        one(fault, flags, tally);
        if (HasFatalFailure()) return;
      }
    }
    std::printf("faults %d, hit %d, answered %d, wrong %d, redone on the CPU %d\n", tally.faults,
                tally.hits, tally.answered, tally.wrong, tally.fallbacks);
    EXPECT_EQ(tally.wrong, 0);
    EXPECT_EQ(tally.answered, tally.faults);
    EXPECT_GT(tally.hits, tally.faults / 3) << "the campaign aims past the runs";
  }

  Random random_;
  net::Network network_;
  std::unique_ptr<sim::RtlDevice> rtl_;
  std::unique_ptr<FaultHal> faulty_;
  Bytes memory_;
  tendon_device_t* device_ = nullptr;
  std::unique_ptr<LoadedProgram> program_;
};

TEST_F(FaultCampaignTest, ControlFaultsNeverGiveAWrongLabel) {
  campaign(
      {Fault::kBusRead, Fault::kBusWrite, Fault::kFlipRead, Fault::kLostWrite, Fault::kSyncFails,
       Fault::kDropIrq, Fault::kSpuriousIrq, Fault::kStuckBusy, Fault::kDeadRegisters},
      0);
}

TEST_F(FaultCampaignTest, DataFaultsNeverGiveAWrongLabelWithVerify) {
  campaign({Fault::kFlipWrite, Fault::kFlipDma, Fault::kFlipResult}, TENDON_RUN_VERIFY);
}

TEST_F(FaultCampaignTest, FaultsBehindTheBusNeverGiveAWrongLabelWithVerify) {
  Tally tally;
  for (int i = 0; i < 3 * rounds(); ++i) {
    const auto window = random_window(network_, random_);
    const int want = golden::run(network_, window)->label;
    ASSERT_EQ(tendon_reset(device_), TENDON_OK);
    auto& memory = rtl_->memory();
    const std::uint32_t address = memory.base() + static_cast<std::uint32_t>(random_()) % 6144;
    if (i % 3 == 0) memory.fail_read_at(address);
    if (i % 3 == 1) memory.fail_write_at(address);
    if (i % 3 == 2) memory.flip_read_bit(address, static_cast<unsigned>(random_()));
    tendon_result_t result;
    const tendon_status_t status = program_->run(window, TENDON_RUN_VERIFY, &result);
    ++tally.faults;
    tally.answered += status == TENDON_OK ? 1 : 0;
    tally.wrong += status == TENDON_OK && result.label != want ? 1 : 0;
    tally.fallbacks += result.fallback_layers > 0 ? 1 : 0;
    memory.clear_faults();
    ASSERT_EQ(tendon_reset(device_), TENDON_OK);
    ASSERT_EQ(program_->run(window, 0, &result), TENDON_OK);
    ASSERT_EQ(result.label, want) << i;
  }
  std::printf("faults %d, answered %d, wrong %d, redone on the CPU %d\n", tally.faults,
              tally.answered, tally.wrong, tally.fallbacks);
  EXPECT_EQ(tally.wrong, 0);
  EXPECT_EQ(tally.answered, tally.faults);
  EXPECT_GT(tally.fallbacks, 0);
}

}  // namespace
}  // namespace tendon::test
