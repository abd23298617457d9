// SPDX-License-Identifier: MIT
// Level `xthead`: the packed kernels with T-Head's scalar instructions (C906). th.mula adds a
// product in one instruction, th.extu takes a lane out in one. The encodings are written out, so
// any assembler takes them.
#include "kernels/build.hpp"
#if TENDON_HAS_XTHEAD
#include "kernels/packed_conv.hpp"
#include "kernels/packed_dot.hpp"

namespace tendon::cpu {
namespace {

// th.extu rd, rs, High, Low: bits High..Low, zero-extended.
template <int High, int Low>
int64_t extract(int64_t x) {
  constexpr int kBits = High * 64 + Low;
  constexpr int kImmediate = kBits >= 2048 ? kBits - 4096 : kBits;
  int64_t field;
  asm(".insn i 0x0b, 3, %0, %1, %2" : "=r"(field) : "r"(x), "i"(kImmediate));
  return field;
}

struct XtheadOps {
  // th.mula sum, a, b
  static void mac(int64_t& sum, int64_t a, int64_t b) {
    asm(".insn r 0x0b, 1, 0x10, %0, %1, %2" : "+r"(sum) : "r"(a), "r"(b));
  }

  static void unpack(const int64_t* lanes, uint32_t pairs, bool first, int32_t add, int32_t* sums) {
    first ? unpack_to<false>(lanes, pairs, add, sums) : unpack_to<true>(lanes, pairs, add, sums);
  }

  static void unpack_dot(const DotShape& s, const uint64_t* packed, uint32_t groups, bool first,
                         int32_t* sums) {
    if (s.lanes != 3) return cpu::unpack_dot(s, packed, groups, first, sums);
    first ? unpack_three<false>(packed, groups, sums) : unpack_three<true>(packed, groups, sums);
  }

 private:
  template <bool Add>
  static void put(int32_t* to, int64_t value) {
    *to = static_cast<int32_t>(Add ? *to + value : value);
  }

  template <bool Add>
  static void unpack_to(const int64_t* lanes, uint32_t pairs, int32_t add, int32_t* sums) {
    const int64_t less = add - (int64_t{1} << (kConvLane - 1));
    int64_t carried = less;
    for (const int64_t* const end = lanes + pairs; lanes != end; ++lanes, sums += 2) {
      put<Add>(sums, extract<20, 0>(*lanes) + carried);
      put<Add>(sums + 1, extract<41, 21>(*lanes) + less);
      carried = (*lanes >> (2 * kConvLane)) + less;
    }
  }

  template <bool Add>
  static void unpack_three(const uint64_t* packed, uint32_t groups, int32_t* sums) {
    constexpr int64_t kHalf = int64_t{1} << 14;
    for (const uint64_t* const end = packed + groups; packed != end; ++packed, sums += 3) {
      const auto sum = static_cast<int64_t>(*packed);
      put<Add>(sums, extract<14, 0>(sum) - kHalf);
      put<Add>(sums + 1, extract<29, 15>(sum) - kHalf);
      put<Add>(sums + 2, sum >> 30);
    }
  }
};

}  // namespace

const Kernel kXtheadConv = {"xthead convolution", packed_conv_fits,    packed_conv_prepared,
                            packed_conv_prepare,  packed_conv_scratch, run_packed_conv<XtheadOps>};
const Kernel kXtheadDot = {"xthead dot product", packed_dot_fits,    packed_dot_prepared,
                           packed_dot_prepare,   packed_dot_scratch, run_packed_dot<XtheadOps>};

}  // namespace tendon::cpu

#endif
