// SPDX-License-Identifier: MIT
#include "onnx/metadata.hpp"
#include "onnx/onnx.hpp"
#include "onnx/quantized_graph.hpp"

namespace tendon::onnx {
namespace {

Result<float> scalar(const Model& model, const std::string& name) {
  const auto constant = find(model, name);
  if (!constant) return constant.error();
  if ((*constant)->reals.size() != 1) return Error{"initializer " + name + " is no real scalar"};
  return (*constant)->reals[0];
}

/// Inverse of the channels-second order of weights; values back to codes.
Status read_weights(const Model& model, const std::string& id, net::Layer& layer) {
  const auto bias = find(model, id + ".bias");
  if (!bias) return bias.error();
  const auto weight = find(model, id + ".weight");
  if (!weight) return weight.error();
  const auto scales = find(model, id + ".weight_scale");
  if (!scales) return scales.error();
  for (const std::int64_t b : (*bias)->integers) layer.bias.push_back(static_cast<std::int32_t>(b));
  layer.weight_scales = (*scales)->reals;
  const auto& dims = (*weight)->dims;
  const auto& values = (*weight)->integers;
  if (dims.size() < 2 || values.empty() || layer.bias.empty()) {
    return Error{"initializer " + id + ".weight has no weights"};
  }
  const std::size_t out = layer.bias.size();
  std::size_t taps = 1;
  for (std::size_t i = 2; i < dims.size(); ++i) taps *= static_cast<std::size_t>(dims[i]);
  const std::size_t in = values.size() / (out * taps);
  if (in * out * taps != values.size()) {
    return Error{"initializer " + id + ".weight: " + std::to_string(values.size()) +
                 " values for " + std::to_string(out) + " biases"};
  }
  layer.weights.resize(values.size());
  for (std::size_t o = 0; o < out; ++o) {
    for (std::size_t i = 0; i < in; ++i) {
      for (std::size_t k = 0; k < taps; ++k) {
        const std::int64_t value = values[(o * in + i) * taps + k];
        if (layer.grid == net::WeightGrid::kOdd && (value & 1) == 0) {
          return Error{"initializer " + id + ".weight: " + std::to_string(value) +
                       " is not on the odd grid"};
        }
        layer.weights[(o * taps + k) * in + i] =
            static_cast<std::int8_t>(layer.grid == net::WeightGrid::kOdd ? (value - 1) / 2 : value);
      }
    }
  }
  return Unit{};
}

Status read_constants(const Model& model, net::Network& network) {
  for (std::size_t i = 0; i < network.tensors.size(); ++i) {
    const auto scale = scalar(model, "t" + std::to_string(i) + ".scale");
    if (!scale) return scale.error();
    network.tensors[i].scale = *scale;
  }
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    net::Layer& layer = network.layers[i];
    const std::string id = "l" + std::to_string(i);
    if (layer.kind == net::LayerKind::kConv || layer.kind == net::LayerKind::kDense ||
        layer.kind == net::LayerKind::kDepthwise) {
      if (Status status = read_weights(model, id, layer); !status) return status;
    }
    if (layer.kind == net::LayerKind::kTable) {
      const auto table = find(model, id + ".table");
      if (!table) return table.error();
      for (const std::int64_t v : (*table)->integers) {
        layer.table.push_back(static_cast<std::int8_t>(v));
      }
    }
  }
  return Unit{};
}

/// The graph a viewer shows must be the network we run: same nodes, same constants.
Status same_graph(const Model& read, const Model& want) {
  for (std::size_t i = 0; i < want.nodes.size(); ++i) {
    if (i >= read.nodes.size() || !(read.nodes[i] == want.nodes[i])) {
      return Error{"node " + std::to_string(i) + " (" + want.nodes[i].op + " to " +
                   want.nodes[i].outputs[0] + ") is not as the metadata says"};
    }
  }
  if (read.nodes.size() != want.nodes.size()) {
    return Error{std::to_string(read.nodes.size()) + " nodes, the metadata gives " +
                 std::to_string(want.nodes.size())};
  }
  for (const Initializer& constant : want.initializers) {
    const auto other = find(read, constant.name);
    if (!other) return other.error();
    if ((*other)->type != constant.type || (*other)->dims != constant.dims ||
        (*other)->reals != constant.reals || (*other)->integers != constant.integers) {
      return Error{"initializer " + constant.name + " is not as the metadata says"};
    }
  }
  return Unit{};
}

}  // namespace

Result<std::string> encode(const net::Network& network) {
  if (Status status = net::check(network); !status) return status.error();
  return encode_model(to_graph(network));
}

Result<net::Network> decode(std::span<const std::uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const Result<Model> model = decode_model(text);
  if (!model) return model.error();
  const auto entry = model->metadata.find(kNetworkKey);
  if (entry == model->metadata.end()) {
    return Error{std::string("no quantized network of this project: metadata ") + kNetworkKey +
                 " is missing"};
  }
  Result<net::Network> network = from_metadata(entry->second);
  if (!network) return network;
  if (Status status = read_constants(*model, *network); !status) return status.error();
  if (Status status = net::check(*network); !status) return status.error();
  if (Status status = same_graph(*model, to_graph(*network)); !status) return status.error();
  return network;
}

Status write(const std::string& path, const net::Network& network) {
  const Result<std::string> bytes = encode(network);
  if (!bytes) return Error{path + ": " + bytes.error().message};
  return write_file(path, *bytes);
}

Result<net::Network> read(const std::string& path) {
  const Result<std::string> bytes = read_file(path);
  if (!bytes) return bytes.error();
  Result<net::Network> network =
      decode({reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()});
  if (!network) return Error{path + ": " + network.error().message};
  return network;
}

Result<Content> content(const std::string& path) {
  const Result<std::string> bytes = read_file(path);
  if (!bytes) return bytes.error();
  const Result<Model> model = decode_model(*bytes);
  if (!model) return Error{path + ": " + model.error().message};
  if (model->metadata.contains(kNetworkKey)) return Content::kQuantized;
  if (model->metadata.contains(kFloatKey)) return Content::kFloat;
  return Error{path + ": an ONNX file, but of another program"};
}

}  // namespace tendon::onnx
