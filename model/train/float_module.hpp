// SPDX-License-Identifier: MIT
// Float networks as LibTorch modules. Includes LibTorch: only for files in train/.
#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "quant/float_network.hpp"
#include "train/training.hpp"

namespace tendon::train {

/// A description as a LibTorch module; input [n, time, channel] of coded().
class FloatModule : public torch::nn::Module {
 public:
  explicit FloatModule(const quant::Description& description) : description_(description) {
    const auto all = quant::shapes(description);
    for (std::size_t i = 0; i < description.layers.size(); ++i)
      add(description.layers[i], (*all)[i]);
  }

  torch::Tensor forward(const torch::Tensor& input) {
    torch::Tensor x = input.transpose(1, 2);  // [n, channel, time]
    for (std::size_t i = 0; i < description_.layers.size(); ++i) {
      const quant::LayerDescription& what = description_.layers[i];
      Part& part = parts_[i];
      if (what.kind == quant::FloatKind::kConv) {
        x = torch::conv1d(x, part.weight, part.norm ? torch::Tensor() : part.bias, what.stride,
                          what.pad, what.dilation);
      } else if (what.kind == quant::FloatKind::kGlobalAverage) {
        x = x.mean(2, true);
      } else {
        x = torch::linear(x.transpose(1, 2).flatten(1), part.weight, part.bias).unsqueeze(2);
      }
      if (part.norm) x = part.norm->forward(x);
      if (what.relu) x = torch::relu(x);
      if (what.pool > 1) x = torch::max_pool1d(x, what.pool);
      if (what.dropout > 0.0f) {
        x = torch::dropout(x, static_cast<double>(what.dropout), is_training());
      }
    }
    return x.squeeze(2);
  }

  void store(quant::FloatNetwork& network) const {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Part& part = parts_[i];
      quant::FloatLayer layer;
      if (part.weight.defined()) {
        const bool conv = description_.layers[i].kind == quant::FloatKind::kConv;
        layer.weights = conv ? from_torch(part.weight) : to_vector(part.weight);
        layer.bias = to_vector(part.bias);
      }
      if (part.norm) {
        layer.batch_norm = {to_vector(part.norm->weight), to_vector(part.norm->bias),
                            to_vector(part.norm->running_mean), to_vector(part.norm->running_var),
                            static_cast<float>(part.norm->options.eps())};
      }
      network.layers.push_back(std::move(layer));
    }
  }

  /// Everything a network's outputs depend on: weights, offsets, statistics of batch norm.
  std::vector<torch::Tensor> state() const {
    std::vector<torch::Tensor> all = parameters();
    for (const Part& part : parts_) {
      if (!part.norm) continue;
      all.push_back(part.norm->running_mean);
      all.push_back(part.norm->running_var);
    }
    return all;
  }

  /// Takes over the layers of `network`; one with another number of outputs (the last layer of a
  /// network for other classes) stays as it is.
  void restore(const quant::FloatNetwork& network) {
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      Part& part = parts_[i];
      const quant::FloatLayer& layer = network.layers[i];
      if (network.description.layers[i].outputs != description_.layers[i].outputs) continue;
      if (part.weight.defined()) {
        const bool conv = description_.layers[i].kind == quant::FloatKind::kConv;
        part.weight.copy_(conv ? to_torch(layer.weights, part.weight.size(0), part.weight.size(2))
                               : torch::tensor(layer.weights).view(part.weight.sizes()));
        part.bias.copy_(torch::tensor(layer.bias));
      }
      if (part.norm) {
        part.norm->weight.copy_(torch::tensor(layer.batch_norm.gamma));
        part.norm->bias.copy_(torch::tensor(layer.batch_norm.beta));
        part.norm->running_mean.copy_(torch::tensor(layer.batch_norm.mean));
        part.norm->running_var.copy_(torch::tensor(layer.batch_norm.variance));
      }
    }
  }

 private:
  struct Part {
    torch::Tensor weight, bias;
    torch::nn::BatchNorm1d norm{nullptr};
  };

  void add(const quant::LayerDescription& what, const net::Shape& input) {
    Part part;
    if (what.kind != quant::FloatKind::kGlobalAverage) {
      const bool conv = what.kind == quant::FloatKind::kConv;
      const int64_t fan = conv ? int64_t{what.kernel} * input.channels : int64_t{input.size()};
      const double bound = 1.0 / std::sqrt(static_cast<double>(fan));
      const auto uniform = [&](torch::IntArrayRef shape) {
        return torch::empty(shape).uniform_(-bound, bound);
      };
      part.weight = register_parameter(what.name + "_weight",
                                       conv ? uniform({what.outputs, input.channels, what.kernel})
                                            : uniform({what.outputs, fan}));
      // A bias in front of batch norm has no effect; it stays zero and is no parameter.
      part.bias = what.batch_norm
                      ? torch::zeros({what.outputs})
                      : register_parameter(what.name + "_bias", uniform({what.outputs}));
    }
    if (what.batch_norm) {
      part.norm = register_module(what.name + "_norm", torch::nn::BatchNorm1d(what.outputs));
    }
    parts_.push_back(std::move(part));
  }

  quant::Description description_;
  std::vector<Part> parts_;
};

}  // namespace tendon::train
