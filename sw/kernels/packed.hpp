// SPDX-License-Identifier: MIT
// What the packed kernels share: the multiply-accumulate of a level, and choices that depend on the
// layer only.
#pragma once

#include "driver/base.hpp"
#include "kernels/kernels.hpp"
#include "kernels/weights.hpp"

namespace tendon::cpu {

struct DotShape;

/// Plain 64-bit integers: two instructions a multiply-accumulate.
struct PlainOps {
  static void mac(int64_t& sum, int64_t a, int64_t b) { sum += a * b; }
  /// Lanes of column pairs to sums y[-1], y[0] ... plus `add`; added to what is there unless
  /// `first`.
  static void unpack(const int64_t* lanes, uint32_t pairs, bool first, int32_t add, int32_t* sums);
  static void unpack_dot(const DotShape& s, const uint64_t* packed, uint32_t groups, bool first,
                         int32_t* sums);
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
