// SPDX-License-Identifier: MIT
// The library of sw/ as an engine: its CPU kernels, or its driver over whatever device is behind a
// HAL. No result of a fallback is passed on: an engine that failed says so.
#pragma once

#include <memory>
#include <string>

#include "cli/aligned.hpp"
#include "cli/engine.hpp"
#include "tendon/tendon.h"

namespace tendon::engine {

class DriverEngine : public Engine {
 public:
  /// Without a device: every layer on the CPU.
  explicit DriverEngine(std::string name) : name_(std::move(name)) {}
  ~DriverEngine() override;
  DriverEngine(const DriverEngine&) = delete;
  DriverEngine& operator=(const DriverEngine&) = delete;

  /// With a device, for every layer that the program has descriptors for. A layer that the driver
  /// had to redo on the CPU because the device failed is an error of run(), not an answer.
  /// `hal.ctx` must outlive the engine. Error: what tendon_open() refused.
  Status open(const tendon_hal_t& hal);

  std::string name() const override { return name_; }
  Status load(std::span<const std::uint8_t> program) override;
  Result<RunResult> run(std::span<const std::uint8_t> window, bool tensors) override;

 private:
  Error failure(const char* what, tendon_status_t status) const;
  Status read_layers(bool tensors, RunResult& result) const;

  std::string name_;
  AlignedBytes device_memory_;
  AlignedBytes program_memory_;
  AlignedBytes bytes_;  // the .tdn, aligned as the library wants it
  tendon_device_t* device_ = nullptr;
  tendon_program_t* program_ = nullptr;
};

}  // namespace tendon::engine
