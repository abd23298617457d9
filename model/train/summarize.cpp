// SPDX-License-Identifier: MIT
// The state folder into the numbers of the tables.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "train/campaign.hpp"

namespace tendon::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// State files of one group by subject, S2 before S10.
Result<std::vector<std::pair<std::string, json>>> load_group(const std::string& state,
                                                             const std::string& group) {
  std::vector<std::pair<std::string, json>> subjects;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(state) / group, error)) {
    if (entry.path().extension() != ".json") continue;
    auto one = read_state(entry.path().string());
    if (!one) return one.error();
    subjects.emplace_back(entry.path().stem().string(), std::move(*one));
  }
  std::sort(subjects.begin(), subjects.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.size(), a.first) < std::pair(b.first.size(), b.first);
  });
  return subjects;
}

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return values.empty() ? 0.0 : sum / static_cast<double>(values.size());
}

/// Sample standard deviation; 0 for a single subject.
double deviation(const std::vector<double>& values) {
  const double middle = mean(values);
  double sum = 0.0;
  for (const double v : values) sum += (v - middle) * (v - middle);
  return values.size() < 2 ? 0.0 : std::sqrt(sum / static_cast<double>(values.size() - 1));
}

const char* method_text(Method method) {
  switch (method) {
    case Method::kFloat:
      return "float";
    case Method::kPostTraining:
      return "post-training";
    case Method::kTrained:
      return "quantization-aware training";
    case Method::kSensitivity:
      break;
  }
  return "";
}

/// Fraction of rest windows that are taken for a movement; class 0 of task B is rest.
double false_activation(const json& confusion) {
  double all = 0.0, right = 0.0;
  for (std::size_t c = 0; c < confusion[0].size(); ++c) {
    all += confusion[0][c].get<double>();
    if (c == 0) right = confusion[0][c].get<double>();
  }
  return all > 0.0 ? 1.0 - right / all : 0.0;
}

/// One row of the tables. Empty object when no subject has it. `float_drop` compares the same
/// subjects.
json summarize_line(const Line& line, const Group& group,
                    const std::vector<std::pair<std::string, json>>& subjects) {
  std::vector<double> accuracy, trials, floats, seconds, rest;
  json each = json::object();
  json row;
  std::int64_t windows = 0, equal = 0, checked = 0;
  for (const auto& [name, state] : subjects) {
    const json& lines = state["lines"];
    if (!lines.contains(line.id) || !lines.contains("float")) continue;
    const json& entry = lines[line.id];
    accuracy.push_back(entry["accuracy"].get<double>());
    trials.push_back(entry["trial_accuracy"].get<double>());
    floats.push_back(lines["float"]["accuracy"].get<double>());
    seconds.push_back(line.method == Method::kFloat ? state.value("float_seconds", 0.0)
                                                    : entry["seconds"].get<double>());
    windows += entry["windows"].get<std::int64_t>();
    each[name] = entry["accuracy"];
    row["payload_bytes"] = entry["payload_bytes"];
    if (entry.contains("checked")) {
      equal += entry["equal_labels"].get<std::int64_t>();
      checked += entry["checked"].get<std::int64_t>();
    }
    if (group.task == "B") rest.push_back(false_activation(entry["confusion"]));
  }
  if (accuracy.empty()) return {};
  row["id"] = line.group + ":" + line.id;
  row["set"] = line.set;
  row["task"] = group.task;
  row["network"] = group.network;
  row["split"] = group.random_split ? "random windows" : "repetitions";
  row["method"] = method_text(line.method);
  row["weight_bits"] = line.method == Method::kFloat ? "32" : line.weights;
  row["activation_bits"] = line.method == Method::kFloat ? "32" : line.activations;
  row["name"] = line.method == Method::kFloat
                    ? group.network + " float"
                    : group.network + " w" + line.weights + " a" + line.activations;
  row["accuracy_mean"] = mean(accuracy);
  row["accuracy_sd"] = deviation(accuracy);
  row["float_drop"] = mean(floats) - mean(accuracy);
  row["trial_accuracy_mean"] = mean(trials);
  row["processor_seconds_mean"] = mean(seconds);
  row["subjects"] = accuracy.size();
  row["windows"] = windows;
  row["accuracy_by_subject"] = std::move(each);
  if (checked > 0) {
    row["label_agreement"] = static_cast<double>(equal) / static_cast<double>(checked);
    row["labels_compared"] = checked;
  }
  if (!rest.empty()) row["rest_false_activation_mean"] = mean(rest);
  return row;
}

/// Mean over the subjects, entry by entry.
json summarize_sensitivity(const std::vector<std::pair<std::string, json>>& subjects) {
  json sum = json::array();
  int count = 0;
  for (const auto& [name, state] : subjects) {
    if (!state["lines"].contains("sensitivity")) continue;
    const json& entries = state["lines"]["sensitivity"]["entries"];
    ++count;
    if (sum.empty()) {
      sum = entries;
      continue;
    }
    for (std::size_t i = 0; i < entries.size() && i < sum.size(); ++i) {
      for (const char* key : {"kl", "hessian"}) {
        sum[i][key] = sum[i][key].get<double>() + entries[i][key].get<double>();
      }
    }
  }
  for (json& entry : sum) {
    for (const char* key : {"kl", "hessian"}) entry[key] = entry[key].get<double>() / count;
  }
  return sum;
}

}  // namespace

Result<json> summarize(const std::string& state) {
  json results;
  results["data"] = "NinaPro DB1, exercise 1";
  results["protocol"] =
      "One network per subject; trained on repetitions 1,3,4,6,8,9,10, tested on 2,5,7; windows of "
      "25 samples (250 ms), step 5; accuracy per window, integer networks on the golden model";
  results["units"] = "accuracies, deviations and drops are fractions of 1";
  results["subjects"] = json::array();
  results["networks"] = json::array();
  results["sensitivity"] = json::array();
  const std::vector<Line> lines = all_lines();
  for (const Group& group : groups()) {
    const auto subjects = load_group(state, group.id);
    if (!subjects) return subjects.error();
    if (group.id == groups().front().id) {
      for (const auto& [name, one] : *subjects) results["subjects"].push_back(name);
      results["sensitivity"] = summarize_sensitivity(*subjects);
    }
    for (const Line& line : lines) {
      if (line.group != group.id || line.method == Method::kSensitivity) continue;
      json row = summarize_line(line, group, *subjects);
      if (!row.empty()) results["networks"].push_back(std::move(row));
    }
  }
  if (results["networks"].empty()) return Error{state + ": nothing measured yet"};
  return results;
}

}  // namespace tendon::train
