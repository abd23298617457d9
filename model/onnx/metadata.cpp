// SPDX-License-Identifier: MIT
#include "onnx/metadata.hpp"

#include <bit>
#include <nlohmann/json.hpp>

namespace tendon::onnx {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

json axis_to_json(const net::Axis& axis) {
  return {axis.kernel, axis.stride, axis.dilation, axis.pad_begin, axis.pad_end};
}

/// Accessors that remember the first thing that was wrong instead of throwing.
class Reader {
 public:
  std::string problem;

  const json& at(const json& object, const char* key) {
    static const json kNone;
    if (object.is_object() && object.contains(key)) return object[key];
    if (problem.empty()) problem = std::string("key ") + key + " is missing";
    return kNone;
  }
  int integer(const json& value, const char* what, std::int64_t low, std::int64_t high) {
    if (value.is_number_integer()) {
      const auto number = value.get<std::int64_t>();
      if (number >= low && number <= high) return static_cast<int>(number);
    }
    if (problem.empty()) problem = std::string("key ") + what + " is out of range";
    return static_cast<int>(low);
  }
  int integer_at(const json& object, const char* key, std::int64_t low, std::int64_t high) {
    return integer(at(object, key), key, low, high);
  }
  std::string text_at(const json& object, const char* key) {
    const json& value = at(object, key);
    if (value.is_string()) return value.get<std::string>();
    if (problem.empty()) problem = std::string("key ") + key + " is no text";
    return {};
  }
  const json& list_at(const json& object, const char* key) {
    static const json kEmpty = json::array();
    const json& value = at(object, key);
    if (value.is_array()) return value;
    if (problem.empty()) problem = std::string("key ") + key + " is no list";
    return kEmpty;
  }
};

constexpr std::int64_t kMost = 1 << 28;

net::Axis read_axis(Reader& in, const json& object, const char* key) {
  const json& list = in.list_at(object, key);
  net::Axis axis;
  int* const fields[] = {&axis.kernel, &axis.stride, &axis.dilation, &axis.pad_begin,
                         &axis.pad_end};
  if (list.size() != 5 && in.problem.empty()) {
    in.problem = std::string("key ") + key + " needs five numbers";
  }
  for (std::size_t i = 0; i < 5 && i < list.size(); ++i) {
    *fields[i] = in.integer(list[i], key, 0, kMost);
  }
  return axis;
}

json tensor_to_json(const net::Tensor& tensor) {
  return {{"name", tensor.name},
          {"shape", {tensor.shape.rows, tensor.shape.columns, tensor.shape.channels}},
          {"bits", tensor.bits},
          {"signed", tensor.is_signed ? 1 : 0},
          {"zero_point", tensor.zero_point}};
}

net::Tensor tensor_from_json(Reader& in, const json& object) {
  net::Tensor tensor;
  tensor.name = in.text_at(object, "name");
  const json& shape = in.list_at(object, "shape");
  if (shape.size() == 3) {
    tensor.shape = {in.integer(shape[0], "shape", 1, kMost),
                    in.integer(shape[1], "shape", 1, kMost),
                    in.integer(shape[2], "shape", 1, kMost)};
  } else if (in.problem.empty()) {
    in.problem = "key shape needs three numbers";
  }
  tensor.bits = in.integer_at(object, "bits", 1, 8);
  tensor.is_signed = in.integer_at(object, "signed", 0, 1) == 1;
  tensor.zero_point = in.integer_at(object, "zero_point", -128, 255);
  return tensor;
}

json layer_to_json(const net::Layer& layer) {
  json requant = json::array();
  for (const net::Requant& r : layer.requant) requant.push_back({r.multiplier, r.shift});
  return {{"name", layer.name},
          {"kind", static_cast<int>(layer.kind)},
          {"inputs", layer.inputs},
          {"output", layer.output},
          {"row", axis_to_json(layer.row)},
          {"column", axis_to_json(layer.column)},
          {"weight_bits", layer.weight_bits},
          {"grid", static_cast<int>(layer.grid)},
          {"rounding", static_cast<int>(layer.rounding)},
          {"requant", std::move(requant)},
          {"lo", layer.lo},
          {"hi", layer.hi},
          {"fused_pool", layer.fused_pool}};
}

net::Layer layer_from_json(Reader& in, const json& object) {
  net::Layer layer;
  layer.name = in.text_at(object, "name");
  layer.kind = static_cast<net::LayerKind>(in.integer_at(object, "kind", 1, 8));
  for (const json& input : in.list_at(object, "inputs")) {
    layer.inputs.push_back(in.integer(input, "inputs", 0, kMost));
  }
  layer.output = in.integer_at(object, "output", 0, kMost);
  layer.row = read_axis(in, object, "row");
  layer.column = read_axis(in, object, "column");
  layer.weight_bits = in.integer_at(object, "weight_bits", 1, 8);
  layer.grid = static_cast<net::WeightGrid>(in.integer_at(object, "grid", 0, 1));
  layer.rounding = static_cast<net::Rounding>(in.integer_at(object, "rounding", 0, 4));
  for (const json& pair : in.list_at(object, "requant")) {
    if (pair.is_array() && pair.size() == 2) {
      layer.requant.push_back({in.integer(pair[0], "requant", INT32_MIN, INT32_MAX),
                               in.integer(pair[1], "requant", INT32_MIN, INT32_MAX)});
    } else if (in.problem.empty()) {
      in.problem = "key requant needs pairs";
    }
  }
  layer.lo = in.integer_at(object, "lo", INT32_MIN, INT32_MAX);
  layer.hi = in.integer_at(object, "hi", INT32_MIN, INT32_MAX);
  layer.fused_pool = in.integer_at(object, "fused_pool", 0, kMost);
  return layer;
}

}  // namespace

std::string to_metadata(const net::Network& network) {
  json root{{"version", kVersion}, {"name", network.name}, {"classes", network.classes}};
  json gain = json::array();  // bit patterns: exact whatever reads them
  for (const float g : network.input_coding.gain) gain.push_back(std::bit_cast<std::uint32_t>(g));
  root["gain_bits"] = std::move(gain);
  root["table"] = network.input_coding.table;
  for (const net::Tensor& tensor : network.tensors)
    root["tensors"].push_back(tensor_to_json(tensor));
  for (const net::Layer& layer : network.layers) root["layers"].push_back(layer_to_json(layer));
  return root.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<net::Network> from_metadata(const std::string& text) {
  const json root = json::parse(text, nullptr, false);
  if (root.is_discarded()) return Error{std::string(kNetworkKey) + ": no JSON"};
  Reader in;
  net::Network network;
  in.integer_at(root, "version", kVersion, kVersion);
  network.name = in.text_at(root, "name");
  for (const json& name : in.list_at(root, "classes")) {
    network.classes.push_back(name.is_string() ? name.get<std::string>() : "");
  }
  for (const json& bits : in.list_at(root, "gain_bits")) {
    const bool good = bits.is_number_integer() && bits.get<std::int64_t>() >= 0 &&
                      bits.get<std::int64_t>() <= UINT32_MAX;
    if (!good && in.problem.empty()) in.problem = "key gain_bits is out of range";
    network.input_coding.gain.push_back(
        std::bit_cast<float>(good ? bits.get<std::uint32_t>() : 0u));
  }
  for (const json& code : in.list_at(root, "table")) {
    network.input_coding.table.push_back(
        static_cast<std::uint8_t>(in.integer(code, "table", 0, 255)));
  }
  for (const json& tensor : in.list_at(root, "tensors")) {
    network.tensors.push_back(tensor_from_json(in, tensor));
  }
  for (const json& layer : in.list_at(root, "layers")) {
    network.layers.push_back(layer_from_json(in, layer));
  }
  if (!in.problem.empty()) return Error{std::string(kNetworkKey) + ": " + in.problem};
  return network;
}

}  // namespace tendon::onnx
