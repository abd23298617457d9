// SPDX-License-Identifier: MIT
// A self-contained page: tables and SVG pictures, no script, no outside file.
#include "train/campaign.hpp"
#include "train/results_text.hpp"

namespace tendon::train {
namespace {

using nlohmann::json;

const char* const kStyle =
    "body{font:15px/1.45 system-ui,sans-serif;max-width:84rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c2430}table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem "
    ".6rem;border-bottom:1px solid #d5dbe3;text-align:right}th:first-child,td:first-child"
    "{text-align:left}td{white-space:nowrap}svg{max-width:100%;height:auto}text{font:12px "
    "system-ui,sans-serif;"
    "fill:#1c2430}";

std::string cell(const std::string& text) { return "<td>" + escape(text); }

std::string table(const json& results, const Section& section) {
  std::string rows;
  for (const json& row : results["networks"]) {
    if (row["set"] != section.set) continue;
    rows += "<tr>";
    for (const std::string& text : cells(row)) rows += cell(text);
    rows += "\n";
  }
  if (rows.empty()) return {};
  std::string text = "<h2>" + escape(section.title) + "</h2>\n";
  if (!section.note.empty()) text += "<p>" + escape(section.note) + "</p>\n";
  text += "<table><tr>";
  for (const char* name : kColumns) text += std::string("<th>") + name;
  return text + "\n" + rows + "</table>\n";
}

std::string front_table(const json& front) {
  std::string text =
      "<table><tr><th>network<th>method<th>payload KB<th>cycles<th>accuracy %<th>drop\n";
  for (const json& row : front) {
    text += "<tr>";
    for (const std::string& one : front_cells(row)) text += cell(one);
    text += "\n";
  }
  return text + "</table>\n";
}

std::string attempts_table(const json& results) {
  if (!results.contains("attempts") || results["attempts"].empty()) return {};
  std::string text = std::string("<h2>What was tried for the float network</h2>\n<p>") +
                     kAttemptsNote + "</p>\n<table><tr>";
  for (const char* name : kAttemptColumns) text += std::string("<th>") + name;
  text += "\n";
  for (const json& row : results["attempts"]) {
    text += "<tr>";
    for (const std::string& one : attempt_cells(row)) text += cell(one);
    text += "\n";
  }
  return text + "</table>\n";
}

/// Rows of task A that a picture must leave out, with the number of their subjects.
std::string left_out(const json& results) {
  std::string names;
  for (const json& row : results["networks"]) {
    // As strings: g++ 12 warns wrongly about comparing a json with a literal here.
    const bool same =
        row["task"].get<std::string>() == "A" && row["split"].get<std::string>() == "repetitions";
    if (!same || row["in_picture"].get<bool>()) continue;
    if (!names.empty()) names += "; ";
    names += row["name"].get<std::string>() + ", " + row["method"].get<std::string>() + " (" +
             std::to_string(row["subjects"].get<int>()) + ")";
  }
  if (names.empty()) return {};
  return "<p>Not in the pictures, since measured on fewer subjects: " + escape(names) + ".</p>\n";
}

}  // namespace

std::string to_html(const json& results) {
  const std::string title =
      "NinaPro DB1, exercise 1: " + std::to_string(results["subjects"].size()) + " subjects";
  std::string page = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>" + title +
                     "</title>\n<style>" + kStyle + "</style>\n<h1>" + title +
                     "</h1>\n<p>Written by <code>tendon reproduce db1</code>. " +
                     escape(results["protocol"].get<std::string>()) + ".</p>\n";
  for (const std::string& fact : facts(results)) page += "<p>" + escape(fact) + "</p>\n";
  page += "<h2>Accuracy against size, task A</h2>\n" + size_picture(results) +
          "<h2>Accuracy against predicted cycles a window, task A</h2>\n" +
          cycles_picture(results) + left_out(results);
  if (!results["front"].empty()) {
    page += "<h2>Front</h2>\n<p>" + escape(kFrontNote) + "</p>\n" + front_table(results["front"]);
  }
  for (const Section& section : sections()) page += table(results, section);
  if (!results["sensitivity"].empty()) {
    page += "<h2>Sensitivity</h2>\n<p>" + escape(kSensitivityNote) + "</p>\n" +
            sensitivity_picture(results["sensitivity"]);
  }
  page += attempts_table(results);
  return page + "<h2>By subject, task A</h2>\n" + subject_picture(results) + "</html>\n";
}

}  // namespace tendon::train
