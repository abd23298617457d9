// SPDX-License-Identifier: MIT
// One subject of one group: load, train once, measure every line.
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "onnx/onnx.hpp"
#include "train/campaign.hpp"

namespace tendon::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kThin = 5;  // float training and calibration cut at step 1, testing at step 5

struct Sets {
  data::Windows train;  // step 1
  data::Windows test;   // step 5
};

Result<Sets> split_at_random(const data::Recording& recording, const data::Task& task, int length) {
  const auto windows = data::cut(recording, task, {length, kThin});
  if (!windows) return windows.error();
  data::Split split = data::random_split(*windows, 0.3, 1);
  return Sets{std::move(split.train), std::move(split.test)};
}

Result<Sets> load_sets(const Group& group, const std::string& file) {
  const auto recording = data::load(file);
  if (!recording) return recording.error();
  const auto task = data::find_task(group.task);
  if (!task) return task.error();
  if (group.random_split) return split_at_random(*recording, *task, group.length);
  const data::Protocol protocol = group.myo ? data::myo_protocol() : data::db1_protocol();
  const auto fine = data::cut(*recording, *task, {group.length, 1});
  if (!fine) return fine.error();
  const auto coarse = data::cut(*recording, *task, {group.length, kThin});
  if (!coarse) return coarse.error();
  auto train = data::select(*fine, protocol.train);
  if (!train) return train.error();
  auto test = data::select(*coarse, protocol.test);
  if (!test) return test.error();
  return Sets{std::move(*train), std::move(*test)};
}

/// Processor seconds of this process, which other programs on the machine do not change.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

int thin_of(const Group& group) { return group.random_split ? 1 : (group.myo ? 2 * kThin : kThin); }

class Work {
 public:
  explicit Work(const Job& job) : job_(job) {}

  Status run() {
    path_ = state_file(job_.state, job_.group.id, job_.subject);
    auto state = read_state(path_);
    if (!state) return state.error();
    state_ = std::move(*state);
    if (!state_.contains("lines")) state_["lines"] = json::object();
    bool open = false;
    for (const Line& line : job_.lines) open = open || !state_["lines"].contains(line.id);
    if (!open) return Unit{};
    auto sets = load_sets(job_.group, job_.file);
    if (!sets) return sets.error();
    sets_ = std::move(*sets);
    if (Status status = float_network(); !status) return status;
    for (const Line& line : job_.lines) {
      if (state_["lines"].contains(line.id)) continue;
      if (Status status = measure(line); !status) {
        return Error{line.id + ": " + status.error().message};
      }
    }
    return Unit{};
  }

 private:
  Status save() { return write_text(path_, state_.dump(1)); }

  /// Trains, or takes what an earlier call trained.
  Status float_network() {
    const std::string file = fs::path(path_).replace_extension(".float.onnx").string();
    std::error_code ignored;
    if (fs::exists(file, ignored)) {
      auto network = onnx::read_float(file);
      if (network) {
        network_ = std::move(*network);
        return Unit{};
      }
    }
    const auto description =
        quant::find_description(job_.group.network, sets_.train.length, sets_.train.channels,
                                static_cast<int>(sets_.train.task.classes.size()));
    if (!description) return description.error();
    FloatOptions options;
    options.thin = thin_of(job_.group);
    options.epochs = job_.float_epochs;
    const double begin = processor_seconds();
    auto trained = train_float(*description, sets_.train, nullptr, options);
    if (!trained) return trained.error();
    network_ = std::move(trained->network);
    state_["float_seconds"] = processor_seconds() - begin;
    state_["parameters"] = quant::parameters(*description);
    fs::create_directories(fs::path(file).parent_path(), ignored);
    return onnx::write_float(file, network_);
  }

  Status measure(const Line& line) {
    if (line.method == Method::kSensitivity) return measure_sensitivity(line);
    json entry;
    const double begin = processor_seconds();
    Result<quant::Evaluation> evaluation = Error{""};
    if (line.method == Method::kFloat) {
      evaluation = quant::evaluate(network_, sets_.test);
      entry["payload_bytes"] = 4 * quant::parameters(network_.description);
    } else {
      const auto integer = make_integer(line, entry);
      if (!integer) return integer.error();
      entry["payload_bytes"] = net::payload_bytes(*integer);
      evaluation = quant::evaluate(*integer, sets_.test);
    }
    if (!evaluation) return evaluation.error();
    entry["accuracy"] = evaluation->accuracy;
    entry["trial_accuracy"] = evaluation->trial_accuracy;
    entry["windows"] = evaluation->windows;
    entry["confusion"] = evaluation->confusion;
    entry["seconds"] = processor_seconds() - begin;
    state_["lines"][line.id] = std::move(entry);
    return save();
  }

  Result<net::Network> make_integer(const Line& line, json& entry) {
    quant::Options options;
    options.weight_bits = quant::parse_bits(line.weights).value();
    options.activation_bits = quant::parse_bits(line.activations).value();
    if (line.method == Method::kPostTraining) {
      return quant::quantize(network_, sets_.train, options);
    }
    QatOptions training;
    training.thin = thin_of(job_.group);
    training.epochs = job_.trained_epochs;
    auto trained = train_quantized(network_, options, sets_.train, sets_.test, training);
    if (!trained) return trained.error();
    entry["equal_labels"] = static_cast<int>(std::lround(trained->agreement * trained->checked));
    entry["checked"] = trained->checked;
    entry["frozen"] = trained->frozen;
    return std::move(trained->network);
  }

  Status measure_sensitivity(const Line& line) {
    const auto found = quant::sensitivity(network_, sets_.train, {});
    if (!found) return found.error();
    json list = json::array();
    for (const auto& entry : found->entries) {
      list.push_back({{"layer", entry.layer},
                      {"weights", entry.weights},
                      {"bits", entry.bits},
                      {"kl", entry.kl},
                      {"hessian", entry.hessian}});
    }
    state_["lines"][line.id] = {{"entries", std::move(list)}};
    return save();
  }

  const Job& job_;
  std::string path_;
  json state_;
  Sets sets_;
  quant::FloatNetwork network_;
};

}  // namespace

std::string state_file(const std::string& state, const std::string& group,
                       const std::string& subject) {
  return (fs::path(state) / group / (subject + ".json")).string();
}

Result<json> read_state(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return json::object();
  json state = json::parse(in, nullptr, false);
  if (!state.is_object()) {
    return Error{path + ": damaged; delete it to measure this subject again"};
  }
  return state;
}

Status write_text(const std::string& path, const std::string& text) {
  std::error_code error;
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  const std::string part = path + ".part";
  std::ofstream out(part, std::ios::binary);
  out << text;
  out.close();
  if (!out) return Error{path + ": cannot be written"};
  fs::rename(part, path, error);
  if (error) return Error{path + ": cannot be written: " + error.message()};
  return Unit{};
}

Status run_job(const Job& job) {
  Status status = Work(job).run();
  if (!status) return Error{job.subject + " (" + job.group.id + "): " + status.error().message};
  return status;
}

}  // namespace tendon::train
