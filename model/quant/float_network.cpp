// SPDX-License-Identifier: MIT
#include "quant/float_network.hpp"

#include <algorithm>
#include <cmath>

namespace tendon::quant {
namespace {

LayerDescription conv(std::string name, int outputs, int kernel, int stride, int pool) {
  LayerDescription layer;
  layer.name = std::move(name);
  layer.kind = FloatKind::kConv;
  layer.outputs = outputs;
  layer.kernel = kernel;
  layer.stride = stride;
  layer.pad = kernel / 2;
  layer.pool = pool;
  layer.batch_norm = true;
  layer.relu = true;
  return layer;
}

LayerDescription dense(std::string name, int outputs, bool relu) {
  LayerDescription layer;
  layer.name = std::move(name);
  layer.kind = FloatKind::kDense;
  layer.outputs = outputs;
  layer.relu = relu;
  return layer;
}

/// Elements of one output's weights.
int fan_in(const LayerDescription& layer, const net::Shape& input) {
  if (layer.kind == FloatKind::kConv) return layer.kernel * input.channels;
  return layer.kind == FloatKind::kDense ? input.size() : 0;
}

Result<net::Shape> shape_behind(const LayerDescription& layer, const net::Shape& input) {
  const auto refuse = [&](const std::string& why) {
    return Error{"layer " + layer.name + ": " + why + ", input " + net::to_string(input)};
  };
  if (layer.kind == FloatKind::kGlobalAverage) return net::Shape{1, 1, input.channels};
  if (layer.outputs < 1) return refuse(std::to_string(layer.outputs) + " outputs");
  if (layer.kind == FloatKind::kDense) return net::Shape{1, 1, layer.outputs};
  if (layer.kernel < 1 || layer.stride < 1 || layer.dilation < 1 || layer.pad < 0 ||
      layer.pool < 1) {
    return refuse("kernel, stride, dilation and pool must be at least 1, pad at least 0");
  }
  const net::Axis axis{layer.kernel, layer.stride, layer.dilation, layer.pad, layer.pad};
  const int reach = layer.dilation * (layer.kernel - 1) + 1;
  const int time = input.columns + 2 * layer.pad < reach ? 0 : axis.out(input.columns) / layer.pool;
  if (time < 1) return refuse("nothing is left of the time axis");
  return net::Shape{1, time, layer.outputs};
}

Status check_array(const std::vector<float>& values, std::size_t want, const std::string& layer,
                   const char* what) {
  if (values.size() != want) {
    return Error{"layer " + layer + ": " + std::to_string(values.size()) + " " + what + ", " +
                 std::to_string(want) + " expected"};
  }
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    return Error{"layer " + layer + ": " + what + " that are not finite"};
  }
  return Unit{};
}

Status check_layer(const LayerDescription& layer, const FloatLayer& values,
                   const net::Shape& input) {
  const auto outputs =
      static_cast<std::size_t>(layer.kind == FloatKind::kGlobalAverage ? 0 : layer.outputs);
  const std::size_t weights = outputs * static_cast<std::size_t>(fan_in(layer, input));
  const std::size_t norms = layer.batch_norm ? outputs : 0;
  const BatchNorm& norm = values.batch_norm;
  const struct {
    const std::vector<float>& values;
    std::size_t want;
    const char* what;
  } arrays[] = {
      {values.weights, weights, "weights"},      {values.bias, outputs, "biases"},
      {norm.gamma, norms, "batch norm factors"}, {norm.beta, norms, "batch norm offsets"},
      {norm.mean, norms, "batch norm means"},    {norm.variance, norms, "batch norm variances"}};
  for (const auto& array : arrays) {
    Status status = check_array(array.values, array.want, layer.name, array.what);
    if (!status) return status;
  }
  return Unit{};
}

}  // namespace

Description db1_cnn(int length, int channels, int classes) {
  Description net{"db1-cnn", length, channels, {}};
  net.layers = {conv("conv1", 24, 7, 1, 1), conv("conv2", 32, 7, 1, 1), conv("conv3", 64, 3, 1, 2),
                dense("dense1", 64, true), dense("dense2", classes, false)};
  return net;
}

Description db1_gap(int length, int channels, int classes) {
  Description net{"db1-gap", length, channels, {}};
  LayerDescription average;
  average.name = "average";
  average.kind = FloatKind::kGlobalAverage;
  net.layers = {conv("conv1", 40, 5, 1, 1),
                conv("conv2", 56, 5, 2, 1),
                conv("conv3", 96, 3, 1, 1),
                conv("conv4", 112, 3, 2, 1),
                average,
                dense("dense1", classes, false)};
  return net;
}

Description db1_small(int length, int channels, int classes) {
  Description net{"db1-small", length, channels, {}};
  net.layers = {conv("conv1", 24, 7, 1, 1), conv("conv2", 32, 7, 1, 2), conv("conv3", 32, 3, 1, 2),
                dense("dense1", 32, true), dense("dense2", classes, false)};
  return net;
}

Description db1_tiny(int length, int channels, int classes) {
  Description net{"db1-tiny", length, channels, {}};
  net.layers = {conv("conv1", 16, 7, 1, 1), conv("conv2", 16, 5, 1, 2), conv("conv3", 16, 3, 1, 2),
                dense("dense1", 16, true), dense("dense2", classes, false)};
  return net;
}

Description db1_wide(int length, int channels, int classes) {
  Description net{"db1-wide", length, channels, {}};
  net.layers = {conv("conv1", 48, 7, 1, 1), conv("conv2", 64, 7, 1, 1), conv("conv3", 128, 3, 1, 2),
                dense("dense1", 128, true), dense("dense2", classes, false)};
  return net;
}

Result<Description> find_description(const std::string& name, int length, int channels,
                                     int classes) {
  if (name == "db1-cnn") return db1_cnn(length, channels, classes);
  if (name == "db1-gap") return db1_gap(length, channels, classes);
  if (name == "db1-small") return db1_small(length, channels, classes);
  if (name == "db1-tiny") return db1_tiny(length, channels, classes);
  if (name == "db1-wide") return db1_wide(length, channels, classes);
  return Error{"unknown network " + name +
               "; known: db1-cnn, db1-gap, db1-small, db1-tiny, db1-wide"};
}

Result<std::vector<net::Shape>> shapes(const Description& description) {
  if (description.length < 1 || description.channels < 1) {
    return Error{"input of " + std::to_string(description.length) + " samples and " +
                 std::to_string(description.channels) + " channels"};
  }
  if (description.layers.empty()) return Error{description.name + ": no layers"};
  std::vector<net::Shape> all{{1, description.length, description.channels}};
  for (const LayerDescription& layer : description.layers) {
    const Result<net::Shape> shape = shape_behind(layer, all.back());
    if (!shape) return shape.error();
    all.push_back(*shape);
  }
  const LayerDescription& last = description.layers.back();
  if (last.kind != FloatKind::kDense || last.relu) {
    return Error{"layer " + last.name + ": the last layer must be dense without ReLU"};
  }
  return all;
}

Status check(const FloatNetwork& network) {
  const Result<std::vector<net::Shape>> all = shapes(network.description);
  if (!all) return all.error();
  const auto& layers = network.description.layers;
  if (network.layers.size() != layers.size()) {
    return Error{std::to_string(network.layers.size()) + " layers with values, description has " +
                 std::to_string(layers.size())};
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (Status status = check_layer(layers[i], network.layers[i], (*all)[i]); !status) {
      return status;
    }
  }
  if (network.classes.size() != static_cast<std::size_t>(layers.back().outputs)) {
    return Error{std::to_string(network.classes.size()) + " class names, the last layer has " +
                 std::to_string(layers.back().outputs) + " outputs"};
  }
  if (network.input_zero < 0 || network.input_zero > 255) {
    return Error{"input zero point " + std::to_string(network.input_zero) + ", 0..255 allowed"};
  }
  return check_array(network.gain, static_cast<std::size_t>(network.description.channels), "input",
                     "gains");
}

FloatNetwork fold(const FloatNetwork& network) {
  FloatNetwork folded = network;
  for (std::size_t i = 0; i < folded.layers.size(); ++i) {
    FloatLayer& layer = folded.layers[i];
    if (!folded.description.layers[i].batch_norm) continue;
    const BatchNorm norm = std::move(layer.batch_norm);
    const std::size_t fan = layer.weights.size() / layer.bias.size();
    for (std::size_t o = 0; o < layer.bias.size(); ++o) {
      const float factor = norm.gamma[o] / std::sqrt(norm.variance[o] + norm.epsilon);
      for (std::size_t k = 0; k < fan; ++k) layer.weights[o * fan + k] *= factor;
      layer.bias[o] = (layer.bias[o] - norm.mean[o]) * factor + norm.beta[o];
    }
    layer.batch_norm = {};
    folded.description.layers[i].batch_norm = false;
  }
  return folded;
}

std::int64_t parameters(const Description& description) {
  const Result<std::vector<net::Shape>> all = shapes(description);
  if (!all) return 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < description.layers.size(); ++i) {
    const LayerDescription& layer = description.layers[i];
    if (layer.kind == FloatKind::kGlobalAverage) continue;
    const std::int64_t outputs = layer.outputs;
    count += outputs * (fan_in(layer, (*all)[i]) + 1 + (layer.batch_norm ? 2 : 0));
  }
  return count;
}

}  // namespace tendon::quant
