// SPDX-License-Identifier: MIT
// Level `xthead`: the packed kernels with T-Head's scalar instructions (C906). th.mula adds a
// product in one instruction, th.extu takes a lane out in one. The encodings are written out, so
// any assembler takes them.
#include "kernels/build.hpp"
#if TENDON_HAS_XTHEAD
#include "driver/view.hpp"
#include "kernels/packed_conv.hpp"
#include "kernels/packed_depthwise.hpp"
#include "kernels/packed_dot.hpp"
#include "kernels/packed_gemm.hpp"

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

size_t nothing(const Job&) { return 0; }
void prepare_nothing(const Job&, void*) {}

bool table_fits(const Job& job) { return job.layer->kind == TENDON_LAYER_TABLE; }
size_t table_scratch(const Job& job) { return 4u * job.out.info->channels; }

// th.lrbu: the byte at table[index].
int32_t look_up(const int8_t* table, uint32_t index) {
  int32_t code;
  asm(".insn r 0x0b, 4, 0x40, %0, %1, %2" : "=r"(code) : "r"(table), "r"(index), "m"(table[index]));
  return code;
}

void run_table(const Job& job) {
  const uint8_t* from = job.in[0].codes;
  uint8_t* to = job.out.codes;
  const uint8_t* const end = to + elements(*job.out.info);
  for (; end - to >= 8; from += 8, to += 8) {
    int32_t code[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) code[i] = look_up(job.table, from[i]);
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) to[i] = static_cast<uint8_t>(code[i]);
  }
  for (; to != end; ++from, ++to) *to = static_cast<uint8_t>(look_up(job.table, *from));
  if (job.peak == nullptr) return;
  const auto& out = *job.out.info;
  auto* values = static_cast<int32_t*>(job.scratch);
  for (uint32_t c = 0; c < out.channels; ++c)
    values[c] = job.out.at(elements(out) - out.channels + c);
  note_peak(job, values, out.channels);
}

}  // namespace

// What is not here runs at level swar: no instruction of T-Head's makes it shorter.
const Kernel kXthead[5] = {
    {"xthead convolution", packed_conv_fits, packed_conv_prepared, packed_conv_prepare,
     packed_conv_scratch, run_packed_conv<XtheadOps>},
    {"xthead dot product", packed_dot_fits, packed_dot_prepared, packed_dot_prepare,
     packed_dot_scratch, run_packed_dot<XtheadOps>},
    {"xthead depthwise", packed_depthwise_fits, packed_depthwise_prepared, packed_depthwise_prepare,
     packed_depthwise_scratch, run_packed_depthwise<XtheadOps>},
    {"xthead table", table_fits, nothing, prepare_nothing, table_scratch, run_table},
    {"xthead gemm", packed_gemm_fits, nothing, prepare_nothing, packed_gemm_scratch,
     run_packed_gemm<XtheadOps>}};

}  // namespace tendon::cpu

#endif
