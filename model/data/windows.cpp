// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>
#include <string>

#include "data/data.hpp"

namespace tendon::data {
namespace {

const Task kTasks[] = {
    {"A", {1, 3, 5, 7, 11}, {"index", "middle", "ring", "little", "thumb"}},
    {"B", {0, 1, 3, 5, 11}, {"rest", "index", "middle", "ring", "thumb"}},
    {"C",
     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
     {"index flexion", "index extension", "middle flexion", "middle extension", "ring flexion",
      "ring extension", "little flexion", "little extension", "thumb adduction", "thumb abduction",
      "thumb flexion", "thumb extension"}},
    {"myo5", {0, 2, 4, 5, 6}, {"neutral", "wrist flexion", "wrist extension", "close", "open"}},
    {"myo7",
     {0, 1, 2, 3, 4, 5, 6},
     {"neutral", "radial deviation", "wrist flexion", "ulnar deviation", "wrist extension", "close",
      "open"}},
};

Windows empty_like(const Windows& windows) {
  Windows other;
  other.source = windows.source;
  other.task = windows.task;
  other.length = windows.length;
  other.channels = windows.channels;
  other.offset = windows.offset;
  return other;
}

void copy_window(const Windows& from, int index, Windows& to) {
  const auto window = from.window(index);
  to.volts.insert(to.volts.end(), window.begin(), window.end());
  to.label.push_back(from.label[static_cast<std::size_t>(index)]);
  to.repetition.push_back(from.repetition[static_cast<std::size_t>(index)]);
  to.trial.push_back(from.trial[static_cast<std::size_t>(index)]);
}

Status every_class_present(const Windows& windows, const std::string& where) {
  for (std::size_t c = 0; c < windows.task.labels.size(); ++c) {
    if (std::count(windows.label.begin(), windows.label.end(), static_cast<int>(c)) == 0) {
      return Error{windows.source + ": class \"" + windows.task.classes[c] + "\" (label " +
                   std::to_string(windows.task.labels[c]) + ") has no window" + where};
    }
  }
  return Unit{};
}

}  // namespace

Result<Task> find_task(const std::string& name) {
  std::string known;
  for (const Task& task : kTasks) {
    if (task.name == name) return task;
    if (!known.empty()) known += ", ";
    known += task.name;
  }
  return Error{"unknown task " + name + "; known: " + known};
}

Protocol db1_protocol() { return {"db1", {1, 3, 4, 6, 8, 9, 10}, {2, 5, 7}, 6, 5}; }

Protocol myo_protocol() { return {"myo", {1, 2, 3, 4}, {11, 12, 13, 14, 21, 22, 23, 24}, 4, 10}; }

Result<Windows> cut(const Recording& recording, const Task& task, const WindowOptions& options) {
  if (options.length < 1 || options.step < 1) {
    return Error{"window length " + std::to_string(options.length) + " and step " +
                 std::to_string(options.step) + " must be at least 1"};
  }
  if (const Status status = check(recording); !status) return status.error();
  Windows windows;
  windows.source = recording.name;
  windows.task = task;
  windows.length = options.length;
  windows.channels = recording.channels;
  windows.offset = recording.offset;
  int trial = 0;
  for (int begin = 0, end = 0; begin < recording.length(); begin = end, ++trial) {
    const auto at = static_cast<std::size_t>(begin);
    const auto same = [&](int t) {
      return recording.label[static_cast<std::size_t>(t)] == recording.label[at] &&
             recording.repetition[static_cast<std::size_t>(t)] == recording.repetition[at];
    };
    for (end = begin; end < recording.length() && same(end);) ++end;
    const auto found = std::find(task.labels.begin(), task.labels.end(), recording.label[at]);
    if (found == task.labels.end()) continue;
    for (int t = begin; t + options.length <= end; t += options.step) {
      const auto first =
          recording.samples.begin() + static_cast<std::ptrdiff_t>(t) * recording.channels;
      windows.volts.insert(windows.volts.end(), first,
                           first + static_cast<std::ptrdiff_t>(windows.size()));
      windows.label.push_back(static_cast<int>(found - task.labels.begin()));
      windows.repetition.push_back(recording.repetition[at]);
      windows.trial.push_back(trial);
    }
  }
  if (const Status status = every_class_present(windows, ""); !status) return status.error();
  return windows;
}

Result<Windows> select(const Windows& windows, std::span<const int> repetitions) {
  Windows chosen = empty_like(windows);
  for (int i = 0; i < windows.count(); ++i) {
    const int repetition = windows.repetition[static_cast<std::size_t>(i)];
    if (std::find(repetitions.begin(), repetitions.end(), repetition) != repetitions.end()) {
      copy_window(windows, i, chosen);
    }
  }
  std::string text = " in repetitions";
  for (const int repetition : repetitions) text += " " + std::to_string(repetition);
  const std::set<int> present(windows.repetition.begin(), windows.repetition.end());
  text += "; the recording has repetitions";
  for (const int repetition : present) text += " " + std::to_string(repetition);
  if (const Status status = every_class_present(chosen, text); !status) return status.error();
  return chosen;
}

Result<Sets> cut_sets(const Recording& recording, const Task& task, const Protocol& protocol,
                      const SetOptions& options) {
  const auto fine = cut(recording, task, {options.length, options.fine_step});
  if (!fine) return fine.error();
  const auto coarse = cut(recording, task, {options.length, options.step});
  if (!coarse) return coarse.error();
  std::vector<int> fit = protocol.train;
  std::erase(fit, protocol.tune);
  const int tune[] = {protocol.tune};
  Sets sets;
  const struct {
    Windows& into;
    const Windows& from;
    std::span<const int> repetitions;
  } parts[] = {{sets.train, *fine, protocol.train},
               {sets.fit, *fine, fit},
               {sets.tune, *coarse, tune},
               {sets.test, *coarse, protocol.test}};
  for (const auto& part : parts) {
    auto chosen = select(part.from, part.repetitions);
    if (!chosen) return chosen.error();
    part.into = std::move(*chosen);
  }
  return sets;
}

Split random_split(const Windows& windows, double test_fraction, std::uint64_t seed) {
  Split split{empty_like(windows), empty_like(windows)};
  std::uint64_t state = seed;
  for (int i = 0; i < windows.count(); ++i) {  // splitmix64
    std::uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    const double uniform = static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
    copy_window(windows, i, uniform < test_fraction ? split.test : split.train);
  }
  return split;
}

Status append(Windows& windows, const Windows& more) {
  if (windows.task.labels != more.task.labels) {
    return Error{"windows of task " + more.task.name + " behind those of " + windows.task.name};
  }
  if (windows.length != more.length || windows.channels != more.channels) {
    return Error{"windows of " + std::to_string(more.length) + "x" + std::to_string(more.channels) +
                 " behind those of " + std::to_string(windows.length) + "x" +
                 std::to_string(windows.channels)};
  }
  const int offset =
      windows.trial.empty() ? 0 : 1 + *std::max_element(windows.trial.begin(), windows.trial.end());
  windows.volts.insert(windows.volts.end(), more.volts.begin(), more.volts.end());
  windows.label.insert(windows.label.end(), more.label.begin(), more.label.end());
  windows.repetition.insert(windows.repetition.end(), more.repetition.begin(),
                            more.repetition.end());
  for (const int trial : more.trial) windows.trial.push_back(trial + offset);
  return Unit{};
}

}  // namespace tendon::data
