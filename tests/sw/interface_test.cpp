// SPDX-License-Identifier: MIT
// What tendon.h promises beside right answers: policies, plan, sizes, deadlines, last error, log,
// older callers; and tendon.hpp on top with a device.
#include <gtest/gtest.h>

#include <algorithm>

#include "cpu_program.hpp"
#include "fake_device.hpp"
#include "random_network.hpp"
#include "tendon/tendon.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 424;

struct Logged {
  std::vector<std::pair<tendon_log_level_t, std::string>> lines;
  static void write(void* ctx, tendon_log_level_t level, const char* text) {
    static_cast<Logged*>(ctx)->lines.emplace_back(level, text);
  }
};

class InterfaceTest : public testing::Test {
 protected:
  InterfaceTest() : network_(small_network(random_)), window_(random_window(network_, random_)) {
    fake_.set_network(network_);
    auto options = test::sized<tendon_open_options_t>();
    options.log = Logged::write;
    options.log_ctx = &log_;
    EXPECT_EQ(tendon_open(&fake_.hal(), &options, memory_.data(), memory_.size(), &device_),
              TENDON_OK);
  }

  std::vector<std::uint8_t> file() const {
    return write_program(network_, {true, true, true, true});
  }
  static std::uint32_t reason(LoadedProgram& program, std::uint32_t layer) {
    auto plan = test::sized<tendon_layer_plan_t>();
    EXPECT_EQ(tendon_plan(program.get(), layer, &plan), TENDON_OK);
    return plan.reason;
  }

  Random random_{kSeed};
  net::Network network_;
  std::vector<std::uint8_t> window_;
  FakeDevice fake_;
  Logged log_;
  Bytes memory_{tendon_device_size()};
  tendon_device_t* device_ = nullptr;
};

TEST_F(InterfaceTest, CpuOnlyNeverTouchesTheDevice) {
  LoadedProgram program(file(), device_, TENDON_POLICY_CPU_ONLY);
  const std::size_t before = fake_.accesses.size();
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  EXPECT_EQ(result.label, golden::run(network_, window_)->label);
  EXPECT_EQ(result.device_layers, 0u);
  EXPECT_EQ(result.fallback_layers, 0u);
  EXPECT_EQ(fake_.accesses.size(), before);
  EXPECT_EQ(fake_.live_buffers(), 0u);
  EXPECT_EQ(reason(program, 0), TENDON_REASON_POLICY);
}

TEST_F(InterfaceTest, PreferSaysWhyNothingRunsOnADevice) {
  LoadedProgram alone(file(), nullptr, TENDON_POLICY_PREFER);
  ASSERT_EQ(alone.status(), TENDON_OK);
  EXPECT_EQ(reason(alone, 3), TENDON_REASON_NO_DEVICE);
  LoadedProgram plain(write_program(network_), device_, TENDON_POLICY_PREFER);
  ASSERT_EQ(plain.status(), TENDON_OK);
  EXPECT_EQ(reason(plain, 3), TENDON_REASON_NO_IMAGE);
}

TEST_F(InterfaceTest, RequireNeedsADevice) {
  EXPECT_EQ(LoadedProgram(file(), nullptr, TENDON_POLICY_REQUIRE).status(), TENDON_E_UNSUPPORTED);
  EXPECT_EQ(LoadedProgram(write_program(network_), device_, TENDON_POLICY_REQUIRE).status(),
            TENDON_E_UNSUPPORTED);
}

// Input 11 x 5 codes and first output 11 x 6 codes of 8 bits: two words a position each.
TEST_F(InterfaceTest, ThePlanCountsTheBytesThatAPlacementMoves) {
  const auto bytes = [&](std::uint32_t cpu_layers, std::uint32_t layer) {
    LoadedProgram program(file(), device_, TENDON_POLICY_PREFER, TENDON_LEVEL_PORTABLE, cpu_layers);
    auto plan = test::sized<tendon_layer_plan_t>();
    EXPECT_EQ(tendon_plan(program.get(), layer, &plan), TENDON_OK);
    EXPECT_EQ(plan.predicted_cycles > 0, plan.on_device != 0) << layer;
    return plan.bus_bytes;
  };
  EXPECT_EQ(bytes(0, 0), 4u * 11 * 2);
  EXPECT_EQ(bytes(0, 1), 0u);
  EXPECT_EQ(bytes(2, 0), 4u * 11 * 2 + 4u * 11 * 2) << "stored for the processor";
  EXPECT_EQ(bytes(2, 1), 0u) << "on the processor";
  EXPECT_EQ(bytes(2, 2), 4u * 5 * 3) << "loaded again";
}

TEST_F(InterfaceTest, TheSizeQueryIsExactAndNothingBehindItIsTouched) {
  Bytes tdn(file());
  std::size_t bytes = 0;
  ASSERT_EQ(tendon_program_size(tdn.data(), tdn.size(), nullptr, &bytes), TENDON_OK);
  Bytes memory(bytes + 4096);
  std::fill_n(memory.data() + bytes, 4096, std::uint8_t{0x5C});
  tendon_program_t* program = nullptr;
  EXPECT_EQ(tendon_program_load(tdn.data(), tdn.size(), device_, nullptr, memory.data(), bytes - 1,
                                &program),
            TENDON_E_MEMORY);
  EXPECT_EQ(program, nullptr);
  ASSERT_EQ(
      tendon_program_load(tdn.data(), tdn.size(), device_, nullptr, memory.data(), bytes, &program),
      TENDON_OK);
  auto result = test::sized<tendon_result_t>();
  auto options = test::sized<tendon_run_options_t>();
  options.flags = TENDON_RUN_VERIFY;
  ASSERT_EQ(tendon_run(program, window_.data(), window_.size(), &options, &result), TENDON_OK);
  EXPECT_EQ(std::count(memory.data() + bytes, memory.data() + bytes + 4096, 0x5C), 4096);
  tendon_program_unload(program);
}

TEST_F(InterfaceTest, TheDeadlineIsTheCallers) {
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  for (const std::uint64_t timeout : {500u, 50000u}) {
    fake_.faults.stuck_busy = true;
    auto options = test::sized<tendon_run_options_t>();
    auto result = test::sized<tendon_result_t>();
    options.timeout_us = timeout;
    const std::uint64_t start = fake_.now_us;
    EXPECT_EQ(tendon_run(program.get(), window_.data(), window_.size(), &options, &result),
              TENDON_E_TIMEOUT);
    EXPECT_GE(fake_.now_us - start, timeout);
    EXPECT_LE(fake_.now_us - start, timeout + 2000) << "one slice of waiting";
  }
}

TEST_F(InterfaceTest, TheLastErrorHoldsLayerCodesAndRegisters) {
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE, TENDON_LEVEL_PORTABLE);
  auto error = test::sized<tendon_error_t>();
  ASSERT_EQ(tendon_program_error(program.get(), &error), TENDON_OK);
  EXPECT_EQ(error.status, TENDON_OK) << "nothing has failed yet";
  fake_.faults.error_code = TENDON_ERR_WATCHDOG;
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_E_DEVICE);
  for (const bool of_device : {false, true}) {
    error = test::sized<tendon_error_t>();
    ASSERT_EQ(of_device ? tendon_device_error(device_, &error)
                        : tendon_program_error(program.get(), &error),
              TENDON_OK);
    EXPECT_EQ(error.status, TENDON_E_DEVICE);
    EXPECT_EQ(error.layer, 0u) << "where the chain began";
    EXPECT_EQ(error.device_code, TENDON_ERR_WATCHDOG);
    EXPECT_EQ(error.device_tag, 3u) << "the descriptor in error";
    EXPECT_EQ(error.registers[0], TENDON_ID_RESET);
    EXPECT_EQ(error.registers[TENDON_STATUS_OFFSET / 4], TENDON_STATUS_ERROR_MASK);
    EXPECT_NE(std::string(error.text).find("code 8"), std::string::npos) << error.text;
  }
}

TEST_F(InterfaceTest, FailuresAreLoggedAndGoodRunsAreNot) {
  LoadedProgram program(file(), device_, TENDON_POLICY_PREFER);
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  EXPECT_TRUE(log_.lines.empty());
  fake_.faults.error_code = TENDON_ERR_BUS_READ;
  ASSERT_EQ(program.run(window_, 0, &result), TENDON_OK);
  ASSERT_EQ(log_.lines.size(), 2u);
  EXPECT_EQ(log_.lines[0].first, TENDON_LOG_ERROR);
  EXPECT_NE(log_.lines[0].second.find("device error"), std::string::npos);
  EXPECT_EQ(log_.lines[1].first, TENDON_LOG_WARNING);
  EXPECT_EQ(log_.lines[1].second, "redoing the layers on the CPU");
}

TEST_F(InterfaceTest, OlderOptionsAndResultsKeepTheirSize) {
  LoadedProgram program(file(), device_, TENDON_POLICY_REQUIRE);
  tendon_run_options_t options = {};
  options.size = offsetof(tendon_run_options_t, timeout_us);
  options.flags = TENDON_RUN_OUTPUT;
  options.timeout_us = 1;  // behind what this caller knows: not read
  fake_.latency_polls = 5;
  tendon_result_t result = {};
  result.size = offsetof(tendon_result_t, max_acc);
  result.max_acc = 4711;
  ASSERT_EQ(tendon_run(program.get(), window_.data(), window_.size(), &options, &result),
            TENDON_OK);
  EXPECT_EQ(result.label, golden::run(network_, window_)->label);
  EXPECT_EQ(result.max_acc, 4711);
}

TEST_F(InterfaceTest, WhatIsNotThereCannotBeAskedFor) {
  EXPECT_EQ(tendon_cancel(nullptr), TENDON_E_ARG);
  LoadedProgram program(file(), device_, TENDON_POLICY_CPU_ONLY);
  EXPECT_EQ(tendon_cancel(program.get()), TENDON_E_STATE) << "nothing runs";
  const auto& output = network_.tensors[static_cast<std::size_t>(network_.layers[0].output)];
  std::vector<std::int16_t> codes(static_cast<std::size_t>(output.shape.size()));
  tendon_counters_t counters = {};
  const auto layers = static_cast<std::uint32_t>(network_.layers.size());
  EXPECT_EQ(tendon_layer_output(program.get(), 0, codes.data(), codes.size()), TENDON_E_STATE);
  EXPECT_EQ(tendon_layer_counters(program.get(), 0, &counters), TENDON_E_STATE);
  tendon_result_t result;
  ASSERT_EQ(program.run(window_, TENDON_RUN_TRACE, &result), TENDON_OK);
  EXPECT_EQ(tendon_layer_output(program.get(), layers, codes.data(), codes.size()), TENDON_E_ARG);
  EXPECT_EQ(tendon_layer_output(program.get(), 0, codes.data(), codes.size() - 1), TENDON_E_ARG);
  EXPECT_EQ(tendon_layer_output(program.get(), 0, nullptr, codes.size()), TENDON_E_ARG);
  EXPECT_EQ(tendon_layer_output(program.get(), 0, codes.data(), codes.size()), TENDON_OK);
  EXPECT_EQ(tendon_layer_counters(program.get(), layers, &counters), TENDON_E_ARG);
  EXPECT_EQ(tendon_layer_counters(program.get(), 0, nullptr), TENDON_E_ARG);
  EXPECT_EQ(tendon_layer_counters(program.get(), 0, &counters), TENDON_OK);
}

TEST_F(InterfaceTest, AWindowWithACodeThatItsWidthDoesNotHaveIsRefused) {
  LayerSpec spec;
  spec.activation_bits = 4;
  const net::Network network = random_layer(spec, random_);
  auto window = random_window(network, random_);
  LoadedProgram program(write_program(network), nullptr, TENDON_POLICY_CPU_ONLY);
  tendon_result_t result;
  ASSERT_EQ(program.run(window, 0, &result), TENDON_OK);
  window.back() = 77;
  EXPECT_EQ(program.run(window, 0, &result), TENDON_E_ARG);
  auto error = test::sized<tendon_error_t>();
  ASSERT_EQ(tendon_program_error(program.get(), &error), TENDON_OK);
  const std::string want = "window element " + std::to_string(window.size() - 1) + " is 77";
  EXPECT_NE(std::string(error.text).find(want), std::string::npos) << error.text;
}

TEST_F(InterfaceTest, TheWrapperRunsOnADevice) {
  Bytes device_memory(Device::size());
  Device device;
  ASSERT_EQ(device.open(fake_.hal(), device_memory.data(), device_memory.size()), TENDON_OK);
  Bytes tdn(file());
  auto options = tendon::sized<tendon_load_options_t>();
  options.policy = TENDON_POLICY_REQUIRE;
  std::size_t bytes = 0;
  ASSERT_EQ(tendon_program_size(tdn.data(), tdn.size(), &options, &bytes), TENDON_OK);
  Bytes memory(bytes);
  {
    Program program;
    ASSERT_EQ(program.load(tdn.data(), tdn.size(), &device, options, memory.data(), bytes),
              TENDON_OK);
    tendon_result_t result;
    ASSERT_EQ(program.run(window_.data(), window_.size(), &result), TENDON_OK);
    EXPECT_EQ(result.label, golden::run(network_, window_)->label);
    EXPECT_EQ(result.device_layers, 4u);
    fake_.faults.error_code = TENDON_ERR_CHECK;
    EXPECT_EQ(program.run(window_.data(), window_.size(), &result), TENDON_E_DEVICE);
    EXPECT_EQ(program.error().status, TENDON_E_DEVICE);
    EXPECT_EQ(device.error().device_code, TENDON_ERR_CHECK);
  }
  EXPECT_EQ(fake_.live_buffers(), 0u) << "unloaded by the destructor";
}

}  // namespace
}  // namespace tendon::test
