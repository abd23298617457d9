// SPDX-License-Identifier: MIT
// The state folder into the numbers of the tables.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "onnx/onnx.hpp"
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
    case Method::kAttempt:
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
  row["group"] = line.group;
  row["task"] = group.task;
  row["network"] = group.recipe.network;
  row["split"] = group.random_split ? "random windows" : "repetitions";
  row["method"] = method_text(line.method);
  row["weight_bits"] = line.method == Method::kFloat ? "32" : line.weights;
  row["activation_bits"] = line.method == Method::kFloat ? "32" : line.activations;
  row["name"] = line.method == Method::kFloat
                    ? group.recipe.network + " float"
                    : group.recipe.network + " w" + line.weights + " a" + line.activations;
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

/// Windows that fit a network, of no meaning: enough to give every tensor a scale.
data::Windows any_windows(const quant::FloatNetwork& network) {
  data::Windows windows;
  windows.source = "cycles";
  windows.task.classes = network.classes;
  windows.task.labels.resize(network.classes.size());
  windows.length = network.description.length;
  windows.channels = network.description.channels;
  constexpr int kWindows = 16;
  std::uint32_t random = 1;
  for (std::size_t i = 0; i < kWindows * windows.size(); ++i) {
    random = random * 1664525u + 1013904223u;
    windows.volts.push_back(static_cast<float>(random >> 8) * 0x1p-24f);
  }
  windows.label.assign(kWindows, 0);
  windows.repetition.assign(kWindows, 1);
  windows.trial.assign(kWindows, 0);
  return windows;
}

/// Cycles of a line by the model of today's compiler. They depend on shapes and widths, not on
/// weights: the float network of any subject does. Error: as quantize() and the model.
Result<std::int64_t> cycles_of(const Line& line, const std::string& float_file,
                               const quant::CycleModel& cycles) {
  const auto network = onnx::read_float(float_file);
  if (!network) return network.error();
  quant::Options options;
  options.weight_bits = quant::parse_bits(line.weights).value();
  options.activation_bits = quant::parse_bits(line.activations).value();
  const auto integer = quant::quantize(*network, any_windows(*network), options);
  if (!integer) return integer.error();
  return cycles(*integer);
}

/// Whether a row is measured on every subject of the page, so that rows may be compared.
bool is_complete(const json& row, const json& subjects) {
  const json& each = row["accuracy_by_subject"];
  return each.size() == subjects.size() &&
         std::all_of(subjects.begin(), subjects.end(), [&](const json& subject) {
           return each.contains(subject.get<std::string>());
         });
}

/// Integer networks of task A that no other one beats in accuracy, bytes and cycles, by bytes.
json pareto_front(const json& rows) {
  std::vector<json> kept;
  const auto cost = [](const json& row, const char* key) { return row.value(key, 0.0); };
  const auto eligible = [](const json& row) {
    return row["in_picture"].get<bool>() && row["method"] != "float";
  };
  const auto beats = [&](const json& a, const json& b) {
    const bool no_worse = a["accuracy_mean"] >= b["accuracy_mean"] &&
                          cost(a, "payload_bytes") <= cost(b, "payload_bytes") &&
                          cost(a, "cycles") <= cost(b, "cycles");
    return no_worse && (a["accuracy_mean"] > b["accuracy_mean"] ||
                        cost(a, "payload_bytes") < cost(b, "payload_bytes") ||
                        cost(a, "cycles") < cost(b, "cycles"));
  };
  for (const json& row : rows) {
    if (!eligible(row) || std::any_of(rows.begin(), rows.end(), [&](const json& other) {
          return eligible(other) && beats(other, row);
        })) {
      continue;
    }
    kept.push_back({{"id", row["id"]},
                    {"name", row["name"]},
                    {"method", row["method"]},
                    {"payload_bytes", row["payload_bytes"]},
                    {"cycles", cost(row, "cycles")},
                    {"accuracy_mean", row["accuracy_mean"]},
                    {"float_drop", row["float_drop"]}});
  }
  std::sort(kept.begin(), kept.end(), [](const json& a, const json& b) {
    return a["payload_bytes"].get<double>() < b["payload_bytes"].get<double>();
  });
  return kept;
}

/// Processor seconds of one subject: float network with its teachers, and the trained line that
/// takes longest.
json time_per_subject(const json& rows) {
  double exact = 0.0, trained = 0.0;
  for (const json& row : rows) {
    if (row["group"] != groups().front().id) continue;
    const auto seconds = row["processor_seconds_mean"].get<double>();
    if (row["method"] == "float") exact = seconds;
    if (row["method"] == method_text(Method::kTrained)) trained = std::max(trained, seconds);
  }
  return {{"float", exact}, {"quantization_aware", trained}, {"both", exact + trained}};
}

/// Recipes against the first of them on the subjects that have both. Differences are what counts:
/// these networks have seen one repetition less.
json summarize_attempts(const std::vector<std::pair<std::string, json>>& subjects) {
  json rows = json::array();
  const std::string base = attempts().front().id;
  for (const Attempt& attempt : attempts()) {
    std::vector<double> tune, test, tune_gain, test_gain, seconds;
    json names = json::array();
    for (const auto& [name, state] : subjects) {
      const json& lines = state["lines"];
      if (!lines.contains(attempt.id) || !lines.contains(base)) continue;
      const auto value = [&](const std::string& id, const char* key) {
        return lines[id][key].get<double>();
      };
      tune.push_back(value(attempt.id, "tune_accuracy"));
      test.push_back(value(attempt.id, "accuracy"));
      tune_gain.push_back(tune.back() - value(base, "tune_accuracy"));
      test_gain.push_back(test.back() - value(base, "accuracy"));
      seconds.push_back(value(attempt.id, "seconds"));
      names.push_back(name);
    }
    if (names.empty()) continue;
    rows.push_back({{"id", attempt.id},
                    {"what", attempt.text},
                    {"tuning_accuracy_mean", mean(tune)},
                    {"tuning_gain_mean", mean(tune_gain)},
                    {"accuracy_mean", mean(test)},
                    {"gain_mean", mean(test_gain)},
                    {"gain_sd", deviation(test_gain)},
                    {"processor_seconds_mean", mean(seconds)},
                    {"subjects", names}});
  }
  return rows;
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

/// The lines of the tables and those that the user gave bits for.
std::vector<Line> with_own(std::vector<Line> lines, const std::string& group,
                           const std::vector<std::pair<std::string, json>>& subjects) {
  for (const auto& [name, state] : subjects) {
    for (const auto& [id, entry] : state["lines"].items()) {
      const bool known = std::any_of(lines.begin(), lines.end(), [&, key = id](const Line& line) {
        return line.group == group && line.id == key;
      });
      if (known) continue;
      if (auto own = own_line(group, id)) lines.push_back(std::move(*own));
    }
  }
  return lines;
}

}  // namespace

Result<json> summarize(const std::string& state, const quant::CycleModel& cycles) {
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
    if (group.attempts) {
      results["attempts"] = summarize_attempts(*subjects);
      const auto pretraining = read_state(pretrained_file(state, group.id) + ".json");
      if (!pretraining) return pretraining.error();
      if (!pretraining->empty()) results["pretraining"] = *pretraining;
      continue;
    }
    if (group.id == groups().front().id) {
      for (const auto& [name, one] : *subjects) results["subjects"].push_back(name);
      results["sensitivity"] = summarize_sensitivity(*subjects);
    }
    for (const Line& line : with_own(lines, group.id, *subjects)) {
      if (line.group != group.id || line.method == Method::kSensitivity) continue;
      json row = summarize_line(line, group, *subjects);
      if (row.empty()) continue;
      if (cycles && line.method != Method::kFloat) {
        const std::string name = row["accuracy_by_subject"].begin().key();
        const fs::path file = state_file(state, group.id, name);
        const auto count =
            cycles_of(line, fs::path(file).replace_extension(".float.onnx").string(), cycles);
        if (!count) return Error{row["name"].get<std::string>() + ": " + count.error().message};
        row["cycles"] = *count;
      }
      row["in_picture"] =
          group.task == "A" && !group.random_split && is_complete(row, results["subjects"]);
      results["networks"].push_back(std::move(row));
    }
  }
  if (results["networks"].empty()) return Error{state + ": nothing measured yet"};
  results["front"] = pareto_front(results["networks"]);
  results["processor_seconds_per_subject"] = time_per_subject(results["networks"]);
  return results;
}

}  // namespace tendon::train
