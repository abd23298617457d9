// SPDX-License-Identifier: MIT
// The parts of `reproduce`: which lines there are, what one job does, what is kept between calls.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "train/reproduce.hpp"
#include "train/train.hpp"

namespace tendon::train {

enum class Method { kFloat, kPostTraining, kTrained, kSensitivity, kAttempt };

/// One line of the tables: a network measured on every subject.
struct Line {
  std::string id;  // key in the state: "8/4/4/2/8-qat"
  std::string group;
  std::string set;  // "headline", "trained", "uniform", "ladder", ... (lines.cpp)
  Method method = Method::kFloat;
  std::string weights = "8", activations = "8";
};

/// How a float network is trained.
struct Recipe {
  FloatOptions options;
  std::string network = "db1-cnn";
  std::string start = "";  // "": at random; "folder": the network pre-trained on all subjects;
                           // "movements": one trained on all movements of the subject
  int teachers = 0;        // networks of other seeds, trained first, to learn from
  std::string teacher_network = "db1-cnn";
};
/// What a recipe may ask for besides the windows; null where it does not.
struct Ingredients {
  const quant::FloatNetwork* folder = nullptr;
  const data::Windows* movements = nullptr;
  std::vector<quant::FloatNetwork> teachers = {};  // besides those that the recipe trains
};
/// Seeds of the teachers are 101, 102, ... Error: as train_float().
Result<std::vector<quant::FloatNetwork>> train_teachers(const Recipe& recipe,
                                                        const data::Windows& train,
                                                        const quant::FloatNetwork* start);
Result<FloatResult> train_recipe(const Recipe& recipe, const data::Windows& train,
                                 const data::Windows* tune, const Ingredients& ingredients);

/// A recipe that is measured against others on the tuning repetition.
struct Attempt {
  std::string id, text;
  Recipe recipe;
  std::string companding = "";  // of the volts: "", "sqrt", "mu50"
  int length = 25;
  bool is_ensemble = false;  // measure the teachers' mean instead of a network
};
const std::vector<Attempt>& attempts();
/// Trains without the tuning repetition, measures there and on the test repetitions.
/// `pretrained`: network of the folder. Error: as train_float().
Result<nlohmann::json> run_attempt(const Attempt& attempt, const data::Recording& recording,
                                   const quant::FloatNetwork* pretrained);
/// Training windows of several recordings as one set, every channel on its own subject's gain;
/// `hold_out`: without the tuning repetition. No test repetition of anybody is in it.
/// Error: as data::cut_sets().
Result<data::Windows> pool_subjects(const std::vector<std::string>& files, const data::Task& task,
                                    int length, bool hold_out);

/// Windows and float network that several lines share.
struct Group {
  std::string id;    // folder name in the state: "A-db1-cnn"
  std::string task;  // "A", "B", "C", "myo5"
  Recipe recipe;     // of the float network
  bool random_split = false;
  bool myo = false;
  int length = 25;
  bool attempts = false;  // its lines are attempts(), each with a network of its own
  bool taught = false;    // learns from the float network of the headline, which is made first
};

const std::vector<Group>& groups();
/// The lines of some sets (empty: "headline"; "all": every one) and assignments given by the user.
/// Error: unknown set (lists the known ones), bits that cannot be read.
Result<std::vector<Line>> choose_lines(const std::vector<std::string>& sets,
                                       const std::vector<std::string>& bits);
/// Every line there is, for rendering.
std::vector<Line> all_lines();
/// The line of a key in the state that all_lines() does not have: an assignment given by the user.
/// Nothing when it is no such key.
std::optional<Line> own_line(const std::string& group, const std::string& id);

/// One subject of one group, or the pre-training of a group on all subjects.
struct Job {
  Group group;
  std::vector<Line> lines;
  std::string subject;   // "S7" or "Male0"
  std::string file;      // recording
  std::string state;     // folder
  int float_epochs = 0;  // 0: as the recipe says
  int trained_epochs = 20;
  std::string pretrained;         // file of the network that is pre-trained on the folder
  std::vector<std::string> pool;  // recordings of a pre-training; `subject` is then "all"
};

std::string state_file(const std::string& state, const std::string& group,
                       const std::string& subject);

/// Of the network that is pre-trained on all subjects of a group.
std::string pretrained_file(const std::string& state, const std::string& group);

/// Measures the lines of the job that its state file does not hold yet, writing it after each one;
/// `step` is told the id of every line that is finished. Error: data, training or files; names the
/// subject.
Status run_job(const Job& job, const std::function<void(const std::string&)>& step = {});

/// Empty object when there is none. Error: a state file that is no JSON (names it).
Result<nlohmann::json> read_state(const std::string& path);
/// Replaces the file at once, so that an interruption leaves the old or the new one.
Status write_text(const std::string& path, const std::string& text);

/// Mean, standard deviation and so on over the subjects of the state, as docs/results/db1.json;
/// with a cycle model also the cycles of every integer network.
Result<nlohmann::json> summarize(const std::string& state, const quant::CycleModel& cycles = {});
std::string to_markdown(const nlohmann::json& results);
std::string to_html(const nlohmann::json& results);

}  // namespace tendon::train
