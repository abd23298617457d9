// SPDX-License-Identifier: MIT
// Level `swar`: several products in one 64-bit multiply, in portable C++. Needs a 64-bit processor
// with a double-precision float unit; elsewhere it is not built (tendon_level_built()).
#include "kernels/build.hpp"
#if TENDON_HAS_SWAR
#include "kernels/packed_conv.hpp"
#include "kernels/packed_depthwise.hpp"
#include "kernels/packed_dot.hpp"
#include "kernels/packed_gemm.hpp"
#include "kernels/packed_plain.hpp"

namespace tendon::cpu {
namespace {

struct SwarOps : PlainOps {
  static void conv_some_pairs(uint32_t n, const ConvPart& part) {
    cpu::conv_some_pairs<SwarOps>(n, part);
  }
};

size_t nothing(const Job&) { return 0; }
void prepare_nothing(const Job&, void*) {}

}  // namespace

const Kernel kSwar[7] = {
    {"swar convolution", packed_conv_fits, packed_conv_prepared, packed_conv_prepare,
     packed_conv_scratch, run_packed_conv<SwarOps>},
    {"swar dot product", packed_dot_fits, packed_dot_prepared, packed_dot_prepare,
     packed_dot_scratch, run_packed_dot<SwarOps>},
    {"swar depthwise", packed_depthwise_fits, packed_depthwise_prepared, packed_depthwise_prepare,
     packed_depthwise_scratch, run_packed_depthwise<SwarOps>},
    {"swar max pool", packed_max_pool_fits, nothing, prepare_nothing, packed_plain_scratch,
     run_packed_max_pool},
    {"swar average pool", packed_avg_pool_fits, nothing, prepare_nothing, packed_plain_scratch,
     run_packed_avg_pool},
    {"swar add", packed_add_fits, nothing, prepare_nothing, packed_plain_scratch, run_packed_add},
    {"swar gemm", packed_gemm_fits, nothing, prepare_nothing, packed_gemm_scratch,
     run_packed_gemm<SwarOps>}};

}  // namespace tendon::cpu

#endif
