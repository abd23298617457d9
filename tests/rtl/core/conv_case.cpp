// SPDX-License-Identifier: MIT
#include "conv_case.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "golden/requantize.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::core_test {
namespace {

int ceil_div(int a, int b) { return (a + b - 1) / b; }

int width_code(int bits) { return bits == 2 ? 0 : bits == 4 ? 1 : 2; }

int unsigned_offset(const net::Tensor& t) { return t.is_signed ? 1 << (t.bits - 1) : 0; }

int weights_per_channel(const ConvCase& c) {
  const int taps = c.layer().row.kernel * c.layer().column.kernel;
  return c.depthwise() ? taps : taps * c.in().shape.channels;
}

int weight(const ConvCase& c, int channel, int index) {
  const auto at = static_cast<std::size_t>(channel * weights_per_channel(c) + index);
  return net::weight_value(c.layer().grid, c.layer().weights[at]);
}

int weight_sum(const ConvCase& c, int channel) {
  int sum = 0;
  for (int i = 0; i < weights_per_channel(c); ++i) sum += weight(c, channel, i);
  return sum;
}

std::int32_t folded_bias(const ConvCase& c, int channel) {
  const int middle = ((1 << c.in().bits) - 1) / 3;
  const int zero = c.in().zero_point + unsigned_offset(c.in()) - middle;
  return c.layer().bias[static_cast<std::size_t>(channel)] - zero * weight_sum(c, channel);
}

// Largest |U - K A|, which is acc without the folded bias.
std::int64_t raw_bound(const ConvCase& c, int channel) {
  std::int64_t sum = 0;
  for (int i = 0; i < weights_per_channel(c); ++i) sum += std::abs(weight(c, channel, i));
  return sum * ((1 << c.in().bits) - 1);
}

}  // namespace

int ConvCase::pixel_words(const net::Tensor& tensor) const {
  return ceil_div(tensor.shape.channels * tensor.bits, 32);
}

int ConvCase::tensor_words(const net::Tensor& tensor) const {
  return tensor.shape.rows * tensor.shape.columns * pixel_words(tensor);
}

int ConvCase::segments_x() const {
  return layer().column.dilation == 1 && !depthwise() ? 1 : layer().column.kernel;
}

int ConvCase::tap_words(const Geometry& g) const {
  return depthwise() ? ceil_div(g.rows * in().bits, 32) : pixel_words(in());
}

int ConvCase::segment_words(const Geometry& g) const {
  return layer().column.kernel / segments_x() * tap_words(g);
}

int ConvCase::tile_lines(const Geometry& g) const {
  const int elements = segment_words(g) * 32 / in().bits;
  return segments_x() * layer().row.kernel * ceil_div(elements, g.group_elements()) *
         (layer().weight_bits / 2);
}

int ConvCase::tiles(const Geometry& g) const { return ceil_div(out().shape.channels, g.rows); }

bool ConvCase::fits(const Geometry& g) const {
  return tensor_words(in()) + tensor_words(out()) <= g.act_words &&
         tile_lines(g) * tiles(g) <= g.wgt_lines && tiles(g) <= g.par_entries;
}

bool ConvCase::is_narrow() const { return net::accumulator_bound(network, layer()) < (1 << 16); }

bool ConvCase::can_threshold() const {
  if (out().bits != 2) return false;
  for (int o = 0; o < out().shape.channels; ++o) {
    if (raw_bound(*this, o) >= (1 << 19) - 1) return false;
  }
  return true;
}

std::string ConvCase::describe() const {
  const net::Layer& l = layer();
  std::string text = std::string(depthwise() ? "depthwise " : "") + "in " +
                     net::to_string(in().shape) + " " + std::to_string(in().bits) +
                     (in().is_signed ? "s" : "u") + " zx " + std::to_string(in().zero_point) +
                     ", out " + net::to_string(out().shape) + " " + std::to_string(out().bits) +
                     (out().is_signed ? "s" : "u") + ", w" + std::to_string(l.weight_bits) +
                     (l.grid == net::WeightGrid::kOdd ? " odd" : "");
  for (const net::Axis& a : {l.row, l.column}) {
    text += ", k" + std::to_string(a.kernel) + " s" + std::to_string(a.stride) + " d" +
            std::to_string(a.dilation) + " p" + std::to_string(a.pad_begin) + "," +
            std::to_string(a.pad_end);
  }
  text += ", rounding " + std::to_string(static_cast<int>(l.rounding)) + ", pool " +
          std::to_string(l.fused_pool);
  if (options.split) text += ", split";
  if (options.narrow) text += ", narrow";
  if (options.argmax) text += ", argmax";
  if (options.thresholds) text += ", thresholds";
  return text;
}

Descriptor descriptor(const ConvCase& c, const Geometry& g) {
  const net::Layer& l = c.layer();
  Descriptor d{};
  const auto put = [&d](int word, int lsb, int width, int value) {
    const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << width) - 1);
    d[static_cast<std::size_t>(word)] |= (static_cast<std::uint32_t>(value) & mask) << lsb;
  };
  const int pix = c.pixel_words(c.in());
  put(0, 0, 8, 3);
  put(1, 0, 2, width_code(c.in().bits));
  put(1, 2, 2, width_code(l.weight_bits));
  put(1, 4, 2, width_code(c.out().bits));
  put(1, 6, 1, c.in().is_signed);
  put(1, 7, 1, l.grid == net::WeightGrid::kOdd);
  put(1, 8, 3, static_cast<int>(l.rounding));
  put(1, 11, 1, c.options.narrow);
  put(1, 12, 2, l.fused_pool == 4 ? 2 : l.fused_pool - 1);
  put(1, 14, 1, c.options.split);
  put(1, 15, 1, c.options.argmax);
  put(1, 16, 8, c.in().zero_point);
  put(1, 24, 1, c.options.thresholds);
  put(1, 25, 1, c.depthwise());
  put(2, 0, 9, c.options.thresholds ? c.out().code_min() : c.out().zero_point);
  put(2, 10, 9, l.lo);
  put(2, 20, 9, l.hi);
  put(3, 0, 16, c.places.in_base);
  put(3, 16, 16, c.places.out_base);
  put(4, 0, 16, c.places.wgt_base);
  put(4, 16, 16, c.places.par_base);
  put(5, 0, 16, c.in().shape.columns * pix);
  put(5, 16, 16, c.in().shape.rows);
  put(6, 0, 16, -l.column.pad_begin * pix);
  put(6, 16, 16, -l.row.pad_begin);
  put(7, 0, 16, l.column.stride * pix);
  put(7, 16, 16, l.row.stride);
  put(8, 0, 16, c.segment_words(g));
  put(8, 16, 8, c.segments_x());
  put(8, 24, 8, l.row.kernel);
  put(9, 0, 16, l.column.dilation * pix);
  put(9, 16, 16, l.row.dilation);
  put(10, 0, 16, c.out().shape.columns * l.fused_pool);
  put(10, 16, 16, c.out().shape.rows);
  put(11, 0, 16, c.out().shape.channels);
  put(11, 16, 16, c.tile_lines(g));
  put(12, 0, 16, c.pixel_words(c.out()));
  put(12, 16, 16, c.pixel_words(c.out()) * c.out().shape.columns);
  std::uint32_t check = 0xFFFFFFFFu;
  for (int i = 0; i < 15; ++i) check ^= d[static_cast<std::size_t>(i)];
  d[15] = check;
  return d;
}

std::vector<std::uint32_t> weight_image(const ConvCase& c, const Geometry& g) {
  const net::Layer& l = c.layer();
  const int tap_words = c.tap_words(g);
  const int per_word = 32 / c.in().bits;
  const int channels = c.in().shape.channels;
  const int slices = l.weight_bits / 2;
  const int taps = l.column.kernel / c.segments_x();  // per segment
  const int groups = ceil_div(c.segment_words(g) * per_word, g.group_elements());
  const int zero = 1 << (l.weight_bits - 1);
  std::vector<std::uint32_t> words(
      static_cast<std::size_t>(c.tiles(g) * c.tile_lines(g) * g.line_words()));
  for (int o = 0; o < c.tiles(g) * g.rows; ++o) {
    for (int segment = 0; segment < c.segments_x() * l.row.kernel; ++segment) {
      for (int e = 0; e < groups * g.group_elements(); ++e) {
        const int tap = e / per_word / tap_words;
        int channel = e - tap * tap_words * per_word;
        // Depthwise: the words begin with the first channel of a word of the tile's.
        const int first = o / g.rows * g.rows / per_word * per_word;
        const bool wanted = c.depthwise() ? first + channel == o : channel < channels;
        if (c.depthwise()) channel = 0;
        int code = zero;
        if (o < c.out().shape.channels && tap < taps && wanted) {
          const int index = (segment * taps + tap) * (c.depthwise() ? 1 : channels) + channel;
          code += l.weights[static_cast<std::size_t>(o * weights_per_channel(c) + index)];
        }
        // Where element e of a group sits: bytes of a fetch are lanes, chunks go to their words.
        const int in_group = e % g.group_elements();
        const int fetch_elements = 8 * g.lanes / c.in().bits;
        const int in_fetch = in_group % fetch_elements;
        const int fetch = in_group / fetch_elements;
        const int per_lane = 8 / c.in().bits;
        const int lane = in_fetch / per_lane;
        const int slot = fetch * per_lane + in_fetch % per_lane;
        for (int s = 0; s < slices; ++s) {
          const int line = o / g.rows * c.tile_lines(g) +
                           (segment * groups + e / g.group_elements()) * slices + s;
          const int bit = o % g.rows * 8 * g.lanes + slot * 2 * g.lanes + lane * 2;
          words[static_cast<std::size_t>(line * g.line_words() + bit / 32)] |=
              static_cast<std::uint32_t>(code >> (2 * s) & 3) << (bit % 32);
        }
      }
    }
  }
  return words;
}

namespace {

// Smallest acc whose code is at least `code`, minus the folded bias; 20 bits.
std::int32_t threshold(const ConvCase& c, int channel, int code) {
  const net::Layer& l = c.layer();
  const auto o = static_cast<std::size_t>(channel);
  const std::int64_t bias = folded_bias(c, channel);
  std::int64_t low = -raw_bound(c, channel), high = raw_bound(c, channel) + 1;
  while (low < high) {
    const std::int64_t middle = (low + high) >> 1;
    const auto acc = static_cast<std::int32_t>(middle + bias);
    if (golden::requantize(acc, l.requant[o], l, c.out().zero_point) >= code) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return static_cast<std::int32_t>(low);
}

}  // namespace

std::vector<std::uint32_t> param_image(const ConvCase& c, const Geometry& g) {
  std::vector<std::uint32_t> words(static_cast<std::size_t>(c.tiles(g) * g.rows * 3));
  for (int o = 0; o < c.out().shape.channels; ++o) {
    const auto at = static_cast<std::size_t>(3 * o);
    if (c.options.thresholds) {
      std::uint32_t t[3];
      for (int i = 0; i < 3; ++i) {
        t[i] = static_cast<std::uint32_t>(threshold(c, o, c.out().code_min() + 1 + i)) & 0xFFFFFu;
      }
      words[at] = t[0] | t[2] << 20;
      words[at + 1] = t[1] | (t[2] >> 12 & 0xF) << 20;
      words[at + 2] = t[2] >> 16;
    } else {
      const net::Requant& r = c.layer().requant[static_cast<std::size_t>(o)];
      words[at] = static_cast<std::uint32_t>(folded_bias(c, o));
      words[at + 1] = static_cast<std::uint32_t>(r.multiplier);
      words[at + 2] = static_cast<std::uint32_t>(r.shift);
    }
  }
  return words;
}

std::vector<std::uint32_t> pack(const net::Tensor& tensor, const std::vector<std::int16_t>& codes) {
  const int pix = ceil_div(tensor.shape.channels * tensor.bits, 32);
  std::vector<std::uint32_t> words(
      static_cast<std::size_t>(tensor.shape.rows * tensor.shape.columns * pix));
  const auto mask = static_cast<std::uint32_t>((1u << tensor.bits) - 1);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const int position = static_cast<int>(i) / tensor.shape.channels;
    const int bit = static_cast<int>(i) % tensor.shape.channels * tensor.bits;
    words[static_cast<std::size_t>(position * pix + bit / 32)] |=
        (static_cast<std::uint32_t>(codes[i]) & mask) << (bit % 32);
  }
  return words;
}

std::vector<std::int16_t> random_codes(std::mt19937_64& rng, const net::Tensor& tensor) {
  std::uniform_int_distribution<int> any(tensor.code_min(), tensor.code_max());
  std::vector<std::int16_t> codes(static_cast<std::size_t>(tensor.shape.size()));
  for (std::int16_t& code : codes) code = static_cast<std::int16_t>(any(rng));
  return codes;
}

}  // namespace tendon::core_test
