// SPDX-License-Identifier: MIT
// A .tdn file seen in place: pointers into the caller's bytes, made only by check_program().
#pragma once

#include "driver/base.hpp"
#include "tendon/tendon.h"

namespace tendon {

/// Everything a run needs of a checked program file.
struct View {
  const tendon_program_header_t* header;
  const tendon_program_section_t* sections;
  const char* strings;
  uint32_t string_bytes;
  const tendon_program_tensor_t* tensors;
  uint32_t tensor_count;
  const tendon_program_layer_t* layers;
  uint32_t layer_count;
  const uint8_t* weights;
  uint32_t weight_bytes;
  const tendon_program_requant_t* requants;
  uint32_t requant_count;
  const float* gain;           // [channels]
  const uint8_t* input_table;  // [256]
  const int8_t* tables;
  uint32_t table_bytes;
  const uint32_t* classes;
  uint32_t class_count;
};

/// One accelerator image of the program.
struct Image {
  const tendon_program_accel_t* info;
  const tendon_program_accel_layer_t* layers;  // [View::layer_count]
  const uint32_t* descriptors;                 // 16 words each
  uint32_t descriptor_count;
  const uint8_t* weights;
  uint32_t weight_bytes;
  const uint8_t* params;
  uint32_t param_bytes;
};

/// tendon_program_check(); on TENDON_OK *view is filled.
tendon_status_t check_program(const void* tdn, size_t bytes, View* view, Line* text);

/// The parts of check_program() (check_file.cpp, check_layers.cpp, check_image.cpp).
tendon_status_t check_sections(const void* tdn, size_t bytes, View* view, Line* text);
tendon_status_t check_layers(const View& view, Line* text);
tendon_status_t check_images(const View& view, Line* text);

/// The image that a device with these CAPS takes: same rows and lanes, memories and features at
/// least as large; the first such. False: none.
bool find_image(const View& view, const tendon_caps_t& caps, Image* image);

/// Section of a kind and instance, or nullptr.
const tendon_program_section_t* find_section(const View& view, uint32_t kind, uint32_t instance);

inline const uint8_t* section_data(const View& view, const tendon_program_section_t& section) {
  return reinterpret_cast<const uint8_t*>(view.header) + section.offset;
}

inline int32_t code_min(const tendon_program_tensor_t& t) {
  return t.is_signed != 0 ? -(1 << (t.bits - 1)) : 0;
}

inline int32_t code_max(const tendon_program_tensor_t& t) {
  return t.is_signed != 0 ? (1 << (t.bits - 1)) - 1 : (1 << t.bits) - 1;
}

inline uint32_t elements(const tendon_program_tensor_t& t) {
  return static_cast<uint32_t>(t.rows) * t.columns * t.channels;
}

/// 32-bit words of one position (a row of channels), and of the whole packed tensor.
inline uint32_t position_words(const tendon_program_tensor_t& t) {
  return (static_cast<uint32_t>(t.channels) * t.bits + 31) / 32;
}

inline uint32_t packed_words(const tendon_program_tensor_t& t) {
  return static_cast<uint32_t>(t.rows) * t.columns * position_words(t);
}

/// The network input as TENDON_ACCEL_DENSE_INPUT loads it: a row is one position.
inline tendon_program_tensor_t dense_rows(tendon_program_tensor_t t) {
  t.channels = static_cast<uint16_t>(t.channels * t.columns);
  t.columns = 1;
  return t;
}

/// Output positions along one axis, or 0 when the window does not fit.
inline uint32_t axis_out(const tendon_program_axis_t& axis, uint32_t in) {
  const uint32_t span = static_cast<uint32_t>(axis.dilation) * (axis.kernel - 1u) + 1;
  const uint32_t padded = in + axis.pad_begin + axis.pad_end;
  return padded < span ? 0 : (padded - span) / axis.stride + 1;
}

/// Weights of one output channel; 0 for layers without weights.
uint32_t weights_per_channel(const View& view, const tendon_program_layer_t& layer);

/// Descriptor fields (docs/accelerator.md section 7).
struct ConvFields {
  uint32_t opcode;
  uint32_t in_base, out_base, weight_base, param_base;
  uint32_t in_words, out_words;
  uint32_t params, lines;         // entries that it reads, lines that it reads or (PACK) writes
  uint32_t in2_base;              // ADD: second operand, of in_words too
  uint32_t param2_base, params2;  // PACK: entries that it writes
  bool needs_lines;               // reads constant weights
  bool argmax;
};
ConvFields conv_fields(const uint32_t* descriptor, uint32_t array_rows);

/// Two operands: ADD, GEMM.
inline uint32_t input_count(const tendon_program_layer_t& layer) {
  return layer.kind == TENDON_LAYER_ADD || layer.kind == TENDON_LAYER_GEMM ? 2 : 1;
}

inline bool is_load(const uint32_t* descriptor) { return (descriptor[0] & 0xFF) == 1; }

inline uint32_t line_words(const tendon_program_accel_t& a) { return a.rows * (a.lanes / 4u); }
inline uint32_t entry_words(const tendon_program_accel_t& a) { return a.rows * 3u; }

}  // namespace tendon
