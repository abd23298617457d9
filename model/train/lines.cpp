// SPDX-License-Identifier: MIT
#include <algorithm>

#include "train/campaign.hpp"

namespace tendon::train {
namespace {

const char* const kSets[] = {"headline", "trained", "uniform",     "ladder", "small",   "tasks",
                             "gap",      "random",  "sensitivity", "myo",    "attempts"};

Line line(const std::string& group, const std::string& set, Method method,
          const std::string& weights, const std::string& activations) {
  const std::string how = method == Method::kPostTraining ? "-ptq" : "-qat";
  std::string id = method == Method::kFloat ? "float" : "w" + weights + "-a" + activations + how;
  if (method == Method::kSensitivity) id = "sensitivity";
  return {std::move(id), group, set, method, weights, activations};
}

/// A float network and its post-trained and trained assignments.
void add(std::vector<Line>& lines, const std::string& group, const std::string& set,
         const std::vector<std::string>& post_training, const std::vector<std::string>& trained) {
  lines.push_back(line(group, set, Method::kFloat, "", ""));
  for (const std::string& bits : post_training) {
    lines.push_back(line(group, set, Method::kPostTraining, bits, "8"));
  }
  for (const std::string& bits : trained) {
    lines.push_back(line(group, set, Method::kTrained, bits, "8"));
  }
}

/// From scratch.
Recipe plain(const std::string& network) {
  Recipe recipe;
  recipe.network = network;
  return recipe;
}

}  // namespace

const std::vector<Group>& groups() {
  static const std::vector<Group> kGroups{
      {"A-db1-cnn", "A", plain("db1-cnn")},
      {"A-db1-small", "A", plain("db1-small"), false, false, 25, false, true},
      {"A-db1-tiny", "A", plain("db1-tiny"), false, false, 25, false, true},
      {"B-db1-cnn", "B", plain("db1-cnn")},
      {"C-db1-cnn", "C", plain("db1-cnn")},
      {"A-db1-gap", "A", plain("db1-gap")},
      {"A-db1-cnn-random", "A", plain("db1-cnn"), true},
      {"myo5-db1-cnn", "myo5", plain("db1-cnn"), false, true, 52},
      {"A-attempts", "A", plain("db1-cnn"), false, false, 25, true},
  };
  return kGroups;
}

std::vector<Line> all_lines() {
  std::vector<Line> lines;
  const std::string a = "A-db1-cnn";
  add(lines, a, "headline", {"8", "8/8/4/4/4", "8/4/4/2/8"}, {});
  for (const char* bits : {"8/8/4/4/4", "8/4/4/2/8"}) {
    lines.push_back(line(a, "trained", Method::kTrained, bits, "8"));
  }
  for (const char* bits : {"8/8/8/4/8", "8/8/8/2/8", "8/4/4/4/8", "4", "8/4/4/2/4", "4/4/4/2/4",
                           "8/4/2/2/8", "4/2/4/2/4", "4/2/2/2/4", "2"}) {
    lines.push_back(line(a, "ladder", Method::kPostTraining, bits, "8"));
  }
  for (const char* bits : {"8/8/4/4/4", "8/4/4/2/8"}) {
    lines.push_back(line(a, "ladder", Method::kPostTraining, bits, "4"));
  }
  for (const char* bits : {"4", "2"}) {
    lines.push_back(line(a, "uniform", Method::kPostTraining, bits, "4"));
    lines.push_back(line(a, "uniform", Method::kTrained, bits, "4"));
  }
  lines.push_back(line(a, "sensitivity", Method::kSensitivity, "", ""));
  add(lines, "A-db1-small", "small", {"8", "8/4/4/4/8", "4", "4/4/4/2/8"},
      {"4/4/4/2/8", "4/2/2/2/8", "2"});
  add(lines, "A-db1-tiny", "tiny", {"8", "4"}, {"4", "4/2/2/2/8"});
  for (const char* group : {"B-db1-cnn", "C-db1-cnn"}) {
    add(lines, group, "tasks", {"8", "8/4/4/2/8"}, {});
  }
  add(lines, "A-db1-gap", "gap", {"8", "8/4/4/4/8"}, {});
  add(lines, "A-db1-cnn-random", "random", {"8", "8/4/4/2/8"}, {});
  add(lines, "myo5-db1-cnn", "myo", {"8", "8/4/4/2/8"}, {});
  for (const Attempt& attempt : attempts()) {
    lines.push_back({attempt.id, "A-attempts", "attempts", Method::kAttempt, "", ""});
  }
  return lines;
}

std::optional<Line> own_line(const std::string& group, const std::string& id) {
  const std::size_t middle = id.find("-a"), end = id.rfind('-');
  if (id.empty() || id[0] != 'w' || middle == std::string::npos || end <= middle + 1) return {};
  const std::string weights = id.substr(1, middle - 1);
  const std::string outputs = id.substr(middle + 2, end - middle - 2);
  if (!quant::parse_bits(weights) || !quant::parse_bits(outputs)) return {};
  const Method method = id.substr(end) == "-qat" ? Method::kTrained : Method::kPostTraining;
  return line(group, "own", method, weights, outputs);
}

Result<std::vector<Line>> choose_lines(const std::vector<std::string>& sets,
                                       const std::vector<std::string>& bits) {
  std::vector<std::string> wanted = sets;
  if (wanted.empty()) wanted = {"headline"};
  std::string known = "all";
  for (const char* set : kSets) known += std::string(", ") + set;
  for (const std::string& name : wanted) {
    const std::string set = name.substr(0, name.find(':'));
    if (set != "all" && std::find(std::begin(kSets), std::end(kSets), set) == std::end(kSets)) {
      return Error{"unknown lines " + set + "; known: " + known};
    }
  }
  std::vector<Line> lines;
  for (Line& one : all_lines()) {
    if (std::find(wanted.begin(), wanted.end(), "all") != wanted.end() ||
        std::find(wanted.begin(), wanted.end(), one.set) != wanted.end() ||
        std::find(wanted.begin(), wanted.end(), one.set + ":" + one.id) != wanted.end()) {
      lines.push_back(std::move(one));
    }
  }
  for (const std::string& text : bits) {
    const std::size_t colon = text.find(':');
    const std::string weights = text.substr(0, colon);
    const std::string outputs = colon == std::string::npos ? "8" : text.substr(colon + 1);
    for (const std::string& part : {weights, outputs}) {
      if (const auto parsed = quant::parse_bits(part); !parsed) return parsed.error();
    }
    for (const Method method : {Method::kPostTraining, Method::kTrained}) {
      lines.push_back(line("A-db1-cnn", "own", method, weights, outputs));
    }
  }
  return lines;
}

}  // namespace tendon::train
