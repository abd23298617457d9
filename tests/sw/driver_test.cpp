// SPDX-License-Identifier: MIT
// The driver over a device that records accesses: every error value, nothing written on refusal,
// placement, chains, fallback.
#include <gtest/gtest.h>

#include "cpu_program.hpp"
#include "fake_device.hpp"
#include "random_network.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 77;

class DriverTest : public testing::Test {
 protected:
  DriverTest() : random_(kSeed), network_(small_network(random_)) {
    fake_.set_network(network_);
    window_ = random_window(network_, random_);
    want_ = golden::run(network_, window_).value();
  }

  tendon_status_t open() {
    memory_ = Bytes(tendon_device_size());
    return tendon_open(&fake_.hal(), nullptr, memory_.data(), memory_.size(), &device_);
  }

  std::vector<std::uint8_t> file(std::vector<bool> on_device = {true, true, true, true}) {
    return write_program(network_, on_device);
  }

  void expect_all_tensors(LoadedProgram& program) {
    for (std::uint32_t i = 0; i < network_.layers.size(); ++i) {
      const auto& want = want_.tensors[i + 1];
      std::vector<std::int16_t> got(want.size());
      ASSERT_EQ(tendon_layer_output(program.get(), i, got.data(), got.size()), TENDON_OK);
      EXPECT_EQ(got, want) << "layer " << i;
    }
  }

  // One run that must give the right label in spite of what happens to the device.
  void expect_survival(tendon_status_t why) {
    ASSERT_EQ(open(), TENDON_OK);
    LoadedProgram program(file(), device_, TENDON_POLICY_PREFER);
    ASSERT_EQ(program.status(), TENDON_OK);
    arm();
    tendon_result_t result;
    ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, want_.label);
    EXPECT_EQ(result.device_status, why);
    EXPECT_EQ(result.fallback_layers, 4u);
    fake_.faults = {};
    ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, want_.label);
    EXPECT_EQ(result.fallback_layers, 0u) << "the next good inference uses the device again";
  }

  // The same fault with policy REQUIRE: the error comes back and the label stays poisoned.
  void expect_error(tendon_status_t why) {
    ASSERT_EQ(open(), TENDON_OK);
    LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
    ASSERT_EQ(program.status(), TENDON_OK);
    arm();
    tendon_result_t result;
    EXPECT_EQ(program.run(window_, TENDON_RUN_TRACE, &result), why);
    EXPECT_EQ(result.label, TENDON_POISON_LABEL);
    std::vector<std::int16_t> codes(want_.tensors[4].size());
    EXPECT_EQ(tendon_layer_output(program.get(), 3, codes.data(), codes.size()), TENDON_E_STATE);
    auto error = sized<tendon_error_t>();
    ASSERT_EQ(tendon_program_error(program.get(), &error), TENDON_OK);
    EXPECT_EQ(error.status, why);
    EXPECT_NE(error.text[0], '\0');
    fake_.faults = {};
    EXPECT_EQ(program.run(window_, 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, want_.label);
  }

  void arm() { fault_(fake_); }

  Random random_;
  net::Network network_;
  FakeDevice fake_;
  std::function<void(FakeDevice&)> fault_;
  std::vector<std::uint8_t> window_;
  golden::Outcome want_;
  Bytes memory_;
  tendon_device_t* device_ = nullptr;
};

TEST_F(DriverTest, OpenReportsTheCapabilities) {
  ASSERT_EQ(open(), TENDON_OK);
  auto caps = sized<tendon_caps_t>();
  ASSERT_EQ(tendon_get_caps(device_, &caps), TENDON_OK);
  EXPECT_EQ(caps.rows, 4u);
  EXPECT_EQ(caps.columns, 4u);
  EXPECT_EQ(caps.lanes, 16u);
  EXPECT_EQ(caps.act_words, 16384u);
}

TEST_F(DriverTest, OpenRefusesAWrongIdWithoutWriting) {
  fake_.identity[TENDON_ID_OFFSET] = 0xDEADBEEF;
  EXPECT_EQ(open(), TENDON_E_NO_DEVICE);
  EXPECT_EQ(fake_.writes(), 0u);
}

TEST_F(DriverTest, OpenRefusesAnUnknownVersionWithoutWriting) {
  fake_.identity[TENDON_VERSION_OFFSET] = 0x00020000;
  EXPECT_EQ(open(), TENDON_E_VERSION);
  EXPECT_EQ(fake_.writes(), 0u);
}

TEST_F(DriverTest, OpenRefusesAnIllegalGeometryWithoutWriting) {
  fake_.identity[TENDON_CAPS_OFFSET] = 3u | 4u << 8 | 16u << 16;
  EXPECT_EQ(open(), TENDON_E_UNSUPPORTED);
  EXPECT_EQ(fake_.writes(), 0u);
}

TEST_F(DriverTest, OpenReportsABusError) {
  fake_.faults.access = [](const Access&) { return TENDON_E_BUS; };
  EXPECT_EQ(open(), TENDON_E_BUS);
  EXPECT_EQ(fake_.writes(), 0u);
}

TEST_F(DriverTest, OpenReportsAResetThatDoesNotEnd) {
  fake_.faults.never_resets = true;
  fake_.faults.access = [this](const Access&) {
    ++fake_.now_us;
    return TENDON_OK;
  };
  EXPECT_EQ(open(), TENDON_E_TIMEOUT);
}

TEST_F(DriverTest, OpenFindsALinkThatDoesNotWrite) {
  fake_.faults.corrupt = [](const Access& a) {
    return a.offset == TENDON_SCRATCH_OFFSET ? 0u : a.value;
  };
  EXPECT_EQ(open(), TENDON_E_BUS);
}

TEST_F(DriverTest, OpenRefusesBadArguments) {
  memory_ = Bytes(tendon_device_size());
  const tendon_hal_t hal = fake_.hal();
  tendon_hal_t incomplete = hal;
  incomplete.irq_wait = nullptr;
  const std::size_t size = tendon_device_size();
  EXPECT_EQ(tendon_open(nullptr, nullptr, memory_.data(), size, &device_), TENDON_E_ARG);
  EXPECT_EQ(tendon_open(&incomplete, nullptr, memory_.data(), size, &device_), TENDON_E_ARG);
  EXPECT_EQ(tendon_open(&hal, nullptr, nullptr, size, &device_), TENDON_E_ARG);
  EXPECT_EQ(tendon_open(&hal, nullptr, memory_.data() + 1, size, &device_), TENDON_E_ARG);
  EXPECT_EQ(tendon_open(&hal, nullptr, memory_.data(), size, nullptr), TENDON_E_ARG);
  EXPECT_EQ(tendon_open(&hal, nullptr, memory_.data(), size - 1, &device_), TENDON_E_MEMORY);
  EXPECT_TRUE(fake_.accesses.empty());
}

TEST_F(DriverTest, LoadWritesNoRegister) {
  ASSERT_EQ(open(), TENDON_OK);
  const std::size_t before = fake_.accesses.size();
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  ASSERT_EQ(program.status(), TENDON_OK);
  EXPECT_EQ(fake_.accesses.size(), before);
}

TEST_F(DriverTest, UnloadFreesTheDmaMemory) {
  ASSERT_EQ(open(), TENDON_OK);
  { LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE); }
  EXPECT_EQ(fake_.live_buffers(), 0u);
}

TEST_F(DriverTest, LoadReportsThatNoDmaMemoryIsLeft) {
  ASSERT_EQ(open(), TENDON_OK);
  fake_.faults.fail_alloc = true;
  LoadedProgram program(file(), device_, TENDON_POLICY_PREFER);
  EXPECT_EQ(program.status(), TENDON_E_MEMORY);
}

TEST_F(DriverTest, LoadRefusesTooLittleMemory) {
  Bytes bytes(file());
  Bytes memory(64);
  tendon_program_t* program = nullptr;
  EXPECT_EQ(tendon_program_load(bytes.data(), bytes.size(), nullptr, nullptr, memory.data(),
                                memory.size(), &program),
            TENDON_E_MEMORY);
  EXPECT_EQ(program, nullptr);
}

TEST_F(DriverTest, RequireRefusesALayerThatIsNotOnTheAccelerator) {
  ASSERT_EQ(open(), TENDON_OK);
  const std::size_t writes = fake_.writes();
  LoadedProgram program(file({true, true, false, true}), device_, TENDON_POLICY_REQUIRE);
  EXPECT_EQ(program.status(), TENDON_E_UNSUPPORTED);
  EXPECT_EQ(fake_.writes(), writes);
  auto error = sized<tendon_error_t>();
  ASSERT_EQ(tendon_device_error(device_, &error), TENDON_OK);
  EXPECT_EQ(error.layer, 2u);
}

TEST_F(DriverTest, EveryLayerOnTheDeviceIsGolden) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, TENDON_RUN_TRACE, &result), TENDON_OK);
  EXPECT_EQ(result.label, want_.label);
  EXPECT_EQ(result.device_layers, 4u);
  EXPECT_EQ(result.device_status, TENDON_OK);
  expect_all_tensors(program);
}

TEST_F(DriverTest, EveryMixOfCpuAndDeviceIsGolden) {
  ASSERT_EQ(open(), TENDON_OK);
  for (std::uint32_t cpu = 0; cpu < 16; ++cpu) {
    LoadedProgram program(file(), device_, TENDON_POLICY_PREFER, TENDON_LEVEL_PORTABLE, cpu);
    tendon_result_t result;
    const int before = fake_.chains;
    ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK) << cpu;
    EXPECT_EQ(result.label, want_.label) << cpu;
    int chains = 0;
    for (int i = 0; i < 4; ++i) {
      const bool here = (cpu >> i & 1) == 0;
      chains += here && (i == 0 || (cpu >> (i - 1) & 1) != 0) ? 1 : 0;
    }
    EXPECT_EQ(fake_.chains - before, chains) << cpu;
    ASSERT_EQ(program.run(window_, TENDON_RUN_TRACE, &result), TENDON_OK) << cpu;
    expect_all_tensors(program);
  }
}

TEST_F(DriverTest, ThePlanSaysWhereAndWhy) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file({true, false, true, true}), device_, TENDON_POLICY_PREFER,
                        TENDON_LEVEL_PORTABLE, 4);
  const std::uint32_t reasons[] = {TENDON_REASON_NONE, TENDON_REASON_MEMORY, TENDON_REASON_POLICY,
                                   TENDON_REASON_NONE};
  for (std::uint32_t i = 0; i < 4; ++i) {
    auto plan = sized<tendon_layer_plan_t>();
    ASSERT_EQ(tendon_plan(program.get(), i, &plan), TENDON_OK);
    EXPECT_EQ(plan.reason, reasons[i]) << i;
    EXPECT_EQ(plan.on_device, reasons[i] == TENDON_REASON_NONE ? 1u : 0u) << i;
    EXPECT_STREQ(plan.name, network_.layers[i].name.c_str());
    EXPECT_EQ(plan.weight_bits, static_cast<std::uint32_t>(network_.layers[i].weight_bits));
  }
  auto plan = sized<tendon_layer_plan_t>();
  EXPECT_EQ(tendon_plan(program.get(), 4, &plan), TENDON_E_ARG);
}

TEST_F(DriverTest, WeightsGoToTheDeviceOnce) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  const std::size_t cold = fake_.last_chain.size() / 16;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  const std::size_t warm = fake_.last_chain.size() / 16;
  EXPECT_EQ(cold, 10u);  // parameters, input, four times weights and layer
  EXPECT_EQ(warm, 5u);   // input, four layers
  ASSERT_EQ(tendon_reset(device_), TENDON_OK);
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  EXPECT_EQ(fake_.last_chain.size() / 16, cold);
}

TEST_F(DriverTest, ChainsWaitForWhatTheyRead) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, TENDON_RUN_TRACE, &result), TENDON_OK);
  bool dma_pending = false;
  for (std::size_t i = 0; i < fake_.last_chain.size(); i += 16) {
    const std::uint32_t word = fake_.last_chain[i];
    const std::uint32_t opcode = word & 0xFF;
    if (opcode == TENDON_OPCODE_CONV) {
      EXPECT_EQ((word & TENDON_DESC_WAIT_DMA_MASK) != 0, dma_pending) << i;
      dma_pending = false;
    } else {
      dma_pending = true;
      const bool waits = (word & TENDON_DESC_WAIT_COMPUTE_MASK) != 0;
      EXPECT_TRUE(opcode == TENDON_OPCODE_LOAD || waits) << i;
    }
    EXPECT_EQ((word & TENDON_DESC_LAST_MASK) != 0, i + 16 == fake_.last_chain.size()) << i;
  }
}

TEST_F(DriverTest, TwoConsecutiveAndTwoInterleavedInferencesAreRight) {
  ASSERT_EQ(open(), TENDON_OK);
  const net::Network other_network = small_network(random_);
  const auto other_window = random_window(other_network, random_);
  const auto other_want = golden::run(other_network, other_window).value();
  LoadedProgram a(file(), device_, TENDON_POLICY_REQUIRE);
  LoadedProgram b(write_program(other_network, {true, true, true, true}), device_,
                  TENDON_POLICY_REQUIRE);
  tendon_result_t result;
  for (int i = 0; i < 3; ++i) {
    fake_.set_network(network_);
    ASSERT_EQ(a.run(window_, 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, want_.label) << i;
    ASSERT_EQ(a.run(window_, 0, &result), TENDON_OK);
    EXPECT_EQ(result.max_acc, want_.accumulators[static_cast<std::size_t>(want_.label)]) << i;
    fake_.set_network(other_network);
    ASSERT_EQ(b.run(other_window, 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, other_want.label) << i;
    EXPECT_EQ(fake_.last_chain.size() / 16, 10u) << "the other program's weights were replaced";
  }
}

TEST_F(DriverTest, ASecondSubmitIsRefusedWhileOneRuns) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram a(file(), device_, TENDON_POLICY_REQUIRE);
  LoadedProgram b(file(), device_, TENDON_POLICY_REQUIRE);
  LoadedProgram cpu(file(), nullptr, TENDON_POLICY_CPU_ONLY);
  fake_.latency_polls = 50;
  ASSERT_EQ(tendon_submit(a.get(), window_.data(), window_.size(), nullptr), TENDON_OK);
  const std::size_t writes = fake_.writes();
  EXPECT_EQ(tendon_submit(a.get(), window_.data(), window_.size(), nullptr), TENDON_E_BUSY);
  EXPECT_EQ(tendon_submit(b.get(), window_.data(), window_.size(), nullptr), TENDON_E_BUSY);
  EXPECT_EQ(fake_.writes(), writes);
  tendon_result_t result;
  ASSERT_EQ(cpu.run(window_, 0, &result), TENDON_OK) << "a program without the device is free";
  EXPECT_EQ(result.label, want_.label);
  int done = 0;
  ASSERT_EQ(tendon_poll(a.get(), &done), TENDON_OK);
  EXPECT_EQ(done, 0);
  while (done == 0) ASSERT_EQ(tendon_poll(a.get(), &done), TENDON_OK);
  result = sized<tendon_result_t>();
  ASSERT_EQ(tendon_wait(a.get(), &result), TENDON_OK);
  EXPECT_EQ(result.label, want_.label);
}

TEST_F(DriverTest, WaitAndPollWithoutSubmitAreRefused) {
  LoadedProgram program(file(), nullptr, TENDON_POLICY_CPU_ONLY);
  auto result = sized<tendon_result_t>();
  int done = 0;
  EXPECT_EQ(tendon_wait(program.get(), &result), TENDON_E_STATE);
  EXPECT_EQ(tendon_poll(program.get(), &done), TENDON_E_STATE);
  EXPECT_EQ(tendon_cancel(program.get()), TENDON_E_STATE);
}

TEST_F(DriverTest, ACancelledRunGivesNoLabelAndTheNextIsRight) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_PREFER);
  fake_.latency_polls = 1000000;
  ASSERT_EQ(tendon_submit(program.get(), window_.data(), window_.size(), nullptr), TENDON_OK);
  ASSERT_EQ(tendon_cancel(program.get()), TENDON_OK);
  auto result = sized<tendon_result_t>();
  EXPECT_EQ(tendon_wait(program.get(), &result), TENDON_E_CANCELLED);
  EXPECT_EQ(result.label, TENDON_POISON_LABEL);
  fake_.latency_polls = 0;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  EXPECT_EQ(result.label, want_.label);
  EXPECT_EQ(result.fallback_layers, 0u);
}

TEST_F(DriverTest, AWindowOfTheWrongLengthIsRefusedWithoutWriting) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  const std::size_t writes = fake_.writes();
  tendon_result_t result;
  std::vector<std::uint8_t> shorter(window_.begin(), window_.end() - 1);
  EXPECT_EQ(program.run(shorter, 0, &result), TENDON_E_ARG);
  EXPECT_EQ(result.label, TENDON_POISON_LABEL);
  EXPECT_EQ(fake_.writes(), writes);
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  EXPECT_EQ(result.label, want_.label);
}

TEST_F(DriverTest, LostAndSpuriousInterruptsChangeNothing) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  fake_.latency_polls = 9;
  fake_.faults.lost_interrupt = true;
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  EXPECT_EQ(result.label, want_.label);
  fake_.faults.lost_interrupt = false;
  fake_.faults.spurious_interrupts = 3;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  EXPECT_EQ(result.label, want_.label);
  EXPECT_EQ(result.device_status, TENDON_OK);
}

TEST_F(DriverTest, AFlippedBitInOneReadIsNotBelieved) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  const std::size_t before = fake_.accesses.size();
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  const std::size_t length = fake_.accesses.size() - before;
  for (std::size_t victim = 0; victim < length; ++victim) {
    for (const std::uint32_t flip : {1u, 2u, 4u, 1u << 31}) {
      std::size_t count = 0;
      fake_.faults.corrupt = [&](const Access& a) {
        return count++ == victim ? a.value ^ flip : a.value;
      };
      ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK) << victim << " flip " << flip;
      EXPECT_EQ(result.label, want_.label) << victim << " flip " << flip;
      EXPECT_EQ(result.max_acc, want_.accumulators[static_cast<std::size_t>(want_.label)]);
    }
  }
}

TEST_F(DriverTest, VerifyFindsAWrongTensorAndAnswersRight) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_PREFER);
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, TENDON_RUN_VERIFY, &result), TENDON_OK);
  EXPECT_EQ(result.device_layers, 4u);
  const net::Network wrong = [&] {
    net::Network n = network_;
    for (auto& w : n.layers[1].weights) w = static_cast<std::int8_t>(~w);
    return n;
  }();
  fake_.set_network(wrong);
  ASSERT_EQ(program.run(window_, TENDON_RUN_VERIFY, &result), TENDON_OK);
  EXPECT_EQ(result.label, want_.label);
  EXPECT_EQ(result.device_status, TENDON_E_MISMATCH);
  EXPECT_EQ(result.fallback_layers, 4u);
  expect_all_tensors(program);
}

TEST_F(DriverTest, VerifyFindsAWrongTensorAndRefusesWithRequire) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  net::Network wrong = network_;
  for (auto& w : wrong.layers[0].weights) w = static_cast<std::int8_t>(~w);
  fake_.set_network(wrong);
  tendon_result_t result;
  EXPECT_EQ(program.run(window_, TENDON_RUN_VERIFY, &result), TENDON_E_MISMATCH);
  EXPECT_EQ(result.label, TENDON_POISON_LABEL);
}

TEST_F(DriverTest, ADeviceErrorIsSurvived) {
  fault_ = [](FakeDevice& d) { d.faults.error_code = TENDON_ERR_BUS_READ; };
  expect_survival(TENDON_E_DEVICE);
  auto error = sized<tendon_error_t>();
  ASSERT_EQ(tendon_device_error(device_, &error), TENDON_OK);
  EXPECT_EQ(error.device_code, TENDON_ERR_BUS_READ);
}

TEST_F(DriverTest, ADeviceErrorIsReportedWithRequire) {
  fault_ = [](FakeDevice& d) { d.faults.error_code = TENDON_ERR_WATCHDOG; };
  expect_error(TENDON_E_DEVICE);
}

TEST_F(DriverTest, AStuckDeviceIsSurvived) {
  fault_ = [](FakeDevice& d) { d.faults.stuck_busy = true; };
  expect_survival(TENDON_E_TIMEOUT);
}

TEST_F(DriverTest, AStuckDeviceIsReportedWithRequire) {
  fault_ = [](FakeDevice& d) { d.faults.stuck_busy = true; };
  expect_error(TENDON_E_TIMEOUT);
}

TEST_F(DriverTest, ADoorbellWithoutEffectIsSurvived) {
  fault_ = [](FakeDevice& d) { d.faults.drop_doorbell = true; };
  expect_survival(TENDON_E_DEVICE);
}

/// Windows of one network whose largest sums differ, so that an old answer is never the right one.
struct TwoWindows {
  std::vector<std::uint8_t> first, second;
  golden::Outcome want_second;
};

TwoWindows two_windows(const net::Network& network, Random& random) {
  TwoWindows two;
  two.first = random_window(network, random);
  const auto sum = [&](const golden::Outcome& o) {
    return o.accumulators[static_cast<std::size_t>(o.label)];
  };
  const golden::Outcome want_first = golden::run(network, two.first).value();
  do {
    two.second = random_window(network, random);
    two.want_second = golden::run(network, two.second).value();
  } while (sum(two.want_second) == sum(want_first));
  return two;
}

// STATUS.DONE, PROGRESS and LABEL of the run before are still there.
TEST_F(DriverTest, ALostDoorbellDoesNotBringTheAnswerOfTheRunBefore) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_PREFER);
  const TwoWindows two = two_windows(network_, random_);
  tendon_result_t result;
  // Twice: the second chain has no uploads, as the third will have none.
  ASSERT_EQ(program.run(two.first, 0, &result), TENDON_OK);
  ASSERT_EQ(program.run(two.first, 0, &result), TENDON_OK);
  fake_.faults.lose = [](const Access& a) { return a.offset == TENDON_DOORBELL_OFFSET; };
  ASSERT_EQ(program.run(two.second, 0, &result), TENDON_OK);
  EXPECT_EQ(result.label, two.want_second.label);
  EXPECT_EQ(result.max_acc,
            two.want_second.accumulators[static_cast<std::size_t>(two.want_second.label)]);
  EXPECT_EQ(result.device_status, TENDON_E_DEVICE);
}

// Any one register write of a run is lost or has a flipped bit; the other program's chain, with
// another window, is still in DMA memory.
TEST_F(DriverTest, ALostOrDamagedRegisterWriteNeverChangesAnAnswer) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram first(file(), device_, TENDON_POLICY_PREFER);
  LoadedProgram second(file(), device_, TENDON_POLICY_PREFER);
  const TwoWindows two = two_windows(network_, random_);
  const auto want = two.want_second.accumulators[static_cast<std::size_t>(two.want_second.label)];
  tendon_result_t result;
  for (int victim = 0; victim < 12; ++victim) {
    for (const bool warm : {false, true}) {
      ASSERT_EQ(second.run(two.second, 0, &result), TENDON_OK);
      if (!warm) {
        ASSERT_EQ(first.run(two.first, 0, &result), TENDON_OK);
      }
      int count = 0;
      fake_.faults.lose = [&](const Access&) { return count++ == victim; };
      ASSERT_EQ(second.run(two.second, 0, &result), TENDON_OK);
      EXPECT_EQ(result.label, two.want_second.label) << "write " << victim;
      EXPECT_EQ(result.max_acc, want) << "write " << victim;
      fake_.faults = {};
      ASSERT_EQ(tendon_reset(device_), TENDON_OK);
    }
  }
}

TEST_F(DriverTest, ABitFlippedOnItsWayToDeviceMemoryIsFound) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_PREFER);
  const TwoWindows two = two_windows(network_, random_);
  tendon_result_t result;
  // Each transfer of a cold run and of a warm one.
  for (int victim = 0; victim < 8; ++victim) {
    if (victim < 4) {
      ASSERT_EQ(tendon_reset(device_), TENDON_OK);
    }
    int transfers = 0;
    bool hit = false;
    fake_.faults.damage = [&](std::uint8_t* bytes, std::uint32_t count, bool to_device) {
      if (!to_device || transfers++ != victim % 4) return;
      bytes[count / 2] ^= 0x10;
      hit = true;
    };
    ASSERT_EQ(program.run(two.second, 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, two.want_second.label) << "transfer " << victim;
    EXPECT_EQ(result.max_acc,
              two.want_second.accumulators[static_cast<std::size_t>(two.want_second.label)]);
    EXPECT_EQ(result.device_status, hit ? TENDON_E_IO : TENDON_OK) << "transfer " << victim;
    fake_.faults = {};
    ASSERT_EQ(program.run(two.second, 0, &result), TENDON_OK);
    EXPECT_EQ(result.fallback_layers, 0u) << "the damage stayed";
  }
}

TEST_F(DriverTest, ABitFlippedOnItsWayBackIsFound) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_PREFER);
  tendon_result_t result;
  for (int victim = 0; victim < 12; ++victim) {
    int transfers = 0;
    bool hit = false;
    fake_.faults.damage = [&](std::uint8_t* bytes, std::uint32_t, bool to_device) {
      if (to_device || transfers++ != victim) return;
      bytes[0] ^= 1;
      hit = true;
    };
    ASSERT_EQ(program.run(window_, TENDON_RUN_TRACE, &result), TENDON_OK);
    EXPECT_EQ(result.device_status, hit ? TENDON_E_IO : TENDON_OK) << "transfer " << victim;
    fake_.faults = {};
    expect_all_tensors(program);
    ASSERT_EQ(tendon_reset(device_), TENDON_OK);
  }
}

TEST_F(DriverTest, ALinkThatChecksItselfIsNotCheckedAgain) {
  auto hal = fake_.hal();
  hal.flags = TENDON_HAL_CHECKED_LINK;
  memory_ = Bytes(tendon_device_size());
  ASSERT_EQ(tendon_open(&hal, nullptr, memory_.data(), memory_.size(), &device_), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  int back = 0;
  fake_.faults.damage = [&](std::uint8_t*, std::uint32_t, bool to_device) {
    back += to_device ? 0 : 1;
  };
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  EXPECT_EQ(back, 0);
  ASSERT_EQ(program.run(window_, TENDON_RUN_OUTPUT, &result), TENDON_OK);
  EXPECT_EQ(back, 1);
}

TEST_F(DriverTest, ABusErrorIsSurvived) {
  fault_ = [](FakeDevice& d) {
    d.faults.access = [](const Access& a) {
      return a.offset == TENDON_DOORBELL_OFFSET ? TENDON_E_BUS : TENDON_OK;
    };
  };
  expect_survival(TENDON_E_BUS);
}

TEST_F(DriverTest, ABusErrorIsReportedWithRequire) {
  fault_ = [](FakeDevice& d) {
    d.faults.access = [](const Access& a) {
      return a.offset == TENDON_LABEL_OFFSET ? TENDON_E_BUS : TENDON_OK;
    };
  };
  expect_error(TENDON_E_BUS);
}

TEST_F(DriverTest, AFailingSyncIsSurvived) {
  fault_ = [](FakeDevice& d) { d.faults.fail_sync = true; };
  expect_survival(TENDON_E_IO);
}

TEST_F(DriverTest, ADeadDeviceIsLeftAloneAndTriedAgainLater) {
  ASSERT_EQ(open(), TENDON_OK);
  LoadedProgram program(file(), device_, TENDON_POLICY_PREFER);
  fake_.faults.access = [](const Access&) { return TENDON_E_BUS; };
  tendon_result_t result;
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, want_.label);
    EXPECT_NE(result.device_status, TENDON_OK);
  }
  fake_.faults = {};
  bool used = false;
  for (int i = 0; i < 20 && !used; ++i) {
    ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
    EXPECT_EQ(result.label, want_.label);
    used = result.device_layers == 4;
  }
  EXPECT_TRUE(used);
}

}  // namespace
}  // namespace tendon::test
