// SPDX-License-Identifier: MIT
// tendon demo: what `./run demo` shows a newcomer.

#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/demo.hpp"
#include "cli/page.hpp"
#include "cli/train_here.hpp"
#include "cli/waveform.hpp"
#include "data/data.hpp"

namespace tendon::cli {
namespace {

struct Options {
  NetworkOptions network;
  SourceOptions source;
  int windows = 240;
  std::string out = "build/demo";
  std::string json;
};

/// The shipped network, or with recordings one trained on them here.
Result<std::string> choose_network(const Options& options, const Source& source) {
  if (!options.network.network.empty()) {
    return options.network.network;
  }
  if (options.source.data.empty()) {
    return std::string(TENDON_SHIPPED_DIR "/db1-cnn-synthetic.onnx");
  }
  return train_here(source, options.network.weights, options.out);
}

Status write_all(const Options& options, const Json& json) {
  const auto html = page(json);
  if (!html) {
    return html.error();
  }
  for (const auto& [path, content] : {std::pair{options.out + "/report.html", *html},
                                      std::pair{options.out + "/demo.json", json.dump(2) + "\n"}}) {
    if (const Status written = write_file(path, content); !written) {
      return written;
    }
  }
  return write_json(options.json, json);
}

/// A folder of several subjects and none chosen: the first one of the list, said so.
SourceOptions with_subject(SourceOptions options) {
  if (options.data.empty() || options.subject != 0 ||
      !std::filesystem::is_directory(options.data)) {
    return options;
  }
  if (const auto files = data::find_db1(options.data); files && files->size() > 1) {
    options.subject = data::db1_subject(files->front());
    std::fprintf(stderr, "%zu subjects in %s; taking the first, %d (--subject N takes another)\n",
                 files->size(), options.data.c_str(), options.subject);
  }
  return options;
}

Status demo(const Options& options, const std::string& made_by) {
  const auto source = load_source(with_subject(options.source), 0);
  if (!source) {
    return source.error();
  }
  NetworkOptions chosen = options.network;
  const auto path = choose_network(options, *source);
  if (!path) {
    return path.error();
  }
  chosen.network = *path;
  const auto loaded = load_network(chosen);
  if (!loaded) {
    return loaded.error();
  }
  const auto windows = code_windows(loaded->network, source->test, options.windows);
  if (!windows) {
    return windows.error();
  }
  RaceOptions racing;
  racing.engines = {"golden", "cpu", "rtl"};
  racing.engine.config = chosen.config;
  racing.stop_at_difference = false;
  const auto result = demonstrate(*loaded, *windows, racing);
  if (!result) {
    return result.error();
  }
  auto golden = engine::make("golden", racing.engine);
  if (!golden) {
    return golden.error();
  }
  if (const Status accepted = (*golden)->load(loaded->program); !accepted) {
    return accepted;
  }
  const auto shown = (*golden)->run(windows->codes[result->shown], true);
  if (!shown) {
    return shown.error();
  }
  Json json = to_json(*result, *loaded, *windows, source->text, chosen.config);
  json["window"] = window_json(*result, *loaded, *windows, source->recording.rate_hz, *shown);
  json["made_by"] = made_by;
  std::printf("\n%s\n%s\n\n%s\n", loaded->network.name.c_str(), source->text.c_str(),
              to_text(*result, *loaded).c_str());
  if (const Status written = write_all(options, json); !written) {
    return written;
  }
  if (const Status recorded = record_waveform(*loaded, windows->codes[result->shown], chosen.config,
                                              options.out + "/inference");
      !recorded) {
    return recorded;
  }
  std::printf("report       %s/report.html\nwaveform     gtkwave %s/inference.gtkw\n",
              options.out.c_str(), options.out.c_str());
  return result->race.first_difference.empty() ? Status(Unit{})
                                               : Error{result->race.first_difference};
}

}  // namespace

void add_demo(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "demo", "Classify recordings on golden model, CPU kernels and RTL; write a report");
  auto options = std::make_shared<Options>();
  add_network_options(*command, options->network);
  command->get_option("NETWORK")->required(false);
  add_source_options(*command, options->source);
  command->add_option("--windows", options->windows, "how many, spread evenly; 0: all")
      ->capture_default_str()
      ->check(CLI::Range(0, 1'000'000));
  command->add_option("-o,--out", options->out, "folder of report and waveform")
      ->capture_default_str();
  command->add_option("--json", options->json, "write the figures to FILE");
  command->callback([options, &session] { session.status = demo(*options, session.made_by); });
}

}  // namespace tendon::cli
