// SPDX-License-Identifier: MIT
// Levels `rvv071` and `rvv10`: the vector kernels with the loops of either version.
#include "kernels/build.hpp"
#if TENDON_HAS_RVV
#include "kernels/rvv.hpp"

#define TENDON_DECLARE_LOOPS(version)                                                     \
  void tendon_##version##_mac1(const tendon::cpu::MacJob* job);                           \
  void tendon_##version##_mac2(const tendon::cpu::MacJob* job);                           \
  void tendon_##version##_encode_float(const tendon::cpu::EncodeJob* job);                \
  void tendon_##version##_encode_fixed(const tendon::cpu::EncodeJob* job);                \
  void tendon_##version##_taps(const tendon::cpu::TapJob* job);                           \
  void tendon_##version##_largest(const tendon::cpu::TapJob* job, long least, long bits); \
  void tendon_##version##_add(const tendon::cpu::AddJob* job);                            \
  void tendon_##version##_flip(int8_t* to, const uint8_t* from, size_t count, long bits)

extern "C" {
TENDON_DECLARE_LOOPS(rvv071);
TENDON_DECLARE_LOOPS(rvv10);
}

namespace tendon::cpu {
namespace {

constexpr VectorOps kLoops071 = {tendon_rvv071_mac1,         tendon_rvv071_mac2,
                                 tendon_rvv071_encode_float, tendon_rvv071_encode_fixed,
                                 tendon_rvv071_taps,         tendon_rvv071_largest,
                                 tendon_rvv071_add,          tendon_rvv071_flip};
constexpr VectorOps kLoops10 = {
    tendon_rvv10_mac1, tendon_rvv10_mac2,    tendon_rvv10_encode_float, tendon_rvv10_encode_fixed,
    tendon_rvv10_taps, tendon_rvv10_largest, tendon_rvv10_add,          tendon_rvv10_flip};

void run071(const Job& job) { run_vector(job, kLoops071); }
void run10(const Job& job) { run_vector(job, kLoops10); }

void add071(const Job& job) { run_vector_add(job, kLoops071); }
void add10(const Job& job) { run_vector_add(job, kLoops10); }
size_t nothing(const Job&) { return 0; }
void prepare_nothing(const Job&, void*) {}

}  // namespace

const Kernel kRvv071Add = {"rvv071 add",    vector_add_fits,    nothing,
                           prepare_nothing, vector_add_scratch, add071};
const Kernel kRvv10Add = {"rvv10 add",     vector_add_fits,    nothing,
                          prepare_nothing, vector_add_scratch, add10};
const Kernel kRvv071 = {"rvv071 vectors", vector_fits,    vector_prepared,
                        vector_prepare,   vector_scratch, run071};
const Kernel kRvv10 = {"rvv10 vectors", vector_fits,    vector_prepared,
                       vector_prepare,  vector_scratch, run10};

}  // namespace tendon::cpu

#endif
