// SPDX-License-Identifier: MIT
// A layer in the form that the array runs (docs/accelerator.md sections 4 to 7), before it has a
// place in the memories. Dense layers are convolutions of one position whose kernel covers the
// whole input.
#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

#include "compiler/program.hpp"
#include "net/network.hpp"

namespace tendon::compiler {

/// Three ascending levels of one channel, 20 bits each.
using Levels = std::array<std::int32_t, 3>;

/// What a descriptor does: its opcode.
enum class Op { kConv, kMaxPool, kAdd, kTable, kPack };

/// Everything in words of activation memory or elements, as the descriptor fields of the same
/// names.
struct ConvJob {
  Op op = Op::kConv;
  int act_bits = 8, weight_bits = 8, out_bits = 8;
  bool act_signed = false, odd = false, narrow = false, split = false, argmax = false;
  net::Rounding rounding = net::Rounding::kFloat;
  int pool = 1;
  int in_zero = 0, zy = 0, lo = 0, hi = 0;
  int in_row_words = 0, in_rows = 0;
  int x_start = 0, y_start = 0, pos_step = 0, row_step = 0;
  int seg_words = 0, kx_count = 0, ky_count = 0, kx_step = 0, ky_step = 0;
  int out_cols = 0, out_rows = 0, out_channels = 0;
  int out_pix_words = 0, out_row_words = 0;
  // Second operand (word 13): its zero point in unsigned form, whether it is signed (kAdd).
  bool wgt_zero = false, signed2 = false;
  int zero2 = 0;

  // kPack: positions that become weights of this many output channels; kConv behind it: the same.
  int packed_channels = 0;

  // Not fields: what the weight lines are packed from.
  int in_channels = 0, in_pix_words = 0;
  int lead = 0;              // elements in front of the window, weight 0
  bool dense = false;        // positions of the input without padding (see parts.hpp)
  int taps_per_segment = 0;  // kernel columns of a segment
  std::vector<std::int8_t>
      weights;  // codes [out, segment, tap, in]; 4-bit where the odd grid was recoded
  std::vector<std::int64_t> bias;  // with the zero point folded in, modulo 2^32
  std::vector<net::Requant> requant;
  std::vector<Levels> levels;       // per channel instead of requant; empty: requantize
  std::vector<std::uint8_t> table;  // kTable: 256 entries by the code in unsigned form

  /// One of the kinds without sums of the array.
  bool is_element() const { return op != Op::kConv && op != Op::kPack; }
  int segments() const { return kx_count * ky_count; }
  int segment_elements() const { return seg_words * 32 / act_bits; }
  /// Of a weight; kPack takes four steps a fetch, whatever it makes.
  int slices() const { return (op == Op::kPack ? act_bits : weight_bits) / 2; }
  int groups(const Geometry& g) const {
    return (segment_elements() + g.group_elements() - 1) / g.group_elements();
  }
  int tiles(const Geometry& g) const {
    const int channels = op == Op::kPack ? packed_channels : out_channels;
    return (channels + g.rows - 1) / g.rows;
  }
  /// Parameter entries. kPack: those of the channels that it makes, then its own.
  int entries(const Geometry& g) const {
    switch (op) {
      case Op::kMaxPool:
        return 1;
      case Op::kAdd:
        return 2;
      case Op::kTable:
        return 256 / (4 * g.rows);
      default:
        return tiles(g) + (op == Op::kPack ? 1 : 0);
    }
  }
  int tile_lines(const Geometry& g) const { return segments() * groups(g) * slices(); }
  int lines(const Geometry& g) const {
    return op == Op::kConv || op == Op::kPack ? tiles(g) * tile_lines(g) : 0;
  }
};

/// Levels of every channel of a layer with 2-bit codes, for job.levels; the job's operands and bias
/// are set. Empty where they cannot stand for the requantization: other widths, the layer that
/// gives the label, sums of more than 20 bits.
std::vector<Levels> threshold_levels(const net::Network& network, const net::Layer& layer,
                                     const ConvJob& job);

/// The three parameter words of a channel.
std::array<std::uint32_t, 3> level_words(const Levels& levels);

/// Value of job.weights[index].
inline int weight_of(const ConvJob& job, std::size_t index) {
  return job.odd ? 2 * job.weights[index] + 1 : job.weights[index];
}

/// The code that counts as 0 in the array, every two bits of it 1: 1, 5 or 85 for 2, 4, 8 bits.
inline int middle_code(int bits) { return ((1 << bits) - 1) / 3; }

/// Whether the geometry has the layer's kind and pool: TENDON_REASON_NONE, or why not.
std::uint32_t can_run(const net::Layer& layer, const Geometry& geometry);

/// kConv and kDense as one job. Neither a label nor levels nor split mode are chosen yet:
/// complete().
ConvJob lower(const net::Network& network, const net::Layer& layer);

/// kDepthwise and kAvgPool: each output channel sees one input channel. As a convolution most
/// weights are 0, so fewer channels at once cost fewer steps.
bool is_channelwise(net::LayerKind kind);

struct ChannelRange {
  int first = 0;  // on a word of the input
  int count = 0;
};

/// Some channels of a channelwise layer as a job; all of them: with whole kernel rows as segments.
ConvJob lower_channels(const net::Network& network, const net::Layer& layer,
                       const ChannelRange& range);

/// Makes the job the one that gives the label, or uses levels where they can stand for the
/// requantization; chooses split mode. TENDON_REASON_NONE, or why the geometry cannot run it.
std::uint32_t complete(const net::Network& network, const net::Layer& layer, bool argmax,
                       const Geometry& geometry, ConvJob& job);

/// What lower() shares with the kinds that are no convolutions (kinds.cpp): widths, signs, clamp,
/// channels, output layout, scales.
void set_operands(const net::Network& network, const net::Layer& layer, ConvJob& job);

/// Whether every field of the job's descriptor holds its value.
bool fields_fit(const ConvJob& job, const Geometry& geometry);

/// Positions left over at the end of a row: one by one with the whole line, or as one partial tile,
/// whichever the cycle model likes better.
void choose_split(const Geometry& geometry, ConvJob& job);

/// FEATURES bit of a rounding mode.
std::uint32_t rounding_feature(net::Rounding rounding);

/// FEATURES bits that the job needs.
std::uint32_t features(const ConvJob& job, net::LayerKind kind);

/// Weight lines of all channel tiles, lines() * line_bytes() bytes.
std::vector<std::uint8_t> weight_lines(const ConvJob& job, const Geometry& geometry);

/// Parameter entries of all channel tiles: {bias', M, S} per channel, channels behind the last
/// zero.
std::vector<std::uint32_t> param_entries(const ConvJob& job, const Geometry& geometry);

struct Places {
  int in_base = 0, out_base = 0;   // words
  int in2_base = 0;                // kAdd
  int wgt_base = 0, par_base = 0;  // lines, entries
  int tag = 0;
};

/// The 16 words. Every field is in range (lower() has checked those it knows, the planner the
/// bases).
std::vector<std::uint32_t> descriptor(const ConvJob& job, const Geometry& geometry,
                                      const Places& places);

}  // namespace tendon::compiler
