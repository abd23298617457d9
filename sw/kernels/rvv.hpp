// SPDX-License-Identifier: MIT
// Layers with vectors; lanes are output channels. Convolution and dense: activations are scalars.
//
//   for each element k:  sum16[0..31] += a[k] * w[k][0..31]     (vwmacc.vx)
//   now and then:        sum32[0..31] += sum16[0..31]           (vwadd.wv)
//
// Weights of all widths lie in memory as bytes, [tile of 32 channels][element][channel], so nothing
// is unpacked at run time; their width decides how many products a 16-bit sum holds.
//
// Range: codes are centred (minus 128 for unsigned bytes), so |a| <= A <= 128. A 16-bit sum of the
// elements of a span is exact while A * sum|w| <= 32767 for every channel. The packer takes the
// longest span (a multiple of four elements) for which all spans of the tile keep this; 8-bit
// weights seldom allow four, and then two elements make a span: 128 * (|w0| + |w1|) <= 32767 unless
// both are -128. A tile with such a pair widens every product by itself.
//
// Depthwise layers and pools: a vector of codes times a vector of weights for every tap, widened
// one by one. An average is a depthwise layer with weights of 1.
#pragma once

#include "kernels/fast_requant.hpp"
#include "kernels/kernels.hpp"

namespace tendon::cpu {

constexpr uint32_t kVectorTile = 32;  // channels of a tile
constexpr uint32_t kVectorStep = 4;   // elements of a step of the loop

/// One tile at one or two positions; rvv_asm.h reads it by offsets.
struct MacJob {
  const int8_t* window0;
  const int8_t* window1;  // mac2 only
  const int8_t* weights;  // [elements][32]
  int32_t* sums;          // [positions][32]
  uint64_t elements;      // a multiple of kVectorStep, not 0
  uint64_t span;  // products a 16-bit sum holds: 1 (not mac2), 2 or a multiple of kVectorStep
};

/// Up to 32 channels of a depthwise layer or a pool at one position.
struct TapJob {
  const int8_t* codes;    // of the first tap
  const int8_t* weights;  // [tap][32]; taps only
  void* result;           // int32 sums [channels]; largest: uint8 codes [channels]
  uint64_t rows;
  uint64_t columns;
  uint64_t row_step;  // bytes between taps
  uint64_t column_step;
  uint64_t channels;  // 1 to 32
};

/// Sums of one output position to codes, the largest of `pool` positions.
struct EncodeJob {
  const int32_t* sums;  // [pool][32]
  uint64_t channels;    // 1 to 32; encode_fixed: 1 to 16
  uint8_t* codes;
  uint64_t pool;
  // [32] each: add; then float mode: factors; else multipliers, shifts (tflite: shift - 31), and
  // for tflite -1 where that is not 0.
  const int32_t* parameters;
  uint64_t vxrm;  // 0 nearest, ties up; 1 ties to even; 2 down; 4 mode tflite
  int32_t lo;     // both less the zero point
  int32_t hi;
  int32_t zero;
};

/// out = clamp(round((a * m0 + b * m1 + offset) / 2^shift), lo, hi) + zero, element by element.
struct AddJob {
  const uint8_t* a;
  const uint8_t* b;
  uint8_t* out;
  uint64_t count;  // not 0
  int64_t offset;  // takes the zero points out
  uint64_t shift;
  uint64_t vxrm;  // as in EncodeJob; 4: mode float
  int32_t flip0;  // -128 makes signed bytes of unsigned ones, 0 leaves them
  int32_t flip1;
  int32_t multiplier0;
  int32_t multiplier1;
  int32_t lo;  // both less the zero point
  int32_t hi;
  int32_t zero;
  float scale;  // 2^-shift, for mode float
};

/// The loops of one vector version.
struct VectorOps {
  void (*mac1)(const MacJob* job);
  void (*mac2)(const MacJob* job);
  void (*encode_float)(const EncodeJob* job);
  void (*encode_fixed)(const EncodeJob* job);
  void (*taps)(const TapJob* job);
  void (*largest)(const TapJob* job, long least, long bits);
  void (*add)(const AddJob* job);
  void (*flip)(int8_t* to, const uint8_t* from, size_t count, long bits);
  /// flip() with bytes of `to` kVectorTile apart.
  void (*spread)(int8_t* to, const uint8_t* from, size_t count, long bits);
  /// to[i] = table[from[i]]
  void (*look_up)(uint8_t* to, const uint8_t* from, size_t count, const int8_t* table);
};

/// What is taken off the codes of unsigned bytes.
int32_t vector_centre(const tendon_program_tensor_t& t);
uint64_t vxrm_of(uint32_t rounding);
/// The parameters behind `add` of one channel: rest[0], rest[kVectorTile] and so on.
void set_vector_scale(uint32_t rounding, const tendon_program_requant_t& r, int32_t* rest);
/// Codes of one position and tile, up to kVectorTile channels.
void encode_vector(const VectorOps& ops, uint32_t rounding, EncodeJob& encode, uint32_t channels);

bool vector_fits(const Job& job);
size_t vector_prepared(const Job& job);
void vector_prepare(const Job& job, void* prepared);
size_t vector_scratch(const Job& job);
void run_vector(const Job& job, const VectorOps& ops);

bool vector_add_fits(const Job& job);
size_t vector_plain_scratch(const Job& job);
void run_vector_add(const Job& job, const VectorOps& ops);

bool vector_table_fits(const Job& job);
void run_vector_table(const Job& job, const VectorOps& ops);

/// rvv_gemm.cpp
bool vector_gemm_fits(const Job& job);
size_t vector_gemm_scratch(const Job& job);
void run_vector_gemm(const Job& job, const VectorOps& ops);

}  // namespace tendon::cpu
