// SPDX-License-Identifier: MIT
// tendon train: a float network from recordings.

#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/source.hpp"
#include "onnx/onnx.hpp"
#include "train/train.hpp"

namespace tendon::cli {
namespace {

struct Options {
  SourceOptions source;
  train::FloatOptions training;
  std::string network = "db1-cnn";
  int length = 0;
  bool hold_out = false;
  std::string start;
  std::vector<std::string> teachers;
  std::string out = "float.onnx";
  std::string json;
};

Result<quant::Description> describe(const Options& options, const Source& source) {
  const int length = source.train.length;
  const int channels = source.train.channels;
  if (!std::filesystem::is_regular_file(options.network)) {
    return quant::find_description(options.network, length, channels,
                                   static_cast<int>(source.train.task.labels.size()));
  }
  const auto bytes = read_file(options.network);
  if (!bytes) {
    return bytes.error();
  }
  auto description = quant::parse_description(std::string(bytes->begin(), bytes->end()));
  if (!description) {
    return Error{options.network + ": " + description.error().message};
  }
  if (description->length != length || description->channels != channels) {
    return Error{options.network + ": input is " + std::to_string(description->length) + " x " +
                 std::to_string(description->channels) + ", the windows are " +
                 std::to_string(length) + " x " + std::to_string(channels)};
  }
  return description;
}

Json summary(const Options& options, const Source& source, const train::FloatResult& result,
             const quant::Evaluation& evaluation) {
  return {{"network", result.network.description.name},
          {"source", source.text},
          {"task", source.train.task.name},
          {"parameters", quant::parameters(result.network.description)},
          {"epochs", options.training.epochs},
          {"epoch_kept", result.epoch},
          {"repetitions", result.network.repetitions},
          {"seed", options.training.seed},
          {"seconds", result.seconds},
          {"loss", result.loss},
          {"windows", evaluation.windows},
          {"accuracy", evaluation.accuracy},
          {"trial_accuracy", evaluation.trial_accuracy},
          {"out", options.out}};
}

/// Networks to start from and to learn from.
struct Others {
  quant::FloatNetwork start;
  std::vector<quant::FloatNetwork> teachers;
};

Result<Others> read_others(const Options& options) {
  Others others;
  if (!options.start.empty()) {
    auto start = onnx::read_float(options.start);
    if (!start) {
      return start.error();
    }
    others.start = std::move(*start);
  }
  for (const std::string& path : options.teachers) {
    auto teacher = onnx::read_float(path);
    if (!teacher) {
      return teacher.error();
    }
    others.teachers.push_back(std::move(*teacher));
  }
  return others;
}

Status train_network(const Options& options) {
  const auto source = load_source(options.source, options.length);
  if (!source) {
    return source.error();
  }
  const auto description = describe(options, *source);
  if (!description) {
    return description.error();
  }
  const auto others = read_others(options);
  if (!others) {
    return others.error();
  }
  Progress progress("training", static_cast<std::uint64_t>(options.training.epochs));
  const auto on_epoch = [&progress](const train::Progress& state) {
    progress.note("loss " + fixed(state.loss, 3) +
                  (state.accuracy < 0 ? "" : ", tuning " + percent(state.accuracy)));
    progress.step();
    return true;
  };
  const bool hold_out = options.hold_out || options.training.early_stop;
  train::FloatOptions training = options.training;
  training.thin = source->protocol.thin;
  const auto result = train::train_float(*description, hold_out ? source->fit : source->train,
                                         hold_out ? &source->tune : nullptr, training, on_epoch,
                                         &others->start, others->teachers);
  if (!result) {
    return result.error();
  }
  const auto evaluation = quant::evaluate(result->network, source->test);
  if (!evaluation) {
    return evaluation.error();
  }
  if (const Status written = onnx::write_float(options.out, result->network); !written) {
    return written;
  }
  std::printf("%s\n%s: %s of %d test windows (majority vote per trial %s), %s parameters\n%s\n",
              source->text.c_str(), description->name.c_str(),
              percent(evaluation->accuracy).c_str(), evaluation->windows,
              percent(evaluation->trial_accuracy).c_str(),
              grouped(static_cast<std::uint64_t>(quant::parameters(*description))).c_str(),
              options.out.c_str());
  return write_json(options.json, summary(options, *source, *result, *evaluation));
}

}  // namespace

void add_train(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("train", "Train a float network (needs LibTorch)");
  auto options = std::make_shared<Options>();
  add_source_options(*command, options->source);
  train::FloatOptions& training = options->training;
  command
      ->add_option("--network", options->network,
                   "db1-cnn, db1-gap, db1-small, db1-tiny, db1-wide, or a file that describes one")
      ->capture_default_str();
  command->add_option("--length", options->length, "samples per window (25 at 100 Hz, Myo 52)")
      ->check(CLI::Range(1, 4096));
  command->add_option("--epochs", training.epochs, "passes over the training windows")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("--learning-rate", training.learning_rate, "peak of the one-cycle schedule")
      ->capture_default_str();
  command->add_option("--seed", training.seed, "same seed, same network")->capture_default_str();
  command->add_option("--threads", training.threads, "threads of LibTorch")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_flag("--hold-out", options->hold_out,
                    "train without the tuning repetition (DB1: 6), as `quantize --max-drop` needs");
  command->add_flag("--early-stop", training.early_stop,
                    "keep the epoch that is best on the tuning repetition; implies --hold-out");
  command->add_option("--start", options->start, "float network (.onnx) to start from")
      ->check(CLI::ExistingFile);
  command
      ->add_option("--teachers", options->teachers, "float networks (.onnx) to learn from as well")
      ->delimiter(',')
      ->check(CLI::ExistingFile);
  command->add_option("-o,--out", options->out, "ONNX file to write")->capture_default_str();
  command->add_option("--json", options->json, "write the figures to FILE");
  command->callback([options, &session] { session.status = train_network(*options); });
}

}  // namespace tendon::cli
