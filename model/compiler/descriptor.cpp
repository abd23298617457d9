// SPDX-License-Identifier: MIT
#include <bit>

#include "compiler/lowered.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::compiler {
namespace {

struct Field {
  unsigned word, lsb, mask;
};

void put(std::vector<std::uint32_t>& words, const Field& field, int value) {
  // Signed fields keep their low bits; the mask says how many.
  words[field.word] |= (static_cast<std::uint32_t>(value) << field.lsb) & field.mask;
}

int opcode_of(Op op) {
  switch (op) {
    case Op::kMaxPool:
      return TENDON_OPCODE_MAX_POOL;
    case Op::kAdd:
      return TENDON_OPCODE_ADD;
    case Op::kTable:
      return TENDON_OPCODE_TABLE;
    case Op::kPack:
      return TENDON_OPCODE_PACK;
    default:
      return TENDON_OPCODE_CONV;
  }
}

int width_code(int bits) { return bits == 2 ? 0 : (bits == 4 ? 1 : 2); }

#define TENDON_FIELD(name) \
  Field { TENDON_##name##_WORD, TENDON_##name##_LSB, TENDON_##name##_MASK }

}  // namespace

std::vector<std::uint32_t> descriptor(const ConvJob& job, const Geometry& geometry,
                                      const Places& places) {
  std::vector<std::uint32_t> words(TENDON_DESC_WORDS, 0);
  put(words, TENDON_FIELD(DESC_OPCODE), opcode_of(job.op));
  put(words, TENDON_FIELD(DESC_TAG), places.tag);
  put(words, TENDON_FIELD(CONV_ACT_BITS), width_code(job.act_bits));
  put(words, TENDON_FIELD(CONV_WGT_BITS), width_code(job.weight_bits));
  put(words, TENDON_FIELD(CONV_OUT_BITS), width_code(job.out_bits));
  put(words, TENDON_FIELD(CONV_ACT_SIGNED), job.act_signed);
  put(words, TENDON_FIELD(CONV_ODD), job.odd);
  put(words, TENDON_FIELD(CONV_ROUNDING), static_cast<int>(job.rounding));
  put(words, TENDON_FIELD(CONV_NARROW), job.narrow);
  put(words, TENDON_FIELD(CONV_POOL_LOG2), std::countr_zero(static_cast<unsigned>(job.pool)));
  put(words, TENDON_FIELD(CONV_SPLIT), job.split);
  put(words, TENDON_FIELD(CONV_ARGMAX), job.argmax);
  put(words, TENDON_FIELD(CONV_THRESHOLDS), !job.levels.empty());
  put(words, TENDON_FIELD(CONV_DEPTHWISE), job.is_element());
  put(words, TENDON_FIELD(CONV_WGT_ZERO), job.wgt_zero);
  put(words, TENDON_FIELD(CONV_IN_ZERO), job.in_zero);
  // By levels the code counts from lo.
  put(words, TENDON_FIELD(CONV_ZY), job.levels.empty() ? job.zy : job.lo);
  put(words, TENDON_FIELD(CONV_LO), job.lo);
  put(words, TENDON_FIELD(CONV_HI), job.hi);
  put(words, TENDON_FIELD(CONV_IN_BASE), places.in_base);
  put(words, TENDON_FIELD(CONV_OUT_BASE), places.out_base);
  put(words, TENDON_FIELD(CONV_WGT_BASE), places.wgt_base);
  // What PACK reads stands behind the entries whose biases it writes.
  put(words, TENDON_FIELD(CONV_PAR_BASE),
      places.par_base + (job.op == Op::kPack ? job.tiles(geometry) : 0));
  put(words, TENDON_FIELD(CONV_IN_ROW_WORDS), job.in_row_words);
  put(words, TENDON_FIELD(CONV_IN_ROWS), job.in_rows);
  put(words, TENDON_FIELD(CONV_X_START), job.x_start);
  put(words, TENDON_FIELD(CONV_Y_START), job.y_start);
  put(words, TENDON_FIELD(CONV_POS_STEP), job.pos_step);
  put(words, TENDON_FIELD(CONV_ROW_STEP), job.row_step);
  put(words, TENDON_FIELD(CONV_SEG_WORDS), job.seg_words);
  put(words, TENDON_FIELD(CONV_KX_COUNT), job.kx_count);
  put(words, TENDON_FIELD(CONV_KY_COUNT), job.ky_count);
  put(words, TENDON_FIELD(CONV_KX_STEP), job.kx_step);
  put(words, TENDON_FIELD(CONV_KY_STEP), job.ky_step);
  put(words, TENDON_FIELD(CONV_OUT_COLS), job.out_cols);
  put(words, TENDON_FIELD(CONV_OUT_ROWS), job.out_rows);
  put(words, TENDON_FIELD(CONV_OUT_CHANNELS), job.out_channels);
  put(words, TENDON_FIELD(CONV_TILE_LINES), job.is_element() ? 0 : job.tile_lines(geometry));
  put(words, TENDON_FIELD(CONV_OUT_PIX_WORDS), job.out_pix_words);
  put(words, TENDON_FIELD(CONV_OUT_ROW_WORDS), job.out_row_words);
  put(words, TENDON_FIELD(CONV_ZERO2), job.zero2);
  put(words, TENDON_FIELD(CONV_SIGNED2), job.signed2);
  put(words, TENDON_FIELD(CONV_BASE2),
      job.op == Op::kPack ? places.par_base : (job.op == Op::kAdd ? places.in2_base : 0));
  std::uint32_t check = 0xFFFFFFFFu;
  for (const std::uint32_t word : words) check ^= word;
  words[TENDON_DESC_CHECK_WORD] = check;
  return words;
}

#undef TENDON_FIELD

}  // namespace tendon::compiler
