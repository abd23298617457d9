// SPDX-License-Identifier: MIT
// The CPU kernels. Arithmetic: docs/numerics.md; every level gives the same bits.
//
// On the CPU a tensor is one byte per element, [row, column, channel], the code as it is (unsigned
// or two's complement), so that no kernel unpacks activations; packing happens at the accelerator
// only.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tendon/tendon.h"

namespace tendon::cpu {

struct Tensor {
  const tendon_program_tensor_t* info;
  uint8_t* codes;

  int32_t at(uint32_t index) const {
    return info->is_signed != 0 ? static_cast<int8_t>(codes[index]) : codes[index];
  }
};

/// Largest accumulator of the last position (code, for kinds without accumulators), lowest channel
/// on a tie: the label.
struct Peak {
  int32_t label;
  int32_t value;
};

/// One layer of a checked program, ready to run.
struct Job {
  const tendon_program_layer_t* layer;
  Tensor in[2];
  Tensor out;
  const uint8_t* weights;                   // first packed row
  const tendon_program_requant_t* requant;  // first entry of the layer
  const int8_t* table;
  const void* prepared;  // what Kernels::prepare wrote
  void* scratch;         // Kernels::scratch_bytes, 64-byte aligned; contents are lost between runs
  Peak* peak;            // nullptr unless this is the last layer
};

/// One way to run one layer. Sizes and pointers of `job` that a function does not name may be
/// unset.
struct Kernel {
  const char* name;
  /// Whether this kernel gives exact bits for this layer: kinds, shapes, packed-sum bounds (from
  /// layer, tensor infos, weights, requant).
  bool (*fits)(const Job& job);
  size_t (*prepared_bytes)(const Job& job);  // from layer and tensor infos only
  void (*prepare)(const Job& job, void* prepared);
  size_t (*scratch_bytes)(const Job& job);
  void (*run)(const Job& job);
};

/// The kernel that runs this layer at this level: the first that fits, at worst the portable one.
const Kernel& select_kernel(tendon_level_t level, const Job& job);

/// TENDON_LEVEL_AUTO resolved for this build; the level itself otherwise.
tendon_level_t resolve_level(tendon_level_t level);

extern const Kernel kPortableConv;
extern const Kernel kPortableDense;
extern const Kernel kPortableDepthwise;
extern const Kernel kPortableMaxPool;
extern const Kernel kPortableAvgPool;
extern const Kernel kPortableAdd;
extern const Kernel kPortableTable;
extern const Kernel kPortableGemm;
// The kernels of a level, in order of preference.
extern const Kernel kSwar[7];
extern const Kernel kXthead[5];
extern const Kernel kRvv071[4];
extern const Kernel kRvv10[4];

/// Accumulators of one position to codes, and the peak; `acc` holds [channels].
void finish_position(const Job& job, const int32_t* acc, uint32_t position);
void note_peak(const Job& job, const int32_t* values, uint32_t count);

}  // namespace tendon::cpu
