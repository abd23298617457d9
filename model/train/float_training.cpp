// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <memory>
#include <set>

#include "train/float_module.hpp"
#include "train/train.hpp"
#include "train/training.hpp"

namespace tendon::train {
namespace {

using quant::FloatKind;
using quant::FloatNetwork;

double accuracy(FloatModule& module, const Dataset& set) {
  const torch::NoGradGuard guard;
  module.eval();
  const torch::Tensor labels = module.forward(coded(set.scaled, set.input_zero)).argmax(1);
  return labels.eq(set.labels).to(torch::kFloat64).mean().item<double>();
}

/// One batch: input codes, labels, and what the teachers say.
struct Examples {
  torch::Tensor input, labels, other_labels;
  double share = 1.0;    // of `labels` against `other_labels` (mixup)
  torch::Tensor wanted;  // probabilities of the teachers at the temperature; undefined without any
};

class Training {
 public:
  Training(FloatModule& module, const Dataset& set, const FloatOptions& options,
           std::vector<std::shared_ptr<FloatModule>> teachers)
      : module_(module),
        set_(set),
        options_(options),
        teachers_(std::move(teachers)),
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
    double sum = 0.0;
    for (int64_t begin = 0; begin < order.size(0); begin += options_.batch) {
      const torch::Tensor index = order.slice(0, begin, begin + options_.batch);
      if (index.size(0) < 2) break;  // batch norm needs two windows
      set_rate(optimizer_, 0, one_cycle(options_.learning_rate, step_++, steps_));
      sum += step(examples(index)) * static_cast<double>(index.size(0));
      if (options_.average > 0.0) follow();
    }
    return sum / static_cast<double>(order.size(0));
  }

  /// Puts the moving average in place of the weights, or back.
  void swap_average() {
    const torch::NoGradGuard guard;
    const auto state = module_.state();
    for (std::size_t i = 0; i < average_.size(); ++i) {
      const torch::Tensor kept = state[i].clone();
      state[i].copy_(average_[i]);
      average_[i] = kept;
    }
  }

 private:
  Examples examples(const torch::Tensor& index) {
    Examples batch;
    torch::Tensor scaled =
        augment(set_.scaled.index_select(0, index), set_.input_zero, options_.augmentation);
    batch.labels = set_.labels.index_select(0, index);
    if (options_.mixup > 0.0) {
      const torch::Tensor gammas = torch::_standard_gamma(torch::full({2}, options_.mixup));
      batch.share = (gammas[0] / gammas.sum()).item<double>();
      const torch::Tensor other = torch::randperm(index.size(0));
      batch.other_labels = batch.labels.index_select(0, other);
      scaled = scaled * batch.share + scaled.index_select(0, other) * (1.0 - batch.share);
    }
    batch.input = coded(scaled, set_.input_zero);
    if (!teachers_.empty()) {
      const torch::NoGradGuard guard;
      for (const auto& teacher : teachers_) {
        const torch::Tensor logits = teacher->forward(batch.input) / options_.temperature;
        const torch::Tensor one = torch::softmax(logits, 1);
        batch.wanted = batch.wanted.defined() ? batch.wanted + one : one;
      }
      batch.wanted = batch.wanted / static_cast<double>(teachers_.size());
    }
    return batch;
  }

  torch::Tensor loss(const Examples& batch) {
    const auto smooth =
        torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(options_.label_smoothing);
    const torch::Tensor logits = module_.forward(batch.input);
    torch::Tensor hard = torch::nn::functional::cross_entropy(logits, batch.labels, smooth);
    if (batch.share < 1.0) {
      hard = hard * batch.share +
             torch::nn::functional::cross_entropy(logits, batch.other_labels, smooth) *
                 (1.0 - batch.share);
    }
    if (!batch.wanted.defined()) return hard;
    const double t = options_.temperature;
    const torch::Tensor soft =
        -(batch.wanted * torch::log_softmax(logits / t, 1)).sum(1).mean() * (t * t);
    return hard * (1.0 - options_.distill) + soft * options_.distill;
  }

  double step(const Examples& batch) {
    optimizer_.zero_grad();
    torch::Tensor value = loss(batch);
    value.backward();
    if (options_.sharpness > 0.0) climb(batch);
    optimizer_.step();
    return value.item<double>();
  }

  /// The gradient at the worst point within a radius takes the place of the gradient here.
  void climb(const Examples& batch) {
    std::vector<torch::Tensor> moves;
    {
      const torch::NoGradGuard guard;
      torch::Tensor square = torch::zeros({1});
      for (const torch::Tensor& p : module_.parameters()) square += p.grad().square().sum();
      const double factor = options_.sharpness / (std::sqrt(square.item<double>()) + 1e-12);
      for (torch::Tensor& p : module_.parameters()) {
        moves.push_back(p.grad() * factor);
        p.add_(moves.back());
      }
    }
    optimizer_.zero_grad();
    loss(batch).backward();
    const torch::NoGradGuard guard;
    std::size_t i = 0;
    for (torch::Tensor& p : module_.parameters()) p.sub_(moves[i++]);
  }

  void follow() {
    const torch::NoGradGuard guard;
    const auto state = module_.state();
    // Early on the average is shorter, so that the random start weights do not stay in it.
    const double now = static_cast<double>(step_);
    const double decay = std::min(options_.average, (1.0 + now) / (10.0 + now));
    for (std::size_t i = 0; i < state.size(); ++i) {
      if (average_.size() <= i) {
        average_.push_back(state[i].detach().clone());
      } else {
        average_[i].mul_(decay).add_(state[i].detach(), 1.0 - decay);
      }
    }
  }

  FloatModule& module_;
  const Dataset& set_;
  const FloatOptions& options_;
  std::vector<std::shared_ptr<FloatModule>> teachers_;
  torch::optim::AdamW optimizer_;
  std::vector<torch::Tensor> average_;
  int64_t steps_ = 0;
  int64_t step_ = 0;
};

std::vector<std::shared_ptr<FloatModule>> modules_of(const std::vector<FloatNetwork>& networks) {
  std::vector<std::shared_ptr<FloatModule>> modules;
  for (const FloatNetwork& network : networks) {
    modules.push_back(std::make_shared<FloatModule>(network.description));
    modules.back()->restore(network);
    modules.back()->eval();
  }
  return modules;
}

struct Task {
  const data::Windows& train;
  const data::Windows* tune;
  const FloatOptions& options;
  const OnProgress& progress;
};

/// Epochs of `training`; the network of the last or the best one into `network`.
Status train_epochs(const Task& task, FloatModule& module, Training& training,
                    FloatResult& result) {
  const FloatOptions& options = task.options;
  FloatNetwork& network = result.network;
  const Dataset tuning =
      task.tune ? make_dataset(*task.tune, network.gain, network.input_zero) : Dataset{};
  double best = -1.0;
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    result.loss.push_back(training.epoch());
    training.swap_average();
    if (task.tune) result.accuracy.push_back(accuracy(module, tuning));
    const double reached = task.tune ? result.accuracy.back() : -1.0;
    if (task.tune && options.early_stop ? reached > best : epoch == options.epochs) {
      best = reached;
      result.epoch = epoch;
      network.layers.clear();
      module.store(network);
    }
    training.swap_average();
    if (task.progress &&
        !task.progress({"float", epoch, options.epochs, result.loss.back(), reached})) {
      return Error{"stopped"};
    }
  }
  return Unit{};
}

Result<FloatResult> run(const quant::Description& description, const Task& task,
                        const FloatNetwork* start, const std::vector<FloatNetwork>& teachers) {
  const auto begin = std::chrono::steady_clock::now();
  FloatResult result;
  FloatNetwork& network = result.network;
  network.description = description;
  network.classes = task.train.task.classes;
  const std::set<int> seen(task.train.repetition.begin(), task.train.repetition.end());
  network.repetitions.assign(seen.begin(), seen.end());
  network.input_zero = static_cast<int>(std::lround(task.train.offset * 255.0f));
  Result<std::vector<float>> gain = quant::input_gain(task.train);
  if (!gain) return gain.error();
  network.gain = std::move(*gain);

  torch::set_num_threads(std::max(1, task.options.threads));
  torch::manual_seed(task.options.seed);
  quant::Description trained = description;
  if (task.options.dropout > 0.0 && trained.layers.size() > 1) {
    trained.layers[trained.layers.size() - 2].dropout = static_cast<float>(task.options.dropout);
  }
  FloatModule module(trained);
  if (start && !start->layers.empty()) module.restore(*start);
  const Dataset set = make_dataset(task.train, network.gain, network.input_zero);
  Training training(module, set, task.options, modules_of(teachers));
  if (Status status = train_epochs(task, module, training, result); !status) return status.error();
  if (Status status = quant::check(network); !status) return status.error();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

/// A network to start from has the layers of the one to train; only the number of classes may
/// differ. Error: names both.
Status same_layers(const FloatNetwork& other, const quant::Description& description) {
  if (other.layers.empty()) return Unit{};
  if (Status status = quant::check(other); !status) return status;
  quant::Description a = other.description, b = description;
  a.name = b.name = "";
  a.layers.back().outputs = b.layers.back().outputs;
  for (auto* one : {&a, &b}) {
    for (auto& layer : one->layers) layer.dropout = 0.0f;
  }
  if (quant::to_text(a) == quant::to_text(b)) return Unit{};
  return Error{"network " + other.description.name + " to start from has other layers than " +
               description.name};
}

Status check_teachers(const std::vector<FloatNetwork>& teachers,
                      const quant::Description& description) {
  for (const FloatNetwork& teacher : teachers) {
    if (Status status = quant::check(teacher); !status) return status;
    const quant::Description& other = teacher.description;
    if (other.length != description.length || other.channels != description.channels ||
        other.layers.back().outputs != description.layers.back().outputs) {
      return Error{"teacher " + other.name + " takes " + std::to_string(other.length) + "x" +
                   std::to_string(other.channels) + " and has " +
                   std::to_string(other.layers.back().outputs) + " classes, " + description.name +
                   " " + std::to_string(description.length) + "x" +
                   std::to_string(description.channels) + " and " +
                   std::to_string(description.layers.back().outputs)};
    }
  }
  return Unit{};
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
                                const OnProgress& progress, const FloatNetwork* start,
                                const std::vector<FloatNetwork>& teachers) {
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
  if (start) {
    if (Status status = same_layers(*start, description); !status) return status.error();
  }
  if (Status status = check_teachers(teachers, description); !status) return status.error();
  try {
    return run(description, {train, tune, options, progress}, start, teachers);
  } catch (const std::exception& error) {  // LibTorch throws; nothing outside this room does
    return Error{std::string("LibTorch: ") + error.what()};
  }
}

}  // namespace tendon::train
