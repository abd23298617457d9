// SPDX-License-Identifier: MIT
// tendon engines: the system test and the speed table, every engine on the same windows.

#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/engine_matrix.hpp"
#include "cli/engines.hpp"
#include "cli/network_file.hpp"
#include "cli/source.hpp"

namespace tendon::cli {
namespace {

struct Options {
  NetworkOptions network;
  SourceOptions source;
  std::string engines = "cpu,rtl,vp,vp-rtl,soc,shm";
  int windows = 100;
  MatrixOptions matrix;
  std::string json;
};

Status run(Options options, const std::string& made_by) {
  const auto engines = parse_engines(options.engines);
  if (!engines) return engines.error();
  options.matrix.engines = *engines;
  options.matrix.config = options.network.config;
  const auto loaded = load_network(options.network);
  if (!loaded) return loaded.error();
  const auto windows = test_windows(options.source, loaded->network, options.windows);
  if (!windows) return windows.error();
  const auto rows = engine_matrix(
      loaded->network, loaded->program, windows->codes, options.matrix,
      [](const std::string& next) { std::fprintf(stderr, "engines: %s\n", next.c_str()); });
  if (!rows) return rows.error();
  std::printf("%s on %s, %zu windows of %s\n\n%s", loaded->network.name.c_str(),
              options.network.config.c_str(), windows->codes.size(),
              options.source.data.empty() ? "random codes" : "a recording", to_text(*rows).c_str());
  Json json = {{"network", loaded->network.name},
               {"config", options.network.config},
               {"recording", !options.source.data.empty()},
               {"windows", windows->codes.size()},
               {"made_by", made_by}};
  std::string trouble;
  for (const MatrixRow& row : *rows) {
    json["engines"].push_back(to_json(row));
    if (trouble.empty() && !row.trouble.empty()) trouble = row.engine + ": " + row.trouble;
  }
  if (const Status written = write_json(options.json, json); !written) return written;
  return trouble.empty() ? Status(Unit{}) : Status(Error{trouble});
}

}  // namespace

void add_engines(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "engines", "Every engine on the same windows: bits, drift, recovery from resets, speed");
  auto options = std::make_shared<Options>();
  add_network_options(*command, options->network);
  add_source_options(*command, options->source);
  command->add_option("--engines", options->engines, "all are compared with golden")
      ->capture_default_str();
  command
      ->add_option("--windows", options->windows,
                   "how many; without --data they are random codes, 0: all of the recording")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000'000));
  command->add_option("--consecutive", options->matrix.consecutive, "inferences without drift")
      ->capture_default_str();
  command->add_option("--resets", options->matrix.resets, "windows with a reset under them")
      ->capture_default_str();
  command
      ->add_option("--seconds", options->matrix.speed_seconds, "of measuring each engine's speed")
      ->capture_default_str();
  command->add_option("--json", options->json, "write the figures to FILE");
  command->callback([options, &session] { session.status = run(*options, session.made_by); });
}

}  // namespace tendon::cli
