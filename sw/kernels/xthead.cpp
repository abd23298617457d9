// SPDX-License-Identifier: MIT
// Level `xthead`: the packed kernels with T-Head's scalar instructions (C906). th.mula adds a
// product in one instruction, th.extu takes a lane out in one. The encodings are written out, so
// any assembler takes them.
#include "kernels/build.hpp"
#if TENDON_HAS_XTHEAD
#include "kernels/packed_conv.hpp"
#include "kernels/packed_dot.hpp"

#define TENDON_CONV(n, m, p) tendon_xthead_conv_##n##_##m##_##p

extern "C" {
using ConvLoop = void(const tendon::cpu::ConvPart*);
ConvLoop TENDON_CONV(1, 4, 1), TENDON_CONV(2, 4, 1), TENDON_CONV(3, 4, 1), TENDON_CONV(4, 4, 1);
ConvLoop TENDON_CONV(1, 2, 2), TENDON_CONV(2, 2, 2), TENDON_CONV(3, 2, 2), TENDON_CONV(4, 2, 2),
    TENDON_CONV(5, 2, 2), TENDON_CONV(6, 2, 2), TENDON_CONV(7, 2, 2);
ConvLoop TENDON_CONV(1, 2, 3), TENDON_CONV(2, 2, 3), TENDON_CONV(3, 2, 3), TENDON_CONV(4, 2, 3),
    TENDON_CONV(5, 2, 3), TENDON_CONV(6, 2, 3);
ConvLoop TENDON_CONV(1, 2, 4), TENDON_CONV(2, 2, 4), TENDON_CONV(3, 2, 4), TENDON_CONV(4, 2, 4),
    TENDON_CONV(5, 2, 4);
}

namespace tendon::cpu {
namespace {

// [tap groups - 1][column pairs - 1]
constexpr ConvLoop* kConvLoops[4][7] = {
    {TENDON_CONV(1, 4, 1), TENDON_CONV(2, 4, 1), TENDON_CONV(3, 4, 1), TENDON_CONV(4, 4, 1)},
    {TENDON_CONV(1, 2, 2), TENDON_CONV(2, 2, 2), TENDON_CONV(3, 2, 2), TENDON_CONV(4, 2, 2),
     TENDON_CONV(5, 2, 2), TENDON_CONV(6, 2, 2), TENDON_CONV(7, 2, 2)},
    {TENDON_CONV(1, 2, 3), TENDON_CONV(2, 2, 3), TENDON_CONV(3, 2, 3), TENDON_CONV(4, 2, 3),
     TENDON_CONV(5, 2, 3), TENDON_CONV(6, 2, 3)},
    {TENDON_CONV(1, 2, 4), TENDON_CONV(2, 2, 4), TENDON_CONV(3, 2, 4), TENDON_CONV(4, 2, 4),
     TENDON_CONV(5, 2, 4)}};

struct XtheadOps {
  static void conv_some_pairs(uint32_t n, const ConvPart& part) {
    part.groups <= 4 ? kConvLoops[part.groups - 1][n - 1](&part) : conv_tiles_long<XtheadOps>(part);
  }

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
