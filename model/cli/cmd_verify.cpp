// SPDX-License-Identifier: MIT
// tendon verify: the same windows on several engines, every tensor compared.

#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/engines.hpp"
#include "cli/network_file.hpp"
#include "cli/progress.hpp"
#include "cli/source.hpp"

namespace tendon::cli {
namespace {

struct Options {
  NetworkOptions network;
  SourceOptions source;
  std::string engines = "golden,cpu,rtl";
  int windows = 20;
  std::uint64_t stall_seed = 0;
  bool poll = false;
  bool reset_midway = false;
  std::string json;
};

std::size_t accelerated(const Race& race) {
  std::size_t most = 0;
  for (const EngineRun& run : race.runs) {
    const auto& layers = run.last.layers;
    most = std::max(most, static_cast<std::size_t>(std::count_if(
                              layers.begin(), layers.end(), [](const engine::LayerResult& layer) {
                                return layer.on_accelerator;
                              })));
  }
  return most;
}

Json summary(const Options& options, const net::Network& network, const Race& race) {
  Json json;
  std::uint64_t mismatches = 0;
  json["network"] = network.name;
  json["windows"] = race.runs.front().windows;
  json["layers"] = network.layers.size();
  json["compared_values"] = race.compared_values;
  json["engines"] = Json::array();
  for (const EngineRun& run : race.runs) {
    mismatches += run.mismatches;
    json["engines"].push_back(run.name);
  }
  json["mismatches"] = mismatches;
  if (!race.first_difference.empty()) {
    json["first_difference"] = race.first_difference;
  }
  json["accelerated_layers"] = accelerated(race);
  json["config"] = options.network.config;
  return json;
}

Status verify(const Options& options) {
  RaceOptions racing;
  const auto engines = parse_engines(options.engines);
  if (!engines) {
    return engines.error();
  }
  racing.engines = *engines;
  racing.engine.config = options.network.config;
  racing.engine.stall_seed = options.stall_seed;
  racing.engine.poll = options.poll;
  racing.engine.reset_midway = options.reset_midway;
  const auto loaded = load_network(options.network);
  if (!loaded) {
    return loaded.error();
  }
  const auto windows = test_windows(options.source, loaded->network, options.windows);
  if (!windows) {
    return windows.error();
  }
  Progress progress("windows", windows->codes.size());
  const auto result = race(loaded->network, loaded->program, windows->codes, racing,
                           [&progress] { progress.step(); });
  if (!result) {
    return result.error();
  }
  const Status written = write_json(options.json, summary(options, loaded->network, *result));
  if (!written) {
    return written;
  }
  if (!result->first_difference.empty()) {
    return Error{result->first_difference};
  }
  std::printf(
      "%s: %zu windows, %zu layers (%zu on the accelerator), %s values compared, all the "
      "same on %s\n",
      loaded->network.name.c_str(), windows->codes.size(), loaded->network.layers.size(),
      accelerated(*result), grouped(result->compared_values).c_str(), options.engines.c_str());
  return Unit{};
}

}  // namespace

void add_verify(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("verify", "Compare engines layer by layer; stop at the first difference");
  auto options = std::make_shared<Options>();
  add_network_options(*command, options->network);
  add_source_options(*command, options->source);
  command->add_option("--engines", options->engines, "the first is the reference")
      ->capture_default_str();
  command
      ->add_option("--windows", options->windows,
                   "how many; without --data they are random codes, 0: all of the recording")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000'000));
  command->add_option("--stalls", options->stall_seed, "seed of random bus stalls; 0: none")
      ->capture_default_str();
  command->add_flag("--poll", options->poll, "poll STATUS instead of waiting for the interrupt");
  command->add_flag(
      "--reset", options->reset_midway,
      "reset the device under every window, then run it again (vp, vp-rtl, soc, shm)");
  command->add_option("--json", options->json, "write the figures to FILE");
  command->callback([options, &session] { session.status = verify(*options); });
}

}  // namespace tendon::cli
