// SPDX-License-Identifier: MIT
// What is behind the opaque handles of tendon.h.
#pragma once

#include "driver/base.hpp"
#include "driver/view.hpp"
#include "kernels/kernels.hpp"
#include "tendon/tendon.h"

struct tendon_device {
  tendon_hal_t hal;
  tendon_log_fn log;
  void* log_ctx;
  tendon_caps_t caps;
  tendon_error_t error;
  tendon_program_t* busy;   // its run has a chain on the device, or is between two chains
  tendon_program_t* owner;  // its weights are (partly) in the device's memories
  uint32_t epoch;           // counts uploads that became void: resets, changes of owner
  uint32_t failures;        // in a row
  uint32_t skip;            // runs that will not try the device, after too many failures in a row
};

namespace tendon {

enum class RunState : uint8_t { kIdle, kRunning, kDone, kFailed };

/// A layer of a loaded program.
struct LayerState {
  cpu::Job job;
  const cpu::Kernel* kernel;
  uint32_t reason;  // TENDON_REASON_NONE: on the device
  uint32_t bus_bytes;
  bool stored;  // its output is needed outside its chain
  // Plan: best time up to here with this layer on the CPU, and on the device, ns; and whether the
  // layer before is on the device then.
  uint64_t best_cpu, best_device;
  bool after_device_cpu, after_device_device;
  tendon_counters_t counters;
};

/// A tensor of a loaded program.
struct TensorState {
  uint8_t* codes;    // one byte per element
  uint32_t staging;  // offset in Program::io of the packed form; multiple of 64
  bool valid;        // holds the tensor of the last run
};

/// Consecutive device layers: one chain of descriptors.
struct Chain {
  uint32_t first;        // layer
  uint32_t end;          // layer behind the last
  uint32_t desc_offset;  // in Program::io
  uint32_t epoch;        // of the device when its weights were uploaded; 0: never
  uint32_t built;        // flags the descriptors in memory were built for, kNotBuilt: none
  uint32_t count;        // descriptors
};

constexpr uint32_t kNotBuilt = 0xFFFFFFFFu;
constexpr uint32_t kBuiltCold = 0x80000000u;  // with weights
constexpr uint32_t kFailuresInRow = 3;        // then the device is left alone ...
constexpr uint32_t kSkippedRuns = 16;         // ... for so many runs

struct Run {
  RunState state;
  tendon_status_t status;  // kFailed: why
  uint32_t flags;
  uint32_t cursor;  // next layer
  Chain* active;    // on the device now
  uint64_t timeout_us;
  uint64_t deadline_us;
  uint64_t start_us;
  bool cpu_only;  // the device failed: the rest of this run stays on the CPU
  bool has_result;
  tendon_result_t result;
};

}  // namespace tendon

struct tendon_program {
  tendon::View view;
  tendon::Image image;
  bool has_image;
  tendon_device_t* device;  // nullptr: CPU only
  tendon_policy_t policy;
  tendon_level_t level;
  tendon::LayerState* layers;
  tendon::TensorState* tensors;
  tendon::Chain* chains;
  uint32_t chain_count;
  uint8_t* shadow;  // output of a layer that is redone for RUN_VERIFY
  tendon::cpu::Peak peak;
  tendon_dma_t store;      // weights, then parameters
  uint32_t param_offset;   // in `store`
  tendon_dma_t io;         // descriptors, then staged tensors
  uint32_t dense_staging;  // in `io`: the network input for TENDON_ACCEL_DENSE_INPUT
  tendon::Run run;
  tendon_error_t error;
};

namespace tendon {

inline bool on_device(const LayerState& layer) { return layer.reason == TENDON_REASON_NONE; }

void write_log(const tendon_device_t* device, tendon_log_level_t level, const char* text);

/// Device (device.cpp). Errors of register accesses come back as TENDON_E_BUS.
tendon_status_t read_register(tendon_device_t* device, uint32_t offset, uint32_t* value);
/// Read until two reads in a row agree: a flipped bit on the way is not believed. TENDON_E_BUS: no
/// two agreed.
tendon_status_t read_stable(tendon_device_t* device, uint32_t offset, uint32_t* value);
/// STATUS, only BUSY, DONE, ERROR and RESETTING, read until two agree (the activity bits change all
/// the time).
tendon_status_t read_state(tendon_device_t* device, uint32_t* value);
tendon_status_t write_register(tendon_device_t* device, uint32_t offset, uint32_t value);
tendon_status_t soft_reset(tendon_device_t* device);
/// Fills error fields from the device, resets it, counts the failure, logs. Returns `status`.
tendon_status_t fail_device(tendon_program_t* program, tendon_status_t status, uint32_t layer,
                            const char* what);

/// Chains (chain.cpp). start_chain() builds the descriptors if need be, copies inputs, rings the
/// doorbell. poll_chain(): *done = 1 when it ended well.
tendon_status_t start_chain(tendon_program_t* program, Chain* chain);
tendon_status_t poll_chain(tendon_program_t* program, bool* done, const char** what);
/// Label, stored tensors and counters of a chain that ended well.
tendon_status_t collect_chain(tendon_program_t* program, const char** what);

/// Packed form (docs/numerics.md) of a tensor of bytes, and back. Pad bits are zero.
void pack_tensor(const tendon_program_tensor_t& info, const uint8_t* codes, uint32_t* words);
void unpack_tensor(const tendon_program_tensor_t& info, const uint32_t* words, uint8_t* codes);

/// Plan (plan/place.cpp): fills LayerState::reason of every layer.
void place_layers(tendon_program_t* program, const tendon_load_options_t& options);

/// Predicted times (plan/cost.cpp), ns. Whether the HAL tells what its link costs:
bool knows_link(const tendon_program_t& program);
/// The layer's kernel on the processor.
uint64_t cpu_ns(const tendon_program_t& program, uint32_t index);
/// The layer's cycles on the device; it must have an image there.
uint64_t compute_ns(const tendon_program_t& program, uint32_t index);
/// What each chain costs beside its layers: registers, descriptors, interrupt.
uint64_t chain_ns(const tendon_program_t& program);
/// Packing a tensor and moving it over the link.
uint64_t transfer_ns(const tendon_program_t& program, uint32_t tensor);

/// Copies what the caller's version of a struct has; the rest is zero.
template <typename T>
bool read_options(const T* from, T* to) {
  memset(to, 0, sizeof(T));
  to->size = sizeof(T);
  if (from == nullptr) return true;
  if (from->size < sizeof(uint32_t)) return false;
  memcpy(to, from, min_of<size_t>(from->size, sizeof(T)));
  return true;
}

/// Fills a caller's struct up to the size that the caller knows.
template <typename T>
tendon_status_t write_struct(const T& from, T* to) {
  if (to == nullptr || to->size < sizeof(uint32_t)) return TENDON_E_ARG;
  const uint32_t size = to->size;
  memcpy(to, &from, min_of<size_t>(size, sizeof(T)));
  to->size = size;
  return TENDON_OK;
}

}  // namespace tendon
