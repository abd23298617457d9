// SPDX-License-Identifier: MIT
// What the packed kernels share: the multiply-accumulate of a level, and choices that depend on the
// layer only.
#pragma once

#include "driver/base.hpp"
#include "kernels/kernels.hpp"
#include "kernels/weights.hpp"

namespace tendon::cpu {

/// Plain 64-bit integers: two instructions a multiply-accumulate.
struct PlainOps {
  static void mac(int64_t& sum, int64_t a, int64_t b) { sum += a * b; }
  /// Words 2 * Index and 2 * Index + 1 behind `from`.
  template <int Index, typename Word>
  static void load_two(const Word* from, int64_t& even, int64_t& odd) {
    even = from[2 * Index];
    odd = from[2 * Index + 1];
  }
  /// Bits High to Low of x, zero-extended.
  template <int High, int Low>
  static int64_t extract(int64_t x) {
    const uint64_t up = static_cast<uint64_t>(x) << (63 - High);
    return static_cast<int64_t>(up >> (63 - High + Low));
  }
};

/// max|code - centre| of a tensor.
inline int32_t largest_from(const tendon_program_tensor_t& t, int32_t centre) {
  const int32_t low = t.is_signed != 0 ? -(1 << (t.bits - 1)) : 0;
  const int32_t high = low + (1 << t.bits) - 1;
  return max_of(high - centre, centre - low);
}

/// max over channels of |bias| + sum|w| * max|x - zero|, as the program check computes it.
int64_t layer_bound(const Job& job, uint32_t elements_per_channel);

}  // namespace tendon::cpu
