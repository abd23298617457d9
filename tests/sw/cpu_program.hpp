// SPDX-License-Identifier: MIT
// A program loaded with its memory, for tests.
#pragma once

#include <gtest/gtest.h>

#include "program_writer.hpp"
#include "tendon/tendon.h"

namespace tendon::test {

template <typename T>
T sized() {
  T value{};
  value.size = sizeof(T);
  return value;
}

/// Owns file, memory and handle. status() is what loading said.
class LoadedProgram {
 public:
  LoadedProgram(const std::vector<std::uint8_t>& file, tendon_device_t* device,
                tendon_policy_t policy, tendon_level_t level = TENDON_LEVEL_PORTABLE,
                std::uint32_t cpu_layers = 0)
      : file_(file) {
    auto options = sized<tendon_load_options_t>();
    options.policy = policy;
    options.level = level;
    options.cpu_layers = &cpu_layers;
    options.cpu_layer_words = 1;
    std::size_t bytes = 0;
    status_ = tendon_program_size(file_.data(), file_.size(), &options, &bytes);
    if (status_ != TENDON_OK) return;
    memory_ = Bytes(bytes);
    status_ = tendon_program_load(file_.data(), file_.size(), device, &options, memory_.data(),
                                  memory_.size(), &program_);
  }
  ~LoadedProgram() { tendon_program_unload(program_); }
  LoadedProgram(const LoadedProgram&) = delete;
  LoadedProgram& operator=(const LoadedProgram&) = delete;

  tendon_status_t status() const { return status_; }
  tendon_program_t* get() { return program_; }

  tendon_status_t run(const std::vector<std::uint8_t>& window, std::uint32_t flags,
                      tendon_result_t* result) {
    auto options = sized<tendon_run_options_t>();
    options.flags = flags;
    *result = sized<tendon_result_t>();
    return tendon_run(program_, window.data(), window.size(), &options, result);
  }

 private:
  Bytes file_;
  Bytes memory_;
  tendon_program_t* program_ = nullptr;
  tendon_status_t status_ = TENDON_OK;
};

}  // namespace tendon::test
