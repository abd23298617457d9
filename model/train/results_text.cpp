// SPDX-License-Identifier: MIT
#include "train/results_text.hpp"

#include <cstdio>

namespace tendon::train {
namespace {

using nlohmann::json;

/// The smallest integer network of task A within 3.1 points of the float db1-cnn, all measured on
/// every subject.
const json* smallest_network(const json& results) {
  double reference = 0.0;
  for (const json& row : results["networks"]) {
    if (row["set"] == "headline" && row["method"] == "float") {
      reference = row["accuracy_mean"].get<double>();
    }
  }
  const json* smallest = nullptr;
  for (const json& row : results["networks"]) {
    if (!row["in_picture"].get<bool>() || row["method"] == "float" ||
        row["accuracy_mean"].get<double>() < reference - 0.031) {
      continue;
    }
    if (!smallest || row["payload_bytes"] < (*smallest)["payload_bytes"]) smallest = &row;
  }
  return smallest;
}

std::string rest_text(const json& results) {
  std::string text;
  std::size_t subjects = 0;
  for (const json& row : results["networks"]) {
    if (!row.contains("rest_false_activation_mean")) continue;
    subjects = row["subjects"].get<std::size_t>();
    text += (text.empty() ? "" : ", ") + row["weight_bits"].get<std::string>() + " bits " +
            percent(row["rest_false_activation_mean"], 2) + " %";
  }
  if (text.empty()) return text;
  return "Rest false activations (task B, rest windows taken for a movement, " +
         std::to_string(subjects) + " subjects): " + text + ".";
}

std::string labels_text(const json& results) {
  double equal = 0.0, compared = 0.0;
  for (const json& row : results["networks"]) {
    if (!row.contains("labels_compared")) continue;
    compared += row["labels_compared"].get<double>();
    equal += row["labels_compared"].get<double>() * row["label_agreement"].get<double>();
  }
  if (compared == 0.0) return {};
  return "Labels of the fake-quantized network and of the integer golden model are equal on " +
         percent(equal / compared, 3) + " % of " + fixed(compared, 0) + " test windows.";
}

std::string time_text(const json& results) {
  const json& seconds = results["processor_seconds_per_subject"];
  std::string text = "Processor time per subject: " + fixed(seconds["float"].get<double>(), 0) +
                     " s for the float network, " +
                     fixed(seconds["quantization_aware"].get<double>(), 0) +
                     " s for the longest quantization-aware training.";
  if (results.contains("pretraining")) {
    const json& before = results["pretraining"];
    text += " Pre-training of the attempts, once for all: " +
            fixed(before["seconds"].get<double>(), 0) + " s on " +
            std::to_string(before["subjects"].get<int>()) + " subjects.";
  }
  return text;
}

}  // namespace

std::string fixed(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string percent(const json& value, int digits) {
  return fixed(100.0 * value.get<double>(), digits);
}

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

const std::vector<Section>& sections() {
  static const std::vector<Section> kSections{
      {"headline", "Task A: five fingers", ""},
      {"trained", "Task A, trained at these bits",
       "Learned steps, distilled from the float network, 20 epochs."},
      {"ladder", "More assignments of task A", ""},
      {"own", "Assignments of the user, task A", ""},
      {"uniform", "Uniform widths, for comparison with the literature", ""},
      {"small", "A smaller network, task A",
       "db1-small: 24, 32 and 32 channels behind two pools, 32 units; trained on its own data and "
       "the float db1-cnn of the subject."},
      {"tiny", "The smallest network, task A",
       "db1-tiny: 16 channels and units in every layer; trained like db1-small."},
      {"gap", "All-convolution network, task A", ""},
      {"tasks", "Task B (rest and four fingers) and task C (all twelve movements)", ""},
      {"random", "Random-window split, for comparability only",
       "Neighbouring windows share samples, so this split leaks; the figures say how much."},
      {"myo", "Myo armband, five classes, 52 samples, sessions Test0 and Test1", ""},
  };
  return kSections;
}

std::vector<std::string> cells(const json& row) {
  return {row["network"].get<std::string>(),
          row["task"].get<std::string>(),
          row["weight_bits"].get<std::string>(),
          row["activation_bits"].get<std::string>(),
          row["method"].get<std::string>(),
          fixed(row["payload_bytes"].get<double>() / 1000.0, 2),
          row.contains("cycles") ? fixed(row["cycles"].get<double>(), 0) : "-",
          percent(row["accuracy_mean"], 2) + " +- " + percent(row["accuracy_sd"], 2),
          percent(row["float_drop"], 2),
          percent(row["trial_accuracy_mean"], 1),
          row.contains("label_agreement") ? percent(row["label_agreement"], 3) : "-",
          fixed(row["processor_seconds_mean"].get<double>(), 1),
          std::to_string(row["subjects"].get<int>())};
}

std::vector<std::string> front_cells(const json& row) {
  return {row["name"].get<std::string>(),
          row["method"].get<std::string>(),
          fixed(row["payload_bytes"].get<double>() / 1000.0, 2),
          fixed(row["cycles"].get<double>(), 0),
          percent(row["accuracy_mean"], 2),
          percent(row["float_drop"], 2)};
}

std::vector<std::string> attempt_cells(const json& row) {
  std::string names;
  for (const json& name : row["subjects"]) {
    names += (names.empty() ? "" : " ") + name.get<std::string>();
  }
  return {row["what"].get<std::string>(),
          percent(row["tuning_accuracy_mean"], 2),
          percent(row["tuning_gain_mean"], 2),
          percent(row["accuracy_mean"], 2),
          percent(row["gain_mean"], 2),
          percent(row["gain_sd"], 2),
          fixed(row["processor_seconds_mean"].get<double>(), 0),
          names};
}

std::vector<std::string> facts(const json& results) {
  std::vector<std::string> all;
  if (const json* smallest = smallest_network(results)) {
    all.push_back("Smallest network within 3.1 points of the float db1-cnn: " +
                  (*smallest)["name"].get<std::string>() + " (" +
                  (*smallest)["method"].get<std::string>() + "), " +
                  fixed((*smallest)["payload_bytes"].get<double>() / 1000.0, 2) + " KB, " +
                  percent((*smallest)["accuracy_mean"], 2) + " %.");
  }
  for (const std::string& text : {labels_text(results), rest_text(results), time_text(results)}) {
    if (!text.empty()) all.push_back(text);
  }
  return all;
}

}  // namespace tendon::train
