// SPDX-License-Identifier: MIT
// Levels `rvv071` and `rvv10`: the vector kernels with the loops of either version.
#include "kernels/build.hpp"
#if TENDON_HAS_RVV
#include "kernels/rvv.hpp"

#define TENDON_DECLARE_LOOPS(version)                                                       \
  void tendon_##version##_mac1(const tendon::cpu::MacJob* job);                             \
  void tendon_##version##_mac2(const tendon::cpu::MacJob* job);                             \
  void tendon_##version##_encode_float(const tendon::cpu::EncodeJob* job);                  \
  void tendon_##version##_encode_fixed(const tendon::cpu::EncodeJob* job);                  \
  void tendon_##version##_taps(const tendon::cpu::TapJob* job);                             \
  void tendon_##version##_largest(const tendon::cpu::TapJob* job, long least, long bits);   \
  void tendon_##version##_add(const tendon::cpu::AddJob* job);                              \
  void tendon_##version##_flip(int8_t* to, const uint8_t* from, size_t count, long bits);   \
  void tendon_##version##_spread(int8_t* to, const uint8_t* from, size_t count, long bits); \
  void tendon_##version##_look_up(uint8_t* to, const uint8_t* from, size_t count,           \
                                  const int8_t* table)

extern "C" {
TENDON_DECLARE_LOOPS(rvv071);
TENDON_DECLARE_LOOPS(rvv10);
}

namespace tendon::cpu {
namespace {

#define TENDON_LOOPS(version)                                                                 \
  {                                                                                           \
    tendon_##version##_mac1, tendon_##version##_mac2, tendon_##version##_encode_float,        \
        tendon_##version##_encode_fixed, tendon_##version##_taps, tendon_##version##_largest, \
        tendon_##version##_add, tendon_##version##_flip, tendon_##version##_spread,           \
        tendon_##version##_look_up                                                            \
  }

constexpr VectorOps kLoops071 = TENDON_LOOPS(rvv071);
constexpr VectorOps kLoops10 = TENDON_LOOPS(rvv10);

size_t nothing(const Job&) { return 0; }
void prepare_nothing(const Job&, void*) {}

template <const VectorOps& kLoops, void (*kRun)(const Job&, const VectorOps&)>
void run(const Job& job) {
  kRun(job, kLoops);
}

#define TENDON_KERNELS(name, loops)                                                  \
  {                                                                                  \
    {name " vectors", vector_fits,    vector_prepared,                               \
     vector_prepare,  vector_scratch, run<loops, run_vector>},                       \
        {name " add",     vector_add_fits,      nothing,                             \
         prepare_nothing, vector_plain_scratch, run<loops, run_vector_add>},         \
        {name " table",   vector_table_fits,    nothing,                             \
         prepare_nothing, vector_plain_scratch, run<loops, run_vector_table>},       \
    {                                                                                \
      name " gemm", vector_gemm_fits, nothing, prepare_nothing, vector_gemm_scratch, \
          run<loops, run_vector_gemm>                                                \
    }                                                                                \
  }

}  // namespace

const Kernel kRvv071[4] = TENDON_KERNELS("rvv071", kLoops071);
const Kernel kRvv10[4] = TENDON_KERNELS("rvv10", kLoops10);

}  // namespace tendon::cpu

#endif
