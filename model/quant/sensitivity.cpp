// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <random>

#include "quant/forward.hpp"
#include "quant/plan.hpp"

namespace tendon::quant {
namespace {

constexpr unsigned kSeed = 20240811;
constexpr int kProbes = 4;              // Hutchinson samples
constexpr float kRelativeStep = 1e-2f;  // of a probe, against the root mean square of the weights

/// Mean over windows of KL(softmax(a) || softmax(b)).
double divergence(const std::vector<float>& a, const std::vector<float>& b, std::size_t classes) {
  const auto log_sum = [&](const float* row) {
    const double most = static_cast<double>(*std::max_element(row, row + classes));
    double sum = 0.0;
    for (std::size_t c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(row[c]) - most);
    return most + std::log(sum);
  };
  double total = 0.0;
  for (std::size_t i = 0; i < a.size(); i += classes) {
    const double base_a = log_sum(&a[i]), base_b = log_sum(&b[i]);
    for (std::size_t c = 0; c < classes; ++c) {
      const double log_a = static_cast<double>(a[i + c]) - base_a;
      total += std::exp(log_a) * (log_a - static_cast<double>(b[i + c]) + base_b);
    }
  }
  return total * static_cast<double>(classes) / static_cast<double>(a.size());
}

data::Windows thin_out(const data::Windows& windows, int most) {
  data::Windows few = windows;
  few.volts.clear();
  few.label.clear();
  few.repetition.clear();
  few.trial.clear();
  for (const int i : spread(windows.count(), most)) {
    const auto at = static_cast<std::size_t>(i);
    const auto window = windows.window(i);
    few.volts.insert(few.volts.end(), window.begin(), window.end());
    few.label.push_back(windows.label[at]);
    few.repetition.push_back(windows.repetition[at]);
    few.trial.push_back(windows.trial[at]);
  }
  return few;
}

/// Trace of the Hessian of the divergence at a layer's weights: E[z' H z] over random signs z, with
/// z' H z = 2 KL(w + h z) / h^2, as divergence and gradient vanish at w.
Result<double> hessian_trace(const FloatNetwork& folded, std::size_t layer,
                             const data::Windows& windows, const std::vector<float>& exact) {
  const auto& weights = folded.layers[layer].weights;
  double square = 0.0;
  for (const float w : weights) square += static_cast<double>(w) * static_cast<double>(w);
  const float step =
      kRelativeStep * static_cast<float>(std::sqrt(square / static_cast<double>(weights.size())));
  std::mt19937 random(kSeed);
  double sum = 0.0;
  for (int probe = 0; probe < kProbes; ++probe) {
    FloatNetwork moved = folded;
    for (float& w : moved.layers[layer].weights) w += (random() & 1u) ? step : -step;
    const auto values = logits(moved, windows);
    if (!values) return values.error();
    sum += 2.0 * divergence(exact, *values, folded.classes.size());
  }
  return sum / kProbes / (static_cast<double>(step) * static_cast<double>(step));
}

double mean_squared_error(const FloatLayer& exact, const net::Layer& layer) {
  const std::size_t fan = layer.weights.size() / layer.weight_scales.size();
  double sum = 0.0;
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    const float value = layer.weight_scales[i / fan] *
                        static_cast<float>(net::weight_value(layer.grid, layer.weights[i]));
    const double error = static_cast<double>(value - exact.weights[i]);
    sum += error * error;
  }
  return sum / static_cast<double>(layer.weights.size());
}

}  // namespace

Result<Sensitivity> sensitivity(const FloatNetwork& network, const data::Windows& windows,
                                const Options& options, int max_windows, const OnStep& step) {
  const data::Windows few = thin_out(windows, max_windows);
  const FloatNetwork folded = fold(network);
  const auto exact = logits(folded, few);
  if (!exact) return exact.error();
  const auto& layers = network.description.layers;
  std::size_t with_weights = 0;
  for (const auto& layer : layers) with_weights += layer.kind != FloatKind::kGlobalAverage;

  const auto total = static_cast<int>(3 * (with_weights + layers.size() - 1));
  Sensitivity result;
  std::size_t weight_index = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool has_weights = layers[i].kind != FloatKind::kGlobalAverage;
    double trace = 0.0;
    if (has_weights) {
      const auto found = hessian_trace(folded, i, few, *exact);
      if (!found) return found.error();
      trace = *found;
    }
    for (const bool weights : {true, false}) {
      if (weights ? !has_weights : i + 1 == layers.size()) continue;
      for (const int bits : {2, 4, 8}) {
        Options one = options;
        one.weight_bits.assign(with_weights, 8);
        one.activation_bits.assign(layers.size() - 1, 8);
        (weights ? one.weight_bits[weight_index] : one.activation_bits[i]) = bits;
        const auto integer = quantize(network, windows, one);
        if (!integer) return integer.error();
        const auto values = logits(*integer, few);
        if (!values) return values.error();
        const double kl = divergence(*exact, *values, network.classes.size());
        const double error =
            weights ? mean_squared_error(folded.layers[i], integer->layers[i]) : 0.0;
        result.entries.push_back({layers[i].name, weights, bits, kl, 0.5 * error * trace});
        if (step) step(static_cast<int>(result.entries.size()), total);
      }
    }
    weight_index += has_weights;
  }
  return result;
}

}  // namespace tendon::quant
