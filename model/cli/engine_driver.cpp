// SPDX-License-Identifier: MIT
#include "cli/engine_driver.hpp"

namespace tendon::engine {
namespace {

template <typename T>
T sized() {
  T value{};
  value.size = sizeof(T);
  return value;
}

Counters from_library(const tendon_counters_t& counters) {
  Counters out;
  out.cycles = counters.cycles;
  out.active = counters.active;
  out.wait_weights = counters.wait_weights;
  out.wait_activations = counters.wait_activations;
  out.wait_writeback = counters.wait_writeback;
  out.descriptor = counters.descriptor;
  out.drain = counters.drain;
  out.dma = counters.dma;
  return out;
}

}  // namespace

DriverEngine::~DriverEngine() {
  tendon_program_unload(program_);
  tendon_close(device_);
}

Error DriverEngine::failure(const char* what, tendon_status_t status) const {
  auto error = sized<tendon_error_t>();
  tendon_status_t found = TENDON_E_STATE;
  if (program_ != nullptr) {
    found = tendon_program_error(program_, &error);
  }
  if ((found != TENDON_OK || error.status == TENDON_OK) && device_ != nullptr) {
    found = tendon_device_error(device_, &error);
  }
  std::string text = name_ + ": " + what + ": " + tendon_strerror(status);
  if (found == TENDON_OK && error.text[0] != '\0') {
    text += std::string(": ") + error.text;
  }
  return Error{text};
}

Status DriverEngine::open(const tendon_hal_t& hal) {
  device_memory_ = AlignedBytes(tendon_device_size());
  const tendon_status_t status =
      tendon_open(&hal, nullptr, device_memory_.data(), device_memory_.size(), &device_);
  return status == TENDON_OK ? Status(Unit{}) : failure("open", status);
}

Status DriverEngine::load(std::span<const std::uint8_t> program) {
  tendon_program_unload(program_);
  program_ = nullptr;
  bytes_ = AlignedBytes(program);

  char text[160] = "";
  tendon_status_t status = tendon_program_check(bytes_.data(), bytes_.size(), text, sizeof text);
  if (status != TENDON_OK) {
    return Error{name_ + ": program: " + tendon_strerror(status) + ": " + text};
  }
  auto options = sized<tendon_load_options_t>();
  options.policy = device_ == nullptr ? TENDON_POLICY_CPU_ONLY : TENDON_POLICY_OFFLOAD;
  std::size_t bytes = 0;
  status = tendon_program_size(bytes_.data(), bytes_.size(), &options, &bytes);
  if (status == TENDON_OK) {
    program_memory_ = AlignedBytes(bytes);
    status = tendon_program_load(bytes_.data(), bytes_.size(), device_, &options,
                                 program_memory_.data(), program_memory_.size(), &program_);
  }
  return status == TENDON_OK ? Status(Unit{}) : failure("load", status);
}

Result<RunResult> DriverEngine::run(std::span<const std::uint8_t> window, bool tensors) {
  if (program_ == nullptr) {
    return Error{name_ + ": no program is loaded"};
  }
  auto options = sized<tendon_run_options_t>();
  options.flags = TENDON_RUN_COUNTERS | (tensors ? TENDON_RUN_TRACE : 0u);
  auto result = sized<tendon_result_t>();
  const tendon_status_t status =
      tendon_run(program_, window.data(), window.size(), &options, &result);
  if (status != TENDON_OK) {
    return failure("run", status);
  }
  if (result.fallback_layers > 0) {
    return failure("run: the device failed", result.device_status);
  }
  RunResult out;
  out.label = result.label;
  out.total = from_library(result.total);
  if (const Status read = read_layers(tensors, out); !read) {
    return read.error();
  }
  return out;
}

Status DriverEngine::read_layers(bool tensors, RunResult& result) const {
  auto info = sized<tendon_program_info_t>();
  if (const tendon_status_t status = tendon_program_info(program_, &info); status != TENDON_OK) {
    return failure("program info", status);
  }
  result.layers.resize(info.layers);
  for (std::uint32_t i = 0; i < info.layers; ++i) {
    LayerResult& layer = result.layers[i];
    auto plan = sized<tendon_layer_plan_t>();
    tendon_status_t status = tendon_plan(program_, i, &plan);
    if (status != TENDON_OK) {
      return failure("plan", status);
    }
    layer.on_accelerator = plan.on_device != 0;
    tendon_counters_t counters{};
    status = tendon_layer_counters(program_, i, &counters);
    if (status != TENDON_OK) {
      return failure("counters", status);
    }
    layer.counters = from_library(counters);
    if (tensors) {
      layer.codes.resize(std::size_t{plan.rows} * plan.columns * plan.channels);
      status = tendon_layer_output(program_, i, layer.codes.data(), layer.codes.size());
      if (status != TENDON_OK) {
        return failure("layer output", status);
      }
    }
  }
  return Unit{};
}

}  // namespace tendon::engine
