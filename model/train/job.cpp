// SPDX-License-Identifier: MIT
// One subject of one group: load, train once, measure every line.
#include <algorithm>
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

constexpr int kPretrainEpochs = 20;
constexpr int kStep = 5;  // samples between test windows

data::Protocol protocol_of(const Group& group) {
  return group.myo ? data::myo_protocol() : data::db1_protocol();
}

/// A random split is cut at the step of the test windows, for training too.
int thin_of(const Group& group) { return group.random_split ? 1 : protocol_of(group).thin; }

/// Training and test windows only: a random split has no repetition to tune on.
Result<data::Sets> split_at_random(const data::Recording& recording, const data::Task& task,
                                   int length) {
  const auto windows = data::cut(recording, task, {length, kStep});
  if (!windows) return windows.error();
  data::Split split = data::random_split(*windows, 0.3, 1);
  data::Sets sets;
  sets.train = std::move(split.train);
  sets.test = std::move(split.test);
  return sets;
}

Result<data::Sets> load_sets(const Group& group, const data::Recording& recording) {
  const auto task = data::find_task(group.task);
  if (!task) return task.error();
  if (group.random_split) return split_at_random(recording, *task, group.length);
  return data::cut_sets(recording, *task, protocol_of(group), {group.length, kStep, 1});
}

/// Processor seconds of this process, which other programs on the machine do not change.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

class Work {
 public:
  Work(const Job& job, const std::function<void(const std::string&)>& step)
      : job_(job), step_(step) {}

  Status run() {
    path_ = state_file(job_.state, job_.group.id, job_.subject);
    auto state = read_state(path_);
    if (!state) return state.error();
    state_ = std::move(*state);
    if (!state_.contains("lines")) state_["lines"] = json::object();
    bool open = false;
    for (const Line& line : job_.lines) open = open || !state_["lines"].contains(line.id);
    if (!open) return Unit{};
    auto recording = data::load(job_.file);
    if (!recording) return recording.error();
    recording_ = std::move(*recording);
    if (!job_.group.attempts) {
      auto sets = load_sets(job_.group, recording_);
      if (!sets) return sets.error();
      sets_ = std::move(*sets);
      if (job_.group.taught) {
        if (Status status = headline_teacher(); !status) return status;
      }
      if (Status status = float_network(); !status) return status;
    }
    for (const Line& line : job_.lines) {
      if (state_["lines"].contains(line.id)) continue;
      if (Status status = measure(line); !status) {
        return Error{line.id + ": " + status.error().message};
      }
      if (step_) step_(line.id);
    }
    return Unit{};
  }

 private:
  Status save() { return write_text(path_, state_.dump(1)); }

  /// The float network of the headline for this subject; measured first when it is not there yet.
  Status headline_teacher() {
    Job headline = job_;
    headline.group = groups().front();
    headline.lines = {{"float", headline.group.id, "headline", Method::kFloat, "", ""}};
    if (Status status = Work(headline, {}).run(); !status) return status;
    const std::string state = state_file(job_.state, headline.group.id, job_.subject);
    auto network = onnx::read_float(fs::path(state).replace_extension(".float.onnx").string());
    if (!network) return network.error();
    teachers_ = {std::move(*network)};
    return Unit{};
  }

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
    Recipe recipe = job_.group.recipe;
    recipe.options.thin = thin_of(job_.group);
    if (job_.float_epochs > 0) recipe.options.epochs = job_.float_epochs;
    quant::FloatNetwork start;
    if (recipe.start == "folder") {
      auto pretrained = onnx::read_float(job_.pretrained);
      if (!pretrained) return pretrained.error();
      start = std::move(*pretrained);
    }
    const double begin = processor_seconds();
    auto trained = train_recipe(recipe, sets_.train, nullptr, {&start, nullptr, teachers_});
    if (!trained) return trained.error();
    network_ = std::move(trained->network);
    state_["float_seconds"] = processor_seconds() - begin;
    state_["parameters"] = quant::parameters(network_.description);
    fs::create_directories(fs::path(file).parent_path(), ignored);
    return onnx::write_float(file, network_);
  }

  Status measure(const Line& line) {
    if (line.method == Method::kSensitivity) return measure_sensitivity(line);
    if (line.method == Method::kAttempt) return measure_attempt(line);
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
    std::vector<quant::FloatNetwork> teachers = teachers_;
    teachers.push_back(network_);
    auto trained =
        train_quantized(network_, options, sets_.train, sets_.test, training, {}, teachers);
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

  Status measure_attempt(const Line& line) {
    const auto& all = attempts();
    const auto attempt =
        std::find_if(all.begin(), all.end(), [&](const Attempt& one) { return one.id == line.id; });
    quant::FloatNetwork start;
    if (attempt->recipe.start == "folder") {
      auto network = onnx::read_float(job_.pretrained);
      if (!network) return network.error();
      start = std::move(*network);
    }
    Attempt changed = *attempt;
    if (job_.float_epochs > 0) changed.recipe.options.epochs = job_.float_epochs;
    auto entry = run_attempt(changed, recording_, &start);
    if (!entry) return entry.error();
    state_["lines"][line.id] = std::move(*entry);
    return save();
  }

  const Job& job_;
  const std::function<void(const std::string&)> step_;
  std::string path_;
  json state_;
  data::Recording recording_;
  data::Sets sets_;
  quant::FloatNetwork network_;
  std::vector<quant::FloatNetwork> teachers_;
};

/// One network for the recordings of a folder: a start for networks of single subjects.
Status pretrain(const Job& job) {
  const auto task = data::find_task(job.group.task);
  if (!task) return task.error();
  const auto pool = pool_subjects(job.pool, *task, job.group.length, job.group.attempts);
  if (!pool) return pool.error();
  const auto description =
      quant::find_description(job.group.recipe.network, pool->length, pool->channels,
                              static_cast<int>(pool->task.classes.size()));
  if (!description) return description.error();
  FloatOptions options;
  options.epochs = job.float_epochs > 0 ? job.float_epochs : kPretrainEpochs;
  options.batch = 256;
  const double begin = processor_seconds();
  auto trained = train_float(*description, *pool, nullptr, options);
  if (!trained) return trained.error();
  std::error_code ignored;
  fs::create_directories(fs::path(job.pretrained).parent_path(), ignored);
  const json state{{"seconds", processor_seconds() - begin}, {"subjects", job.pool.size()}};
  if (Status status = write_text(job.pretrained + ".json", state.dump(1)); !status) return status;
  return onnx::write_float(job.pretrained, trained->network);
}

}  // namespace

std::string state_file(const std::string& state, const std::string& group,
                       const std::string& subject) {
  return (fs::path(state) / group / (subject + ".json")).string();
}

std::string pretrained_file(const std::string& state, const std::string& group) {
  return (fs::path(state) / group / "pretrained" / "all.float.onnx").string();
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

Status run_job(const Job& job, const std::function<void(const std::string&)>& step) {
  Status status = job.pool.empty() ? Work(job, step).run() : pretrain(job);
  if (!status) return Error{job.subject + " (" + job.group.id + "): " + status.error().message};
  return status;
}

}  // namespace tendon::train
