// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "quant/calibrate.hpp"
#include "quant/forward.hpp"
#include "quant/plan.hpp"

namespace tendon::quant {
namespace {

constexpr int kCalibrationWindows = 384;
constexpr std::size_t kRangeSamples = 40000;  // per tensor: enough for 99.9 %

std::vector<float> thin_out(const Matrix& values) {
  const auto count = static_cast<std::size_t>(values.size());
  std::size_t step = std::max<std::size_t>(1, count / kRangeSamples);
  while (std::gcd(step, static_cast<std::size_t>(values.cols())) != 1) ++step;  // every channel
  std::vector<float> some;
  for (std::size_t i = 0; i < count; i += step) some.push_back(values.data()[i]);
  return some;
}

/// Values the integer network will see: rounded and clipped to the codes of the tensor.
void fake_quantize(const QuantizedLayer& layer, Matrix& values) {
  const int levels = (1 << (layer.output_bits - (layer.output_signed ? 1 : 0))) - 1;
  const auto high = static_cast<float>(levels);
  const float low = layer.output_signed ? -high - 1.0f : 0.0f;
  const float scale = layer.output_scale;
  values = (values / scale).unaryExpr([low, high](float v) {
    return std::clamp(std::nearbyint(v), low, high);
  }) * scale;
}

std::vector<float> real_weights(const QuantizedLayer& layer) {
  std::vector<float> weights(layer.codes.size());
  const std::size_t fan = weights.size() / layer.weight_scales.size();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = layer.weight_scales[i / fan] *
                 static_cast<float>(net::weight_value(layer.grid, layer.codes[i]));
  }
  return weights;
}

void quantize_weights(const FloatLayer& from, float input_scale, bool one_scale,
                      QuantizedLayer& layer) {
  const WeightCodes codes{layer.weight_bits, layer.grid};
  const std::size_t outputs = from.bias.size();
  const std::size_t fan = from.weights.size() / outputs;
  const std::span<const float> weights(from.weights);
  layer.bias = from.bias;
  float smallest = 0.0f;
  for (const float b : from.bias) smallest = std::max(smallest, smallest_scale(b, input_scale));
  layer.weight_scales.assign(outputs, one_scale ? weight_scale(weights, codes, smallest) : 0.0f);
  for (std::size_t o = 0; o < outputs; ++o) {
    const auto channel = weights.subspan(o * fan, fan);
    float& scale = layer.weight_scales[o];
    if (!one_scale) scale = weight_scale(channel, codes, smallest_scale(from.bias[o], input_scale));
    for (const float w : channel) layer.codes.push_back(codes.nearest(w / scale));
  }
}

/// Moves each bias by the mean error that quantized weights and inputs make on the calibration set.
void correct_bias(const Batch& exact, const Batch& quantized, QuantizedLayer& layer) {
  const Eigen::RowVectorXf error = (exact.values - quantized.values).colwise().mean();
  for (std::size_t o = 0; o < layer.bias.size(); ++o) {
    layer.bias[o] += error(static_cast<Eigen::Index>(o));
  }
}

Status refuse_zero_layers(const FloatNetwork& network) {
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const auto& weights = network.layers[i].weights;
    if (!weights.empty() &&
        std::all_of(weights.begin(), weights.end(), [](float w) { return w == 0.0f; })) {
      return Error{"layer " + network.description.layers[i].name + ": all weights are zero"};
    }
  }
  return Unit{};
}

}  // namespace

Result<std::vector<LayerPlan>> plan_bits(const Description& description, const Options& options) {
  std::size_t with_weights = 0;
  for (const auto& layer : description.layers)
    with_weights += layer.kind != FloatKind::kGlobalAverage;
  const std::size_t outputs = description.layers.size() - 1;
  const auto pick = [](const std::vector<int>& bits, std::size_t index) {
    return bits.empty() ? 8 : (bits.size() == 1 ? bits[0] : bits[index]);
  };
  const auto refuse = [&](const char* what, std::size_t got, std::size_t want) {
    return Error{description.name + ": " + std::to_string(got) + " " + what + " bits given, " +
                 std::to_string(want) + " needed (or one for all)"};
  };
  if (options.weight_bits.size() > 1 && options.weight_bits.size() != with_weights) {
    return refuse("weight", options.weight_bits.size(), with_weights);
  }
  if (options.activation_bits.size() > 1 && options.activation_bits.size() != outputs) {
    return refuse("activation", options.activation_bits.size(), outputs);
  }
  std::vector<LayerPlan> plan(description.layers.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (description.layers[i].kind != FloatKind::kGlobalAverage) {
      plan[i].weight_bits = pick(options.weight_bits, next++);
    }
    plan[i].activation_bits = i < outputs ? pick(options.activation_bits, i) : 8;
    if (plan[i].weight_bits == 2) plan[i].grid = options.two_bit_grid;
    for (const int bits : {plan[i].weight_bits, plan[i].activation_bits}) {
      if (bits != 2 && bits != 4 && bits != 8) {
        return Error{"layer " + description.layers[i].name + ": " + std::to_string(bits) +
                     " bits, 2, 4 or 8 allowed"};
      }
    }
  }
  return plan;
}

Result<std::vector<QuantizedLayer>> quantize_layers(const FloatNetwork& folded,
                                                    const data::Windows& calibration,
                                                    const Options& options) {
  const auto& description = folded.description;
  const Result<std::vector<LayerPlan>> plan = plan_bits(description, options);
  if (!plan) return plan.error();
  Batch exact = input_batch(folded, calibration, spread(calibration.count(), kCalibrationWindows));
  Batch seen = exact;  // what the integer network sees
  float input_scale = 1.0f / 255.0f;
  std::vector<QuantizedLayer> layers(description.layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    QuantizedLayer& layer = layers[i];
    const LayerDescription& what = description.layers[i];
    const FloatLayer& from = folded.layers[i];
    layer.weight_bits = (*plan)[i].weight_bits;
    layer.grid = (*plan)[i].grid;
    layer.output_bits = (*plan)[i].activation_bits;
    layer.output_signed = !what.relu && what.kind != FloatKind::kGlobalAverage;
    exact = pre_activation(what, from.weights, from.bias, exact);
    Batch out;
    if (what.kind == FloatKind::kGlobalAverage) {
      layer.output_signed = i > 0 && layers[i - 1].output_signed;
      out = pre_activation(what, {}, {}, seen);
    } else {
      quantize_weights(from, input_scale, i + 1 == layers.size(), layer);
      const std::vector<float> weights = real_weights(layer);
      out = pre_activation(what, weights, layer.bias, seen);
      if (options.bias_correction) {
        correct_bias(exact, out, layer);
        out = pre_activation(what, weights, layer.bias, seen);
      }
    }
    exact = post_activation(what, std::move(exact));
    seen = post_activation(what, std::move(out));
    const int levels = (1 << (layer.output_bits - (layer.output_signed ? 1 : 0))) - 1;
    layer.output_scale = activation_scale(thin_out(seen.values), levels, options);
    fake_quantize(layer, seen.values);
    input_scale = layer.output_scale;
  }
  return layers;
}

Result<net::Network> quantize(const FloatNetwork& network, const data::Windows& calibration,
                              const Options& options) {
  if (Status status = check(network); !status) return status.error();
  if (Status status = refuse_zero_layers(network); !status) return status.error();
  if (Status status = fits(network.description, calibration); !status) return status.error();
  const FloatNetwork folded = fold(network);
  const Result<std::vector<QuantizedLayer>> layers = quantize_layers(folded, calibration, options);
  if (!layers) return layers.error();
  return freeze(folded, *layers, options.rounding);
}

Result<std::vector<int>> parse_bits(const std::string& text) {
  std::vector<int> bits;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, '/');) {
    if (word != "2" && word != "4" && word != "8") {
      return Error{"bits " + text + ": \"" + word + "\", 2, 4 or 8 allowed"};
    }
    bits.push_back(word[0] - '0');
  }
  if (bits.empty() || text.back() == '/')
    return Error{"bits \"" + text + "\": a number is missing"};
  return bits;
}

std::string bits_to_text(const std::vector<int>& bits) {
  std::string text;
  for (const int b : bits) {
    if (!text.empty()) text += '/';
    text += std::to_string(b);
  }
  return text;
}

}  // namespace tendon::quant
