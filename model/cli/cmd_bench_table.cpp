// SPDX-License-Identifier: MIT
// tendon bench-table: the whole zoo on every configuration.

#include <cstdio>
#include <memory>

#include "cli/bench_table.hpp"
#include "cli/commands.hpp"

namespace tendon::cli {

namespace {

struct Options {
  std::string page;
  std::string json;
};

Status run_table(const Options& options) {
  std::string made_by = "tendon bench-table";
  if (!options.page.empty()) made_by += " --page " + options.page;
  if (!options.json.empty()) made_by += " --json " + options.json;
  std::vector<BenchRow> rows;
  for (const BenchCase& what : bench_cases()) {
    for (const char* config : {"tiny", "base", "wide"}) {
      auto row = bench_row(what, config);
      if (!row) return row.error();
      const Measure& m = row->result.figures;
      std::printf("%-14s %s x %-10s %-4s %9s cycles %8s, prediction off by %s at most\n",
                  what.network.c_str(), what.activations.c_str(), what.weights.c_str(), config,
                  grouped(m.total.cycles).c_str(), percent(m.utilization).c_str(),
                  percent(worst_prediction(m), 2).c_str());
      std::fflush(stdout);
      rows.push_back(std::move(*row));
    }
  }
  if (!options.page.empty()) {
    if (const Status written = write_file(options.page, bench_page(rows, made_by)); !written) {
      return written;
    }
  }
  return write_json(options.json, bench_json(rows, made_by));
}

}  // namespace

void add_bench_table(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("bench-table", "The zoo on every configuration: cycles, gains, overhead");
  auto options = std::make_shared<Options>();
  command->add_option("--page", options->page, "write the tables to FILE (Markdown)");
  command->add_option("--json", options->json, "write the figures to FILE");
  command->callback([options, &session] { session.status = run_table(*options); });
}

}  // namespace tendon::cli
