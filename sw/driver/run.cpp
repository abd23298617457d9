// SPDX-License-Identifier: MIT
// One window through the layers: chains on the device, kernels on the CPU, and what happens when
// the device fails.
#include "driver/objects.hpp"

namespace tendon {
namespace {

// A lost interrupt costs at most this before STATUS is looked at again.
constexpr uint64_t kIrqSliceUs = 2000;
// Ends a wait even if the clock of the HAL stands still.
constexpr uint32_t kMaxWaits = 10000000;

bool check_codes(tendon_program_t* p, const uint8_t* window) {
  const auto& input = p->view.tensors[0];
  if (input.bits == 8) return true;
  const cpu::Tensor tensor = {&input, const_cast<uint8_t*>(window)};
  for (uint32_t i = 0; i < elements(input); ++i) {
    const int32_t code = tensor.at(i);
    if (code >= code_min(input) && code <= code_max(input)) continue;
    p->error.status = TENDON_E_ARG;
    p->error.layer = TENDON_NO_LAYER;
    Line(p->error.text, sizeof(p->error.text))
        << "window element " << i << " is " << code << ", codes are " << code_min(input) << ".."
        << code_max(input);
    return false;
  }
  return true;
}

void poison(tendon_program_t* p) {
  p->run.has_result = false;
  p->run.result = {};
  p->run.result.label = TENDON_POISON_LABEL;
  p->peak = {TENDON_POISON_LABEL, 0};
  for (uint32_t i = 0; i < p->view.tensor_count; ++i) p->tensors[i].valid = false;
  for (uint32_t i = 0; i < p->view.layer_count; ++i) p->layers[i].counters = {};
}

void run_on_cpu(tendon_program_t* p, uint32_t index) {
  LayerState& layer = p->layers[index];
  layer.kernel->run(layer.job);
  p->tensors[p->view.layers[index].output].valid = true;
  if (on_device(layer)) ++p->run.result.fallback_layers;
}

void fail_run(tendon_program_t* p, tendon_status_t status) {
  p->run.state = RunState::kFailed;
  p->run.status = status;
  p->run.active = nullptr;
  if (p->device != nullptr && p->device->busy == p) p->device->busy = nullptr;
}

// The device failed in the chain that starts at run.cursor: the rest goes to the CPU, or the run
// ends, as the policy says. Tensors that the chain may have delivered are not believed.
void survive(tendon_program_t* p, tendon_status_t status, const char* what) {
  fail_device(p, status, p->run.cursor, what);
  p->run.active = nullptr;
  for (uint32_t i = p->run.cursor; i < p->view.layer_count; ++i) {
    p->tensors[p->view.layers[i].output].valid = false;
    p->layers[i].counters = {};
  }
  if (p->policy == TENDON_POLICY_REQUIRE) {
    fail_run(p, status);
    return;
  }
  p->run.cpu_only = true;
  p->run.result.device_status = status;
  p->run.result.total = {};
  write_log(p->device, TENDON_LOG_WARNING, "redoing the layers on the CPU");
}

bool equal_bytes(const uint8_t* a, const uint8_t* b, uint32_t count) {
  uint8_t difference = 0;
  for (uint32_t i = 0; i < count; ++i) difference |= static_cast<uint8_t>(a[i] ^ b[i]);
  return difference == 0;
}

// RUN_VERIFY: the layer again on the CPU, from the device's own inputs (which were verified
// before).
bool is_verified(tendon_program_t* p, uint32_t index) {
  const LayerState& layer = p->layers[index];
  cpu::Peak peak = {};
  cpu::Job job = layer.job;
  job.out.codes = p->shadow;
  if (job.peak != nullptr) job.peak = &peak;
  layer.kernel->run(job);
  const uint32_t count = elements(*job.out.info);
  if (!equal_bytes(p->shadow, layer.job.out.codes, count)) return false;
  return job.peak == nullptr || (peak.label == p->peak.label && peak.value == p->peak.value);
}

void finish_chain(tendon_program_t* p) {
  const Chain& chain = *p->run.active;
  const char* what = "";
  const tendon_status_t status = collect_chain(p, &what);
  if (status != TENDON_OK) {
    survive(p, status, what);
    return;
  }
  if ((p->run.flags & TENDON_RUN_VERIFY) != 0) {
    for (uint32_t i = chain.first; i < chain.end; ++i) {
      if (is_verified(p, i)) continue;
      survive(p, TENDON_E_MISMATCH, p->view.strings + p->view.layers[i].name);
      return;
    }
  }
  p->run.result.device_layers += chain.end - chain.first;
  p->run.cursor = chain.end;
  p->run.active = nullptr;
}

// Looks at the device once. False: still busy.
bool step_chain(tendon_program_t* p) {
  bool done = false;
  const char* what = "";
  const tendon_status_t status = poll_chain(p, &done, &what);
  if (status != TENDON_OK) {
    survive(p, status, what);
  } else if (done) {
    finish_chain(p);
  } else if (p->device->hal.time_us(p->device->hal.ctx) >= p->run.deadline_us) {
    survive(p, TENDON_E_TIMEOUT, "deadline");
  } else {
    return false;
  }
  return true;
}

void wait_chain(tendon_program_t* p) {
  const auto& hal = p->device->hal;
  for (uint32_t i = 0; i < kMaxWaits; ++i) {
    if (step_chain(p)) return;
    const uint64_t now = hal.time_us(hal.ctx);
    const uint64_t left = p->run.deadline_us > now ? p->run.deadline_us - now : 0;
    const tendon_status_t status = hal.irq_wait(hal.ctx, min_of(left, kIrqSliceUs));
    // A time-out here is not yet one of the run: the interrupt may be lost, STATUS decides.
    if (status != TENDON_OK && status != TENDON_E_TIMEOUT) {
      survive(p, status, "waiting for the interrupt");
      return;
    }
  }
  survive(p, TENDON_E_TIMEOUT, "the HAL's clock stands still");
}

Chain* chain_at(tendon_program_t* p, uint32_t layer) {
  for (uint32_t i = 0; i < p->chain_count; ++i) {
    if (p->chains[i].first == layer) return &p->chains[i];
  }
  return nullptr;
}

void finish_run(tendon_program_t* p) {
  Run& run = p->run;
  run.result.label = p->peak.label;
  run.result.max_acc = p->peak.value;
  run.state = RunState::kDone;
  run.has_result = true;
  if (p->device == nullptr) return;
  run.result.elapsed_us = p->device->hal.time_us(p->device->hal.ctx) - run.start_us;
  if (p->device->busy == p) p->device->busy = nullptr;
  if (run.result.device_layers > 0 && !run.cpu_only) p->device->failures = 0;
}

// Runs layers until the window is through, the run failed, or (not blocking) the device is busy.
void advance(tendon_program_t* p, bool blocking) {
  Run& run = p->run;
  while (run.state == RunState::kRunning) {
    if (run.active != nullptr) {
      if (blocking) {
        wait_chain(p);
      } else if (!step_chain(p)) {
        return;
      }
    } else if (run.cursor == p->view.layer_count) {
      finish_run(p);
    } else if (!run.cpu_only && on_device(p->layers[run.cursor])) {
      const tendon_status_t status = start_chain(p, chain_at(p, run.cursor));
      if (status != TENDON_OK) survive(p, status, "starting the chain");
    } else {
      run_on_cpu(p, run.cursor++);
    }
  }
}

void begin(tendon_program_t* p, const tendon_run_options_t& options) {
  Run& run = p->run;
  run.state = RunState::kRunning;
  run.status = TENDON_OK;
  run.flags = options.flags;
  run.timeout_us = options.timeout_us;
  run.cursor = 0;
  run.active = nullptr;
  run.cpu_only = false;
  if (p->device == nullptr) return;
  run.start_us = p->device->hal.time_us(p->device->hal.ctx);
  if (p->chain_count == 0) return;
  if (p->device->skip > 0 && p->policy != TENDON_POLICY_REQUIRE) {
    // It failed several times in a row: windows are answered without waiting for it again.
    --p->device->skip;
    run.cpu_only = true;
    run.result.device_status = p->device->error.status;
    return;
  }
  p->device->busy = p;
}

}  // namespace
}  // namespace tendon

using namespace tendon;

extern "C" tendon_status_t tendon_submit(tendon_program_t* program, const void* window,
                                         size_t window_bytes, const tendon_run_options_t* options) {
  tendon_run_options_t wanted;
  if (program == nullptr || window == nullptr || !read_options(options, &wanted)) {
    return TENDON_E_ARG;
  }
  const auto& input = program->view.tensors[0];
  if (program->run.state == RunState::kRunning) return TENDON_E_BUSY;
  if (program->device != nullptr && program->chain_count > 0 && program->device->busy != nullptr) {
    return TENDON_E_BUSY;
  }
  if (window_bytes != elements(input)) {
    program->error.status = TENDON_E_ARG;
    program->error.layer = TENDON_NO_LAYER;
    Line(program->error.text, sizeof(program->error.text))
        << "window has " << static_cast<int64_t>(window_bytes) << " codes, the network takes "
        << elements(input);
    return TENDON_E_ARG;
  }
  if (!check_codes(program, static_cast<const uint8_t*>(window))) return TENDON_E_ARG;
  poison(program);
  begin(program, wanted);
  memcpy(program->tensors[0].codes, window, window_bytes);
  program->tensors[0].valid = true;
  // A first chain starts now; CPU layers wait for poll or wait, so that submit stays short.
  if (!program->run.cpu_only && on_device(program->layers[0])) {
    const tendon_status_t status = start_chain(program, &program->chains[0]);
    if (status != TENDON_OK) survive(program, status, "starting the chain");
    if (program->run.state == RunState::kFailed) {
      program->run.state = RunState::kIdle;
      return status;
    }
  }
  return TENDON_OK;
}

extern "C" tendon_status_t tendon_poll(tendon_program_t* program, int* done) {
  if (program == nullptr || done == nullptr) return TENDON_E_ARG;
  if (program->run.state == RunState::kIdle) return TENDON_E_STATE;
  advance(program, false);
  *done = program->run.state != RunState::kRunning ? 1 : 0;
  return TENDON_OK;
}

extern "C" tendon_status_t tendon_wait(tendon_program_t* program, tendon_result_t* result) {
  if (program == nullptr || result == nullptr || result->size < sizeof(uint32_t)) {
    return TENDON_E_ARG;
  }
  if (program->run.state == RunState::kIdle) return TENDON_E_STATE;
  advance(program, true);
  const bool failed = program->run.state == RunState::kFailed;
  program->run.state = RunState::kIdle;
  if (failed) {
    program->run.result = {};
    program->run.result.label = TENDON_POISON_LABEL;
    program->run.result.device_status = program->run.status;
  }
  const tendon_status_t status = write_struct(program->run.result, result);
  return failed ? program->run.status : status;
}

extern "C" tendon_status_t tendon_run(tendon_program_t* program, const void* window,
                                      size_t window_bytes, const tendon_run_options_t* options,
                                      tendon_result_t* result) {
  if (result == nullptr || result->size < sizeof(uint32_t)) return TENDON_E_ARG;
  tendon_result_t none = {};
  none.label = TENDON_POISON_LABEL;
  const tendon_status_t status = tendon_submit(program, window, window_bytes, options);
  if (status == TENDON_OK) return tendon_wait(program, result);
  none.device_status = status;
  (void)write_struct(none, result);
  return status;
}

extern "C" tendon_status_t tendon_cancel(tendon_program_t* program) {
  if (program == nullptr) return TENDON_E_ARG;
  if (program->run.state != RunState::kRunning) return TENDON_E_STATE;
  if (program->run.active != nullptr) return tendon_reset(program->device);
  fail_run(program, TENDON_E_CANCELLED);
  return TENDON_OK;
}

namespace {

bool is_layer(const tendon_program_t* program, uint32_t index) {
  return program != nullptr && index < program->view.layer_count;
}

}  // namespace

extern "C" tendon_status_t tendon_layer_output(const tendon_program_t* program, uint32_t index,
                                               int16_t* codes, size_t count) {
  if (!is_layer(program, index) || codes == nullptr) return TENDON_E_ARG;
  const uint32_t output = program->view.layers[index].output;
  const auto& info = program->view.tensors[output];
  if (count != elements(info)) return TENDON_E_ARG;
  const TensorState& state = program->tensors[output];
  if (!program->run.has_result || !state.valid) return TENDON_E_STATE;
  const cpu::Tensor tensor = {&info, state.codes};
  for (uint32_t i = 0; i < elements(info); ++i) codes[i] = static_cast<int16_t>(tensor.at(i));
  return TENDON_OK;
}

extern "C" tendon_status_t tendon_layer_counters(const tendon_program_t* program, uint32_t index,
                                                 tendon_counters_t* counters) {
  if (!is_layer(program, index) || counters == nullptr) return TENDON_E_ARG;
  if (!program->run.has_result) return TENDON_E_STATE;
  *counters = program->layers[index].counters;
  return TENDON_OK;
}
