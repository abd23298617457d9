// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>

#include "train/train.hpp"
#include "train/training.hpp"

namespace tendon::train {
namespace {

using quant::FloatKind;
using quant::FloatNetwork;

/// A description as a LibTorch module; input [n, time, channel].
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
      if (what.kind == FloatKind::kConv) {
        x = torch::conv1d(x, part.weight, part.norm ? torch::Tensor() : part.bias, what.stride,
                          what.pad, what.dilation);
      } else if (what.kind == FloatKind::kGlobalAverage) {
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

  void store(FloatNetwork& network) const {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Part& part = parts_[i];
      quant::FloatLayer layer;
      if (part.weight.defined()) {
        const bool conv = description_.layers[i].kind == FloatKind::kConv;
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

  void restore(const FloatNetwork& network) {
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      Part& part = parts_[i];
      const quant::FloatLayer& layer = network.layers[i];
      if (part.weight.defined()) {
        const bool conv = description_.layers[i].kind == FloatKind::kConv;
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
    if (what.kind != FloatKind::kGlobalAverage) {
      const bool conv = what.kind == FloatKind::kConv;
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

double accuracy(FloatModule& module, const Dataset& set) {
  const torch::NoGradGuard guard;
  module.eval();
  const torch::Tensor labels = module.forward(coded(set.scaled, set.input_zero)).argmax(1);
  return labels.eq(set.labels).to(torch::kFloat64).mean().item<double>();
}

class Training {
 public:
  Training(FloatModule& module, const Dataset& set, const FloatOptions& options)
      : module_(module),
        set_(set),
        options_(options),
        optimizer_(
            module.parameters(),
            torch::optim::AdamWOptions(options.learning_rate).weight_decay(options.weight_decay)) {
    const int64_t picks = std::max<int64_t>(1, set.count() / std::max(1, options.thin));
    steps_ = options.epochs * ((picks + options.batch - 1) / options.batch);
  }

  /// Mean loss of one epoch.
  double epoch() {
    module_.train();
    const torch::Tensor order = epoch_order(set_.count(), options_.thin);
    const auto loss_options =
        torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(options_.label_smoothing);
    double sum = 0.0;
    for (int64_t begin = 0; begin < order.size(0); begin += options_.batch) {
      const torch::Tensor index = order.slice(0, begin, begin + options_.batch);
      if (index.size(0) < 2) break;  // batch norm needs two windows
      const torch::Tensor scaled = augment(set_.scaled.index_select(0, index), set_.input_zero,
                                           options_.amplitude, options_.channel_noise);
      set_rate(optimizer_, 0, one_cycle(options_.learning_rate, step_++, steps_));
      optimizer_.zero_grad();
      const torch::Tensor loss =
          torch::nn::functional::cross_entropy(module_.forward(coded(scaled, set_.input_zero)),
                                               set_.labels.index_select(0, index), loss_options);
      loss.backward();
      optimizer_.step();
      sum += loss.item<double>() * static_cast<double>(index.size(0));
    }
    return sum / static_cast<double>(order.size(0));
  }

 private:
  FloatModule& module_;
  const Dataset& set_;
  const FloatOptions& options_;
  torch::optim::AdamW optimizer_;
  int64_t steps_ = 0;
  int64_t step_ = 0;
};

Result<FloatResult> run(const quant::Description& description, const data::Windows& train,
                        const data::Windows* tune, const FloatOptions& options,
                        const OnProgress& progress, const FloatNetwork* start) {
  const auto begin = std::chrono::steady_clock::now();
  FloatResult result;
  FloatNetwork& network = result.network;
  network.description = description;
  network.classes = train.task.classes;
  network.input_zero = static_cast<int>(std::lround(train.offset * 255.0f));
  Result<std::vector<float>> gain = quant::input_gain(train);
  if (!gain) return gain.error();
  network.gain = std::move(*gain);

  torch::set_num_threads(std::max(1, options.threads));
  torch::manual_seed(options.seed);
  FloatModule module(description);
  if (start && !start->layers.empty()) module.restore(*start);
  const Dataset set = make_dataset(train, network.gain, network.input_zero);
  const Dataset tuning = tune ? make_dataset(*tune, network.gain, network.input_zero) : Dataset{};
  Training training(module, set, options);
  double best = -1.0;
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    result.loss.push_back(training.epoch());
    if (tune) result.accuracy.push_back(accuracy(module, tuning));
    const double reached = tune ? result.accuracy.back() : -1.0;
    if (tune && options.early_stop && reached > best) {
      best = reached;
      network.layers.clear();
      module.store(network);
    }
    if (progress && !progress({"float", epoch, options.epochs, result.loss.back(), reached})) {
      return Error{"stopped"};
    }
  }
  if (network.layers.empty()) module.store(network);
  if (Status status = quant::check(network); !status) return status.error();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace

bool available() { return true; }

Status every_class_present(const data::Windows& windows) {
  for (std::size_t c = 0; c < windows.task.classes.size(); ++c) {
    if (std::find(windows.label.begin(), windows.label.end(), static_cast<int>(c)) ==
        windows.label.end()) {
      return Error{windows.source + ": class \"" + windows.task.classes[c] +
                   "\" has no training window"};
    }
  }
  return Unit{};
}

Result<FloatResult> train_float(const quant::Description& description, const data::Windows& train,
                                const data::Windows* tune, const FloatOptions& options,
                                const OnProgress& progress, const quant::FloatNetwork* start) {
  if (const auto all = quant::shapes(description); !all) return all.error();
  for (const data::Windows* set : {&train, tune}) {
    if (!set) continue;
    if (set->length != description.length || set->channels != description.channels) {
      return Error{description.name + " takes windows of " + std::to_string(description.length) +
                   "x" + std::to_string(description.channels) + ", got " +
                   std::to_string(set->length) + "x" + std::to_string(set->channels)};
    }
  }
  if (description.layers.back().outputs != static_cast<int>(train.task.classes.size())) {
    return Error{description.name + " has " + std::to_string(description.layers.back().outputs) +
                 " outputs, task " + train.task.name + " has " +
                 std::to_string(train.task.classes.size()) + " classes"};
  }
  if (options.epochs < 1 || options.batch < 2) {
    return Error{std::to_string(options.epochs) + " epochs of batches of " +
                 std::to_string(options.batch) + ", at least 1 and 2 needed"};
  }
  if (Status status = every_class_present(train); !status) return status.error();
  try {
    return run(description, train, tune, options, progress, start);
  } catch (const std::exception& error) {  // LibTorch throws; nothing outside this room does
    return Error{std::string("LibTorch: ") + error.what()};
  }
}

}  // namespace tendon::train
