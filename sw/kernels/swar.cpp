// SPDX-License-Identifier: MIT
// Level `swar`: several products in one 64-bit multiply, in portable C++. Needs a 64-bit processor
// with a double-precision float unit; elsewhere it is not built (tendon_level_built()).
#include "kernels/build.hpp"
#if TENDON_HAS_SWAR
#include "kernels/packed_conv.hpp"
#include "kernels/packed_dot.hpp"

namespace tendon::cpu {
namespace {

struct SwarOps : PlainOps {
  static void conv_some_pairs(uint32_t n, const ConvPart& part) {
    cpu::conv_some_pairs<SwarOps>(n, part);
  }
};

}  // namespace

const Kernel kSwarConv = {"swar convolution",  packed_conv_fits,    packed_conv_prepared,
                          packed_conv_prepare, packed_conv_scratch, run_packed_conv<SwarOps>};
const Kernel kSwarDot = {"swar dot product", packed_dot_fits,    packed_dot_prepared,
                         packed_dot_prepare, packed_dot_scratch, run_packed_dot<SwarOps>};

}  // namespace tendon::cpu

#endif
