// SPDX-License-Identifier: MIT
#include <cstdio>

#include "train/campaign.hpp"
#include "train/results_text.hpp"

namespace tendon::train {

using nlohmann::json;

std::string fixed(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string percent(const json& value, int digits) {
  return fixed(100.0 * value.get<double>(), digits);
}

const std::vector<Section>& sections() {
  static const std::vector<Section> kSections{
      {"headline", "Task A: five fingers", ""},
      {"trained", "Task A, trained at these bits",
       "Learned steps, distilled from the float network."},
      {"ladder", "More assignments of task A", ""},
      {"uniform", "Uniform widths, for comparison with the literature", ""},
      {"small", "A smaller network, task A", ""},
      {"gap", "All-convolution network, task A", ""},
      {"tasks", "Task B (rest and four fingers) and task C (all twelve movements)", ""},
      {"random", "Random-window split, for comparability only",
       "Neighbouring windows share samples, so this split leaks; the figures say how much."},
      {"myo", "Myo armband, five classes, 52 samples, sessions Test0 and Test1", ""},
  };
  return kSections;
}

namespace {

std::string row_text(const json& row) {
  std::string text =
      "| " + row["network"].get<std::string>() + " | " + row["task"].get<std::string>() + " | " +
      row["weight_bits"].get<std::string>() + " | " + row["activation_bits"].get<std::string>() +
      " | " + row["method"].get<std::string>() + " | ";
  text += fixed(row["payload_bytes"].get<double>() / 1000.0, 2) + " | ";
  text += percent(row["accuracy_mean"], 2) + " +- " + percent(row["accuracy_sd"], 2) + " | ";
  text += percent(row["float_drop"], 2) + " | " + percent(row["trial_accuracy_mean"], 1) + " | ";
  text += fixed(row["processor_seconds_mean"].get<double>(), 1) + " | ";
  text += std::to_string(row["subjects"].get<int>()) + " |\n";
  return text;
}

std::string sensitivity_text(const json& entries) {
  if (entries.empty()) return {};
  std::string text =
      "\n## Sensitivity\n\nMean divergence KL(float, quantized) in nats of the outputs with one "
      "tensor at the given width and all others at 8 bits, mean of the subjects; in brackets half "
      "the mean squared weight error times the Hessian trace.\n\n"
      "| layer | tensor | 2 bits | 4 bits | 8 bits |\n| --- | --- | --- | --- | --- |\n";
  for (std::size_t i = 0; i + 2 < entries.size(); i += 3) {
    const bool weights = entries[i]["weights"].get<bool>();
    text += "| " + entries[i]["layer"].get<std::string>() + " | ";
    text += weights ? "weights |" : "output |";
    for (std::size_t k = i; k < i + 3; ++k) {
      text += " " + fixed(entries[k]["kl"].get<double>(), 5);
      if (weights) text += " (" + fixed(entries[k]["hessian"].get<double>(), 5) + ")";
      text += " |";
    }
    text += "\n";
  }
  return text;
}

std::string subjects_text(const json& results) {
  std::string head = "| subject |", rule = "| --- |";
  std::vector<const json*> rows;
  for (const json& row : results["networks"]) {
    if (row["set"] != "headline" && row["set"] != "trained") continue;
    rows.push_back(&row);
    const bool trained = row["method"] == "quantization-aware training";
    head += " " + row["weight_bits"].get<std::string>() + (trained ? " trained |" : " |");
    rule += " --- |";
  }
  std::string text = "\n## By subject, task A\n\n" + head + "\n" + rule + "\n";
  for (const json& subject : results["subjects"]) {
    text += "| " + subject.get<std::string>() + " |";
    for (const json* row : rows) {
      const json& each = (*row)["accuracy_by_subject"];
      const auto name = subject.get<std::string>();
      text += each.contains(name) ? " " + percent(each[name], 2) + " |" : " - |";
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string to_markdown(const json& results) {
  std::string text = "# NinaPro DB1, exercise 1: " + std::to_string(results["subjects"].size()) +
                     " subjects\n\nWritten by `tendon reproduce db1`; do not edit. " +
                     results["protocol"].get<std::string>() +
                     ". Payload: packed weights and 9 bytes per output channel (float: 4 bytes per "
                     "parameter). Seconds: processor time per subject. Drop: points against float "
                     "on the same subjects.\n";
  for (const Section& section : sections()) {
    std::string rows;
    for (const json& row : results["networks"]) {
      if (row["set"] == section.set) rows += row_text(row);
    }
    if (rows.empty()) continue;
    text += "\n## " + section.title + "\n\n";
    if (!section.note.empty()) text += section.note + "\n\n";
    text +=
        "| network | task | weight bits | activation bits | method | payload KB | accuracy % | "
        "drop | per trial % | seconds | subjects |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n" +
        rows;
  }
  text += facts(results);
  return text + sensitivity_text(results["sensitivity"]) + subjects_text(results);
}

std::string facts(const json& results) {
  double equal = 0.0, compared = 0.0;
  std::string text;
  const json* smallest = nullptr;
  for (const json& row : results["networks"]) {
    if (row.contains("labels_compared")) {
      compared += row["labels_compared"].get<double>();
      equal += row["labels_compared"].get<double>() * row["label_agreement"].get<double>();
    }
    if (row.contains("rest_false_activation_mean") && text.empty()) {
      text = "\nRest false activations (task B, float): " +
             percent(row["rest_false_activation_mean"], 2) + " % of the rest windows.\n";
    }
  }
  double reference = 0.0;
  for (const json& row : results["networks"]) {
    const bool same = row["task"] == "A" && row["split"] == "repetitions";
    if (same && row["network"] == "db1-cnn" && row["method"] == "float") {
      reference = row["accuracy_mean"].get<double>();
    }
  }
  for (const json& row : results["networks"]) {
    const bool same = row["task"] == "A" && row["split"] == "repetitions";
    if (!same || row["method"] == "float" ||
        row["accuracy_mean"].get<double>() < reference - 0.031) {
      continue;
    }
    if (!smallest || row["payload_bytes"] < (*smallest)["payload_bytes"]) smallest = &row;
  }
  if (smallest) {
    text += "\nSmallest network within 3.1 points of the float db1-cnn: " +
            (*smallest)["name"].get<std::string>() + " (" +
            (*smallest)["method"].get<std::string>() + "), " +
            fixed((*smallest)["payload_bytes"].get<double>() / 1000.0, 2) + " KB, " +
            percent((*smallest)["accuracy_mean"], 2) + " %.\n";
  }
  if (compared > 0.0) {
    text += "\nLabels of the fake-quantized network and of the integer golden model are equal on " +
            percent(equal / compared, 3) + " % of " + fixed(compared, 0) + " test windows.\n";
  }
  return text;
}

}  // namespace tendon::train
