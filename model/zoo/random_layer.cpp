// SPDX-License-Identifier: MIT
#include <algorithm>

#include "zoo/filler.hpp"
#include "zoo/zoo.hpp"

namespace tendon::zoo {
namespace {

using net::Layer;
using net::LayerKind;
using net::Network;
using net::Tensor;

constexpr std::int64_t kMaxWeights = 40'000;
constexpr int kMaxElements = 6'000;  // per tensor: a few fit in 32 KiB

const std::vector<LayerKind> kAllKinds = {
    LayerKind::kConv,    LayerKind::kDense, LayerKind::kDepthwise, LayerKind::kConv,
    LayerKind::kMaxPool, LayerKind::kConv,  LayerKind::kAvgPool,   LayerKind::kDense,
    LayerKind::kAdd,     LayerKind::kConv,  LayerKind::kTable,     LayerKind::kGemm,
};

class CaseMaker {
 public:
  CaseMaker(std::uint64_t seed, const CaseOptions& options)
      : options_(options), rng_(seed * 0x9E3779B97F4A7C15ull + 1) {
    constexpr int kWidths[] = {2, 4, 8};
    weight_bits_ = kWidths[seed % 3];
    activation_bits_ = kWidths[seed / 3 % 3];
    rounding_ = static_cast<net::Rounding>(seed / 2 % 5);
    const std::vector<LayerKind>& kinds = options.kinds.empty() ? kAllKinds : options.kinds;
    kind_ = kinds[seed / 9 % kinds.size()];
    network_.name = "case-" + std::to_string(seed);
  }

  Network make() {
    do {
      network_.tensors = {tensor("input", input_shape(), activation_bits_)};
    } while (network_.tensors[0].shape.size() > kMaxElements);
    set_input_coding();
    Filler filler(network_, rng_);
    const bool two_inputs = kind_ == LayerKind::kAdd || kind_ == LayerKind::kGemm;
    if (two_inputs && allowed(LayerKind::kConv) && rng_.percent(60)) {
      append(filler, same_shape_layer());
    }
    append(filler, draw(kind_));
    while (network_.layers.size() < 4 && rng_.percent(35)) {
      weight_bits_ = rng_.pick<int>({2, 4, 8});
      rounding_ = static_cast<net::Rounding>(rng_.below(5));
      const LayerKind kind = rng_.pick(options_.kinds.empty() ? kAllKinds : options_.kinds);
      append(filler, draw(kind));
    }
    // The layer that gives the label has no pool.
    pools_ = false;
    while (network_.layers.back().fused_pool > 1) {
      append(filler, draw(allowed(LayerKind::kDense) && rng_.percent(50) ? LayerKind::kDense
                                                                         : LayerKind::kConv));
    }
    return network_;
  }

 private:
  bool allowed(LayerKind kind) const {
    const auto& kinds = options_.kinds;
    return kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }

  int ragged() {
    const int l = options_.lanes;
    if (rng_.percent(6)) return rng_.pick<int>({127, 128, 131, 257});
    return rng_.pick<int>(
        {1, 2, 3, 5, 7, 11, 13, l - 1, l, l + 1, 2 * l - 1, 2 * l, 2 * l + 1, 29, 37, 61, 64, 67});
  }

  net::Shape input_shape() {
    const bool image = kind_ != LayerKind::kGemm && rng_.percent(30);
    if (kind_ == LayerKind::kDense && rng_.percent(60)) {
      const int large = rng_.percent(15) ? rng_.pick<int>({509, 768, 1021, 2048, 4093}) : ragged();
      return {1, 1, large};
    }
    const std::vector<int> lengths = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 17, 25, 31, 33, 64};
    if (image) return {rng_.between(1, 9), rng_.between(1, 11), ragged()};
    return {1, rng_.pick(lengths), ragged()};
  }

  Tensor tensor(const std::string& name, const net::Shape& shape, int bits) {
    Tensor t{name, shape, bits, rng_.percent(35), 0.25f, 0};
    const int kind = rng_.below(4);
    if (kind == 0) t.zero_point = rng_.between(t.code_min(), t.code_max());
    if (kind == 1) t.zero_point = t.code_min();
    if (kind == 2 && rng_.percent(30)) t.zero_point = t.code_max();
    return t;
  }

  void set_input_coding() {
    const Tensor& input = network_.tensors[0];
    network_.input_coding.gain.assign(static_cast<std::size_t>(input.shape.channels), 1.0f);
    for (int i = 0; i < 256; ++i) {
      const int code = input.code_min() + (i >> (8 - input.bits));
      network_.input_coding.table.push_back(static_cast<std::uint8_t>(code));
    }
  }

  net::Axis axis(int in, int max_kernel, bool pool) {
    net::Axis a;
    do {
      a.kernel = rng_.between(1, max_kernel);
      a.dilation = rng_.percent(25) ? rng_.between(2, 3) : 1;
      a.stride = pool && rng_.percent(60) ? a.kernel : (rng_.percent(35) ? rng_.between(2, 3) : 1);
      const int extent = a.dilation * (a.kernel - 1) + 1;
      a.pad_begin = rng_.percent(50) ? rng_.between(0, extent - 1) : 0;
      a.pad_end = rng_.percent(50) ? rng_.between(0, extent - 1) : 0;
    } while (in + a.pad_begin + a.pad_end < a.dilation * (a.kernel - 1) + 1 ||
             (pool && !sees_input(a, in)));
    return a;
  }

  static bool sees_input(const net::Axis& axis, int in) {
    for (int o = 0; o < axis.out(in); ++o) {
      bool seen = false;
      for (int k = 0; k < axis.kernel; ++k) {
        const int at = o * axis.stride + k * axis.dilation - axis.pad_begin;
        seen = seen || (at >= 0 && at < in);
      }
      if (!seen) return false;
    }
    return true;
  }

  Layer base(LayerKind kind) {
    Layer layer;
    layer.name = std::string(net::to_string(kind)) + std::to_string(network_.layers.size());
    layer.kind = kind;
    layer.inputs = {static_cast<int>(network_.tensors.size()) - 1};
    layer.output = static_cast<int>(network_.tensors.size());
    layer.weight_bits = weight_bits_;
    if (weight_bits_ == 2 && rng_.percent(30)) layer.grid = net::WeightGrid::kOdd;
    layer.rounding = rounding_;
    return layer;
  }

  /// A convolution that keeps the shape: the second operand of add and gemm.
  Layer same_shape_layer() {
    Layer layer = base(LayerKind::kConv);
    const int channels = network_.tensors[0].shape.channels;
    layer.bias.assign(static_cast<std::size_t>(channels), 0);
    return layer;
  }

  void draw_windows(Layer& layer, const net::Shape& in) {
    const bool pool = layer.kind == LayerKind::kMaxPool || layer.kind == LayerKind::kAvgPool;
    if (layer.kind == LayerKind::kAvgPool && rng_.percent(40)) {  // global
      layer.row = {in.rows, in.rows, 1, 0, 0};
      layer.column = {in.columns, in.columns, 1, 0, 0};
      return;
    }
    if (in.rows > 1) layer.row = axis(in.rows, std::min(in.rows, 4), pool);
    layer.column = axis(in.columns, rng_.percent(10) ? 11 : 5, pool);
    if (layer.kind != LayerKind::kConv) return;
    const int columns = layer.column.out(in.columns);
    const int pool_size = !pools_ || rng_.percent(60) ? 1 : rng_.pick<int>({2, 2, 4, 3});
    layer.fused_pool = pool_size <= columns ? pool_size : 1;
  }

  /// Both operands the last tensor, or the input and the first layer's output of the same shape. A
  /// product that would be too large becomes a sum.
  Layer draw_pair(LayerKind kind) {
    Layer layer = base(kind);
    const int last = layer.inputs[0];
    const bool same_shape = last == 1 && network_.tensors[0].shape == network_.tensors[1].shape;
    layer.inputs = same_shape ? std::vector<int>{0, 1} : std::vector<int>{last, last};
    if (net::output_shape(network_, layer).size() > kMaxElements) layer.kind = LayerKind::kAdd;
    return layer;
  }

  Layer draw(LayerKind kind) {
    const net::Shape& in = network_.tensors.back().shape;
    if (kind == LayerKind::kAdd || kind == LayerKind::kGemm) return draw_pair(kind);
    Layer layer;
    do {
      layer = base(kind);
      if (kind != LayerKind::kDense && kind != LayerKind::kTable) draw_windows(layer, in);
      int outputs = 0;
      if (kind == LayerKind::kConv || kind == LayerKind::kDense) outputs = ragged();
      if (kind == LayerKind::kDepthwise) outputs = in.channels;
      layer.bias.assign(static_cast<std::size_t>(outputs), 0);
    } while (!is_small(layer));
    return layer;
  }

  bool is_small(const Layer& layer) const {
    const net::Shape out = net::output_shape(network_, layer);
    const std::int64_t weights =
        std::int64_t{net::weights_per_channel(network_, layer)} * out.channels;
    const bool dense = layer.kind == LayerKind::kDense;
    const std::int64_t macs =
        weights * (dense ? 1 : std::int64_t{out.rows} * out.columns * layer.fused_pool);
    // Nothing smaller to draw: one output channel.
    if (out.channels == 1) return true;
    return weights <= kMaxWeights && macs <= options_.max_macs && out.size() <= kMaxElements;
  }

  void append(Filler& filler, Layer layer) {
    const Tensor& in = network_.tensors[static_cast<std::size_t>(layer.inputs[0])];
    Tensor out = tensor(std::string("t").append(std::to_string(layer.output)),
                        net::output_shape(network_, layer), rng_.pick<int>({2, 4, 8}));
    if (layer.kind == LayerKind::kMaxPool) {
      const std::string name = out.name;
      const net::Shape shape = out.shape;
      out = in;
      out.name = name;
      out.shape = shape;
    }
    layer.lo = out.code_min();
    layer.hi = out.code_max();
    if (rng_.percent(50)) layer.lo = out.zero_point;
    if (rng_.percent(15)) layer.hi = rng_.between(layer.lo, layer.hi);
    network_.tensors.push_back(std::move(out));
    filler.fill(layer);
    network_.layers.push_back(std::move(layer));
  }

  CaseOptions options_;
  Rng rng_;
  Network network_;
  int weight_bits_ = 8;
  int activation_bits_ = 8;
  net::Rounding rounding_ = net::Rounding::kFloat;
  LayerKind kind_ = LayerKind::kConv;
  bool pools_ = true;
};

}  // namespace

Network random_layer_case(std::uint64_t seed, const CaseOptions& options) {
  return CaseMaker(seed, options).make();
}

}  // namespace tendon::zoo
