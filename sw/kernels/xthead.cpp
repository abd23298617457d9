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

struct XtheadOps {
  // th.mula sum, a, b
  static void mac(int64_t& sum, int64_t a, int64_t b) {
    asm(".insn r 0x0b, 1, 0x10, %0, %1, %2" : "+r"(sum) : "r"(a), "r"(b));
  }

  // th.lwd even, odd, (from), Index, 3: two words of consecutive addresses. Its index has two bits.
  template <int Index>
  static void load_two(const int32_t* from, int64_t& even, int64_t& odd) {
    if constexpr (Index < 4) {
      asm(".insn r 0x0b, 4, %3, %0, %2, %1"
          : "=&r"(even), "=&r"(odd)
          : "r"(from), "i"(0x70 + Index), "m"(from[2 * Index]), "m"(from[2 * Index + 1]));
    } else {
      PlainOps::load_two<Index>(from, even, odd);
    }
  }

  // th.lwud: the same, zero-extended.
  template <int Index>
  static void load_two(const uint32_t* from, int64_t& even, int64_t& odd) {
    if constexpr (Index < 4) {
      asm(".insn r 0x0b, 4, %3, %0, %2, %1"
          : "=&r"(even), "=&r"(odd)
          : "r"(from), "i"(0x78 + Index), "m"(from[2 * Index]), "m"(from[2 * Index + 1]));
    } else {
      PlainOps::load_two<Index>(from, even, odd);
    }
  }

  // th.extu rd, rs, High, Low: bits High..Low, zero-extended.
  template <int High, int Low>
  static int64_t extract(int64_t x) {
    constexpr int kBits = High * 64 + Low;
    constexpr int kImmediate = kBits >= 2048 ? kBits - 4096 : kBits;
    int64_t field;
    asm(".insn i 0x0b, 3, %0, %1, %2" : "=r"(field) : "r"(x), "i"(kImmediate));
    return field;
  }
};

}  // namespace

const Kernel kXtheadConv = {"xthead convolution", packed_conv_fits,    packed_conv_prepared,
                            packed_conv_prepare,  packed_conv_scratch, run_packed_conv<XtheadOps>};
const Kernel kXtheadDot = {"xthead dot product", packed_dot_fits,    packed_dot_prepared,
                           packed_dot_prepare,   packed_dot_scratch, run_packed_dot<XtheadOps>};

}  // namespace tendon::cpu

#endif
