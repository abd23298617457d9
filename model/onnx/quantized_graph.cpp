// SPDX-License-Identifier: MIT
#include "onnx/quantized_graph.hpp"

#include "onnx/metadata.hpp"

namespace tendon::onnx {
namespace {

using net::Layer;
using net::LayerKind;
using net::Tensor;

using Names = std::vector<std::string>;

bool is_vector(const net::Shape& shape) { return shape.rows == 1 && shape.columns == 1; }

/// Codes of at most 4 bits ride in 4-bit elements; their bounds are kept by a Clip.
Type element_type(const Tensor& tensor) {
  if (tensor.bits <= 4) return tensor.is_signed ? Type::kInt4 : Type::kUint4;
  return tensor.is_signed ? Type::kInt8 : Type::kUint8;
}

class Builder {
 public:
  explicit Builder(const net::Network& network) : network_(network) {}

  Model build() {
    model_.name = network_.name;
    model_.metadata[kNetworkKey] = to_metadata(network_);
    input();
    for (std::size_t i = 0; i < network_.layers.size(); ++i) layer(i);
    output();
    return std::move(model_);
  }

 private:
  std::string text(std::size_t index) const { return std::to_string(index); }
  const Tensor& tensor(int index) const {
    return network_.tensors[static_cast<std::size_t>(index)];
  }
  static std::string name(int index) { return "t" + std::to_string(index); }

  Node& node(const std::string& op, Names inputs, const std::string& output) {
    Node& added = model_.nodes.emplace_back();
    added.op = op;
    added.inputs = std::move(inputs);
    added.outputs = {output};
    return added;
  }

  void constant(const std::string& id, Type type, std::vector<std::int64_t> dims,
                std::vector<std::int64_t> values) {
    model_.initializers.push_back({id, type, std::move(dims), {}, std::move(values)});
  }
  void real_constant(const std::string& id, std::vector<std::int64_t> dims,
                     std::vector<float> values) {
    model_.initializers.push_back({id, Type::kFloat, std::move(dims), std::move(values), {}});
  }

  /// `t<i>.scale`, `t<i>.zero_point`
  void scale_of(int index) {
    const Tensor& t = tensor(index);
    real_constant(name(index) + ".scale", {}, {t.scale});
    constant(name(index) + ".zero_point", element_type(t), {}, {t.zero_point});
  }

  void dequantize(int index) {
    const std::string id = name(index);
    node("DequantizeLinear", {id + ".codes", id + ".scale", id + ".zero_point"}, id);
  }

  void input() {
    const Tensor& t = tensor(0);
    model_.inputs.push_back(
        {"input", element_type(t), {0, t.shape.rows, t.shape.columns, t.shape.channels}});
    scale_of(0);
    node("DequantizeLinear", {"input", "t0.scale", "t0.zero_point"}, "t0.last");
    node("Transpose", {"t0.last"}, is_vector(t.shape) ? "t0.first" : "t0").lists["perm"] = {0, 3, 1,
                                                                                            2};
    if (is_vector(t.shape)) node("Flatten", {"t0.first"}, "t0").numbers["axis"] = 1;
  }

  void output() {
    const Layer& last = network_.layers.back();
    const Tensor& t = tensor(last.output);
    std::vector<std::int64_t> dims{0, t.shape.channels};
    if (!is_vector(t.shape)) dims = {0, t.shape.channels, t.shape.rows, t.shape.columns};
    model_.outputs.push_back({name(last.output), Type::kFloat, dims});
  }

  /// Four axes [window, channel, row, column] for a tensor that may be held as a vector.
  std::string image(int index, const std::string& prefix) {
    if (!is_vector(tensor(index).shape)) return name(index);
    const std::string id = prefix + ".image_" + name(index);
    constant(id + "_shape", Type::kInt64, {4}, {0, tensor(index).shape.channels, 1, 1});
    node("Reshape", {name(index), id + "_shape"}, id);
    return id;
  }

  void axes(const Layer& layer, Node& target, bool dilations) {
    target.lists["kernel_shape"] = {layer.row.kernel, layer.column.kernel};
    target.lists["strides"] = {layer.row.stride, layer.column.stride};
    target.lists["pads"] = {layer.row.pad_begin, layer.column.pad_begin, layer.row.pad_end,
                            layer.column.pad_end};
    if (dilations) target.lists["dilations"] = {layer.row.dilation, layer.column.dilation};
  }

  /// Weights [out, row, column, in] in channels-second order, and the dequantized bias.
  Names weights(const Layer& layer, const std::string& id, float input_scale) {
    const auto out = static_cast<std::int64_t>(layer.bias.size());
    const bool conv = layer.kind == LayerKind::kConv;
    const bool dense = layer.kind == LayerKind::kDense;
    const std::int64_t rows = dense ? 1 : layer.row.kernel;
    const std::int64_t columns = dense ? 1 : layer.column.kernel;
    const auto in = static_cast<std::int64_t>(layer.weights.size()) / (out * rows * columns);
    std::vector<std::int64_t> values;
    for (std::int64_t o = 0; o < out; ++o) {
      for (std::int64_t i = 0; i < in; ++i) {
        for (std::int64_t k = 0; k < rows * columns; ++k) {
          const auto at = static_cast<std::size_t>((o * rows * columns + k) * in + i);
          values.push_back(net::weight_value(layer.grid, layer.weights[at]));
        }
      }
    }
    std::vector<std::int64_t> dims{out, in};
    if (!dense) dims = {out, conv ? in : 1, rows, columns};
    constant(id + ".weight", layer.weight_bits <= 4 ? Type::kInt4 : Type::kInt8, dims,
             std::move(values));
    std::vector<float> scales = layer.weight_scales;
    scales.resize(layer.bias.size(), 1.0f);
    std::vector<float> steps;
    for (const float scale : scales) steps.push_back(scale * input_scale);
    real_constant(id + ".weight_scale", {out}, scales);
    real_constant(id + ".bias_scale", {out}, steps);
    constant(id + ".bias", Type::kInt32, {out}, {layer.bias.begin(), layer.bias.end()});
    node("DequantizeLinear", {id + ".weight", id + ".weight_scale"}, id + ".w").numbers["axis"] = 0;
    node("DequantizeLinear", {id + ".bias", id + ".bias_scale"}, id + ".b").numbers["axis"] = 0;
    return {id + ".w", id + ".b"};
  }

  /// The float operator of a layer; the name of its result.
  std::string operate(const Layer& layer, const std::string& id) {
    const int from = layer.inputs[0];
    const net::Shape& shape = tensor(from).shape;
    switch (layer.kind) {
      case LayerKind::kConv:
      case LayerKind::kDepthwise: {
        Names in{image(from, id)};
        for (std::string& w : weights(layer, id, tensor(from).scale)) in.push_back(std::move(w));
        Node& conv = node("Conv", std::move(in), id + ".sum");
        axes(layer, conv, true);
        if (layer.kind == LayerKind::kDepthwise) conv.numbers["group"] = shape.channels;
        return id + ".sum";
      }
      case LayerKind::kDense: {
        Names in{name(from)};
        if (!is_vector(shape)) {
          node("Transpose", {name(from)}, id + ".last").lists["perm"] = {0, 2, 3, 1};
          node("Flatten", {id + ".last"}, id + ".flat").numbers["axis"] = 1;
          in = {id + ".flat"};
        }
        for (std::string& w : weights(layer, id, tensor(from).scale)) in.push_back(std::move(w));
        node("Gemm", std::move(in), id + ".sum").numbers["transB"] = 1;
        return id + ".sum";
      }
      case LayerKind::kMaxPool:
        axes(layer, node("MaxPool", {image(from, id)}, id + ".max"), true);
        return id + ".max";
      case LayerKind::kAvgPool: {
        Node& pool = node("AveragePool", {image(from, id)}, id + ".mean");
        axes(layer, pool, true);
        pool.numbers["count_include_pad"] = 1;
        return id + ".mean";
      }
      case LayerKind::kAdd:
        node("Add", {name(from), name(layer.inputs[1])}, id + ".sum");
        return id + ".sum";
      case LayerKind::kGemm:
        node("Transpose", {image(from, id)}, id + ".a").lists["perm"] = {0, 2, 3, 1};
        node("Transpose", {image(layer.inputs[1], id)}, id + ".bt").lists["perm"] = {0, 2, 1, 3};
        node("MatMul", {id + ".a", id + ".bt"}, id + ".product");
        node("Transpose", {id + ".product"}, id + ".sum").lists["perm"] = {0, 3, 1, 2};
        return id + ".sum";
      case LayerKind::kTable:
        break;
    }
    return name(from);
  }

  /// Codes looked up; ONNX has no integer table operator but Gather.
  void look_up(const Layer& layer, const std::string& id) {
    const Tensor& out = tensor(layer.output);
    std::vector<std::int64_t> values;
    for (const std::int8_t entry : layer.table) {
      values.push_back(out.is_signed ? std::int64_t{entry}
                                     : std::int64_t{static_cast<std::uint8_t>(entry)});
    }
    constant(id + ".table", out.is_signed ? Type::kInt8 : Type::kUint8, {256}, std::move(values));
    const std::string codes = layer.inputs[0] == 0 ? "input" : name(layer.inputs[0]) + ".codes";
    node("Cast", {codes}, id + ".index").numbers["to"] = static_cast<std::int64_t>(Type::kInt64);
    node("Gather", {id + ".table", id + ".index"}, id + ".entry");
    node("Cast", {id + ".entry"}, name(layer.output) + ".codes").numbers["to"] =
        static_cast<std::int64_t>(element_type(out));
  }

  /// ReLU and clip as bounds in real values, then rounding to codes.
  void quantize(const Layer& layer, std::string value, const std::string& id) {
    const Tensor& out = tensor(layer.output);
    const std::string to = name(layer.output);
    if (layer.kind != LayerKind::kMaxPool) {
      real_constant(id + ".low", {}, {out.scale * static_cast<float>(layer.lo - out.zero_point)});
      real_constant(id + ".high", {}, {out.scale * static_cast<float>(layer.hi - out.zero_point)});
      node("Clip", {value, id + ".low", id + ".high"}, id + ".clip");
      value = id + ".clip";
    }
    if (layer.kind == LayerKind::kConv && layer.fused_pool > 1) {
      Node& pool = node("MaxPool", {value}, id + ".pool");
      pool.lists["kernel_shape"] = pool.lists["strides"] = {1, layer.fused_pool};
      value = id + ".pool";
    }
    const bool held_as_image = layer.kind != LayerKind::kDense && layer.kind != LayerKind::kAdd;
    if (is_vector(out.shape) && held_as_image) {
      node("Flatten", {value}, id + ".vector").numbers["axis"] = 1;
      value = id + ".vector";
    }
    node("QuantizeLinear", {value, to + ".scale", to + ".zero_point"}, to + ".codes");
  }

  void layer(std::size_t index) {
    const Layer& layer = network_.layers[index];
    const std::string id = "l" + text(index);
    scale_of(layer.output);
    if (layer.kind == LayerKind::kTable) {
      look_up(layer, id);
    } else {
      quantize(layer, operate(layer, id), id);
    }
    dequantize(layer.output);
  }

  const net::Network& network_;
  Model model_;
};

}  // namespace

Model to_graph(const net::Network& network) { return Builder(network).build(); }

}  // namespace tendon::onnx
