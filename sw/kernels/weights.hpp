// SPDX-License-Identifier: MIT
// Packed weight rows of a program file (docs/numerics.md, "Tensors").
#pragma once

#include <stdint.h>

#include "tendon/tendon_program.h"

namespace tendon::cpu {

/// The weights of one output channel: row[i] is the value (not the code) of element i.
class WeightRow {
 public:
  /// `weights`: the layer's first row.
  WeightRow(const uint8_t* weights, const tendon_program_layer_t& layer, uint32_t channel)
      : bytes_(weights + static_cast<uint64_t>(channel) * layer.weight_row_bytes),
        bits_(layer.weight_bits),
        scale_(layer.grid == TENDON_GRID_ODD ? 2 : 1),
        offset_(layer.grid == TENDON_GRID_ODD ? 1 : 0) {}

  int32_t operator[](uint32_t index) const {
    const uint32_t bit = index * bits_;  // fewer than 2^26 elements: no overflow
    const uint32_t code = (static_cast<uint32_t>(bytes_[bit >> 3]) >> (bit & 7)) << (32 - bits_);
    return (static_cast<int32_t>(code) >> (32 - bits_)) * scale_ + offset_;
  }

 private:
  const uint8_t* bytes_;
  uint32_t bits_;
  int32_t scale_;
  int32_t offset_;
};

}  // namespace tendon::cpu
