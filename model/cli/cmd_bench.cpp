// SPDX-License-Identifier: MIT
// tendon bench: where the cycles of one window go, on the RTL.

#include <cstdio>
#include <memory>

#include "cli/bench.hpp"
#include "cli/commands.hpp"
#include "cli/network_file.hpp"

namespace tendon::cli {

namespace {

struct Options {
  NetworkOptions network;
  std::string engine = "rtl";
  std::string json;
};

Status run_bench(const Options& options, const std::string& made_by) {
  const auto loaded = load_network(options.network);
  if (!loaded) {
    return loaded.error();
  }
  const auto result = bench(*loaded, options.network.config, options.network.seed, options.engine);
  if (!result) {
    return result.error();
  }
  std::printf("%s on %s (%d x %d x %d), %s bytes of weights and scales\n\n%s\n",
              loaded->network.name.c_str(), options.network.config.c_str(), loaded->array.rows,
              loaded->array.columns, loaded->array.lanes,
              grouped(static_cast<std::uint64_t>(net::payload_bytes(loaded->network))).c_str(),
              to_text(result->figures).c_str());
  std::printf("first window with loading and with every tensor stored: %s cycles\n",
              grouped(result->first_window_cycles).c_str());
  if (result->cycles_per_second > 0) {
    std::printf("simulation: %s cycles per second\n",
                grouped(static_cast<std::uint64_t>(result->cycles_per_second)).c_str());
  }
  Json json = to_json(*result, loaded->network, options.network.config);
  json["made_by"] = made_by;
  return write_json(options.json, json);
}

}  // namespace

void add_bench(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("bench", "Cycles, utilization and stalls of every layer on the RTL");
  auto options = std::make_shared<Options>();
  add_network_options(*command, options->network);
  command->add_option("--engine", options->engine, "rtl, vp, vp-rtl, soc or shm, of this build")
      ->capture_default_str();
  command->add_option("--json", options->json, "write the figures to FILE");
  command->callback([options, &session] { session.status = run_bench(*options, session.made_by); });
}

}  // namespace tendon::cli
