// SPDX-License-Identifier: MIT
#include "random_network.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "golden/golden.hpp"
#include "net/scale.hpp"

namespace tendon::test {
namespace {

using net::LayerKind;
using net::Rounding;

int pick(Random& random, int from, int to) {
  return std::uniform_int_distribution<int>(from, to)(random);
}

// Ragged on purpose: one, around lane counts, primes.
int pick_size(Random& random, int largest) {
  constexpr int kSizes[] = {1, 2, 3, 4, 5, 7, 8, 11, 13, 15, 16, 17, 24, 25, 31, 32, 33};
  int size = 0;
  do {
    size = kSizes[static_cast<std::size_t>(pick(random, 0, 16))];
  } while (size > largest);
  return size;
}

net::Tensor random_tensor(const char* name, net::Shape shape, int bits, Random& random) {
  net::Tensor tensor;
  tensor.name = name;
  tensor.shape = shape;
  tensor.bits = bits;
  tensor.is_signed = pick(random, 0, 1) != 0;
  tensor.scale = 0.01f;
  tensor.zero_point = pick(random, 0, 2) == 0 ? pick(random, tensor.code_min(), tensor.code_max())
                                              : std::max(0, tensor.code_min());
  return tensor;
}

net::Axis random_axis(int in, int largest_kernel, Random& random) {
  net::Axis axis;
  do {
    axis.kernel = pick(random, 1, largest_kernel);
    axis.stride = pick(random, 1, 3);
    axis.dilation = pick(random, 1, 2);
    const int extent = axis.dilation * (axis.kernel - 1) + 1;
    axis.pad_begin = pick(random, 0, extent - 1);
    axis.pad_end = pick(random, 0, extent - 1);
  } while (in + axis.pad_begin + axis.pad_end < axis.dilation * (axis.kernel - 1) + 1);
  return axis;
}

bool is_windowed(LayerKind kind) {
  return kind == LayerKind::kConv || kind == LayerKind::kDepthwise || kind == LayerKind::kMaxPool ||
         kind == LayerKind::kAvgPool;
}

void random_weights(net::Layer& layer, int outputs, int per_channel, Random& random) {
  const int half = 1 << (layer.weight_bits - 1);
  layer.weights.resize(static_cast<std::size_t>(outputs * per_channel));
  // One layer in four is all extremes: the bounds of packed sums are met there.
  const bool extreme = pick(random, 0, 3) == 0;
  for (auto& w : layer.weights) {
    const int code =
        extreme ? (pick(random, 0, 1) != 0 ? -half : half - 1) : pick(random, -half, half - 1);
    w = static_cast<std::int8_t>(code);
  }
  layer.bias.resize(static_cast<std::size_t>(outputs));
  for (auto& b : layer.bias) b = pick(random, -20000, 20000);
}

void random_requant(net::Layer& layer, std::size_t count, double typical, Random& random) {
  std::uniform_real_distribution<double> spread(0.3, 3.0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto scale = static_cast<double>(static_cast<float>(typical * spread(random)));
    const auto requant = net::to_requant(scale, layer.rounding);
    layer.requant.push_back(requant ? *requant : net::Requant{0, 40});
    if (pick(random, 0, 30) == 0) layer.requant.back() = {0, layer.requant.back().shift};
  }
  if (layer.kind == LayerKind::kAdd) {
    layer.requant[1].shift = layer.requant[0].shift;
    layer.requant[1].multiplier = pick(random, 1 << 23, (1 << 24) - 1);
  }
}

void random_clamp(net::Layer& layer, const net::Tensor& out, Random& random) {
  layer.lo = out.code_min();
  layer.hi = out.code_max();
  if (pick(random, 0, 1) != 0) layer.lo = out.zero_point;
  if (pick(random, 0, 3) == 0) layer.hi = pick(random, layer.lo, out.code_max());
}

net::Network around(const net::Layer& layer, std::vector<net::Tensor> tensors) {
  net::Network network;
  network.name = "random";
  network.tensors = std::move(tensors);
  network.layers = {layer};
  const net::Tensor& input = network.tensors[0];
  network.input_coding.gain.assign(static_cast<std::size_t>(input.shape.channels), 1000.0f);
  for (int i = 0; i < 256; ++i) {
    network.input_coding.table.push_back(
        static_cast<std::uint8_t>(std::clamp(i, 0, input.code_max())));
  }
  return network;
}

net::Network attempt(const LayerSpec& spec, Random& random) {
  net::Layer layer;
  layer.name = "layer";
  layer.kind = spec.kind;
  layer.weight_bits = spec.weight_bits;
  layer.grid = spec.grid;
  layer.rounding = spec.rounding;
  layer.inputs = {0};
  layer.output = 1;
  net::Shape in{pick(random, 0, 2) == 0 ? pick_size(random, 8) : 1, pick_size(random, 25),
                pick_size(random, 33)};
  net::Tensor a = random_tensor("in", in, spec.activation_bits, random);
  std::vector<net::Tensor> tensors{a};
  net::Shape out = in;
  int per_channel = 0;
  if (is_windowed(spec.kind)) {
    layer.row = in.rows > 1 ? random_axis(in.rows, 3, random) : net::Axis{};
    layer.column = random_axis(in.columns, 7, random);
    out.rows = layer.row.out(in.rows);
    out.columns = layer.column.out(in.columns);
  }
  if (spec.kind == LayerKind::kConv) {
    out.channels = pick_size(random, 33);
    per_channel = layer.row.kernel * layer.column.kernel * in.channels;
    if (pick(random, 0, 2) == 0) layer.fused_pool = std::min(pick(random, 1, 4), out.columns);
    out.columns /= layer.fused_pool;
  } else if (spec.kind == LayerKind::kDense) {
    out = {1, 1, pick_size(random, 33)};
    per_channel = in.size();
  } else if (spec.kind == LayerKind::kDepthwise) {
    per_channel = layer.row.kernel * layer.column.kernel;
  }
  if (spec.kind == LayerKind::kAdd || spec.kind == LayerKind::kGemm) {
    net::Shape other = in;
    if (spec.kind == LayerKind::kGemm) other.columns = pick_size(random, 25);
    tensors.push_back(random_tensor("other", other, spec.activation_bits, random));
    out.channels = spec.kind == LayerKind::kGemm ? other.columns : in.channels;
    layer.output = 2;
  }
  net::Tensor b = random_tensor("out", out, spec.output_bits, random);
  if (spec.kind == LayerKind::kMaxPool) {
    b = a;
    b.name = "out";
    b.shape = out;
  }
  random_clamp(layer, b, random);
  tensors.push_back(b);
  if (per_channel > 0) random_weights(layer, out.channels, per_channel, random);
  const double spread = std::sqrt(std::max(1, per_channel)) * (1 << spec.weight_bits) / 4.0 *
                        (1 << spec.activation_bits) / 4.0;
  const double target = (1 << spec.output_bits) / 4.0;
  switch (spec.kind) {
    case LayerKind::kConv:
    case LayerKind::kDense:
    case LayerKind::kDepthwise:
      random_requant(layer, layer.bias.size(), target / spread, random);
      break;
    case LayerKind::kAdd:
      random_requant(layer, 2, 0.5, random);
      break;
    case LayerKind::kAvgPool:
    case LayerKind::kGemm:
      random_requant(layer, 1, 0.01, random);
      break;
    default:
      break;
  }
  if (spec.kind == LayerKind::kTable) {
    for (int i = 0; i < 256; ++i) {
      layer.table.push_back(static_cast<std::int8_t>(pick(random, b.code_min(), b.code_max())));
    }
  }
  net::Network network = around(layer, tensors);
  if (tensors.size() == 3) {
    // The second operand has to come from somewhere: a table that copies the input when the shapes
    // agree, a depth-preserving convolution otherwise.
    net::Layer source;
    source.name = "source";
    source.kind = LayerKind::kConv;
    source.inputs = {0};
    source.output = 1;
    source.rounding = Rounding::kEven;
    source.column = {1, 1, 1, 0, std::max(0, tensors[1].shape.columns - in.columns)};
    if (tensors[1].shape.columns < in.columns) source.column.dilation = 1;
    if (tensors[1].shape.columns <= in.columns) {
      source.column.kernel = in.columns - tensors[1].shape.columns + 1;
      source.column.pad_end = 0;
    } else {
      source.column.kernel = tensors[1].shape.columns - in.columns + 1;
      source.column.pad_end = 2 * (source.column.kernel - 1);
    }
    source.lo = tensors[1].code_min();
    source.hi = tensors[1].code_max();
    random_weights(source, in.channels, source.column.kernel * in.channels, random);
    random_requant(source, source.bias.size(), 0.001, random);
    network.layers.insert(network.layers.begin(), source);
    network.layers[1].inputs = {0, 1};
  }
  return network;
}

}  // namespace

net::Network random_layer(const LayerSpec& spec, Random& random) {
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    net::Network network = attempt(spec, random);
    const Status status = net::check(network);
    if (status) return network;
    last = status.error().message;
  }
  std::fprintf(stderr, "random_layer: no legal network in 1000 attempts, last: %s\n", last.c_str());
  std::abort();
}

namespace {

net::Network small_attempt(Random& random) {
  net::Network network;
  network.name = "small";
  const net::Shape shapes[] = {{1, 11, 5}, {1, 11, 6}, {1, 5, 9}, {1, 1, 10}, {1, 1, 4}};
  for (int i = 0; i < 5; ++i) {
    net::Tensor t;
    t.name = "t" + std::to_string(i);
    t.shape = shapes[i];
    t.scale = 0.02f;
    network.tensors.push_back(t);
  }
  const int bits[] = {8, 4, 2, 8};
  for (int i = 0; i < 4; ++i) {
    net::Layer layer;
    layer.name = "layer" + std::to_string(i);
    layer.kind = i < 2 ? LayerKind::kConv : LayerKind::kDense;
    layer.inputs = {i};
    layer.output = i + 1;
    layer.weight_bits = bits[i];
    if (i == 0) layer.column = {7, 1, 1, 3, 3};
    if (i == 1) layer.column = {3, 1, 1, 1, 1};
    if (i == 1) layer.fused_pool = 2;
    const net::Shape& in = shapes[i];
    const int per_channel = i < 2 ? layer.column.kernel * in.channels : in.size();
    random_weights(layer, shapes[i + 1].channels, per_channel, random);
    // Small beside the sums, or every window would get the same answer.
    const double deviation = std::sqrt(per_channel) * (1 << bits[i]) * 16.0;
    for (auto& b : layer.bias) b = pick(random, -1000, 1000) * static_cast<int>(deviation) / 2000;
    random_requant(layer, layer.bias.size(), 64.0 / deviation, random);
    network.layers.push_back(layer);
  }
  network.classes = {"rest", "fist", "open", "point"};
  network.input_coding.gain.assign(5, 1000.0f);
  for (int i = 0; i < 256; ++i) network.input_coding.table.push_back(static_cast<std::uint8_t>(i));
  if (const Status status = net::check(network); !status) {
    std::fprintf(stderr, "small_network: %s\n", status.error().message.c_str());
    std::abort();
  }
  return network;
}

// A layer that saturates everywhere gives every window the same answer, and a stale or wrong one
// would pass for right.
bool tells_windows_apart(const net::Network& network, Random& random) {
  std::set<int> labels;
  std::set<std::int32_t> sums;
  for (int i = 0; i < 12; ++i) {
    const auto outcome = golden::run(network, random_window(network, random));
    labels.insert(outcome->label);
    sums.insert(outcome->accumulators[static_cast<std::size_t>(outcome->label)]);
  }
  return labels.size() > 1 && sums.size() > 6;
}

}  // namespace

net::Network small_network(Random& random) {
  for (int i = 0; i < 1000; ++i) {
    net::Network network = small_attempt(random);
    if (tells_windows_apart(network, random)) return network;
  }
  std::fprintf(stderr, "small_network: none of 1000 tells windows apart\n");
  std::abort();
}

std::vector<std::uint8_t> random_window(const net::Network& network, Random& random) {
  const net::Tensor& input = network.tensors[0];
  std::vector<std::uint8_t> window(static_cast<std::size_t>(input.shape.size()));
  for (auto& code : window) {
    code = static_cast<std::uint8_t>(pick(random, input.code_min(), input.code_max()));
  }
  return window;
}

}  // namespace tendon::test
