// SPDX-License-Identifier: MIT
// What was tried to make the float network stronger. Everything is decided on the tuning
// repetition, which these networks have not seen; the test repetitions are only reported.
#include <algorithm>
#include <cmath>
#include <ctime>

#include "train/campaign.hpp"

namespace tendon::train {
namespace {

using nlohmann::json;

constexpr int kStep = 5;  // samples between test windows

/// From scratch, with one option changed.
Recipe with(void (*change)(FloatOptions&)) {
  Recipe recipe;
  recipe.options.thin = data::db1_protocol().thin;
  change(recipe.options);
  return recipe;
}

Recipe plain() {
  return with([](FloatOptions&) {});
}

Recipe from(const std::string& start) {
  Recipe recipe = with([](FloatOptions& o) { o.learning_rate = 2e-3; });
  recipe.start = start;
  return recipe;
}

Recipe taught(int teachers, const std::string& network) {
  Recipe recipe = plain();
  recipe.teachers = teachers;
  recipe.teacher_network = network;
  return recipe;
}

/// 100 epochs with the ring turned by 0.1 spacings.
Recipe turned(const std::string& start, int teachers) {
  Recipe recipe = with([](FloatOptions& o) {
    o.epochs = 100;
    o.augmentation.turn = 0.1;
  });
  recipe.start = start;
  recipe.teachers = teachers;
  return recipe;
}

Recipe distilled() {
  Recipe recipe = with([](FloatOptions& o) { o.epochs = 80; });
  recipe.teachers = 3;
  return recipe;
}

Recipe wide() {
  Recipe recipe = plain();
  recipe.network = "db1-wide";
  return recipe;
}

float compand(float volts, const std::string& law) {
  const float x = std::max(volts, 0.0f);
  if (law == "sqrt") return std::sqrt(x);
  if (law == "mu50") return std::log1p(50.0f * x / 4.665f);
  return volts;
}

Result<data::Sets> load_sets(const Attempt& attempt, data::Recording recording,
                             const std::string& task) {
  for (float& volts : recording.samples) volts = compand(volts, attempt.companding);
  const auto found = data::find_task(task);
  if (!found) return found.error();
  return data::cut_sets(recording, *found, data::db1_protocol(), {attempt.length, kStep, 1});
}

double ensemble_accuracy(const std::vector<quant::FloatNetwork>& networks,
                         const data::Windows& windows) {
  std::vector<double> sum;
  const std::size_t classes = windows.task.classes.size();
  for (const quant::FloatNetwork& network : networks) {
    const auto logits = quant::logits(network, windows);
    sum.resize(logits->size());
    for (std::size_t i = 0; i < sum.size(); i += classes) {
      double total = 0.0;
      for (std::size_t c = 0; c < classes; ++c) {
        total += std::exp(static_cast<double>((*logits)[i + c]));
      }
      for (std::size_t c = 0; c < classes; ++c) {
        sum[i + c] += std::exp(static_cast<double>((*logits)[i + c])) / total;
      }
    }
  }
  int right = 0;
  for (std::size_t i = 0; i < windows.label.size(); ++i) {
    const auto row = sum.begin() + static_cast<std::ptrdiff_t>(i * classes);
    const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row;
    right += best == windows.label[i];
  }
  return right / static_cast<double>(windows.label.size());
}

}  // namespace

const std::vector<Attempt>& attempts() {
  static const std::vector<Attempt> kAttempts{
      {"base", "60 epochs, from scratch: the recipe of the headline", plain()},
      {"long", "150 epochs", with([](FloatOptions& o) { o.epochs = 150; })},
      {"slow", "peak rate 1e-3", with([](FloatOptions& o) { o.learning_rate = 1e-3; })},
      {"channel-0", "no gain noise per channel",
       with([](FloatOptions& o) { o.augmentation.channel = 0.0; })},
      {"channel-0.2", "gain noise per channel 20 %",
       with([](FloatOptions& o) { o.augmentation.channel = 0.2; })},
      {"turn-0.1", "electrode ring turned by 0.1 spacings",
       with([](FloatOptions& o) { o.augmentation.turn = 0.1; })},
      {"noise-0.01", "white noise, 1 % of full scale",
       with([](FloatOptions& o) { o.augmentation.noise = 0.01; })},
      {"drop-0.05", "5 % dead channels", with([](FloatOptions& o) { o.augmentation.drop = 0.05; })},
      {"mixup-0.2", "mixup, alpha 0.2", with([](FloatOptions& o) { o.mixup = 0.2; })},
      {"average", "moving average of the weights, 0.998",
       with([](FloatOptions& o) { o.average = 0.998; })},
      {"sam", "sharpness-aware, radius 0.05", with([](FloatOptions& o) { o.sharpness = 0.05; })},
      {"dropout", "dropout 0.5 before the last layer",
       with([](FloatOptions& o) { o.dropout = 0.5; })},
      {"decay-0.1", "weight decay 0.1", with([](FloatOptions& o) { o.weight_decay = 0.1; })},
      {"hard", "no label smoothing", with([](FloatOptions& o) { o.label_smoothing = 0.0; })},
      {"stop", "early stopping on the tuning repetition",
       with([](FloatOptions& o) { o.early_stop = true; })},
      {"folder", "pre-trained on the training repetitions of all subjects", from("folder")},
      {"movements", "pre-trained on all twelve movements of the subject", from("movements")},
      {.id = "ensemble-5",
       .text = "mean of five networks (five times the size)",
       .recipe = taught(5, "db1-cnn"),
       .is_ensemble = true},
      {"distilled-5", "learned from five networks", taught(5, "db1-cnn")},
      {"distilled-wide", "learned from two networks of four times the size", taught(2, "db1-wide")},
      {"wide", "twice as many channels and units (four times the size)", wide()},
      {.id = "sqrt", .text = "square root of the volts", .recipe = plain(), .companding = "sqrt"},
      {.id = "mu50", .text = "mu-law 50 of the volts", .recipe = plain(), .companding = "mu50"},
      {.id = "window-40",
       .text = "windows of 400 ms (not the task's 250 ms)",
       .recipe = plain(),
       .length = 40},
      {"turn-long", "100 epochs, ring turned by 0.1 spacings", turned("", 0)},
      {"turn-long-folder", "the same, pre-trained on all subjects", turned("folder", 0)},
      {"turn-long-folder-distilled", "the same, learned from three networks", turned("folder", 3)},
      {"distilled-3", "80 epochs, learned from three networks", distilled()},
  };
  return kAttempts;
}

Result<data::Windows> pool_subjects(const std::vector<std::string>& files, const data::Task& task,
                                    int length, bool hold_out) {
  data::Windows pool;
  for (const std::string& file : files) {
    const auto recording = data::load(file);
    if (!recording) return recording.error();
    auto sets = data::cut_sets(*recording, task, data::db1_protocol(), {length, kStep, kStep});
    if (!sets) return sets.error();
    data::Windows& own = hold_out ? sets->fit : sets->train;
    const auto gain = quant::input_gain(own);
    if (!gain) return gain.error();
    for (std::size_t i = 0; i < own.volts.size(); ++i) own.volts[i] *= (*gain)[i % gain->size()];
    if (pool.label.empty()) {
      pool = std::move(own);
      pool.source = std::to_string(files.size()) + " recordings";
    } else if (Status status = data::append(pool, own); !status) {
      return status.error();
    }
  }
  return pool;
}

Result<json> run_attempt(const Attempt& attempt, const data::Recording& recording,
                         const quant::FloatNetwork* pretrained) {
  const std::clock_t begin = std::clock();
  const auto sets = load_sets(attempt, recording, "A");
  if (!sets) return sets.error();
  json entry;
  if (attempt.is_ensemble) {
    const auto networks = train_teachers(attempt.recipe, sets->fit, nullptr);
    if (!networks) return networks.error();
    entry["tune_accuracy"] = ensemble_accuracy(*networks, sets->tune);
    entry["accuracy"] = ensemble_accuracy(*networks, sets->test);
  } else {
    data::Windows movements;
    if (attempt.recipe.start == "movements") {
      auto all = load_sets(attempt, recording, "C");
      if (!all) return all.error();
      movements = std::move(all->fit);
    }
    const data::Windows* tune = attempt.recipe.options.early_stop ? &sets->tune : nullptr;
    const auto trained = train_recipe(attempt.recipe, sets->fit, tune, {pretrained, &movements});
    if (!trained) return trained.error();
    for (const auto& [key, windows] :
         {std::pair("tune_accuracy", &sets->tune), std::pair("accuracy", &sets->test)}) {
      const auto evaluation = quant::evaluate(trained->network, *windows);
      if (!evaluation) return evaluation.error();
      entry[key] = evaluation->accuracy;
    }
    entry["epoch"] = trained->epoch;
  }
  entry["tune_windows"] = sets->tune.count();
  entry["windows"] = sets->test.count();
  entry["seconds"] = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return entry;
}

}  // namespace tendon::train
