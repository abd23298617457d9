// SPDX-License-Identifier: MIT
#include "cli/source.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

#include "golden/input.hpp"

namespace tendon::cli {
namespace {

constexpr int kDb1Length = 25;
constexpr int kMyoLength = 52;

Result<data::Recording> load_recording(const SourceOptions& options) {
  if (options.data.empty()) {
    data::SyntheticOptions synthetic;
    synthetic.seed = options.synthetic;
    return data::synthetic(synthetic);
  }
  const bool is_myo = std::filesystem::is_directory(options.data + "/training0");
  if (!std::filesystem::is_directory(options.data) || is_myo) {
    return data::load(options.data);
  }
  const auto files = data::find_db1(options.data);
  if (!files) {
    return files.error();
  }
  if (options.subject == 0 && files->size() == 1) {
    return data::load(files->front());
  }
  std::string known;
  for (const std::string& file : *files) {
    const int subject = data::db1_subject(file);
    if (subject == options.subject) {
      return data::load(file);
    }
    known += (known.empty() ? "" : ", ") + std::to_string(subject);
  }
  return Error{options.data + ": " +
               (options.subject == 0 ? "several subjects; choose one with --subject"
                                     : "no subject " + std::to_string(options.subject)) +
               " (there are " + known + ")"};
}

std::string numbers(const std::vector<int>& values) {
  std::string out;
  for (const int value : values) {
    out += (out.empty() ? "" : ",") + std::to_string(value);
  }
  return out;
}

}  // namespace

void add_source_options(CLI::App& command, SourceOptions& options) {
  command
      .add_option("--data", options.data,
                  "recording (.mat, .csv, .npy, Myo folder) or folder of NinaPro DB1 files; "
                  "default: synthetic")
      ->check(CLI::ExistingPath);
  command.add_option("--synthetic", options.synthetic, "seed of the synthetic recording")
      ->capture_default_str();
  command.add_option("--subject", options.subject, "subject number in a folder of DB1 files");
  command.add_option("--task", options.task, "A (five fingers), B, C, myo5 or myo7");
  command.add_option("--step", options.step, "samples between the starts of two test windows")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
}

Result<Source> load_source(const SourceOptions& options, int length) {
  auto recording = load_recording(options);
  if (!recording) {
    return recording.error();
  }
  const bool is_myo = std::filesystem::is_directory(options.data + "/training0");
  Source source;
  source.protocol = is_myo ? data::myo_protocol() : data::db1_protocol();
  const auto task = data::find_task(options.task.empty() ? (is_myo ? "myo5" : "A") : options.task);
  if (!task) {
    return task.error();
  }
  data::SetOptions window;
  window.length = length > 0 ? length : (is_myo ? kMyoLength : kDb1Length);
  window.step = options.step;
  auto sets = data::cut_sets(*recording, *task, source.protocol, window);
  if (!sets) {
    return sets.error();
  }
  source.train = std::move(sets->train);
  source.fit = std::move(sets->fit);
  source.tune = std::move(sets->tune);
  source.test = std::move(sets->test);
  source.text =
      (options.data.empty() ? "synthetic recording, seed " + std::to_string(options.synthetic)
                            : "recording " + recording->name) +
      ", task " + task->name + ", windows of " + std::to_string(window.length) + " samples, step " +
      std::to_string(window.step) + ", test repetitions " + numbers(source.protocol.test);
  source.recording = std::move(*recording);
  return source;
}

Result<CodedWindows> code_windows(const net::Network& network, const data::Windows& windows,
                                  int count) {
  const int total = windows.count();
  const int wanted = count <= 0 ? total : std::min(count, total);
  CodedWindows out;
  for (int i = 0; i < wanted; ++i) {
    const int index = static_cast<int>(static_cast<std::int64_t>(i) * total / wanted);
    auto coded = golden::code_input(network, windows.window(index));
    if (!coded) {
      return Error{"window " + std::to_string(index) + ": " + coded.error().message};
    }
    out.codes.push_back(std::move(coded->codes));
    out.label.push_back(windows.label[static_cast<std::size_t>(index)]);
    out.saturated += coded->saturated;
  }
  return out;
}

CodedWindows random_windows(const net::Network& network, int count, std::uint64_t seed) {
  const net::Tensor& input = network.tensors.front();
  std::mt19937_64 random(seed);
  CodedWindows out;
  const auto range = static_cast<std::uint64_t>(input.code_max() - input.code_min() + 1);
  for (int i = 0; i < count; ++i) {
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(input.shape.size()));
    for (std::uint8_t& code : codes) {
      code = static_cast<std::uint8_t>(input.code_min() + static_cast<int>(random() % range));
    }
    out.codes.push_back(std::move(codes));
  }
  return out;
}

Result<CodedWindows> test_windows(const SourceOptions& options, const net::Network& network,
                                  int count) {
  if (options.data.empty()) {
    return random_windows(network, count, options.synthetic);
  }
  const auto source = load_source(options, network.tensors.front().shape.columns);
  if (!source) {
    return source.error();
  }
  return code_windows(network, source->test, count);
}

}  // namespace tendon::cli
