// SPDX-License-Identifier: MIT
// One CONV descriptor, bit for bit: the layouts of docs/accelerator.md sections 3 to 6 around the
// golden model's dot product and requantization.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "golden/types.hpp"
#include "net/network.hpp"
#include "tlm/accel_model.hpp"

namespace tendon::vp {

using DescriptorWords = std::array<std::uint32_t, 16>;

/// What stopped a descriptor: TENDON_ERR_* and the value of ERR_ADDR.
struct DeviceError {
  std::uint32_t code = 0;
  std::uint32_t address = 0;
};

/// Decoded compute descriptor; names as in docs/registers.md.
struct ConvFields {
  unsigned opcode;
  unsigned act_bits, wgt_bits, out_bits;
  bool act_signed, odd, narrow, split, argmax, thresholds, depthwise;
  net::Rounding rounding;
  unsigned pool;  // 1, 2, 4
  unsigned in_zero;
  bool wgt_zero, signed2;
  unsigned zero2, base2;
  int zy, lo, hi;
  unsigned in_base, out_base, wgt_base, par_base, in_row_words, in_rows;
  int x_start, y_start;
  unsigned pos_step, row_step, seg_words, kx_count, ky_count, kx_step, ky_step;
  unsigned out_cols, out_rows, out_channels, tile_lines, out_pix_words, out_row_words;

  unsigned segments() const { return kx_count * ky_count; }
  unsigned elements_per_word() const { return 32 / act_bits; }
};

/// FIELD, with the index of the offending word: a reserved bit, an illegal code or a zero count.
std::optional<DeviceError> decode_conv(const DescriptorWords& words, ConvFields& fields);

/// Chunk and lane of element e of a group: the inverse of docs/accelerator.md section 3.
struct Slot {
  unsigned chunk, lane;
};
Slot slot_of(unsigned element, unsigned act_bits, unsigned lanes);

/// The code that counts as 0 in a sum: 1, 5 or 85 for 2, 4 or 8 bits.
inline unsigned middle_code(unsigned bits) { return ((1u << bits) - 1) / 3; }

/// Memories of the core; `weight_version` changes with every load of weights.
struct CoreMemories {
  explicit CoreMemories(const Geometry& geometry);
  Geometry geometry;
  std::vector<std::uint32_t> act;
  std::vector<std::uint8_t> weights;
  std::vector<std::uint32_t> params;
  std::uint64_t weight_version = 0;
};

struct ArgMax {
  std::uint32_t label = 0;
  std::int32_t max_acc = 0;
};

class ConvUnit {
 public:
  explicit ConvUnit(CoreMemories& memories) : memories_(memories) {}

  /// Runs the whole descriptor. MEMORY: something lies outside a memory; nothing was written.
  /// `argmax` is filled when the descriptor asks for it.
  std::optional<DeviceError> run(const ConvFields& fields, ArgMax& argmax);

 private:
  using WeightKey = std::tuple<unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, bool>;

  std::optional<DeviceError> check_ranges(const ConvFields& fields) const;
  const golden::Matrix16& weights(const ConvFields& fields);
  int weight(const ConvFields& fields, unsigned channel, unsigned segment, unsigned element) const;
  void gather(const ConvFields& fields, int y, int column, std::vector<std::int16_t>& window) const;
  int first_word(const ConvFields& fields, unsigned tile) const;
  std::int16_t code_of(const ConvFields& fields, const net::Layer& clamp, unsigned channel,
                       std::int32_t sum, std::int32_t& acc) const;
  void write_row(const ConvFields& fields, unsigned y, const std::vector<std::int16_t>& codes);

  CoreMemories& memories_;
  std::map<WeightKey, golden::Matrix16> unpacked_;
  std::uint64_t unpacked_version_ = 0;
};

}  // namespace tendon::vp
