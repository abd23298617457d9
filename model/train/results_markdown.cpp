// SPDX-License-Identifier: MIT
#include "train/campaign.hpp"
#include "train/results_text.hpp"

namespace tendon::train {
namespace {

using nlohmann::json;

template <typename Texts>
std::string row_text(const Texts& texts) {
  std::string line = "|";
  for (const auto& text : texts) line += std::string(" ") + text + " |";
  return line + "\n";
}

std::string head_text(const std::vector<std::string>& names) {
  return row_text(names) + row_text(std::vector<std::string>(names.size(), "---"));
}

std::string section_text(const json& results, const Section& section) {
  std::string rows;
  for (const json& row : results["networks"]) {
    if (row["set"] == section.set) rows += row_text(cells(row));
  }
  if (rows.empty()) return {};
  std::string text = "\n## " + section.title + "\n\n";
  if (!section.note.empty()) text += section.note + "\n\n";
  return text + head_text({std::begin(kColumns), std::end(kColumns)}) + rows;
}

std::string front_text(const json& front) {
  if (front.empty()) return {};
  std::string text = std::string("\n## Front\n\n") + kFrontNote + "\n\n" +
                     head_text({"network", "method", "payload KB", "cycles", "accuracy %", "drop"});
  for (const json& row : front) text += row_text(front_cells(row));
  return text;
}

std::string attempts_text(const json& results) {
  if (!results.contains("attempts") || results["attempts"].empty()) return {};
  std::string text = std::string("\n## What was tried for the float network\n\n") + kAttemptsNote +
                     "\n\n" + head_text({std::begin(kAttemptColumns), std::end(kAttemptColumns)});
  for (const json& row : results["attempts"]) text += row_text(attempt_cells(row));
  return text;
}

std::string sensitivity_text(const json& entries) {
  if (entries.empty()) return {};
  std::string text = std::string("\n## Sensitivity\n\n") + kSensitivityNote + "\n\n" +
                     head_text({"layer", "tensor", "2 bits", "4 bits", "8 bits"});
  for (std::size_t i = 0; i + 2 < entries.size(); i += 3) {
    const bool weights = entries[i]["weights"].get<bool>();
    std::vector<std::string> row{entries[i]["layer"].get<std::string>(),
                                 weights ? "weights" : "output"};
    for (std::size_t k = i; k < i + 3; ++k) {
      row.push_back(fixed(entries[k]["kl"].get<double>(), 5));
      if (weights) row.back() += " (" + fixed(entries[k]["hessian"].get<double>(), 5) + ")";
    }
    text += row_text(row);
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
                     "on the same subjects. Labels equal: fake-quantized training network against "
                     "the integer golden model, test windows.\n";
  for (const std::string& fact : facts(results)) text += "\n" + fact + "\n";
  for (const Section& section : sections()) text += section_text(results, section);
  text += front_text(results["front"]) + attempts_text(results);
  return text + sensitivity_text(results["sensitivity"]) + subjects_text(results);
}

}  // namespace tendon::train
