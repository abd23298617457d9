// SPDX-License-Identifier: MIT
// The parts of `reproduce`: which lines there are, what one job does, what is kept between calls.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "train/reproduce.hpp"
#include "train/train.hpp"

namespace tendon::train {

/// Windows and float network that several lines share.
struct Group {
  std::string id;       // folder name in the state: "A-db1-cnn"
  std::string task;     // "A", "B", "C", "myo5"
  std::string network;  // quant::find_description
  bool random_split = false;
  bool myo = false;
  int length = 25;
};

enum class Method { kFloat, kPostTraining, kTrained, kSensitivity };

/// One line of the tables: a network measured on every subject.
struct Line {
  std::string id;  // key in the state: "8/4/4/2/8-qat"
  std::string group;
  std::string set;  // "headline", "trained", "uniform", "ladder", ... (lines.cpp)
  Method method = Method::kFloat;
  std::string weights = "8", activations = "8";
};

const std::vector<Group>& groups();
/// The lines of some sets (empty: "headline"; "all": every one) and assignments given by the user.
/// Error: unknown set (lists the known ones), bits that cannot be read.
Result<std::vector<Line>> choose_lines(const std::vector<std::string>& sets,
                                       const std::vector<std::string>& bits);
/// Every line there is, for rendering.
std::vector<Line> all_lines();

/// One subject of one group.
struct Job {
  Group group;
  std::vector<Line> lines;
  std::string subject;  // "S7" or "Male0"
  std::string file;     // recording
  std::string state;    // folder
  int float_epochs = 60;
  int trained_epochs = 20;
};

std::string state_file(const std::string& state, const std::string& group,
                       const std::string& subject);

/// Measures the lines of the job that its state file does not hold yet, writing it after each one.
/// Error: data, training or files; names the subject.
Status run_job(const Job& job);

/// Empty object when there is none. Error: a state file that is no JSON (names it).
Result<nlohmann::json> read_state(const std::string& path);
/// Replaces the file at once, so that an interruption leaves the old or the new one.
Status write_text(const std::string& path, const std::string& text);

/// Mean, standard deviation and so on over the subjects of the state, as docs/results/db1.json.
Result<nlohmann::json> summarize(const std::string& state);
std::string to_markdown(const nlohmann::json& results);
std::string to_html(const nlohmann::json& results);

}  // namespace tendon::train
