// SPDX-License-Identifier: MIT
// Float networks: [window, time, channel] volts in, logits out.
#include <nlohmann/json.hpp>

#include "onnx/graph.hpp"
#include "onnx/metadata.hpp"
#include "onnx/onnx.hpp"

namespace tendon::onnx {
namespace {

using nlohmann::json;
using quant::FloatKind;
using quant::FloatNetwork;

std::vector<float> transposed(const std::vector<float>& values, std::size_t outputs,
                              std::size_t rows) {  // [out, rows, columns] -> [out, columns, rows]
  std::vector<float> result(values.size());
  const std::size_t columns = values.size() / (outputs * rows);
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        result[(o * columns + c) * rows + r] = values[(o * rows + r) * columns + c];
      }
    }
  }
  return result;
}

class Builder {
 public:
  explicit Builder(const FloatNetwork& network) : network_(network) {}

  Model build() {
    model_.name = network_.description.name;
    json names = json::array();
    for (const auto& layer : network_.description.layers) names.push_back(layer.name);
    model_.metadata[kFloatKey] = json{
        {"description", quant::to_text(network_.description)},
        {"layers", names},
        {"classes", network_.classes},
        {"repetitions", network_.repetitions},
        {"input_zero",
         network_.input_zero}}.dump(-1, ' ', false, json::error_handler_t::replace);
    const std::int64_t length = network_.description.length;
    const std::int64_t channels = network_.description.channels;
    model_.inputs = {{"volts", Type::kFloat, {0, length, channels}}};
    coding(channels);
    for (std::size_t i = 0; i < network_.layers.size(); ++i) layer(i);
    model_.outputs = {{value_, Type::kFloat, {0, network_.description.layers.back().outputs}}};
    return std::move(model_);
  }

 private:
  Node& node(const std::string& op, std::vector<std::string> inputs, const std::string& output) {
    inputs.insert(inputs.begin(), value_);
    Node& added = model_.nodes.emplace_back();
    added.op = op;
    added.inputs = std::move(inputs);
    added.outputs = {output};
    value_ = output;
    return added;
  }
  void constant(const std::string& id, std::vector<std::int64_t> dims, std::vector<float> values) {
    model_.initializers.push_back({id, Type::kFloat, std::move(dims), std::move(values), {}});
  }

  /// Volts to (code - zero) / 255.
  void coding(std::int64_t channels) {
    constant("gain", {channels}, network_.gain);
    constant("full", {}, {255.0f});
    constant("none", {}, {0.0f});
    constant("zero", {}, {static_cast<float>(network_.input_zero)});
    value_ = "volts";
    node("Mul", {"gain"}, "input.scaled");
    node("Mul", {"full"}, "input.steps");
    node("Round", {}, "input.rounded");
    node("Clip", {"none", "full"}, "input.codes");
    node("Sub", {"zero"}, "input.centred");
    node("Div", {"full"}, "input.last");
    node("Transpose", {}, "input").lists["perm"] = {0, 2, 1};
  }

  void dense(const quant::LayerDescription& what, const quant::FloatLayer& layer,
             const std::string& id) {
    if (!vector_) {
      node("Transpose", {}, id + ".last").lists["perm"] = {0, 2, 1};
      node("Flatten", {}, id + ".flat").numbers["axis"] = 1;
    }
    vector_ = true;
    const auto fan = static_cast<std::int64_t>(layer.weights.size()) / what.outputs;
    constant(id + ".weight", {what.outputs, fan}, layer.weights);
    constant(id + ".bias", {what.outputs}, layer.bias);
    node("Gemm", {id + ".weight", id + ".bias"}, id + ".sum").numbers["transB"] = 1;
  }

  void conv(const quant::LayerDescription& what, const quant::FloatLayer& layer,
            const std::string& id) {
    const auto taps = static_cast<std::int64_t>(what.kernel);
    const auto in = static_cast<std::int64_t>(layer.weights.size()) / (what.outputs * taps);
    constant(id + ".weight", {what.outputs, in, taps},
             transposed(layer.weights, static_cast<std::size_t>(what.outputs),
                        static_cast<std::size_t>(taps)));
    constant(id + ".bias", {what.outputs}, layer.bias);
    Node& added = node("Conv", {id + ".weight", id + ".bias"}, id + ".sum");
    added.lists["kernel_shape"] = {taps};
    added.lists["strides"] = {what.stride};
    added.lists["dilations"] = {what.dilation};
    added.lists["pads"] = {what.pad, what.pad};
  }

  void norm(const quant::BatchNorm& norm, const std::string& id) {
    const auto size = static_cast<std::int64_t>(norm.gamma.size());
    constant(id + ".gamma", {size}, norm.gamma);
    constant(id + ".beta", {size}, norm.beta);
    constant(id + ".mean", {size}, norm.mean);
    constant(id + ".variance", {size}, norm.variance);
    node("BatchNormalization", {id + ".gamma", id + ".beta", id + ".mean", id + ".variance"},
         id + ".normed")
        .reals["epsilon"] = norm.epsilon;
  }

  void layer(std::size_t index) {
    const quant::LayerDescription& what = network_.description.layers[index];
    const quant::FloatLayer& layer = network_.layers[index];
    const std::string id = "l" + std::to_string(index);
    if (what.kind == FloatKind::kDense) dense(what, layer, id);
    if (what.kind == FloatKind::kConv) conv(what, layer, id);
    if (what.kind == FloatKind::kGlobalAverage) node("GlobalAveragePool", {}, id + ".mean");
    if (what.batch_norm) norm(layer.batch_norm, id);
    if (what.relu) node("Relu", {}, id + ".relu");
    if (what.pool > 1) {
      Node& pool = node("MaxPool", {}, id + ".pool");
      pool.lists["kernel_shape"] = pool.lists["strides"] = {what.pool};
    }
  }

  const FloatNetwork& network_;
  Model model_;
  std::string value_;
  bool vector_ = false;
};

Result<std::vector<float>> reals(const Model& model, const std::string& name) {
  const auto constant = find(model, name);
  if (!constant) return constant.error();
  return (*constant)->reals;
}

Status read_layer(const Model& model, const std::string& id, const quant::LayerDescription& what,
                  quant::FloatLayer& layer) {
  struct Entry {
    std::string name;
    std::vector<float>* values;
  };
  std::vector<Entry> entries;
  if (what.kind != FloatKind::kGlobalAverage) {
    entries = {{".weight", &layer.weights}, {".bias", &layer.bias}};
  }
  if (what.batch_norm) {
    quant::BatchNorm& norm = layer.batch_norm;
    entries.insert(entries.end(), {{".gamma", &norm.gamma},
                                   {".beta", &norm.beta},
                                   {".mean", &norm.mean},
                                   {".variance", &norm.variance}});
  }
  for (const Entry& entry : entries) {
    auto values = reals(model, id + entry.name);
    if (!values) return values.error();
    *entry.values = std::move(*values);
  }
  if (what.kind == FloatKind::kConv) {
    const auto outputs = static_cast<std::size_t>(what.outputs);
    const auto taps = static_cast<std::size_t>(what.kernel);
    if (layer.weights.empty() || layer.weights.size() % (outputs * taps) != 0) {
      return Error{"initializer " + id + ".weight: " + std::to_string(layer.weights.size()) +
                   " values"};
    }
    layer.weights = transposed(layer.weights, outputs, layer.weights.size() / (outputs * taps));
  }
  return Unit{};
}

/// The JSON of the metadata into description, class names and input zero.
Status read_metadata(const std::string& text, FloatNetwork& network) {
  const json root = json::parse(text, nullptr, false);
  const auto bad = [] { return Error{std::string("metadata ") + kFloatKey + " is damaged"}; };
  if (!root.is_object() || !root.contains("description") || !root["description"].is_string() ||
      !root.contains("classes") || !root["classes"].is_array() || !root.contains("input_zero") ||
      !root["input_zero"].is_number_integer() || !root.contains("layers") ||
      !root["layers"].is_array()) {
    return bad();
  }
  auto description = quant::parse_description(root["description"].get<std::string>());
  if (!description) return description.error();
  network.description = std::move(*description);
  const json& names = root["layers"];
  if (names.size() != network.description.layers.size()) return bad();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].is_string()) return bad();
    network.description.layers[i].name = names[i].get<std::string>();
  }
  for (const json& name : root["classes"]) {
    if (!name.is_string()) return bad();
    network.classes.push_back(name.get<std::string>());
  }
  for (const json& repetition : root.value("repetitions", json::array())) {
    if (!repetition.is_number_integer()) return bad();
    network.repetitions.push_back(repetition.get<int>());
  }
  const auto zero = root["input_zero"].get<std::int64_t>();
  if (zero < 0 || zero > 255) return bad();
  network.input_zero = static_cast<int>(zero);
  return Unit{};
}

Result<FloatNetwork> from_model(const Model& model) {
  const auto entry = model.metadata.find(kFloatKey);
  if (entry == model.metadata.end()) {
    return Error{std::string("no float network of this project: metadata ") + kFloatKey +
                 " is missing"};
  }
  FloatNetwork network;
  if (Status status = read_metadata(entry->second, network); !status) return status.error();
  auto gain = reals(model, "gain");
  if (!gain) return gain.error();
  network.gain = std::move(*gain);
  for (std::size_t i = 0; i < network.description.layers.size(); ++i) {
    quant::FloatLayer layer;
    const quant::LayerDescription& what = network.description.layers[i];
    if (Status status = read_layer(model, "l" + std::to_string(i), what, layer); !status) {
      return status.error();
    }
    for (const Node& node : model.nodes) {
      if (what.batch_norm && node.outputs == std::vector{"l" + std::to_string(i) + ".normed"} &&
          node.reals.contains("epsilon")) {
        layer.batch_norm.epsilon = node.reals.at("epsilon");
      }
    }
    network.layers.push_back(std::move(layer));
  }
  if (Status status = quant::check(network); !status) return status.error();
  return network;
}

}  // namespace

Status write_float(const std::string& path, const quant::FloatNetwork& network) {
  if (Status status = quant::check(network); !status) {
    return Error{path + ": " + status.error().message};
  }
  return write_file(path, encode_model(Builder(network).build()));
}

Result<quant::FloatNetwork> read_float(const std::string& path) {
  const Result<std::string> bytes = read_file(path);
  if (!bytes) return bytes.error();
  const Result<Model> model = decode_model(*bytes);
  if (!model) return Error{path + ": " + model.error().message};
  Result<FloatNetwork> network = from_model(*model);
  if (!network) return Error{path + ": " + network.error().message};
  return network;
}

}  // namespace tendon::onnx
