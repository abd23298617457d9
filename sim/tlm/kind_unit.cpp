// SPDX-License-Identifier: MIT
#include "tlm/kind_unit.hpp"

#include <algorithm>

#include "golden/requantize.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::vp {

namespace {

unsigned ceil_div(unsigned a, unsigned b) { return (a + b - 1) / b; }

/// Top bit of a code where the tensor is signed: codes are used in unsigned form.
unsigned top_bit(unsigned bits, bool is_signed) { return is_signed ? 1u << (bits - 1) : 0; }

}  // namespace

std::uint32_t KindUnit::param(unsigned entry, unsigned row, unsigned word) const {
  return memories_.params[(std::size_t{entry} * memories_.geometry.rows + row) * 3 + word];
}

std::optional<DeviceError> KindUnit::check_pack(const ConvFields& f) const {
  const Geometry& g = memories_.geometry;
  const unsigned tiles = ceil_div(f.out_cols, g.rows);
  const unsigned groups = ceil_div(f.seg_words * f.elements_per_word(), 4 * g.lanes);
  const unsigned last_line =
      f.wgt_base + (tiles - 1) * f.tile_lines + groups * (f.act_bits / 2) - 1;
  if (last_line >= g.weight_lines) return DeviceError{TENDON_ERR_MEMORY, 1u << 30 | last_line};
  const unsigned last_entry = f.base2 + tiles - 1;
  if (last_entry >= g.param_entries) return DeviceError{TENDON_ERR_MEMORY, 2u << 30 | last_entry};
  return std::nullopt;
}

std::optional<DeviceError> KindUnit::check_ranges(const ConvFields& f) const {
  const Geometry& g = memories_.geometry;
  const unsigned end = f.in_rows * f.in_row_words;
  if (f.in_base + end > g.act_words) return DeviceError{TENDON_ERR_MEMORY, f.in_base + end};
  if (f.opcode == TENDON_OPCODE_ADD && f.base2 + end > g.act_words) {
    return DeviceError{TENDON_ERR_MEMORY, f.base2 + end};
  }
  unsigned entries = f.opcode == TENDON_OPCODE_ADD ? 2 : 1;
  if (f.opcode == TENDON_OPCODE_TABLE) entries = 256 / (4 * g.rows);
  if (f.par_base + entries > g.param_entries) {
    return DeviceError{TENDON_ERR_MEMORY, 2u << 30 | (f.par_base + entries - 1)};
  }
  if (f.opcode == TENDON_OPCODE_PACK) return check_pack(f);
  const unsigned last_out = f.out_base + (f.out_rows - 1) * f.out_row_words +
                            (f.out_cols - 1) * f.out_pix_words +
                            ceil_div(f.out_channels * f.out_bits, 32) - 1;
  if (last_out >= g.act_words) return DeviceError{TENDON_ERR_MEMORY, last_out};
  return std::nullopt;
}

// Column in words of the position's first word.
int KindUnit::code_in(const ConvFields& f, const std::vector<std::uint32_t>& memory, int row,
                      int column, unsigned channel, bool second) const {
  const unsigned bit = channel * f.act_bits;
  column += static_cast<int>(bit / 32);
  const bool padding = !second && (row < 0 || row >= static_cast<int>(f.in_rows) || column < 0 ||
                                   column >= static_cast<int>(f.in_row_words));
  const unsigned base = second ? f.base2 : f.in_base + static_cast<unsigned>(row) * f.in_row_words;
  const std::uint32_t word = padding ? 0 : memory[base + static_cast<unsigned>(column)];
  const unsigned code = (padding ? f.in_zero : word >> bit % 32) & ((1u << f.act_bits) - 1);
  return static_cast<int>(code ^ top_bit(f.act_bits, second ? f.signed2 : f.act_signed));
}

unsigned KindUnit::result(const ConvFields& f, const std::vector<int>& codes) const {
  const unsigned rows = memories_.geometry.rows;
  if (f.opcode == TENDON_OPCODE_TABLE) {
    const auto at = static_cast<unsigned>(codes[0]) / 4;
    return param(f.par_base + at / rows, at % rows, 0) >> codes[0] % 4 * 8 & 0xFF;
  }
  std::int64_t product = *std::max_element(codes.begin(), codes.end());
  if (f.opcode == TENDON_OPCODE_ADD) {
    const unsigned zero =
        (f.in_zero & ((1u << f.act_bits) - 1)) ^ top_bit(f.act_bits, f.act_signed);
    product = (codes[0] - static_cast<int>(zero)) * std::int64_t{param(f.par_base, 0, 1)} +
              (codes[1] - static_cast<int>(f.zero2)) * std::int64_t{param(f.par_base + 1, 0, 1)};
  } else {
    product =
        product * param(f.par_base, 0, 1) + static_cast<std::int32_t>(param(f.par_base, 0, 0));
  }
  const auto shift = static_cast<int>(param(f.par_base, 0, 2) & 63);
  const std::int64_t rounded = golden::round_shift(product, shift, f.rounding);
  return static_cast<unsigned>(std::clamp<std::int64_t>(f.zy + rounded, f.lo, f.hi));
}

void KindUnit::element(const ConvFields& f, unsigned y, unsigned x,
                       const std::vector<std::uint32_t>& before) {
  const unsigned per_word = 32 / f.out_bits;
  const unsigned base = f.out_base + y * f.out_row_words + x * f.out_pix_words;
  const int column = f.x_start + static_cast<int>(x * f.pos_step);
  const int row = f.y_start + static_cast<int>(y * f.row_step);
  const bool add = f.opcode == TENDON_OPCODE_ADD;
  std::vector<int> codes;
  for (unsigned channel = 0; channel < f.out_channels; ++channel) {
    codes.clear();
    for (unsigned ky = 0; ky < f.ky_count; ++ky) {
      for (unsigned kx = 0; kx < f.kx_count; ++kx) {
        codes.push_back(code_in(f, before, row + static_cast<int>(ky * f.ky_step),
                                column + static_cast<int>(kx * f.kx_step), channel,
                                add && ky == 1));
      }
    }
    std::uint32_t& word = memories_.act[base + channel / per_word];
    if (channel % per_word == 0) word = 0;
    word |= (result(f, codes) & ((1u << f.out_bits) - 1)) << channel % per_word * f.out_bits;
  }
}

void KindUnit::pack_position(const ConvFields& f, unsigned n) {
  const Geometry& g = memories_.geometry;
  const unsigned slices = f.act_bits / 2, lanes = g.lanes;
  std::uint32_t sum = 0;
  for (unsigned e = 0; e < f.seg_words * f.elements_per_word(); ++e) {
    const int column = f.x_start + static_cast<int>(n * f.pos_step);
    const auto code = static_cast<unsigned>(code_in(f, memories_.act, f.y_start, column, e, false));
    sum += code - middle_code(f.act_bits);
    const unsigned line = f.wgt_base + n / g.rows * f.tile_lines + e / (4 * lanes) * slices;
    const Slot slot = slot_of(e % (4 * lanes), f.act_bits, lanes);
    const unsigned bit = n % g.rows * 8 * lanes + slot.chunk * 2 * lanes + slot.lane * 2;
    for (unsigned slice = 0; slice < slices; ++slice) {
      std::uint8_t& byte = memories_.weights[std::size_t{line + slice} * g.rows * lanes + bit / 8];
      const unsigned bits = (code >> (2 * slice) & 3) << bit % 8;
      byte = static_cast<std::uint8_t>((byte & ~(3u << bit % 8)) | bits);
    }
  }
  const std::size_t word = (std::size_t{f.base2} * g.rows + n) * 3;
  memories_.params[word] = param(f.par_base, 0, 0) - (f.zero2 - middle_code(8)) * sum;
}

void KindUnit::pack(const ConvFields& f) {
  ++memories_.weight_version;
  for (unsigned n = 0; n < f.out_cols; ++n) pack_position(f, n);
}

std::optional<DeviceError> KindUnit::run(const ConvFields& f) {
  if (const auto error = check_ranges(f)) return error;
  if (f.opcode == TENDON_OPCODE_PACK) {
    pack(f);
    return std::nullopt;
  }
  const std::vector<std::uint32_t> before = memories_.act;  // a layer never reads what it writes
  for (unsigned y = 0; y < f.out_rows; ++y) {
    for (unsigned x = 0; x < f.out_cols; ++x) element(f, y, x, before);
  }
  return std::nullopt;
}

}  // namespace tendon::vp
