// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "conv_case.hpp"

namespace tendon::core_test {
namespace {

int between(std::mt19937_64& rng, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(rng);
}

int one_of(std::mt19937_64& rng, std::initializer_list<int> values) {
  return *(values.begin() + between(rng, 0, static_cast<int>(values.size()) - 1));
}

bool maybe(std::mt19937_64& rng) { return between(rng, 0, 1) == 1; }

net::Tensor random_tensor(std::mt19937_64& rng) {
  net::Tensor t;
  t.bits = one_of(rng, {2, 4, 8});
  t.is_signed = maybe(rng);
  t.zero_point = between(rng, t.code_min(), t.code_max());
  return t;
}

net::Axis random_axis(std::mt19937_64& rng, bool two_d) {
  net::Axis a;
  if (!two_d) return a;
  a.kernel = one_of(rng, {1, 2, 3, 3, 5, 7});
  a.stride = one_of(rng, {1, 1, 2, 3});
  a.dilation = one_of(rng, {1, 1, 2});
  a.pad_begin = between(rng, 0, a.kernel);
  a.pad_end = between(rng, 0, a.kernel);
  return a;
}

int random_size(std::mt19937_64& rng) { return one_of(rng, {1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 25}); }

int random_channels(std::mt19937_64& rng) {
  return one_of(rng, {1, 2, 3, 4, 5, 8, 10, 15, 16, 17, 24, 31, 32, 33, 61, 64});
}

// A scale that spreads the accumulators over about the whole output range, and often onto ties.
net::Requant random_requant(std::mt19937_64& rng, std::int64_t bound, int range, bool tflite) {
  const int kind = between(rng, 0, 9);
  if (kind == 0) return {0, tflite ? between(rng, 31, 62) : between(rng, 0, 63)};
  const double scale = static_cast<double>(range) / static_cast<double>(bound + 1) *
                       std::pow(2.0, between(rng, -2, 3));
  int exponent = 0;
  std::frexp(scale, &exponent);
  if (tflite) {
    const int significand = kind < 4 ? 1 << 30 : between(rng, 1 << 30, 0x7FFFFFFF);
    return {significand, std::clamp(31 - exponent, 31, 62)};
  }
  const int shift = std::clamp(24 - exponent, 0, 63);
  // A power of two gives exact halves.
  const int multiplier = kind < 4 ? 1 << 23 : between(rng, 1 << 23, (1 << 24) - 1);
  return {multiplier, shift};
}

void fill_weights(std::mt19937_64& rng, ConvCase& c) {
  net::Layer& l = c.network.layers[0];
  const int per_channel =
      l.row.kernel * l.column.kernel * (c.depthwise() ? 1 : c.in().shape.channels);
  const int outputs = c.out().shape.channels;
  const int low = -(1 << (l.weight_bits - 1)), high = (1 << (l.weight_bits - 1)) - 1;
  const bool small = between(rng, 0, 3) == 0;
  for (int i = 0; i < per_channel * outputs; ++i) {
    const int code =
        small ? between(rng, std::max(low, -2), std::min(high, 1)) : between(rng, low, high);
    l.weights.push_back(static_cast<std::int8_t>(code));
  }
  for (int o = 0; o < outputs; ++o) {
    l.bias.push_back(between(rng, 0, 3) == 0 ? 0 : between(rng, -2000, 2000));
    l.weight_scales.push_back(1.0f);
  }
  const std::int64_t bound = net::accumulator_bound(c.network, l);
  for (int o = 0; o < outputs; ++o)
    l.requant.push_back(
        random_requant(rng, bound, 1 << c.out().bits, l.rounding == net::Rounding::kTflite));
}

ConvCase draft(std::mt19937_64& rng, const Geometry& g) {
  ConvCase c;
  c.network.name = "case";
  net::Layer l;
  l.name = "conv";
  l.inputs = {0};
  l.output = 1;
  const bool two_d = maybe(rng);
  l.row = random_axis(rng, two_d);
  l.column = random_axis(rng, true);
  l.weight_bits = one_of(rng, {2, 4, 8});
  l.rounding = static_cast<net::Rounding>(one_of(rng, {0, 0, 1, 2, 4}));
  if (g.tflite && maybe(rng)) l.rounding = net::Rounding::kTflite;
  l.fused_pool = one_of(rng, {1, 1, 1, 2, 4});
  if (l.fused_pool > g.columns) l.fused_pool = 1;
  net::Tensor in = random_tensor(rng), out = random_tensor(rng);
  in.name = "in";
  out.name = "out";
  in.shape = {two_d ? random_size(rng) : 1, random_size(rng), random_channels(rng)};
  if (between(rng, 0, 3) == 0) {
    l.kind = net::LayerKind::kDepthwise;
    l.fused_pool = 1;
  }
  if (l.kind == net::LayerKind::kConv && l.weight_bits == 2 &&
      in.shape.channels * in.bits % 32 == 0 && maybe(rng)) {
    l.grid = net::WeightGrid::kOdd;
  }
  out.shape = {l.row.out(in.shape.rows), l.column.out(in.shape.columns) / l.fused_pool,
               l.kind == net::LayerKind::kConv ? random_channels(rng) : in.shape.channels};
  l.lo = maybe(rng) ? out.code_min() : between(rng, out.code_min(), out.code_max());
  l.hi = maybe(rng) ? out.code_max() : between(rng, l.lo, out.code_max());
  c.network.tensors = {in, out};
  c.network.input_coding.gain.assign(static_cast<std::size_t>(in.shape.channels), 1.0f);
  c.network.input_coding.table.assign(256, 0);
  c.network.classes.assign(static_cast<std::size_t>(out.shape.channels), "class");
  c.network.layers = {l};
  return c;
}

// Only an inner layer may have a fused pool, so something has to follow.
void add_last_layer(ConvCase& c) {
  net::Layer last;
  last.name = "last";
  last.kind = net::LayerKind::kTable;
  last.inputs = {1};
  last.output = 2;
  last.lo = c.out().code_min();
  last.hi = c.out().code_max();
  last.table.assign(256, static_cast<std::int8_t>(last.lo));
  c.network.layers.push_back(last);
  net::Tensor tensor = c.out();
  tensor.name = "last";
  c.network.tensors.push_back(tensor);
}

bool has_output(const ConvCase& c) {
  const net::Layer& l = c.layer();
  const auto span = [](const net::Axis& a, int in) {
    return in + a.pad_begin + a.pad_end - a.dilation * (a.kernel - 1) >= 1;
  };
  return span(l.row, c.in().shape.rows) && span(l.column, c.in().shape.columns) &&
         c.out().shape.columns >= 1;
}

}  // namespace

ConvCase random_case(std::mt19937_64& rng, const Geometry& g) {
  while (true) {
    ConvCase c = draft(rng, g);
    if (!has_output(c) || !c.fits(g)) continue;
    fill_weights(rng, c);
    if (c.layer().fused_pool > 1) add_last_layer(c);
    const std::int64_t bound = net::accumulator_bound(c.network, c.layer());
    if (c.layer().rounding == net::Rounding::kFloat && bound >= 1 << 24) continue;

    if (!net::check(c.network).has_value()) continue;  // paddings of a whole window
    c.options.split = g.columns > 1 && maybe(rng);
    c.options.narrow = c.is_narrow() && maybe(rng);
    c.options.thresholds = c.can_threshold() && maybe(rng);
    c.options.argmax =
        !c.options.thresholds && c.layer().fused_pool == 1 && between(rng, 0, 3) == 0;
    const int in_words = c.tensor_words(c.in()), out_words = c.tensor_words(c.out());
    const int slack = g.act_words - in_words - out_words;
    const bool in_first = maybe(rng);
    const int first = between(rng, 0, slack);
    c.places.in_base = in_first ? first : first + out_words;
    c.places.out_base = in_first ? first + in_words : first;
    c.places.wgt_base = between(rng, 0, g.wgt_lines - c.tile_lines(g) * c.tiles(g));
    c.places.par_base = between(rng, 0, g.par_entries - c.tiles(g));
    return c;
  }
}

}  // namespace tendon::core_test
