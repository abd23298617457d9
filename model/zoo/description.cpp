// SPDX-License-Identifier: MIT
#include "zoo/description.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace tendon::zoo {
namespace {

using Json = nlohmann::json;
using net::LayerKind;

constexpr int kMaxSize = 65535;

/// Thrown and caught inside this file only: keeps the reading of fields readable.
struct Refused {
  std::string message;
};

void allow_keys(const Json& object, const std::set<std::string>& keys, const std::string& where) {
  if (!object.is_object()) throw Refused{where + " must be an object"};
  for (const auto& item : object.items()) {
    if (!keys.contains(item.key())) throw Refused{where + ": unknown key '" + item.key() + "'"};
  }
}

int number(const Json& value, int low, const std::string& where) {
  if (!value.is_number_integer()) throw Refused{where + " must be a whole number"};
  const auto n = value.get<std::int64_t>();
  if (n < low || n > kMaxSize) {
    throw Refused{where + " is " + std::to_string(n) + ", must be " + std::to_string(low) + ".." +
                  std::to_string(kMaxSize)};
  }
  return static_cast<int>(n);
}

struct Pair {
  int row, column;
};

/// A number counts for the columns; the rows then keep `row_default`.
Pair pair(const Json& object, const char* key, Pair fallback, int low, const std::string& where) {
  if (!object.contains(key)) return fallback;
  const Json& value = object.at(key);
  const std::string place = where + ": '" + key + "'";
  if (!value.is_array()) return {fallback.row, number(value, low, place)};
  if (value.size() != 2)
    throw Refused{place + " has " + std::to_string(value.size()) + " values, must be 2"};
  return {number(value[0], low, place), number(value[1], low, place)};
}

bool flag(const Json& object, const char* key, const std::string& where) {
  if (!object.contains(key)) return false;
  if (!object.at(key).is_boolean()) throw Refused{where + ": '" + key + "' must be true or false"};
  return object.at(key).get<bool>();
}

std::string text(const Json& object, const char* key, const std::string& fallback,
                 const std::string& where) {
  if (!object.contains(key)) return fallback;
  if (!object.at(key).is_string()) throw Refused{where + ": '" + key + "' must be a text"};
  return object.at(key).get<std::string>();
}

LayerKind kind_of(const std::string& name, const std::string& where) {
  for (const LayerKind kind : {LayerKind::kConv, LayerKind::kDense, LayerKind::kDepthwise,
                               LayerKind::kMaxPool, LayerKind::kAvgPool}) {
    if (name == net::to_string(kind)) return kind;
  }
  throw Refused{where + ": kind is '" + name +
                "', must be conv, dense, depthwise, max_pool or avg_pool"};
}

bool is_pool(LayerKind kind) { return kind == LayerKind::kMaxPool || kind == LayerKind::kAvgPool; }

void read_axes(const Json& object, const net::Shape& in, const std::string& where,
               LayerDescription& layer) {
  const Pair whole = is_pool(layer.kind) ? Pair{in.rows, in.columns} : Pair{1, 1};
  const Pair kernel =
      pair(object, "kernel", object.contains("kernel") ? Pair{1, 1} : whole, 1, where);
  const Pair stride = pair(object, "stride", is_pool(layer.kind) ? kernel : Pair{1, 1}, 1, where);
  const Pair dilation = pair(object, "dilation", {1, 1}, 1, where);
  const Pair pad = pair(object, "pad", {0, 0}, 0, where);
  layer.row = {kernel.row, stride.row, dilation.row, pad.row, pad.row};
  layer.column = {kernel.column, stride.column, dilation.column, pad.column, pad.column};
}

void check_axis(const net::Axis& axis, int in, const std::string& where) {
  const std::int64_t extent = std::int64_t{axis.dilation} * (axis.kernel - 1) + 1;
  const std::int64_t padded = std::int64_t{in} + axis.pad_begin + axis.pad_end;
  if (extent > padded) {
    throw Refused{where + ": window is " + std::to_string(extent) + ", padded input " +
                  std::to_string(padded)};
  }
}

net::Shape shape_after(const LayerDescription& layer, const net::Shape& in) {
  const std::string where = "layer '" + layer.name + "'";
  if (layer.kind == LayerKind::kDense) return {1, 1, layer.outputs};
  check_axis(layer.row, in.rows, where);
  check_axis(layer.column, in.columns, where);
  const int columns = layer.column.out(in.columns);
  if (layer.fused_pool > columns) {
    throw Refused{where + ": pool is " + std::to_string(layer.fused_pool) + ", columns " +
                  std::to_string(columns)};
  }
  const int channels = layer.kind == LayerKind::kConv ? layer.outputs : in.channels;
  return {layer.row.out(in.rows), columns / layer.fused_pool, channels};
}

LayerDescription read_layer(const Json& object, std::size_t index, const net::Shape& in) {
  const std::string where = "layer " + std::to_string(index);
  if (!object.is_object() || !object.contains("kind")) throw Refused{where + " has no 'kind'"};
  LayerDescription layer;
  layer.kind = kind_of(text(object, "kind", "", where), where);
  std::set<std::string> keys = {"kind", "name"};
  if (layer.kind != LayerKind::kDense) keys.insert({"kernel", "stride", "dilation", "pad"});
  if (!is_pool(layer.kind)) keys.insert({"relu", "batch_norm"});
  if (layer.kind == LayerKind::kConv) keys.insert("pool");
  const bool has_outputs = layer.kind == LayerKind::kConv || layer.kind == LayerKind::kDense;
  if (has_outputs) keys.insert("outputs");
  allow_keys(object, keys, where);
  layer.name = text(object, "name", net::to_string(layer.kind) + std::to_string(index + 1), where);
  if (layer.name.empty()) throw Refused{where + ": 'name' is empty"};
  if (has_outputs) {
    if (!object.contains("outputs")) throw Refused{where + " has no 'outputs'"};
    layer.outputs = number(object.at("outputs"), 1, where + ": 'outputs'");
  }
  if (object.contains("pool")) layer.fused_pool = number(object.at("pool"), 1, where + ": 'pool'");
  layer.relu = flag(object, "relu", where);
  layer.batch_norm = flag(object, "batch_norm", where);
  if (layer.kind != LayerKind::kDense) read_axes(object, in, where, layer);
  return layer;
}

Description read_description(const Json& json) {
  allow_keys(json, {"name", "input", "classes", "layers"}, "description");
  Description d;
  d.name = text(json, "name", "network", "description");
  if (!json.contains("input")) throw Refused{"description has no 'input'"};
  const Json& input = json.at("input");
  allow_keys(input, {"rows", "columns", "channels"}, "input");
  for (const char* key : {"columns", "channels"}) {
    if (!input.contains(key)) throw Refused{std::string("input has no '") + key + "'"};
  }
  d.input = {input.contains("rows") ? number(input.at("rows"), 1, "input: 'rows'") : 1,
             number(input.at("columns"), 1, "input: 'columns'"),
             number(input.at("channels"), 1, "input: 'channels'")};
  if (json.contains("classes")) {
    if (!json.at("classes").is_array()) throw Refused{"'classes' must be a list"};
    for (const Json& name : json.at("classes")) {
      if (!name.is_string()) throw Refused{"'classes' must hold texts"};
      d.classes.push_back(name.get<std::string>());
    }
  }
  if (!json.contains("layers") || !json.at("layers").is_array() || json.at("layers").empty()) {
    throw Refused{"description needs a list 'layers' with at least one layer"};
  }
  net::Shape shape = d.input;
  for (const Json& object : json.at("layers")) {
    d.layers.push_back(read_layer(object, d.layers.size(), shape));
    shape = shape_after(d.layers.back(), shape);
  }
  if (!d.classes.empty() && static_cast<int>(d.classes.size()) != shape.channels) {
    throw Refused{std::to_string(d.classes.size()) + " classes, the last layer has " +
                  std::to_string(shape.channels) + " outputs"};
  }
  return d;
}

}  // namespace

Result<Description> parse_description(const std::string& json) {
  try {
    return read_description(Json::parse(json));
  } catch (const Refused& refused) {
    return Error{refused.message};
  } catch (const Json::exception& broken) {
    return Error{std::string("not valid JSON: ") + broken.what()};
  }
}

std::string to_json(const Description& d) {
  Json json = {
      {"name", d.name},
      {"input",
       {{"rows", d.input.rows}, {"columns", d.input.columns}, {"channels", d.input.channels}}}};
  if (!d.classes.empty()) json["classes"] = d.classes;
  for (const LayerDescription& layer : d.layers) {
    Json object = {{"kind", net::to_string(layer.kind)}, {"name", layer.name}};
    if (layer.kind == LayerKind::kConv || layer.kind == LayerKind::kDense)
      object["outputs"] = layer.outputs;
    if (layer.kind == LayerKind::kConv) object["pool"] = layer.fused_pool;
    if (!is_pool(layer.kind)) {
      object["relu"] = layer.relu;
      object["batch_norm"] = layer.batch_norm;
    }
    if (layer.kind != LayerKind::kDense) {
      object["kernel"] = {layer.row.kernel, layer.column.kernel};
      object["stride"] = {layer.row.stride, layer.column.stride};
      object["dilation"] = {layer.row.dilation, layer.column.dilation};
      object["pad"] = {layer.row.pad_begin, layer.column.pad_begin};
    }
    json["layers"].push_back(object);
  }
  return json.dump(2);
}

Result<std::vector<net::Shape>> layer_shapes(const Description& description) {
  std::vector<net::Shape> shapes;
  net::Shape shape = description.input;
  try {
    for (const LayerDescription& layer : description.layers) {
      shape = shape_after(layer, shape);
      shapes.push_back(shape);
    }
  } catch (const Refused& refused) {
    return Error{refused.message};
  }
  return shapes;
}

}  // namespace tendon::zoo
