// SPDX-License-Identifier: MIT
// A device of its own with programs loaded by the driver: for tests that look below the engines.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/aligned.hpp"
#include "rtl/rtl_device.hpp"
#include "tendon/tendon.h"

namespace tendon::system_test {

template <typename T>
T sized() {
  T value{};
  value.size = sizeof(T);
  return value;
}

/// RTL device, opened by the driver.
class Board {
 public:
  explicit Board(const std::string& config = "base") {
    std::string why;
    rtl_ = sim::RtlDevice::make(config, {}, &why);
    if (rtl_ == nullptr) {
      ADD_FAILURE() << why;
      return;
    }
    memory_ = AlignedBytes(tendon_device_size());
    const tendon_hal_t hal = rtl_->hal();
    EXPECT_EQ(tendon_open(&hal, nullptr, memory_.data(), memory_.size(), &device_), TENDON_OK);
  }
  ~Board() { tendon_close(device_); }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  sim::RtlDevice& rtl() { return *rtl_; }
  tendon_device_t* device() { return device_; }

 private:
  std::unique_ptr<sim::RtlDevice> rtl_;
  AlignedBytes memory_;
  tendon_device_t* device_ = nullptr;
};

/// A loaded program; everything on the accelerator that can be.
class Program {
 public:
  Program(tendon_device_t* device, std::span<const std::uint8_t> tdn,
          tendon_policy_t policy = TENDON_POLICY_REQUIRE)
      : bytes_(tdn) {
    auto options = sized<tendon_load_options_t>();
    options.policy = policy;
    std::size_t size = 0;
    EXPECT_EQ(tendon_program_size(bytes_.data(), bytes_.size(), &options, &size), TENDON_OK);
    memory_ = AlignedBytes(size);
    EXPECT_EQ(tendon_program_load(bytes_.data(), bytes_.size(), device, &options, memory_.data(),
                                  memory_.size(), &program_),
              TENDON_OK);
  }
  ~Program() { tendon_program_unload(program_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  tendon_program_t* get() { return program_; }

  struct Answer {
    tendon_status_t status = TENDON_E_STATE;
    std::int32_t label = TENDON_POISON_LABEL;
    std::uint32_t device_layers = 0;
    std::uint32_t fallback_layers = 0;
    std::string text;  // of the last error
  };
  Answer run(const std::vector<std::uint8_t>& window) {
    auto options = sized<tendon_run_options_t>();
    auto result = sized<tendon_result_t>();
    Answer answer;
    answer.status = tendon_run(program_, window.data(), window.size(), &options, &result);
    answer.label = result.label;
    answer.device_layers = result.device_layers;
    answer.fallback_layers = result.fallback_layers;
    auto error = sized<tendon_error_t>();
    EXPECT_EQ(tendon_program_error(program_, &error), TENDON_OK);
    answer.text = error.text;
    return answer;
  }

 private:
  AlignedBytes bytes_;
  AlignedBytes memory_;
  tendon_program_t* program_ = nullptr;
};

}  // namespace tendon::system_test
