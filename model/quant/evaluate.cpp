// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <map>

#include "golden/golden.hpp"
#include "golden/input.hpp"
#include "quant/forward.hpp"
#include "quant/plan.hpp"

namespace tendon::quant {
namespace {

constexpr int kBatch = 128;  // windows per matrix product

int best_class(const float* values, int classes) {
  return static_cast<int>(std::max_element(values, values + classes) - values);
}

double trial_accuracy(const data::Windows& windows, const std::vector<int>& labels, int classes) {
  std::map<int, std::vector<int>> votes;
  std::map<int, int> truth;
  for (int i = 0; i < windows.count(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    auto& vote = votes[windows.trial[at]];
    vote.resize(static_cast<std::size_t>(classes));
    ++vote[static_cast<std::size_t>(labels[at])];
    truth[windows.trial[at]] = windows.label[at];
  }
  int right = 0;
  for (const auto& [trial, vote] : votes) {
    const auto winner = std::max_element(vote.begin(), vote.end()) - vote.begin();
    right += winner == truth[trial];
  }
  return votes.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(votes.size());
}

Evaluation score(const data::Windows& windows, std::vector<int> labels, int classes) {
  Evaluation evaluation;
  evaluation.windows = windows.count();
  const auto size = static_cast<std::size_t>(classes);
  evaluation.confusion.assign(size, std::vector<int>(size, 0));
  int right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    ++evaluation.confusion[static_cast<std::size_t>(windows.label[i])]
                          [static_cast<std::size_t>(labels[i])];
    right += labels[i] == windows.label[i];
  }
  evaluation.accuracy = labels.empty() ? 0.0 : right / static_cast<double>(labels.size());
  evaluation.trial_accuracy = trial_accuracy(windows, labels, classes);
  evaluation.labels = std::move(labels);
  return evaluation;
}

Status same_classes(std::size_t network, const data::Windows& windows) {
  if (network == windows.task.labels.size()) return Unit{};
  return Error{"network has " + std::to_string(network) + " classes, task " + windows.task.name +
               " has " + std::to_string(windows.task.labels.size())};
}

struct Integer {
  std::vector<int> labels;
  std::vector<float> logits;
  std::int64_t saturated = 0;
};

Result<Integer> run_golden(const net::Network& network, const data::Windows& windows) {
  Result<golden::Model> model = golden::Model::make(network);
  if (!model) return model.error();
  const net::Layer& last = network.layers.back();
  const float step = network.tensors[static_cast<std::size_t>(last.inputs[0])].scale *
                     (last.weight_scales.empty() ? 1.0f : last.weight_scales[0]);
  Integer all;
  for (int i = 0; i < windows.count(); ++i) {
    const auto refuse = [&](const Error& error) {
      return Error{windows.source + ": window " + std::to_string(i) + ": " + error.message};
    };
    const Result<golden::CodedWindow> coded = golden::code_input(network, windows.window(i));
    if (!coded) return refuse(coded.error());
    const Result<golden::Outcome> outcome = model->run(coded->codes);
    if (!outcome) return refuse(outcome.error());
    all.saturated += coded->saturated;
    all.labels.push_back(outcome->label);
    for (const std::int32_t sum : outcome->accumulators) {
      all.logits.push_back(step * static_cast<float>(sum));
    }
  }
  return all;
}

}  // namespace

Status fits(const Description& description, const data::Windows& windows) {
  if (description.length == windows.length && description.channels == windows.channels) {
    return Unit{};
  }
  return Error{description.name + " takes windows of " + std::to_string(description.length) + "x" +
               std::to_string(description.channels) + ", got " + std::to_string(windows.length) +
               "x" + std::to_string(windows.channels)};
}

Result<std::vector<float>> logits(const FloatNetwork& network, const data::Windows& windows) {
  if (Status status = check(network); !status) return status.error();
  if (Status status = fits(network.description, windows); !status) return status.error();
  const FloatNetwork folded = fold(network);
  std::vector<float> all;
  for (int begin = 0; begin < windows.count(); begin += kBatch) {
    std::vector<int> indices;
    for (int i = begin; i < std::min(begin + kBatch, windows.count()); ++i) indices.push_back(i);
    Batch batch = input_batch(folded, windows, indices);
    for (std::size_t i = 0; i < folded.layers.size(); ++i) {
      const LayerDescription& what = folded.description.layers[i];
      const FloatLayer& layer = folded.layers[i];
      batch = post_activation(what, pre_activation(what, layer.weights, layer.bias, batch));
    }
    all.insert(all.end(), batch.values.data(), batch.values.data() + batch.values.size());
  }
  return all;
}

Result<std::vector<float>> logits(const net::Network& network, const data::Windows& windows) {
  Result<Integer> all = run_golden(network, windows);
  if (!all) return all.error();
  return std::move(all->logits);
}

Result<Evaluation> evaluate(const net::Network& network, const data::Windows& windows) {
  if (Status status = same_classes(network.classes.size(), windows); !status) {
    return status.error();
  }
  Result<Integer> all = run_golden(network, windows);
  if (!all) return all.error();
  Evaluation evaluation =
      score(windows, std::move(all->labels), static_cast<int>(network.classes.size()));
  evaluation.saturated = all->saturated;
  return evaluation;
}

Result<Evaluation> evaluate(const FloatNetwork& network, const data::Windows& windows) {
  if (Status status = same_classes(network.classes.size(), windows); !status) {
    return status.error();
  }
  const Result<std::vector<float>> values = logits(network, windows);
  if (!values) return values.error();
  const int classes = static_cast<int>(network.classes.size());
  std::vector<int> labels;
  for (int i = 0; i < windows.count(); ++i) {
    labels.push_back(
        best_class(values->data() + static_cast<std::ptrdiff_t>(i) * classes, classes));
  }
  return score(windows, std::move(labels), classes);
}

Result<std::vector<float>> input_gain(const data::Windows& windows, double percentile) {
  if (windows.count() == 0) return Error{windows.source + ": no windows"};
  std::vector<float> gain;
  const auto channels = static_cast<std::size_t>(windows.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    std::vector<float> values;
    for (std::size_t i = c; i < windows.volts.size(); i += channels) {
      values.push_back(windows.volts[i]);
    }
    std::sort(values.begin(), values.end());
    if (!(values.front() < values.back())) {
      return Error{windows.source + ": channel " + std::to_string(c + 1) + " is constant (" +
                   std::to_string(values.front()) + " V in every training sample)"};
    }
    if (windows.offset > 0.0f) {
      gain.push_back(1.0f);  // a gain would move the offset
      continue;
    }
    const double at = percentile / 100.0 * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(at);
    const float next = values[std::min(low + 1, values.size() - 1)];
    const float full =
        values[low] + static_cast<float>(at - static_cast<double>(low)) * (next - values[low]);
    if (!(full > 0.0f)) {
      return Error{windows.source + ": channel " + std::to_string(c + 1) + " is never above 0 V"};
    }
    gain.push_back(1.0f / full);
  }
  return gain;
}

}  // namespace tendon::quant
