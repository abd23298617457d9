// SPDX-License-Identifier: MIT
#include "compiler/parts.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "compiler/cycles.hpp"
#include "net/pack.hpp"
#include "tendon/tendon_program.h"

namespace tendon::compiler {
namespace {

const net::Tensor& input(const LayerContext& context) {
  return context.network.tensors[static_cast<std::size_t>(context.layer.inputs[0])];
}

int floor_div(int a, int b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

int ceil_div(int a, int b) { return (a + b - 1) / b; }

/// Cycles of a layer that starts a chain with the load of its input: what variants differ in.
std::uint64_t cost(const LayerCode& code, const net::Tensor& in, const Geometry& g) {
  ChainPlace place;
  place.loaded_bytes =
      static_cast<std::uint64_t>(code.dense_input ? dense_words(in) : padded_words(in)) * 4;
  std::uint64_t cycles = 0;
  for (const Part& part : code.parts) {
    const std::vector<std::uint32_t> words = descriptor(part.job, g, {});
    cycles += predict_start(words, place, g);
    place.previous = predict(words, place, g).total();
    cycles += place.previous;
    ++place.index;
  }
  return cycles;
}

/// The last position alone, with the label, behind all positions without it.
std::optional<LayerCode> label_apart(const LayerContext& context, const ConvJob& job,
                                     const Geometry& g) {
  if (!context.last || job.out_cols * job.out_rows == 1) return std::nullopt;
  LayerCode code;
  Part all, last;
  all.job = last.job = job;
  last.job.x_start += (job.out_cols - 1) * job.pos_step;
  last.job.y_start += (job.out_rows - 1) * job.row_step;
  last.job.row_step = 0;
  last.job.out_cols = last.job.out_rows = 1;
  last.job.out_row_words = job.out_pix_words;
  last.out_offset = (job.out_rows - 1) * job.out_row_words + (job.out_cols - 1) * job.out_pix_words;
  last.lines_of = 0;
  if (complete(context.network, context.layer, false, g, all.job) != TENDON_REASON_NONE)
    return std::nullopt;
  if (complete(context.network, context.layer, true, g, last.job) != TENDON_REASON_NONE)
    return std::nullopt;
  if (all.job.levels.empty()) last.params_of = 0;
  code.parts = {all, last};
  return code;
}

/// Positions of the output whose windows start at the same place inside a word.
Part phase(const LayerContext& context, const ConvJob& job, int p, int phases) {
  const net::Tensor& in = input(context);
  const net::Axis& column = context.layer.column;
  const int position_bits = in.shape.channels * in.bits;
  const int start_bit = (p * column.stride - column.pad_begin) * position_bits;
  Part part;
  part.job = job;
  ConvJob& j = part.job;
  j.dense = true;
  j.x_start = floor_div(start_bit, 32);
  j.lead = (start_bit - j.x_start * 32) / in.bits;
  j.seg_words = ceil_div(j.lead * in.bits + column.kernel * position_bits, 32);
  j.pos_step = phases * column.stride * position_bits / 32;
  j.in_row_words = ceil_div(in.shape.columns * position_bits, 32);
  j.out_cols = ceil_div(job.out_cols - p, phases);
  j.out_pix_words = phases * job.out_pix_words;
  if (job.out_rows == 1) j.out_row_words = (j.out_cols - 1) * j.out_pix_words + job.out_pix_words;
  part.out_offset = p * job.out_pix_words;
  part.params_of = p == 0 ? -1 : 0;
  return part;
}

std::optional<LayerCode> repacked(const LayerContext& context, const ConvJob& job,
                                  const Geometry& g) {
  constexpr int kMostPhases = 8;
  const net::Tensor& in = input(context);
  const int step_bits = context.layer.column.stride * in.shape.channels * in.bits;
  int phases = 1;
  while (phases * step_bits % 32 != 0) phases *= 2;
  const bool fits = context.may_repack && !context.last && job.pool == 1 && job.kx_count == 1 &&
                    !job.odd && context.layer.kind == net::LayerKind::kConv &&
                    phases <= kMostPhases && phases <= job.out_cols &&
                    in.shape.channels * in.bits % 32 != 0;
  if (!fits) return std::nullopt;
  LayerCode code;
  code.dense_input = true;
  for (int p = 0; p < phases; ++p) {
    Part part = phase(context, job, p, phases);
    if (complete(context.network, context.layer, false, g, part.job) != TENDON_REASON_NONE)
      return std::nullopt;
    code.parts.push_back(std::move(part));
  }
  return code;
}

ConvJob lowered(const LayerContext& context) {
  if (!is_channelwise(context.layer.kind)) return lower(context.network, context.layer);
  return lower_channels(context.network, context.layer, {0, input(context).shape.channels});
}

/// A channelwise layer in parts of as many channels as a fetch holds: its other channels are not
/// read.
std::optional<LayerCode> by_fetches(const LayerContext& context, const Geometry& g) {
  const net::Tensor& in = input(context);
  const int channels = g.fetch_words() * 32 / in.bits;
  if (!is_channelwise(context.layer.kind) || in.shape.channels <= channels) return std::nullopt;
  LayerCode code;
  for (int first = 0; first < in.shape.channels; first += channels) {
    Part part;
    part.job = lower_channels(context.network, context.layer,
                              {first, std::min(channels, in.shape.channels - first)});
    if (complete(context.network, context.layer, false, g, part.job) != TENDON_REASON_NONE) {
      return std::nullopt;
    }
    part.out_offset = first * part.job.out_bits / 32;
    code.parts.push_back(std::move(part));
  }
  if (!context.last) return code;
  // The label needs all channels of the last position in one descriptor.
  std::optional<LayerCode> label = label_apart(context, lowered(context), g);
  if (!label) return std::nullopt;
  label->parts[1].lines_of = label->parts[1].params_of = -1;
  code.parts.push_back(std::move(label->parts[1]));
  return code;
}

}  // namespace

ConvJob whole_job(const LayerContext& context, const Geometry& geometry) {
  ConvJob job = lowered(context);
  TENDON_CHECK_EQ(complete(context.network, context.layer, context.last, geometry, job),
                  TENDON_REASON_NONE);
  return job;
}

int padded_words(const net::Tensor& t) {
  return t.shape.rows * t.shape.columns * net::words_per_row(t.shape.channels, t.bits);
}

int dense_words(const net::Tensor& t) {
  return t.shape.rows * net::words_per_row(t.shape.columns * t.shape.channels, t.bits);
}

int LayerCode::lines(const Geometry& g) const {
  int sum = 0;
  for (const Part& part : parts) sum += part.lines_of < 0 ? part.job.lines(g) : 0;
  return sum;
}

int LayerCode::entries(const Geometry& g) const {
  int sum = 0;
  for (const Part& part : parts) sum += part.params_of < 0 ? part.job.entries(g) : 0;
  return sum;
}

int LayerCode::out_words() const {
  int most = 0;
  for (const Part& part : parts) {
    most = std::max(most, part.out_offset + part.job.out_rows * part.job.out_row_words);
  }
  return most;
}

std::variant<LayerCode, std::uint32_t> best_code(const LayerContext& context,
                                                 const Geometry& geometry) {
  const std::uint32_t possible = can_run(context.layer, geometry);
  if (possible != TENDON_REASON_NONE) return possible;
  if (has_own_opcode(context.layer.kind)) return kind_code(context, geometry);
  const ConvJob job = lowered(context);
  LayerCode best;
  best.parts.resize(1);
  best.parts[0].job = job;
  const std::uint32_t reason =
      complete(context.network, context.layer, context.last, geometry, best.parts[0].job);
  if (reason != TENDON_REASON_NONE) return reason;
  std::uint64_t lowest = cost(best, input(context), geometry);
  for (std::optional<LayerCode>& other :
       std::array{label_apart(context, job, geometry), repacked(context, job, geometry),
                  by_fetches(context, geometry)}) {
    if (!other) continue;
    const std::uint64_t cycles = cost(*other, input(context), geometry);
    if (cycles >= lowest) continue;
    lowest = cycles;
    best = std::move(*other);
  }
  return best;
}

}  // namespace tendon::compiler
