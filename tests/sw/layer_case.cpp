// SPDX-License-Identifier: MIT
#include "layer_case.hpp"

#include <algorithm>
#include <ostream>

#include "net/scale.hpp"

namespace tendon::test {
namespace {

using net::LayerKind;

constexpr int kWidths[] = {8, 4, 2};  // the first one is the simplest

/// from..to, smaller with the size of the case, shrinks to `from`.
int draw(int from, int to) { return *rc::gen::inRange(from, to + 1); }

int draw_width() { return kWidths[draw(0, 2)]; }

/// from..to, whatever the size; shrinks to 0, which is inside.
int draw_code(int from, int to) {
  const int span = to - from + 1;
  const int any = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, span));
  return any <= to ? any : any - span;
}

template <typename T>
std::vector<T> draw_codes(int count, int from, int to) {
  const int span = to - from + 1;
  const auto any = *rc::gen::resize(
      rc::kNominalSize, rc::gen::container<std::vector<int>>(static_cast<std::size_t>(count),
                                                             rc::gen::inRange(0, span)));
  std::vector<T> codes;
  for (const int code : any) codes.push_back(static_cast<T>(code <= to ? code : code - span));
  return codes;
}

net::Axis draw_axis(int largest_kernel) {
  net::Axis axis;
  axis.kernel = draw(1, largest_kernel);
  axis.stride = draw(1, 3);
  axis.dilation = draw(1, 2);
  const int extent = axis.dilation * (axis.kernel - 1) + 1;
  axis.pad_begin = draw(0, extent - 1);
  axis.pad_end = draw(0, extent - 1);
  return axis;
}

/// As many elements as give `outputs`, and up to `more`. What is drawn first shrinks first and for
/// good: windows therefore come before the sizes that they need.
int draw_size(const net::Axis& axis, int outputs, int more) {
  const int extent = axis.dilation * (axis.kernel - 1) + 1 + (outputs - 1) * axis.stride;
  return std::max(1, extent - axis.pad_begin - axis.pad_end) + draw(0, more);
}

net::Tensor draw_tensor(const char* name, net::Shape shape, int bits) {
  net::Tensor tensor;
  tensor.name = name;
  tensor.shape = shape;
  tensor.bits = bits;
  tensor.is_signed = draw(0, 1) != 0;
  tensor.scale = 0.01f;
  tensor.zero_point = draw_code(tensor.code_min(), tensor.code_max());
  return tensor;
}

bool is_windowed(LayerKind kind) {
  return kind == LayerKind::kConv || kind == LayerKind::kDepthwise || kind == LayerKind::kMaxPool ||
         kind == LayerKind::kAvgPool;
}

bool has_weights(LayerKind kind) {
  return kind == LayerKind::kConv || kind == LayerKind::kDense || kind == LayerKind::kDepthwise;
}

bool is_binary(LayerKind kind) { return kind == LayerKind::kAdd || kind == LayerKind::kGemm; }

// 1.0 down to 2^-14, with a fraction that shrinks away.
net::Requant draw_requant(net::Rounding rounding) {
  const double scale = (1.0 - draw(0, 400) / 1024.0) / static_cast<double>(1 << draw(1, 14));
  const auto requant = net::to_requant(static_cast<float>(scale), rounding);
  return requant ? *requant : net::Requant{0, 40};
}

net::Shape shape_out(const net::Layer& layer, const net::Shape& in) {
  net::Shape out = in;
  if (is_windowed(layer.kind)) {
    out.rows = layer.row.out(in.rows);
    out.columns = layer.column.out(in.columns) / layer.fused_pool;
  }
  if (layer.kind == LayerKind::kConv) out.channels = draw(1, 12);
  if (layer.kind == LayerKind::kDense) out = {1, 1, draw(1, 20)};
  if (layer.kind == LayerKind::kGemm) out.channels = in.columns;
  return out;
}

void draw_parameters(LayerCase& c, int channels, int per_channel) {
  net::Layer& layer = c.layer;
  const int half = 1 << (layer.weight_bits - 1);
  layer.weights = draw_codes<std::int8_t>(channels * per_channel, -half, half - 1);
  layer.bias = draw_codes<std::int32_t>(channels, -20000, 20000);
  for (int i = 0; i < channels; ++i) layer.requant.push_back(draw_requant(layer.rounding));
}

void draw_scales(net::Layer& layer) {
  if (layer.kind == LayerKind::kAvgPool || layer.kind == LayerKind::kGemm) {
    layer.requant = {draw_requant(layer.rounding)};
  } else if (layer.kind == LayerKind::kAdd) {
    const net::Requant first = draw_requant(layer.rounding);
    layer.requant = {first, {draw(0, (1 << 24) - 1), first.shift}};
  }
}

LayerCase draw_case(LayerKind kind) {
  LayerCase c;
  net::Layer& layer = c.layer;
  layer.name = "layer";
  layer.kind = kind;
  layer.rounding = static_cast<net::Rounding>(draw(0, 4));
  layer.weight_bits = draw_width();
  if (layer.weight_bits == 2 && has_weights(kind)) {
    layer.grid = static_cast<net::WeightGrid>(draw(0, 1));
  }
  if (is_windowed(kind)) {
    layer.row = draw_axis(3);
    layer.column = draw_axis(7);
  }
  if (kind == LayerKind::kConv) layer.fused_pool = draw(1, 3);
  net::Shape in;
  in.rows = draw_size(layer.row, 1, 3);
  in.columns = draw_size(layer.column, layer.fused_pool, 18);
  in.channels = draw(1, 20);
  c.in = draw_tensor("in", in, draw_width());
  const net::Shape out = shape_out(layer, in);
  c.out = draw_tensor("out", out, draw_width());
  if (kind == LayerKind::kMaxPool) {
    c.out = c.in;
    c.out.name = "out";
    c.out.shape = out;
  }
  layer.lo = draw(0, 1) != 0 ? c.out.zero_point : c.out.code_min();
  layer.hi = c.out.code_max();
  if (has_weights(kind)) {
    const int per_channel = kind == LayerKind::kDense ? in.size()
                            : kind == LayerKind::kDepthwise
                                ? layer.row.kernel * layer.column.kernel
                                : layer.row.kernel * layer.column.kernel * in.channels;
    draw_parameters(c, out.channels, per_channel);
  }
  draw_scales(layer);
  if (kind == LayerKind::kTable) {
    layer.table = draw_codes<std::int8_t>(256, c.out.code_min(), c.out.code_max());
  }
  if (is_binary(kind)) {
    c.second = draw_codes<std::int8_t>(256, c.in.code_min(), c.in.code_max());
  }
  c.window = draw_codes<std::uint8_t>(in.size(), c.in.code_min(), c.in.code_max());
  return c;
}

/// The layer with one of its output channels, each in turn. Fewer channels otherwise come with
/// other weights, and the one that matters would be lost.
rc::Seq<LayerCase> single_channels(const LayerCase& c) {
  std::vector<LayerCase> smaller;
  const bool free = c.layer.kind == LayerKind::kConv || c.layer.kind == LayerKind::kDense;
  const int channels = free ? c.out.shape.channels : 1;
  for (int o = 0; channels > 1 && o < channels; ++o) {
    LayerCase one = c;
    const auto size = static_cast<std::ptrdiff_t>(c.layer.weights.size()) / channels;
    const auto from = c.layer.weights.begin() + o * size;
    const auto index = static_cast<std::size_t>(o);
    one.out.shape.channels = 1;
    one.layer.weights.assign(from, from + size);
    one.layer.bias = {c.layer.bias[index]};
    one.layer.requant = {c.layer.requant[index]};
    smaller.push_back(one);
  }
  return rc::seq::fromContainer(smaller);
}

template <typename T>
void show(std::ostream& out, const char* name, const std::vector<T>& values) {
  if (values.empty()) return;
  out << ", " << name;
  if (values.size() > 64) {
    out << " of " << values.size();
    return;
  }
  for (const T value : values) out << ' ' << static_cast<int>(value);
}

void show(std::ostream& out, const char* name, const net::Axis& axis) {
  out << ", " << name << " kernel " << axis.kernel << " stride " << axis.stride << " dilation "
      << axis.dilation << " padding " << axis.pad_begin << ' ' << axis.pad_end;
}

void show(std::ostream& out, const net::Tensor& tensor) {
  out << ", " << tensor.name << ' ' << net::to_string(tensor.shape) << ' '
      << (tensor.is_signed ? "int" : "uint") << tensor.bits << " zero " << tensor.zero_point;
}

}  // namespace

rc::Gen<LayerCase> layer_cases(LayerKind kind) {
  return rc::gen::shrink(rc::gen::exec([kind] { return draw_case(kind); }),
                         [](const LayerCase& c) { return single_channels(c); });
}

net::Network to_network(const LayerCase& c) {
  net::Network network;
  network.name = "case";
  network.tensors = {c.in, c.out};
  network.layers = {c.layer};
  network.layers[0].inputs = {0};
  network.layers[0].output = 1;
  network.input_coding.gain.assign(static_cast<std::size_t>(c.in.shape.channels), 1000.0f);
  for (int i = 0; i < 256; ++i) {
    network.input_coding.table.push_back(
        static_cast<std::uint8_t>(std::clamp(i, 0, c.in.code_max())));
  }
  if (!is_binary(c.layer.kind)) return network;
  net::Tensor other = c.in;
  other.name = "other";
  network.tensors.insert(network.tensors.begin() + 1, other);
  net::Layer source;
  source.name = "source";
  source.kind = LayerKind::kTable;
  source.inputs = {0};
  source.output = 1;
  source.table = c.second;
  network.layers.insert(network.layers.begin(), source);
  network.layers[1].inputs = {0, 1};
  network.layers[1].output = 2;
  return network;
}

void showValue(const LayerCase& c, std::ostream& out) {
  out << net::to_string(c.layer.kind) << ", rounding " << net::to_string(c.layer.rounding)
      << ", weights of " << c.layer.weight_bits << " bits"
      << (c.layer.grid == net::WeightGrid::kOdd ? " on the odd grid" : "") << ", pool "
      << c.layer.fused_pool;
  show(out, c.in);
  show(out, c.out);
  if (is_windowed(c.layer.kind)) {
    show(out, "row", c.layer.row);
    show(out, "column", c.layer.column);
  }
  out << ", clamp " << c.layer.lo << ".." << c.layer.hi;
  for (const net::Requant& requant : c.layer.requant) {
    out << ", " << requant.multiplier << " * 2^-" << requant.shift;
  }
  show(out, "weights", c.layer.weights);
  show(out, "bias", c.layer.bias);
  show(out, "table", c.layer.table);
  show(out, "second", c.second);
  show(out, "window", c.window);
}

}  // namespace tendon::test
