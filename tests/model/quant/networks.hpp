// SPDX-License-Identifier: MIT
// Float networks with seeded weights, for tests that need no training.
#pragma once

#include <cmath>
#include <random>
#include <string>

#include "data/data.hpp"
#include "quant/float_network.hpp"

namespace tendon::test {

/// Bell-shaped weights of a size that keeps activations near 1, batch norm with all factors
/// different from 1, some of them negative.
inline quant::FloatNetwork random_float_network(const quant::Description& description,
                                                unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  quant::FloatNetwork network;
  network.description = description;
  network.gain.assign(static_cast<std::size_t>(description.channels), 1.0f);
  const auto shapes = quant::shapes(description).value();
  for (std::size_t i = 0; i < description.layers.size(); ++i) {
    const quant::LayerDescription& what = description.layers[i];
    quant::FloatLayer layer;
    if (what.kind != quant::FloatKind::kGlobalAverage) {
      const int fan = what.kind == quant::FloatKind::kConv ? what.kernel * shapes[i].channels
                                                           : shapes[i].size();
      for (int k = 0; k < fan * what.outputs; ++k) {
        layer.weights.push_back(1.5f * normal(random) / std::sqrt(static_cast<float>(fan)));
      }
      for (int o = 0; o < what.outputs; ++o) layer.bias.push_back(0.1f * normal(random));
    }
    if (what.batch_norm) {
      for (int o = 0; o < what.outputs; ++o) {
        layer.batch_norm.gamma.push_back(o % 5 == 4 ? -0.8f : 1.2f);
        layer.batch_norm.beta.push_back(0.2f * normal(random));
        layer.batch_norm.mean.push_back(0.3f * normal(random));
        layer.batch_norm.variance.push_back(0.7f);
      }
    }
    network.layers.push_back(std::move(layer));
  }
  for (int c = 0; c < description.layers.back().outputs; ++c) {
    network.classes.push_back("class " + std::to_string(c));
  }
  return network;
}

/// Windows of the synthetic generator, task A.
inline data::Windows synthetic_windows(int length, int step) {
  const auto recording = data::synthetic({3, 12, 4, 1.0}).value();
  return data::cut(recording, data::find_task("A").value(), {length, step}).value();
}

}  // namespace tendon::test
