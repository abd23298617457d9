// SPDX-License-Identifier: MIT
// The rules of docs/numerics.md, one function per group, in the order in which later ones rely on
// earlier ones.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <set>

#include "net/network.hpp"

namespace tendon::net {
namespace {

using Problem = std::optional<Error>;
constexpr int kMaxDimension = 65535;  // .tdn and descriptors hold 16 bits
constexpr std::int64_t kMaxElements = 1
                                      << 26;  // far above any memory here; keeps products in int64

std::string text(std::int64_t value) { return std::to_string(value); }

Error layer_error(const Layer& layer, const std::string& what) {
  return Error{"layer '" + layer.name + "' (" + to_string(layer.kind) + "): " + what};
}

std::string range(std::int64_t low, std::int64_t high) { return text(low) + ".." + text(high); }

/// "rule: got X, want Y"
Error rule(const Layer& layer, const std::string& name, const std::string& got,
           const std::string& want) {
  return layer_error(layer, name + " is " + got + ", must be " + want);
}

Problem check_size(const Layer& layer, const std::string& name, std::size_t got,
                   std::int64_t want) {
  if (static_cast<std::int64_t>(got) == want) return std::nullopt;
  return rule(layer, name, text(static_cast<std::int64_t>(got)), text(want));
}

Problem check_range(const Layer& layer, const std::string& name, std::int64_t got, std::int64_t low,
                    std::int64_t high) {
  if (got >= low && got <= high) return std::nullopt;
  return rule(layer, name, text(got), range(low, high));
}

bool is_width(int bits) { return bits == 2 || bits == 4 || bits == 8; }

Problem check_tensor(const Tensor& tensor) {
  const auto fail = [&](const std::string& what) {
    return Error{"tensor '" + tensor.name + "': " + what};
  };
  if (!is_width(tensor.bits)) return fail("bits is " + text(tensor.bits) + ", must be 2, 4 or 8");
  const Shape& shape = tensor.shape;
  for (const int dimension : {shape.rows, shape.columns, shape.channels}) {
    if (dimension < 1 || dimension > kMaxDimension) {
      return fail("shape is " + to_string(shape) + ", each dimension must be " +
                  range(1, kMaxDimension));
    }
  }
  const std::int64_t elements = std::int64_t{shape.rows} * shape.columns * shape.channels;
  if (elements > kMaxElements)
    return fail(text(elements) + " elements, at most " + text(kMaxElements));
  if (!std::isfinite(tensor.scale) || tensor.scale <= 0.0f) {
    return fail("scale is " + std::to_string(tensor.scale) + ", must be finite and above 0");
  }
  if (tensor.zero_point < tensor.code_min() || tensor.zero_point > tensor.code_max()) {
    return fail("zero point is " + text(tensor.zero_point) + ", codes are " +
                range(tensor.code_min(), tensor.code_max()));
  }
  return std::nullopt;
}

Problem check_input_coding(const Network& network) {
  const InputCoding& coding = network.input_coding;
  const Tensor& input = network.tensors.front();
  const auto channels = static_cast<std::size_t>(input.shape.channels);
  if (coding.gain.size() != channels) {
    return Error{"input coding: " + std::to_string(coding.gain.size()) + " gains, tensor '" +
                 input.name + "' has " + std::to_string(channels) + " channels"};
  }
  for (std::size_t c = 0; c < channels; ++c) {
    if (!std::isfinite(coding.gain[c]) || coding.gain[c] <= 0.0f) {
      return Error{"input coding: gain of channel " + std::to_string(c) + " is " +
                   std::to_string(coding.gain[c]) + ", must be finite and above 0"};
    }
  }
  if (coding.table.size() != 256) {
    return Error{"input coding: table has " + std::to_string(coding.table.size()) +
                 " entries, must be 256"};
  }
  for (std::size_t i = 0; i < 256; ++i) {
    const int code = input.is_signed ? static_cast<std::int8_t>(coding.table[i]) : coding.table[i];
    if (code < input.code_min() || code > input.code_max()) {
      return Error{"input coding: table entry " + std::to_string(i) + " is " + text(code) +
                   ", codes of '" + input.name + "' are " +
                   range(input.code_min(), input.code_max())};
    }
  }
  return std::nullopt;
}

/// `written`: tensors that exist before this layer runs.
Problem check_wiring(const Network& network, const Layer& layer, const std::vector<bool>& written) {
  const bool two = layer.kind == LayerKind::kAdd || layer.kind == LayerKind::kGemm;
  if (auto p = check_size(layer, "number of inputs", layer.inputs.size(), two ? 2 : 1)) return p;
  const auto last = static_cast<std::int64_t>(network.tensors.size()) - 1;
  for (const int input : layer.inputs) {
    if (auto p = check_range(layer, "input tensor index", input, 0, last)) return p;
    if (!written[static_cast<std::size_t>(input)]) {
      return layer_error(layer,
                         "input tensor " + text(input) + " is not written by an earlier layer");
    }
  }
  if (auto p = check_range(layer, "output tensor index", layer.output, 1, last)) return p;
  if (written[static_cast<std::size_t>(layer.output)]) {
    return layer_error(
        layer, "output tensor " + text(layer.output) + " is written by an earlier layer too");
  }
  return std::nullopt;
}

Problem check_enums(const Layer& layer) {
  const auto kind = static_cast<int>(layer.kind);
  if (kind < static_cast<int>(LayerKind::kConv) || kind > static_cast<int>(LayerKind::kGemm)) {
    return Error{"layer '" + layer.name + "': kind is " + text(kind) + ", must be 1..8"};
  }
  if (auto p = check_range(layer, "rounding", static_cast<int>(layer.rounding), 0, 4)) return p;
  return check_range(layer, "weight grid", static_cast<int>(layer.grid), 0, 1);
}

bool is_windowed(LayerKind kind) {
  return kind == LayerKind::kConv || kind == LayerKind::kDepthwise || kind == LayerKind::kMaxPool ||
         kind == LayerKind::kAvgPool;
}

Problem check_axis(const Layer& layer, const Axis& axis, const std::string& name, int in) {
  if (auto p = check_range(layer, name + " kernel", axis.kernel, 1, kMaxDimension)) return p;
  if (auto p = check_range(layer, name + " stride", axis.stride, 1, kMaxDimension)) return p;
  if (auto p = check_range(layer, name + " dilation", axis.dilation, 1, kMaxDimension)) return p;
  // A window that lies in padding only has no maximum, and no use elsewhere.
  const std::int64_t extent = std::int64_t{axis.dilation} * (axis.kernel - 1) + 1;
  const std::int64_t most = std::min<std::int64_t>(extent - 1, kMaxDimension);
  if (auto p = check_range(layer, name + " padding before", axis.pad_begin, 0, most)) return p;
  if (auto p = check_range(layer, name + " padding behind", axis.pad_end, 0, most)) return p;
  const std::int64_t padded = std::int64_t{in} + axis.pad_begin + axis.pad_end;
  if (padded < extent) {
    return rule(layer, name + " window", text(extent), "at most the padded input " + text(padded));
  }
  return std::nullopt;
}

/// Keeps every later product inside int.
Problem check_window_size(const Layer& layer, const Shape& in) {
  if (!is_windowed(layer.kind)) return std::nullopt;
  const auto padded = [](const Axis& axis, int size) {
    return std::int64_t{size} + axis.pad_begin + axis.pad_end;
  };
  const std::int64_t window = std::int64_t{layer.row.kernel} * layer.column.kernel;
  const std::int64_t positions = padded(layer.row, in.rows) * padded(layer.column, in.columns);
  if (auto p = check_range(layer, "window elements", window * in.channels, 1, kMaxElements))
    return p;
  return check_range(layer, "padded input elements", positions * in.channels, 1, kMaxElements);
}

/// A pool has no result for a window that lies in padding altogether (dilation can do that).
Problem check_pool_axis(const Layer& layer, const Axis& axis, const std::string& name, int in) {
  const int outputs = axis.out(in);
  for (int o = 0; o < outputs; ++o) {
    bool sees_input = false;
    for (int k = 0; k < axis.kernel && !sees_input; ++k) {
      const std::int64_t at =
          std::int64_t{o} * axis.stride + std::int64_t{k} * axis.dilation - axis.pad_begin;
      sees_input = at >= 0 && at < in;
    }
    if (!sees_input) {
      return layer_error(layer, name + " window " + text(o) + " of " + text(outputs) +
                                    " lies in the padding of " + text(in) + " inputs");
    }
  }
  return std::nullopt;
}

Problem check_shapes(const Network& network, const Layer& layer) {
  const Shape& in = network.tensors[static_cast<std::size_t>(layer.inputs[0])].shape;
  const Shape& out = network.tensors[static_cast<std::size_t>(layer.output)].shape;
  if (is_windowed(layer.kind)) {
    if (auto p = check_axis(layer, layer.row, "row", in.rows)) return p;
    if (auto p = check_axis(layer, layer.column, "column", in.columns)) return p;
  }
  if (auto p = check_window_size(layer, in)) return p;
  if (layer.kind == LayerKind::kMaxPool || layer.kind == LayerKind::kAvgPool) {
    if (auto p = check_pool_axis(layer, layer.row, "row", in.rows)) return p;
    if (auto p = check_pool_axis(layer, layer.column, "column", in.columns)) return p;
  }
  const int most_pool = layer.kind == LayerKind::kConv ? layer.column.out(in.columns) : 1;
  if (auto p = check_range(layer, "fused pool", layer.fused_pool, 1, most_pool)) return p;
  if (layer.inputs.size() == 2) {
    const Shape& other = network.tensors[static_cast<std::size_t>(layer.inputs[1])].shape;
    const bool fits = layer.kind == LayerKind::kAdd
                          ? other == in
                          : other.rows == in.rows && other.channels == in.channels;
    if (!fits) {
      return layer_error(
          layer, "input shapes " + to_string(in) + " and " + to_string(other) + " do not fit");
    }
  }
  const Shape expected = output_shape(network, layer);
  if (!(expected == out)) return rule(layer, "output shape", to_string(out), to_string(expected));
  return std::nullopt;
}

bool has_weights(LayerKind kind) {
  return kind == LayerKind::kConv || kind == LayerKind::kDense || kind == LayerKind::kDepthwise;
}

Problem check_weights(const Network& network, const Layer& layer) {
  const bool weighted = has_weights(layer.kind);
  const std::int64_t channels =
      weighted ? network.tensors[static_cast<std::size_t>(layer.output)].shape.channels : 0;
  const std::int64_t weights = channels * weights_per_channel(network, layer);
  if (auto p = check_size(layer, "number of biases", layer.bias.size(), channels)) return p;
  if (auto p = check_size(layer, "number of weights", layer.weights.size(), weights)) return p;
  if (!layer.weight_scales.empty()) {
    if (auto p = check_size(layer, "number of weight scales", layer.weight_scales.size(), channels))
      return p;
  }
  if (!weighted) return std::nullopt;
  if (!is_width(layer.weight_bits)) {
    return rule(layer, "weight bits", text(layer.weight_bits), "2, 4 or 8");
  }
  if (layer.grid == WeightGrid::kOdd && layer.weight_bits != 2) {
    return rule(layer, "weight bits on the odd grid", text(layer.weight_bits), "2");
  }
  const int half = 1 << (layer.weight_bits - 1);
  for (const std::int8_t code : layer.weights) {
    if (auto p = check_range(layer, "weight code", code, -half, half - 1)) return p;
  }
  return std::nullopt;
}

bool has_requant(LayerKind kind) {
  return kind != LayerKind::kMaxPool && kind != LayerKind::kTable;
}

std::int64_t requant_count(const Layer& layer) {
  if (has_weights(layer.kind)) return static_cast<std::int64_t>(layer.bias.size());
  if (layer.kind == LayerKind::kAdd) return 2;
  return has_requant(layer.kind) ? 1 : 0;
}

Problem check_scale(const Layer& layer, const Requant& requant) {
  const bool tflite = layer.rounding == Rounding::kTflite;
  if (auto p = check_range(layer, "shift", requant.shift, tflite ? 31 : 0, tflite ? 62 : 63))
    return p;
  if (requant.multiplier == 0) return std::nullopt;
  const std::int64_t top = std::int64_t{1} << (tflite ? 31 : 24);
  const std::int64_t low = layer.kind == LayerKind::kAdd ? 0 : top / 2;
  return check_range(layer, "multiplier", requant.multiplier, low, top - 1);
}

Problem check_requant(const Network& network, const Layer& layer) {
  if (auto p = check_size(layer, "number of scales", layer.requant.size(), requant_count(layer)))
    return p;
  for (const Requant& requant : layer.requant) {
    if (auto p = check_scale(layer, requant)) return p;
  }
  if (!has_requant(layer.kind)) return std::nullopt;
  const Tensor& out = network.tensors[static_cast<std::size_t>(layer.output)];
  if (auto p = check_range(layer, "lo", layer.lo, out.code_min(), out.code_max())) return p;
  if (auto p = check_range(layer, "hi", layer.hi, layer.lo, out.code_max())) return p;
  if (layer.kind == LayerKind::kAdd) {
    // Two roundings of its own, so "one rounding" cannot hold.
    if (layer.rounding == Rounding::kTflite)
      return rule(layer, "rounding", "tflite", "another mode");
    if (auto p =
            check_size(layer, "shift of the second input",
                       static_cast<std::size_t>(layer.requant[1].shift), layer.requant[0].shift)) {
      return p;
    }
  }
  return std::nullopt;
}

Problem check_codes_only(const Network& network, const Layer& layer) {
  const Tensor& in = network.tensors[static_cast<std::size_t>(layer.inputs[0])];
  const Tensor& out = network.tensors[static_cast<std::size_t>(layer.output)];
  if (layer.kind == LayerKind::kMaxPool) {
    const bool same = in.bits == out.bits && in.is_signed == out.is_signed &&
                      in.zero_point == out.zero_point && in.scale == out.scale;
    if (!same) {
      return layer_error(layer, "bits, sign, scale and zero point of input '" + in.name +
                                    "' and output '" + out.name +
                                    "' differ; a max pool works on codes");
    }
  }
  const bool table = layer.kind == LayerKind::kTable;
  if (auto p = check_size(layer, "number of table entries", layer.table.size(), table ? 256 : 0))
    return p;
  for (const std::int8_t entry : layer.table) {
    const int code = out.is_signed ? entry : static_cast<std::uint8_t>(entry);
    if (auto p = check_range(layer, "table entry", code, out.code_min(), out.code_max())) return p;
  }
  return std::nullopt;
}

Problem check_accumulators(const Network& network, const Layer& layer) {
  const int bits = layer.rounding == Rounding::kFloat ? 24 : 31;
  const std::int64_t limit = std::int64_t{1} << bits;
  const std::int64_t bound = accumulator_bound(network, layer);
  if (bound < limit) return std::nullopt;
  return layer_error(layer, "accumulator bound is " + text(bound) + ", must be below " +
                                text(limit) + " (2^" + text(bits) + ", rounding " +
                                to_string(layer.rounding) + ")");
}

Problem check_layer(const Network& network, const Layer& layer, const std::vector<bool>& written) {
  if (layer.name.empty()) return Error{"a layer has no name"};
  if (auto p = check_enums(layer)) return p;
  if (auto p = check_wiring(network, layer, written)) return p;
  if (auto p = check_shapes(network, layer)) return p;
  if (auto p = check_weights(network, layer)) return p;
  if (auto p = check_requant(network, layer)) return p;
  if (auto p = check_codes_only(network, layer)) return p;
  return check_accumulators(network, layer);
}

/// The label is that of one position, and a pool has several.
Problem check_last_layer(const Network& network) {
  const Layer& last = network.layers.back();
  if (last.fused_pool == 1) return std::nullopt;
  return rule(last, "fused pool of the last layer", text(last.fused_pool), "1");
}

Problem check_classes(const Network& network) {
  if (network.classes.empty()) return std::nullopt;
  const Tensor& out = network.tensors[static_cast<std::size_t>(network.layers.back().output)];
  if (static_cast<int>(network.classes.size()) == out.shape.channels) return std::nullopt;
  return Error{"network '" + network.name + "': " + std::to_string(network.classes.size()) +
               " class names, the last layer has " + text(out.shape.channels) + " channels"};
}

Problem find_problem(const Network& network) {
  if (network.tensors.empty()) return Error{"network '" + network.name + "': no tensors"};
  if (network.layers.empty()) return Error{"network '" + network.name + "': no layers"};
  for (const Tensor& tensor : network.tensors) {
    if (auto p = check_tensor(tensor)) return p;
  }
  if (auto p = check_input_coding(network)) return p;
  std::vector<bool> written(network.tensors.size(), false);
  written[0] = true;
  std::set<std::string> names;
  for (const Layer& layer : network.layers) {
    if (auto p = check_layer(network, layer, written)) return p;
    if (!names.insert(layer.name).second)
      return layer_error(layer, "an earlier layer has the same name");
    written[static_cast<std::size_t>(layer.output)] = true;
  }
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (!written[i]) return Error{"tensor '" + network.tensors[i].name + "': no layer writes it"};
  }
  if (auto p = check_last_layer(network)) return p;
  return check_classes(network);
}

}  // namespace

Status check(const Network& network) {
  if (auto problem = find_problem(network)) return *problem;
  return Unit{};
}

}  // namespace tendon::net
