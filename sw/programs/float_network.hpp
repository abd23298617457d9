// SPDX-License-Identifier: MIT
// The network of a .tdn in float32, for comparison only: the same layers with the scales folded
// into weights and biases, ReLU where the quantized layer clamps at its zero point, no rounding to
// codes.
#pragma once

#include <cstdint>

#include "programs/files.hpp"

namespace tendon::programs {

enum class FloatKind {
  kPlain,   // loops as one writes them, left to the compiler
  kBlocked  // five positions x four channels in registers, weights in the order of use
};

class FloatNetwork {
 public:
  /// Conv (1-D, stride and dilation 1) and dense layers. Exits with a message on others.
  FloatNetwork(const File& tdn, FloatKind kind);

  /// Index of the largest output.
  int classify(const std::uint8_t* window);

  /// One layer alone, on whatever its input holds.
  void run_layer(std::uint32_t index);
  std::uint32_t layers() const { return count_; }

 private:
  struct Layer {
    std::uint32_t columns, channels, filters, taps, pad, pool;  // dense: one column, one tap
    bool relu;
    float* weights;  // plain [filter][tap][channel]; blocked [filter / 4][tap][channel][4]
    float* bias;
    float* in;    // padded: [pad + columns + pad][channels]
    float* out;   // [columns][filters] before the pool
    float* next;  // input of the next layer, behind its padding
  };

  FloatKind kind_;
  std::uint32_t count_;
  Layer* layers_;
};

}  // namespace tendon::programs
