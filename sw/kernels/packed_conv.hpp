// SPDX-License-Identifier: MIT
// The packed convolution as a kernel; how it works: conv_shape.hpp.
#pragma once

#include "kernels/conv_sums.hpp"
#include "kernels/conv_tiles.hpp"

namespace tendon::cpu {

template <typename Ops>
void run_packed_conv(const Job& job) {
  static constexpr ConvLevel kLevel = conv_level<Ops>();
  run_packed_conv(job, kLevel);
}

}  // namespace tendon::cpu
