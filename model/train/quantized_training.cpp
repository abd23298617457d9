// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>

#include "quant/plan.hpp"
#include "train/fake_quantize.hpp"
#include "train/train.hpp"
#include "train/training.hpp"

namespace tendon::train {
namespace {

using quant::FloatKind;
using quant::FloatNetwork;
using quant::LayerDescription;
using quant::QuantizedLayer;

constexpr double kOscillation = 0.02;  // changes of value per step that freeze a weight
constexpr double kLastFifth = 0.8;
constexpr int64_t kEstimate = 256;  // windows per batch of the last estimate of batch norm

/// One layer: float weights behind a quantizer, batch norm kept, output behind a quantizer.
struct Part {
  LayerDescription what;
  torch::Tensor weight, bias;
  torch::nn::BatchNorm1d norm{nullptr};
  WeightQuantizer weights;
  ActivationQuantizer activation;
  quant::LayerPlan plan;
  bool last = false;
  float logit_scale = 1.0f;  // of the last layer's codes, which no label depends on
};

/// The network as the integers will compute it: weights and activations on their grids; batch norm
/// scales the weight steps per channel, so it costs nothing and stays exact.
class QuantizedModule {
 public:
  QuantizedModule(const FloatNetwork& network, const std::vector<QuantizedLayer>& start,
                  const std::vector<quant::LayerPlan>& plan)
      : network_(network) {
    for (std::size_t i = 0; i < plan.size(); ++i) {
      parts_.push_back(make(network, i, start[i], plan[i]));
    }
  }

  /// Outside training the biases are those of the integers too: whole multiples of input step times
  /// weight step. In training they move with the statistics of every batch and stay unrounded.
  torch::Tensor forward(const torch::Tensor& input) {
    torch::Tensor x = input.transpose(1, 2);  // [n, channel, time]
    float input_step = 1.0f / 255.0f;
    for (Part& part : parts_) {
      const LayerDescription& what = part.what;
      if (what.kind == FloatKind::kConv) {
        x = torch::conv1d(x, part.weights.forward(part.weight),
                          part.norm ? torch::Tensor() : part.bias, what.stride, what.pad,
                          what.dilation);
      } else if (what.kind == FloatKind::kGlobalAverage) {
        x = x.mean(2, true);
      } else {
        x = torch::linear(x.transpose(1, 2).flatten(1), part.weights.forward(part.weight),
                          part.bias)
                .unsqueeze(2);
      }
      if (part.norm) x = part.norm->forward(x);
      if (!training_ && part.weight.defined()) x = x + bias_error(part, input_step);
      if (!part.last) input_step = part.activation.step_value();
      if (what.pool > 1) x = torch::max_pool1d(x, what.pool);  // monotone: before or after rounding
      if (!part.last) x = part.activation.forward(x);          // unsigned codes are the ReLU
    }
    return x.squeeze(2);
  }

  void training(bool on) {
    training_ = on;
    for (Part& part : parts_) {
      if (part.norm) part.norm->train(on);
    }
  }

  /// Weights to max(bits of the plan, `at_least`); steps found anew.
  void set_bits(int at_least) {
    for (Part& part : parts_) {
      if (!part.weight.defined()) continue;
      const int bits = std::max(part.plan.weight_bits, at_least);
      part.weights.start(part.weight, {bits, bits == 2 ? part.plan.grid : net::WeightGrid::kTwos});
    }
  }

  /// Statistics of batch norm over a whole set with the present weights.
  void estimate_norms(const Dataset& set) {
    const torch::NoGradGuard guard;
    for (Part& part : parts_) {
      if (!part.norm) continue;
      part.norm->reset_running_stats();
      part.norm->options.momentum(c10::nullopt);  // plain mean over the batches
    }
    training(true);
    // In random order: windows come sorted by class, and a batch of one class would be normalized
    // by statistics that no mixed batch has.
    const torch::Tensor order = epoch_order(set.count(), 1);
    for (int64_t begin = 0; begin < set.count(); begin += kEstimate) {
      const torch::Tensor index = order.slice(0, begin, begin + kEstimate);
      if (index.size(0) < kEstimate / 2 && begin > 0)
        break;  // a small last batch would weigh as much
      forward(coded(set.scaled.index_select(0, index), set.input_zero));
    }
    training(false);
  }

  void after_step(bool freeze) {
    for (Part& part : parts_) {
      if (!part.last) part.activation.hold();
      if (freeze && part.weight.defined())
        part.weights.freeze_oscillating(part.weight, kOscillation);
    }
  }

  int frozen() const {
    int64_t sum = 0;
    for (const Part& part : parts_) sum += part.weights.frozen();
    return static_cast<int>(sum);
  }

  std::vector<Part>& parts() { return parts_; }

  Result<net::Network> freeze(net::Rounding rounding) {
    std::vector<QuantizedLayer> layers;
    float input_scale = 1.0f / 255.0f;
    for (Part& part : parts_) {
      layers.push_back(frozen_layer(part, input_scale));
      input_scale = layers.back().output_scale;
    }
    return quant::freeze(network_, layers, rounding);
  }

 private:
  static Part make(const FloatNetwork& network, std::size_t index, const QuantizedLayer& start,
                   const quant::LayerPlan& plan) {
    Part part;
    part.what = network.description.layers[index];
    part.plan = plan;
    part.last = index + 1 == network.layers.size();
    part.logit_scale = start.output_scale;
    const quant::FloatLayer& from = network.layers[index];
    if (!from.weights.empty()) {
      const int64_t out = part.what.outputs;
      part.weight = part.what.kind == FloatKind::kConv
                        ? to_torch(from.weights, out, part.what.kernel)
                        : torch::tensor(from.weights).view({out, -1});
      part.weight.requires_grad_();
      // Without batch norm nothing but the bias takes up the mean error of coarse weights: start
      // from the corrected one.
      part.bias = torch::tensor(part.what.batch_norm ? from.bias : start.bias)
                      .requires_grad_(!part.what.batch_norm);
      part.weights = WeightQuantizer(part.last);
    }
    if (part.what.batch_norm) part.norm = make_norm(from.batch_norm);
    if (!part.last) {
      part.activation = ActivationQuantizer(plan.activation_bits, start.output_signed);
      part.activation.start(start.output_scale);
    }
    return part;
  }

  static torch::nn::BatchNorm1d make_norm(const quant::BatchNorm& from) {
    const torch::NoGradGuard guard;
    const auto size = static_cast<int64_t>(from.gamma.size());
    torch::nn::BatchNorm1d norm(
        torch::nn::BatchNorm1dOptions(size).eps(static_cast<double>(from.epsilon)));
    norm->weight.copy_(torch::tensor(from.gamma));
    norm->bias.copy_(torch::tensor(from.beta));
    norm->running_mean.copy_(torch::tensor(from.mean));
    norm->running_var.copy_(torch::tensor(from.variance));
    return norm;
  }

  /// Codes, scales and biases with batch norm inside. A negative factor of batch norm turns the
  /// signs of a channel's codes, which every grid allows (calibrate.hpp).
  static QuantizedLayer frozen_layer(Part& part, float input_scale) {
    QuantizedLayer layer;
    layer.output_bits = part.plan.activation_bits;
    layer.output_signed = !part.what.relu && part.what.kind != FloatKind::kGlobalAverage;
    layer.output_scale = part.last ? part.logit_scale : part.activation.step_value();
    if (!part.weight.defined()) return layer;
    const torch::NoGradGuard guard;
    const int64_t out = part.weight.size(0);
    torch::Tensor factor = torch::ones({out});
    torch::Tensor bias = part.bias.detach().clone();
    if (part.norm) {
      factor = part.norm->weight / torch::sqrt(part.norm->running_var + part.norm->options.eps());
      bias = part.norm->bias + (bias - part.norm->running_mean) * factor;
    }
    layer.weight_bits = part.weights.grid().bits;
    layer.grid = part.weights.grid().grid;
    layer.bias = to_vector(bias);
    const torch::Tensor values = part.weights.values(part.weight);
    const std::vector<float> codes = values.dim() == 3 ? from_torch(values) : to_vector(values);
    const std::vector<float> steps = to_vector(part.weights.step().view(-1).expand({out}) * factor);
    const std::size_t fan = codes.size() / steps.size();
    float last_floor = 0.0f;
    for (const float b : layer.bias) {
      last_floor = std::max(last_floor, quant::smallest_scale(b, input_scale));
    }
    for (std::size_t o = 0; o < steps.size(); ++o) {
      const float floor =
          part.last ? last_floor : quant::smallest_scale(layer.bias[o], input_scale);
      const float scale = std::max(std::abs(steps[o]), floor);
      layer.weight_scales.push_back(scale);
      for (std::size_t k = 0; k < fan; ++k) {
        const float ratio = codes[o * fan + k] * steps[o] / scale;
        layer.codes.push_back(part.weights.grid().nearest(ratio));
      }
    }
    return layer;
  }

  /// Rounded bias minus bias, per channel [1, channel, 1], batch norm inside.
  static torch::Tensor bias_error(const Part& part, float input_step) {
    const torch::NoGradGuard guard;
    torch::Tensor factor = torch::ones({part.weight.size(0)});
    torch::Tensor bias = part.bias.detach();
    if (part.norm) {
      factor = part.norm->weight / torch::sqrt(part.norm->running_var + part.norm->options.eps());
      bias = part.norm->bias + (bias - part.norm->running_mean) * factor;
    }
    const torch::Tensor unit =
        (part.weights.step().view(-1) * factor).abs() * static_cast<double>(input_step);
    return (torch::round(bias / unit) * unit - bias).view({1, -1, 1});
  }

  FloatNetwork network_;
  std::vector<Part> parts_;
  bool training_ = true;
};

/// Adam with the weights, the offsets and every step in groups of their own.
class Optimizer {
 public:
  Optimizer(QuantizedModule& module, const QatOptions& options) : options_(options) {
    std::vector<torch::Tensor> weights, offsets;
    for (Part& part : module.parts()) {
      if (part.weight.defined()) {
        weights.push_back(part.weight);
        steps_.push_back(part.weights.step());
      }
      if (part.bias.defined() && part.bias.requires_grad()) offsets.push_back(part.bias);
      if (part.norm) {
        offsets.push_back(part.norm->weight);
        offsets.push_back(part.norm->bias);
      }
      if (!part.last) steps_.push_back(part.activation.step());
    }
    using Group = torch::optim::OptimizerParamGroup;
    const auto group = [&](std::vector<torch::Tensor> tensors, double decay) {
      auto settings = std::make_unique<torch::optim::AdamWOptions>(options.learning_rate);
      settings->weight_decay(decay);
      return Group(std::move(tensors), std::move(settings));
    };
    std::vector<Group> groups{group(weights, options.weight_decay), group(offsets, 0.0)};
    for (const torch::Tensor& step : steps_) groups.push_back(group({step}, 0.0));
    adam_ = std::make_unique<torch::optim::AdamW>(std::move(groups));
  }

  /// Adam moves every parameter by about the rate, whatever its size: steps get a rate in
  /// proportion to their size.
  void apply(double rate) {
    set_rate(*adam_, 0, rate);
    set_rate(*adam_, 1, rate);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      set_rate(*adam_, 2 + i, rate * steps_[i].mean().item<double>());
    }
    adam_->step();
  }
  void zero() { adam_->zero_grad(); }

 private:
  const QatOptions& options_;
  std::vector<torch::Tensor> steps_;
  std::unique_ptr<torch::optim::AdamW> adam_;
};

Result<torch::Tensor> teacher_logits(const std::vector<FloatNetwork>& teachers,
                                     const data::Windows& windows) {
  torch::Tensor sum;
  for (const FloatNetwork& teacher : teachers) {
    const auto values = quant::logits(teacher, windows);
    if (!values) return values.error();
    const torch::Tensor logits = torch::tensor(*values).view({windows.count(), -1});
    sum = sum.defined() ? sum + logits : logits;
  }
  return sum / static_cast<double>(teachers.size());
}

/// (1 - d) * cross entropy + d * T^2 * KL(teacher / T || student / T)
torch::Tensor loss_of(const torch::Tensor& logits, const torch::Tensor& labels,
                      const torch::Tensor& teacher, const QatOptions& options) {
  const double t = options.temperature;
  const torch::Tensor hard = torch::nn::functional::cross_entropy(
      logits, labels, torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(0.1));
  const torch::Tensor want = torch::softmax(teacher / t, 1);
  const torch::Tensor got = torch::log_softmax(logits / t, 1);
  const torch::Tensor soft = (want * (want.clamp_min(1e-12).log() - got)).sum(1).mean() * (t * t);
  return hard * (1.0 - options.distill) + soft * options.distill;
}

/// Least bits of an epoch on the way 8 -> 4 -> 2: the first tenth 8, up to 35 % 4, then free.
int bits_at(const QatOptions& options, int epoch) {
  if (!options.progressive) return 2;
  const double at = static_cast<double>(epoch) / options.epochs;
  return at < 0.10 ? 8 : (at < 0.35 ? 4 : 2);
}

struct Setting {
  const Dataset& set;
  const torch::Tensor& teacher;
  const QatOptions& options;
  const OnProgress& progress;
};

Status train_epochs(QuantizedModule& module, const Setting& setting) {
  const QatOptions& options = setting.options;
  const Dataset& set = setting.set;
  const int64_t picks = std::max<int64_t>(1, set.count() / std::max(1, options.thin));
  const int64_t steps = options.epochs * ((picks + options.batch - 1) / options.batch);
  int64_t step = 0;
  int bits = bits_at(options, 0);
  module.set_bits(bits);
  Optimizer optimizer(module, options);
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    if (const int now = bits_at(options, epoch); now != bits) module.set_bits(bits = now);
    const bool freeze = options.freeze_oscillating && epoch >= kLastFifth * options.epochs;
    module.training(true);
    const torch::Tensor order = epoch_order(set.count(), options.thin);
    double sum = 0.0;
    for (int64_t begin = 0; begin < order.size(0); begin += options.batch) {
      const torch::Tensor index = order.slice(0, begin, begin + options.batch);
      if (index.size(0) < 2) break;  // batch norm needs two windows
      const torch::Tensor scaled =
          augment(set.scaled.index_select(0, index), set.input_zero, options.augmentation);
      optimizer.zero();
      const torch::Tensor loss =
          loss_of(module.forward(coded(scaled, set.input_zero)), set.labels.index_select(0, index),
                  setting.teacher.index_select(0, index), options);
      loss.backward();
      optimizer.apply(one_cycle(options.learning_rate, step++, steps));
      module.after_step(freeze);
      sum += loss.item<double>() * static_cast<double>(index.size(0));
    }
    const double mean = sum / static_cast<double>(order.size(0));
    const std::string what = quant::bits_to_text([&] {
      std::vector<int> all;
      for (const Part& part : module.parts()) {
        if (part.weight.defined()) all.push_back(part.weights.grid().bits);
      }
      return all;
    }());
    if (setting.progress && !setting.progress({what, epoch + 1, options.epochs, mean, -1.0})) {
      return Error{"stopped"};
    }
  }
  module.estimate_norms(set);
  return Unit{};
}

std::vector<int> fake_labels(QuantizedModule& module, const Dataset& set) {
  const torch::NoGradGuard guard;
  const torch::Tensor labels =
      module.forward(coded(set.scaled, set.input_zero)).argmax(1).contiguous();
  const int64_t* data = labels.data_ptr<int64_t>();
  return {data, data + labels.numel()};
}

Result<QatResult> run(const FloatNetwork& network, const quant::Options& bits,
                      const data::Windows& train, const data::Windows& check,
                      const QatOptions& options, const OnProgress& progress,
                      const std::vector<FloatNetwork>& teachers) {
  const auto begin = std::chrono::steady_clock::now();
  const auto plan = quant::plan_bits(network.description, bits);
  if (!plan) return plan.error();
  const auto start = quant::quantize_layers(quant::fold(network), train, bits);
  if (!start) return start.error();
  const auto teacher =
      teacher_logits(teachers.empty() ? std::vector<FloatNetwork>{network} : teachers, train);
  if (!teacher) return teacher.error();

  torch::set_num_threads(std::max(1, options.threads));
  torch::manual_seed(options.seed);
  QuantizedModule module(network, *start, *plan);
  const Dataset set = make_dataset(train, network.gain, network.input_zero);
  if (Status status = train_epochs(module, {set, *teacher, options, progress}); !status) {
    return status.error();
  }
  Result<net::Network> frozen = module.freeze(bits.rounding);
  if (!frozen) return frozen.error();

  QatResult result;
  const auto golden = quant::evaluate(*frozen, check);
  if (!golden) return golden.error();
  const std::vector<int> fake =
      fake_labels(module, make_dataset(check, network.gain, network.input_zero));
  result.checked = check.count();
  int equal = 0;
  for (std::size_t i = 0; i < fake.size(); ++i) equal += fake[i] == golden->labels[i];
  result.agreement = fake.empty() ? 1.0 : equal / static_cast<double>(fake.size());
  result.frozen = module.frozen();
  result.network = std::move(*frozen);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace

Result<QatResult> train_quantized(const FloatNetwork& network, const quant::Options& bits,
                                  const data::Windows& train, const data::Windows& check,
                                  const QatOptions& options, const OnProgress& progress,
                                  const std::vector<FloatNetwork>& teachers) {
  if (Status status = quant::check(network); !status) return status.error();
  for (const data::Windows* set : {&train, &check}) {
    if (Status status = quant::fits(network.description, *set); !status) return status.error();
  }
  if (Status status = every_class_present(train); !status) return status.error();
  if (options.epochs < 1 || options.batch < 2) {
    return Error{std::to_string(options.epochs) + " epochs of batches of " +
                 std::to_string(options.batch) + ", at least 1 and 2 needed"};
  }
  try {
    return run(network, bits, train, check, options, progress, teachers);
  } catch (const std::exception& error) {  // LibTorch throws; nothing outside this room does
    return Error{std::string("LibTorch: ") + error.what()};
  }
}

}  // namespace tendon::train
