// SPDX-License-Identifier: MIT
#include "golden/golden.hpp"

#include <algorithm>
#include <utility>

namespace tendon::golden {
namespace {

Result<Codes> input_codes(const net::Tensor& tensor, std::span<const std::uint8_t> window) {
  if (window.size() != static_cast<std::size_t>(tensor.shape.size())) {
    return Error{"window has " + std::to_string(window.size()) + " codes, tensor '" + tensor.name +
                 "' (" + net::to_string(tensor.shape) + ") takes " +
                 std::to_string(tensor.shape.size())};
  }
  Codes codes(window.size());
  for (std::size_t i = 0; i < window.size(); ++i) {
    const int code = tensor.is_signed ? static_cast<std::int8_t>(window[i]) : window[i];
    if (code < tensor.code_min() || code > tensor.code_max()) {
      return Error{"window code " + std::to_string(i) + " is " + std::to_string(code) +
                   ", tensor '" + tensor.name + "' takes " + std::to_string(tensor.code_min()) +
                   ".." + std::to_string(tensor.code_max())};
    }
    codes[i] = static_cast<std::int16_t>(code);
  }
  return codes;
}

template <typename Value>
int label_of(const std::vector<Value>& values, int channels) {
  const auto last_position = values.end() - channels;
  return static_cast<int>(std::max_element(last_position, values.end()) - last_position);
}

}  // namespace

Model::Model(net::Network network) : network_(std::move(network)) {
  for (const net::Layer& layer : network_.layers) {
    weights_.push_back(functions(layer.kind).prepare(network_, layer));
  }
}

Result<Model> Model::make(net::Network network) {
  if (const Status status = net::check(network); !status) return status.error();
  return Model(std::move(network));
}

LayerOutput Model::run_layer(std::size_t layer,
                             std::span<const std::span<const std::int16_t>> inputs) const {
  const net::Layer& it = network_.layers[layer];
  return functions(it.kind).run({network_, it, weights_[layer], inputs});
}

Result<Outcome> Model::run(std::span<const std::uint8_t> window) const {
  Result<Codes> input = input_codes(network_.tensors[0], window);
  if (!input) return input.error();
  Outcome outcome;
  outcome.tensors.resize(network_.tensors.size());
  outcome.tensors[0] = std::move(*input);
  for (std::size_t i = 0; i < network_.layers.size(); ++i) {
    std::vector<std::span<const std::int16_t>> inputs;
    for (const int tensor : network_.layers[i].inputs) {
      inputs.emplace_back(outcome.tensors[static_cast<std::size_t>(tensor)]);
    }
    LayerOutput output = run_layer(i, inputs);
    outcome.tensors[static_cast<std::size_t>(network_.layers[i].output)] = std::move(output.codes);
    outcome.accumulators = std::move(output.accumulators);
  }
  const auto last = static_cast<std::size_t>(network_.layers.back().output);
  const int channels = network_.tensors[last].shape.channels;
  outcome.label = outcome.accumulators.empty() ? label_of(outcome.tensors[last], channels)
                                               : label_of(outcome.accumulators, channels);
  return outcome;
}

Result<int> Model::classify(std::span<const std::uint8_t> window) const {
  Result<Outcome> outcome = run(window);
  if (!outcome) return outcome.error();
  return outcome->label;
}

Result<Outcome> run(const net::Network& network, std::span<const std::uint8_t> window) {
  const Result<Model> model = Model::make(network);
  if (!model) return model.error();
  return model->run(window);
}

}  // namespace tendon::golden
