// SPDX-License-Identifier: MIT
#include "cli/engine_golden.hpp"

#include "compiler/program.hpp"

namespace tendon::engine {

Status GoldenEngine::load(std::span<const std::uint8_t> program) {
  model_.reset();
  auto network = compiler::read_network(program);
  if (!network) {
    return Error{"golden: program: " + network.error().message};
  }
  auto model = golden::Model::make(std::move(*network));
  if (!model) {
    return Error{"golden: " + model.error().message};
  }
  model_ = std::move(*model);
  return Unit{};
}

Result<RunResult> GoldenEngine::run(std::span<const std::uint8_t> window, bool tensors) {
  if (!model_) {
    return Error{"golden: no program is loaded"};
  }
  auto outcome = model_->run(window);
  if (!outcome) {
    return Error{"golden: run: " + outcome.error().message};
  }
  RunResult out;
  out.label = outcome->label;
  for (const net::Layer& layer : model_->network().layers) {
    LayerResult result;
    if (tensors) {
      result.codes = outcome->tensors[static_cast<std::size_t>(layer.output)];
    }
    out.layers.push_back(std::move(result));
  }
  return out;
}

}  // namespace tendon::engine
