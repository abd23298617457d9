// SPDX-License-Identifier: MIT
#include "tlm/conv_unit.hpp"

#include <algorithm>

#include "golden/requantize.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::vp {

namespace {

unsigned ceil_div(unsigned a, unsigned b) { return (a + b - 1) / b; }

unsigned groups_per_segment(const ConvFields& fields, unsigned lanes) {
  return ceil_div(fields.seg_words * fields.elements_per_word(), 4 * lanes);
}

}  // namespace

Slot slot_of(unsigned element, unsigned act_bits, unsigned lanes) {
  switch (act_bits) {
    case 8:
      return {element / lanes, element % lanes};
    case 4: {
      const unsigned rest = element % (2 * lanes);
      return {2 * (element / (2 * lanes)) + rest % 2, rest / 2};
    }
    default:
      return {element % 4, element / 4};
  }
}

CoreMemories::CoreMemories(const Geometry& g)
    : geometry(g),
      act(g.act_words),
      weights(std::size_t{g.weight_lines} * g.rows * g.lanes),
      params(std::size_t{g.param_entries} * g.rows * 3) {}

std::optional<DeviceError> ConvUnit::check_ranges(const ConvFields& f) const {
  const Geometry& g = memories_.geometry;
  const unsigned tiles = ceil_div(f.out_channels, g.rows);
  const unsigned lines = f.segments() * groups_per_segment(f, g.lanes) * (f.wgt_bits / 2);
  const unsigned last_line = f.wgt_base + (tiles - 1) * f.tile_lines + lines - 1;
  const unsigned last_entry = f.par_base + tiles - 1;
  const unsigned last_in = f.in_base + f.in_rows * f.in_row_words - 1;
  const unsigned pixel_words = ceil_div(f.out_channels * f.out_bits, 32);
  const unsigned last_out = f.out_base + (f.out_rows - 1) * f.out_row_words +
                            (f.out_cols / f.pool - 1) * f.out_pix_words + pixel_words - 1;
  if (last_line >= g.weight_lines) return DeviceError{TENDON_ERR_MEMORY, last_line};
  if (last_entry >= g.param_entries) return DeviceError{TENDON_ERR_MEMORY, last_entry};
  if (last_in >= g.act_words) return DeviceError{TENDON_ERR_MEMORY, last_in};
  if (last_out >= g.act_words) return DeviceError{TENDON_ERR_MEMORY, last_out};
  return std::nullopt;
}

int ConvUnit::weight(const ConvFields& f, unsigned channel, unsigned segment,
                     unsigned element) const {
  const Geometry& g = memories_.geometry;
  const unsigned slices = f.wgt_bits / 2;
  const unsigned group = segment * groups_per_segment(f, g.lanes) + element / (4 * g.lanes);
  const unsigned line = f.wgt_base + channel / g.rows * f.tile_lines + group * slices;
  const Slot slot = slot_of(element % (4 * g.lanes), f.act_bits, g.lanes);
  const unsigned bit = channel % g.rows * 8 * g.lanes + slot.chunk * 2 * g.lanes + slot.lane * 2;
  int code = 0;
  for (unsigned slice = 0; slice < slices; ++slice) {
    const std::size_t byte = std::size_t{line + slice} * g.rows * g.lanes + bit / 8;
    code |= (memories_.weights[byte] >> bit % 8 & 3) << (2 * slice);
  }
  if (f.wgt_zero) return code - static_cast<int>(f.zero2);
  return f.odd ? 2 * code - 3 : code - (1 << (f.wgt_bits - 1));
}

// Weights stay while windows come and go, so they are unpacked once.
const golden::Matrix16& ConvUnit::weights(const ConvFields& f) {
  if (unpacked_version_ != memories_.weight_version) unpacked_.clear();
  unpacked_version_ = memories_.weight_version;
  const unsigned zero = f.wgt_zero ? 1 + f.zero2 : 0;
  const unsigned widths_and_zero = zero * 256 + f.act_bits * 16 + f.wgt_bits;
  const WeightKey key{f.wgt_base,     f.tile_lines,    f.segments(), f.seg_words,
                      f.out_channels, widths_and_zero, f.odd};
  const auto found = unpacked_.find(key);
  if (found != unpacked_.end()) return found->second;
  const unsigned per_segment = f.seg_words * f.elements_per_word();
  golden::Matrix16 matrix(f.out_channels, f.segments() * per_segment);
  for (unsigned channel = 0; channel < f.out_channels; ++channel) {
    for (unsigned i = 0; i < f.segments() * per_segment; ++i) {
      matrix(channel, i) =
          static_cast<std::int16_t>(weight(f, channel, i / per_segment, i % per_segment));
    }
  }
  return unpacked_.emplace(key, std::move(matrix)).first->second;
}

// Depthwise: words by which a channel tile's columns have moved on (docs/accelerator.md section 5).
int ConvUnit::first_word(const ConvFields& f, unsigned tile) const {
  return f.depthwise ? static_cast<int>(tile * memories_.geometry.rows * f.act_bits / 32) : 0;
}

// `column`: word of the row at which the window begins. Codes count from the middle one, whose
// every two bits are 1 (section 2).
void ConvUnit::gather(const ConvFields& f, int y, int column,
                      std::vector<std::int16_t>& window) const {
  const unsigned per_word = f.elements_per_word();
  const unsigned mask = (1u << f.act_bits) - 1;
  // Signed codes become unsigned by inverting the top bit.
  const unsigned flip = f.act_signed ? 1u << (f.act_bits - 1) : 0;
  const auto middle = static_cast<int>(middle_code(f.act_bits));
  std::size_t at = 0;
  for (unsigned ky = 0; ky < f.ky_count; ++ky) {
    const int row = f.y_start + y * static_cast<int>(f.row_step) + static_cast<int>(ky * f.ky_step);
    for (unsigned kx = 0; kx < f.kx_count; ++kx) {
      for (unsigned j = 0; j < f.seg_words; ++j) {
        const int at_word = column + static_cast<int>(kx * f.kx_step + j);
        const bool padding = row < 0 || row >= static_cast<int>(f.in_rows) || at_word < 0 ||
                             at_word >= static_cast<int>(f.in_row_words);
        const std::uint32_t word =
            padding ? 0
                    : memories_.act[f.in_base + static_cast<unsigned>(row) * f.in_row_words +
                                    static_cast<unsigned>(at_word)];
        for (unsigned e = 0; e < per_word; ++e) {
          const unsigned code = padding ? f.in_zero & mask : word >> (e * f.act_bits) & mask;
          window[at++] = static_cast<std::int16_t>(static_cast<int>(code ^ flip) - middle);
        }
      }
    }
  }
}

void ConvUnit::write_row(const ConvFields& f, unsigned y, const std::vector<std::int16_t>& codes) {
  const unsigned positions = f.out_cols / f.pool;
  const unsigned per_word = 32 / f.out_bits;
  const std::uint32_t mask = (1u << f.out_bits) - 1;
  for (unsigned p = 0; p < positions; ++p) {
    const unsigned base = f.out_base + y * f.out_row_words + p * f.out_pix_words;
    for (unsigned first = 0; first < f.out_channels; first += per_word) {
      std::uint32_t word = 0;
      for (unsigned e = 0; e < per_word && first + e < f.out_channels; ++e) {
        const auto code = static_cast<std::uint32_t>(codes[p * f.out_channels + first + e]);
        word |= (code & mask) << (e * f.out_bits);
      }
      memories_.act[base + first / per_word] = word;
    }
  }
}

// `sum`: without the bias. With thresholds there is no accumulator; argmax does not go with them.
std::int16_t ConvUnit::code_of(const ConvFields& f, const net::Layer& clamp, unsigned channel,
                               std::int32_t sum, std::int32_t& acc) const {
  const std::size_t entry = std::size_t{f.par_base} * memories_.geometry.rows + channel;
  const std::uint32_t* words = &memories_.params[entry * 3];
  if (f.thresholds) {
    const std::uint32_t levels[] = {words[0], words[1],
                                    words[0] >> 20 | (words[1] >> 20 & 15) << 12 | words[2] << 16};
    int code = f.zy;
    for (const std::uint32_t level : levels) {
      code += sum >= static_cast<std::int32_t>(level << 12) >> 12 ? 1 : 0;
    }
    return static_cast<std::int16_t>(code);
  }
  acc = static_cast<std::int32_t>(words[0] + static_cast<std::uint32_t>(sum));
  const net::Requant scale{static_cast<std::int32_t>(words[1]), static_cast<int>(words[2] & 63)};
  return golden::requantize(acc, scale, clamp, f.zy);
}

std::optional<DeviceError> ConvUnit::run(const ConvFields& f, ArgMax& argmax) {
  if (const auto error = check_ranges(f)) return error;
  const golden::Matrix16& matrix = weights(f);
  net::Layer clamp;
  clamp.rounding = f.rounding;
  clamp.lo = f.lo;
  clamp.hi = f.hi;
  std::vector<std::int16_t> window(static_cast<std::size_t>(matrix.cols()));
  std::vector<std::int16_t> codes(std::size_t{f.out_cols / f.pool} * f.out_channels);
  const auto rows = static_cast<int>(f.out_rows), columns = static_cast<int>(f.out_cols);
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      const int column = f.x_start + x * static_cast<int>(f.pos_step);
      int gathered = column;
      gather(f, y, column, window);
      const bool first_of_pool = x % static_cast<int>(f.pool) == 0;
      std::int16_t* out = &codes[static_cast<unsigned>(x) / f.pool * f.out_channels];
      ArgMax best;
      for (unsigned channel = 0; channel < f.out_channels; ++channel) {
        const int wanted = column + first_word(f, channel / memories_.geometry.rows);
        if (wanted != gathered) gather(f, y, wanted, window);
        gathered = wanted;
        const std::int32_t sum =
            golden::dot(window.data(), matrix.row(channel).data(), static_cast<int>(window.size()));
        std::int32_t acc = 0;
        const std::int16_t code = code_of(f, clamp, channel, sum, acc);
        out[channel] = first_of_pool ? code : std::max(out[channel], code);
        if (channel == 0 || acc > best.max_acc) best = {channel, acc};
      }
      if (f.argmax) argmax = best;
    }
    write_row(f, static_cast<unsigned>(y), codes);
  }
  return std::nullopt;
}

}  // namespace tendon::vp
