// SPDX-License-Identifier: MIT
// tendon run: windows in, labels out, on one engine.

#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/engine.hpp"
#include "cli/network_file.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/source.hpp"

namespace tendon::cli {
namespace {

struct Options {
  NetworkOptions network;
  SourceOptions source;
  std::string engine = "cpu";
  std::string waveform;
  std::string timeline;
  bool poll = false;
  int windows = 0;
  bool print_labels = false;
  std::string json;
};

struct Outcome {
  std::vector<int> labels;
  std::vector<std::vector<std::uint64_t>> confusion;
  int right = 0;
};

Result<Outcome> classify(engine::Engine& engine, const CodedWindows& windows, std::size_t classes) {
  Outcome out;
  out.confusion.assign(classes, std::vector<std::uint64_t>(classes));
  Progress progress("windows", windows.codes.size());
  for (std::size_t i = 0; i < windows.codes.size(); ++i) {
    const auto result = engine.run(windows.codes[i], false);
    if (!result) {
      return Error{"window " + std::to_string(i) + ": " + result.error().message};
    }
    const int truth = windows.label[i];
    out.labels.push_back(result->label);
    out.right += result->label == truth ? 1 : 0;
    ++out.confusion.at(static_cast<std::size_t>(truth)).at(static_cast<std::size_t>(result->label));
    progress.step();
  }
  return out;
}

Status run(const Options& options) {
  const auto loaded = load_network(options.network);
  if (!loaded) {
    return loaded.error();
  }
  const net::Network& network = loaded->network;
  const auto source = load_source(options.source, network.tensors.front().shape.columns);
  if (!source) {
    return source.error();
  }
  const std::size_t classes = std::max(network.classes.size(), source->test.task.classes.size());
  if (network.classes != source->test.task.classes) {
    return Error{"the network knows " + std::to_string(network.classes.size()) + " classes, task " +
                 source->test.task.name + " has " +
                 std::to_string(source->test.task.classes.size()) +
                 " or other ones; choose with --task"};
  }
  const auto windows = code_windows(network, source->test, options.windows);
  if (!windows) {
    return windows.error();
  }
  engine::Options engine_options;
  engine_options.config = options.network.config;
  engine_options.waveform = options.waveform;
  engine_options.timeline = options.timeline;
  engine_options.poll = options.poll;
  auto engine = engine::make(options.engine, engine_options);
  if (!engine) {
    return engine.error();
  }
  if (const Status accepted = (*engine)->load(loaded->program); !accepted) {
    return accepted;
  }
  const auto outcome = classify(**engine, *windows, classes);
  if (!outcome) {
    return outcome.error();
  }
  const auto count = static_cast<double>(outcome->labels.size());
  const double accuracy = count > 0 ? outcome->right / count : 0.0;
  if (options.print_labels) {
    for (const int label : outcome->labels) {
      std::printf("%s\n", network.classes.at(static_cast<std::size_t>(label)).c_str());
    }
  }
  std::printf("%s\n%s on %s: %s of %zu windows right, %s samples out of range\n",
              source->text.c_str(), network.name.c_str(), options.engine.c_str(),
              percent(accuracy, 2).c_str(), outcome->labels.size(),
              grouped(static_cast<std::uint64_t>(windows->saturated)).c_str());
  return write_json(options.json, {{"network", network.name},
                                   {"source", source->text},
                                   {"engine", options.engine},
                                   {"windows", outcome->labels.size()},
                                   {"accuracy", accuracy},
                                   {"saturated", windows->saturated},
                                   {"classes", network.classes},
                                   {"confusion", outcome->confusion},
                                   {"labels", outcome->labels}});
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("run", "Classify the test windows of a recording");
  auto options = std::make_shared<Options>();
  add_network_options(*command, options->network);
  add_source_options(*command, options->source);
  command
      ->add_option("--engine", options->engine,
                   "golden, cpu, rtl, vp, vp-rtl, soc or shm, of this build")
      ->capture_default_str();
  command->add_option("--windows", options->windows, "how many, spread evenly; 0: all")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000'000));
  command->add_option("--waveform", options->waveform, "FST file (rtl, vp-rtl, soc, shm)");
  command->add_option("--timeline", options->timeline,
                      "Chrome/Perfetto trace of the run (rtl, vp, vp-rtl, soc, shm)");
  command->add_flag("--poll", options->poll, "poll STATUS instead of waiting for the interrupt");
  command->add_flag("--labels", options->print_labels, "print one class name per window");
  command->add_option("--json", options->json, "write the figures to FILE");
  command->callback([options, &session] { session.status = run(*options); });
}

}  // namespace tendon::cli
