// SPDX-License-Identifier: MIT
#include "reference.hpp"

namespace tendon::reference {
namespace {

using net::Layer;
using net::LayerKind;
using net::Network;
using net::Tensor;

std::int64_t weight(const Layer& layer, std::int64_t index) {
  const std::int64_t code = layer.weights[static_cast<std::size_t>(index)];
  return layer.grid == net::WeightGrid::kOdd ? 2 * code + 1 : code;
}

/// Long double holds every product exactly (64-bit significand).
std::int64_t rounded(long double product, int shift, net::Rounding rounding) {
  const long double exact = std::ldexp(product, -shift);
  switch (rounding) {
    case net::Rounding::kFloat:
      return static_cast<std::int64_t>(std::nearbyint(static_cast<float>(exact)));
    case net::Rounding::kEven:
      return static_cast<std::int64_t>(std::nearbyint(exact));
    case net::Rounding::kUp:
      return static_cast<std::int64_t>(std::floor(exact + 0.5L));
    case net::Rounding::kFloor:
      return static_cast<std::int64_t>(std::floor(exact));
    case net::Rounding::kTflite: {
      const long double high = std::floor(std::ldexp(product, -31) + 0.5L);
      return static_cast<std::int64_t>(std::round(std::ldexp(high, 31 - shift)));  // away from zero
    }
  }
  return 0;
}

class Runner {
 public:
  Runner(const Network& network, const Layer& layer, const std::vector<Values>& tensors)
      : network_(network), layer_(layer), tensors_(tensors) {}

  std::int64_t y0 = 0, x0 = 0;  // output position before the pool

  const Tensor& in(std::size_t which = 0) const {
    return network_.tensors[static_cast<std::size_t>(layer_.inputs[which])];
  }
  const Tensor& out() const { return network_.tensors[static_cast<std::size_t>(layer_.output)]; }

  /// Code minus zero point at [row, column, channel].
  std::int64_t centered(std::int64_t r, std::int64_t c, std::int64_t channel,
                        std::size_t which = 0) const {
    const net::Shape& s = in(which).shape;
    const auto index = static_cast<std::size_t>((r * s.columns + c) * s.channels + channel);
    return tensors_[static_cast<std::size_t>(layer_.inputs[which])][index] - in(which).zero_point;
  }

  /// Calls use(ky, kx, row, column) for every tap that lies inside the input.
  template <typename Use>
  void for_taps(Use use) const {
    for (std::int64_t ky = 0; ky < layer_.row.kernel; ++ky) {
      for (std::int64_t kx = 0; kx < layer_.column.kernel; ++kx) {
        const std::int64_t r =
            y0 * layer_.row.stride + ky * layer_.row.dilation - layer_.row.pad_begin;
        const std::int64_t c =
            x0 * layer_.column.stride + kx * layer_.column.dilation - layer_.column.pad_begin;
        if (r >= 0 && c >= 0 && r < in().shape.rows && c < in().shape.columns) use(ky, kx, r, c);
      }
    }
  }

  std::int64_t accumulator(std::int64_t channel) const {
    const net::Shape& s = in().shape;
    const auto bias = [&] { return std::int64_t{layer_.bias[static_cast<std::size_t>(channel)]}; };
    std::int64_t sum = 0;
    switch (layer_.kind) {
      case LayerKind::kConv:
        for_taps([&](auto ky, auto kx, auto r, auto c) {
          for (std::int64_t i = 0; i < s.channels; ++i) {
            const std::int64_t tap = (channel * layer_.row.kernel + ky) * layer_.column.kernel + kx;
            sum += weight(layer_, tap * s.channels + i) * centered(r, c, i);
          }
        });
        return sum + bias();
      case LayerKind::kDense:
        for (std::int64_t i = 0; i < s.size(); ++i) {
          sum += weight(layer_, channel * s.size() + i) * centered(0, 0, i);
        }
        return sum + bias();
      case LayerKind::kDepthwise:
        for_taps([&](auto ky, auto kx, auto r, auto c) {
          sum += weight(layer_, (channel * layer_.row.kernel + ky) * layer_.column.kernel + kx) *
                 centered(r, c, channel);
        });
        return sum + bias();
      case LayerKind::kAvgPool:
        for_taps([&](auto, auto, auto r, auto c) { sum += centered(r, c, channel); });
        return sum;
      case LayerKind::kGemm:
        for (std::int64_t k = 0; k < s.channels; ++k) {
          sum += centered(y0, x0, k, 0) * centered(y0, channel, k, 1);
        }
        return sum;
      default:
        return 0;
    }
  }

  std::int64_t code(std::int64_t channel) const {
    const net::Shape& s = in().shape;
    const auto here = static_cast<std::size_t>((y0 * s.columns + x0) * s.channels + channel);
    const auto of = [&](std::size_t which) -> const Values& {
      return tensors_[static_cast<std::size_t>(layer_.inputs[which])];
    };
    switch (layer_.kind) {
      case LayerKind::kMaxPool: {
        std::int64_t best = -1000;
        for_taps([&](auto, auto, auto r, auto c) {
          const std::int64_t value = centered(r, c, channel) + in().zero_point;
          if (value > best) best = value;
        });
        return best;
      }
      case LayerKind::kTable: {
        const std::int64_t entry = layer_.table[static_cast<std::size_t>(of(0)[here] & 0xFF)];
        return out().is_signed || entry >= 0 ? entry : entry + 256;
      }
      case LayerKind::kAdd:
        return clamp(rounded(static_cast<long double>(
                                 (of(0)[here] - in(0).zero_point) * layer_.requant[0].multiplier +
                                 (of(1)[here] - in(1).zero_point) * layer_.requant[1].multiplier),
                             layer_.requant[0].shift, layer_.rounding));
      default: {
        const std::size_t scales = layer_.requant.size();
        const net::Requant& scale =
            layer_.requant[scales == 1 ? 0 : static_cast<std::size_t>(channel)];
        const auto acc = static_cast<long double>(accumulator(channel));
        return clamp(rounded(acc * scale.multiplier, scale.shift, layer_.rounding));
      }
    }
  }

 private:
  std::int64_t clamp(std::int64_t value) const {
    value += out().zero_point;
    return value < layer_.lo ? layer_.lo : (value > layer_.hi ? layer_.hi : value);
  }

  const Network& network_;
  const Layer& layer_;
  const std::vector<Values>& tensors_;
};

void run_layer(const Network& network, const Layer& layer, Outcome& outcome) {
  Runner runner(network, layer, outcome.tensors);
  const net::Shape& shape = runner.out().shape;
  Values codes(static_cast<std::size_t>(shape.size()), -1000);
  outcome.accumulators.clear();
  for (std::int64_t y = 0; y < shape.rows; ++y) {
    for (std::int64_t x = 0; x < shape.columns * layer.fused_pool; ++x) {
      for (std::int64_t o = 0; o < shape.channels; ++o) {
        runner.y0 = y;
        runner.x0 = x;
        const std::int64_t code = runner.code(o);
        const std::int64_t at = (y * shape.columns + x / layer.fused_pool) * shape.channels + o;
        std::int64_t& best = codes[static_cast<std::size_t>(at)];
        if (code > best) best = code;
        if (net::has_accumulators(layer.kind))
          outcome.accumulators.push_back(runner.accumulator(o));
      }
    }
  }
  outcome.tensors[static_cast<std::size_t>(layer.output)] = codes;
}

int label_of(const Values& values, int channels) {
  const std::size_t first = values.size() - static_cast<std::size_t>(channels);
  std::size_t best = first;
  for (std::size_t i = first; i < values.size(); ++i) {
    if (values[i] > values[best]) best = i;
  }
  return static_cast<int>(best - first);
}

}  // namespace

Outcome run(const Network& network, std::span<const std::uint8_t> window) {
  Outcome outcome;
  outcome.tensors.resize(network.tensors.size());
  for (const std::uint8_t byte : window) {
    const std::int64_t code = byte;
    outcome.tensors[0].push_back(network.tensors[0].is_signed && code > 127 ? code - 256 : code);
  }
  for (const Layer& layer : network.layers) run_layer(network, layer, outcome);
  const auto last = static_cast<std::size_t>(network.layers.back().output);
  const Values& scores =
      outcome.accumulators.empty() ? outcome.tensors[last] : outcome.accumulators;
  outcome.label = label_of(scores, network.tensors[last].shape.channels);
  return outcome;
}

}  // namespace tendon::reference
