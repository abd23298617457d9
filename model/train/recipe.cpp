// SPDX-License-Identifier: MIT
#include <algorithm>

#include "train/campaign.hpp"

namespace tendon::train {
namespace {

constexpr std::uint64_t kTeacherSeed = 101;
constexpr int kTeacherEpochs = 60;
constexpr int kMovementEpochs = 30;

Result<FloatResult> train(const std::string& network, const data::Windows& windows,
                          const data::Windows* tune, const FloatOptions& options,
                          const quant::FloatNetwork* start,
                          const std::vector<quant::FloatNetwork>& teachers) {
  const auto description = quant::find_description(network, windows.length, windows.channels,
                                                   static_cast<int>(windows.task.classes.size()));
  if (!description) return description.error();
  return train_float(*description, windows, tune, options, {}, start, teachers);
}

}  // namespace

Result<std::vector<quant::FloatNetwork>> train_teachers(const Recipe& recipe,
                                                        const data::Windows& windows,
                                                        const quant::FloatNetwork* start) {
  std::vector<quant::FloatNetwork> teachers;
  for (int i = 0; i < recipe.teachers; ++i) {
    FloatOptions options = recipe.options;
    options.epochs = std::min(options.epochs, kTeacherEpochs);
    options.early_stop = false;
    options.seed = kTeacherSeed + static_cast<std::uint64_t>(i);
    const bool same = recipe.teacher_network == recipe.network;
    auto teacher =
        train(recipe.teacher_network, windows, nullptr, options, same ? start : nullptr, {});
    if (!teacher) return teacher.error();
    teachers.push_back(std::move(teacher->network));
  }
  return teachers;
}

Result<FloatResult> train_recipe(const Recipe& recipe, const data::Windows& windows,
                                 const data::Windows* tune, const Ingredients& ingredients) {
  quant::FloatNetwork start;
  if (recipe.start == "folder" && ingredients.folder) start = *ingredients.folder;
  if (recipe.start == "movements" && ingredients.movements) {
    FloatOptions options = recipe.options;
    options.epochs = std::min(options.epochs, kMovementEpochs);
    options.early_stop = false;
    auto trained = train(recipe.network, *ingredients.movements, nullptr, options, nullptr, {});
    if (!trained) return trained.error();
    start = std::move(trained->network);
  }
  auto teachers = train_teachers(recipe, windows, &start);
  if (!teachers) return teachers.error();
  teachers->insert(teachers->end(), ingredients.teachers.begin(), ingredients.teachers.end());
  return train(recipe.network, windows, tune, recipe.options, &start, *teachers);
}

}  // namespace tendon::train
