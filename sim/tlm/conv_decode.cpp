// SPDX-License-Identifier: MIT
#include "tendon/tendon_regs.h"
#include "tlm/conv_unit.hpp"

namespace tendon::vp {

namespace {

constexpr std::array<std::uint32_t, 16> kUsedBits = {
    0xFFFF3FFF, 0x07FFFFFF, 0x1FF7FDFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF,
    0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFF01FF, 0,          0xFFFFFFFF};

#define FIELD(words, name) \
  (((words)[TENDON_CONV_##name##_WORD] & TENDON_CONV_##name##_MASK) >> TENDON_CONV_##name##_LSB)

int signed9(std::uint32_t value) { return static_cast<int>(value << 23) >> 23; }
int signed16(std::uint32_t value) { return static_cast<std::int16_t>(value); }

DeviceError field_error(unsigned word) { return {TENDON_ERR_FIELD, word}; }

void decode_modes(const DescriptorWords& words, ConvFields& fields) {
  fields.opcode = words[0] & TENDON_DESC_OPCODE_MASK;
  fields.wgt_zero = FIELD(words, WGT_ZERO) != 0;
  fields.zero2 = FIELD(words, ZERO2);
  fields.signed2 = FIELD(words, SIGNED2) != 0;
  fields.base2 = FIELD(words, BASE2);
  fields.act_bits = 2u << FIELD(words, ACT_BITS);
  fields.wgt_bits = 2u << FIELD(words, WGT_BITS);
  fields.out_bits = 2u << FIELD(words, OUT_BITS);
  fields.act_signed = FIELD(words, ACT_SIGNED) != 0;
  fields.odd = FIELD(words, ODD) != 0;
  fields.rounding = static_cast<net::Rounding>(FIELD(words, ROUNDING));
  fields.narrow = FIELD(words, NARROW) != 0;
  fields.pool = 1u << FIELD(words, POOL_LOG2);
  fields.split = FIELD(words, SPLIT) != 0;
  fields.argmax = FIELD(words, ARGMAX) != 0;
  fields.in_zero = FIELD(words, IN_ZERO);
  fields.thresholds = FIELD(words, THRESHOLDS) != 0;
  fields.depthwise = FIELD(words, DEPTHWISE) != 0;
  fields.zy = signed9(FIELD(words, ZY));
  fields.lo = signed9(FIELD(words, LO));
  fields.hi = signed9(FIELD(words, HI));
}

void decode_places(const DescriptorWords& words, ConvFields& fields) {
  fields.in_base = FIELD(words, IN_BASE);
  fields.out_base = FIELD(words, OUT_BASE);
  fields.wgt_base = FIELD(words, WGT_BASE);
  fields.par_base = FIELD(words, PAR_BASE);
  fields.in_row_words = FIELD(words, IN_ROW_WORDS);
  fields.in_rows = FIELD(words, IN_ROWS);
  fields.x_start = signed16(FIELD(words, X_START));
  fields.y_start = signed16(FIELD(words, Y_START));
  fields.pos_step = FIELD(words, POS_STEP);
  fields.row_step = FIELD(words, ROW_STEP);
  fields.seg_words = FIELD(words, SEG_WORDS);
  fields.kx_count = FIELD(words, KX_COUNT);
  fields.ky_count = FIELD(words, KY_COUNT);
  fields.kx_step = FIELD(words, KX_STEP);
  fields.ky_step = FIELD(words, KY_STEP);
  fields.out_cols = FIELD(words, OUT_COLS);
  fields.out_rows = FIELD(words, OUT_ROWS);
  fields.out_channels = FIELD(words, OUT_CHANNELS);
  fields.tile_lines = FIELD(words, TILE_LINES);
  fields.out_pix_words = FIELD(words, OUT_PIX_WORDS);
  fields.out_row_words = FIELD(words, OUT_ROW_WORDS);
}

// What the kinds that take one position at a time do not have.
std::optional<DeviceError> check_single(const ConvFields& f) {
  const bool pack = f.opcode == TENDON_OPCODE_PACK;
  if (f.pool != 1 || f.thresholds || f.argmax || f.split || f.odd || f.wgt_zero ||
      (pack && f.wgt_bits != 8)) {
    return field_error(1);
  }
  const unsigned operands = f.opcode == TENDON_OPCODE_ADD ? 2 : 1;
  if (f.opcode != TENDON_OPCODE_MAX_POOL && (f.kx_count != 1 || f.ky_count != operands)) {
    return field_error(8);
  }
  if (pack && f.out_channels != 1) return field_error(11);
  return std::nullopt;
}

}  // namespace

std::optional<DeviceError> decode_conv(const DescriptorWords& words, ConvFields& fields) {
  for (unsigned i = 0; i < words.size(); ++i) {
    if ((words[i] & ~kUsedBits[i]) != 0) return field_error(i);
  }
  if (FIELD(words, ACT_BITS) > TENDON_WIDTH_BITS8 || FIELD(words, WGT_BITS) > TENDON_WIDTH_BITS8 ||
      FIELD(words, OUT_BITS) > TENDON_WIDTH_BITS8 || FIELD(words, ROUNDING) > 4 ||
      FIELD(words, POOL_LOG2) > 2) {
    return field_error(1);
  }
  decode_modes(words, fields);
  decode_places(words, fields);
  if (fields.odd && fields.wgt_bits != 2) return field_error(1);
  if (fields.thresholds && (fields.out_bits != 2 || fields.argmax)) return field_error(1);
  if (fields.in_row_words == 0 || fields.in_rows == 0) return field_error(5);
  if (fields.seg_words == 0 || fields.kx_count == 0 || fields.ky_count == 0) return field_error(8);
  if (fields.out_cols == 0 || fields.out_rows == 0 || fields.out_cols % fields.pool != 0) {
    return field_error(10);
  }
  if (fields.out_channels == 0) return field_error(11);
  return fields.opcode == TENDON_OPCODE_CONV ? std::nullopt : check_single(fields);
}

#undef FIELD

}  // namespace tendon::vp
