// SPDX-License-Identifier: MIT
// tendon reproduce: the published tables from recordings, resumable.

#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/network_file.hpp"
#include "cli/output.hpp"
#include "train/reproduce.hpp"

namespace tendon::cli {
namespace {

struct Options {
  train::ReproduceOptions work;
  std::string json;
};

Status reproduce(const Options& options) {
  train::ReproduceOptions work = options.work;
  work.cycles = [](const net::Network& network) { return predicted_cycles(network, "base"); };
  const Status done = train::reproduce_db1(
      work, [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); });
  if (!done) {
    return done;
  }
  if (options.json.empty()) {
    return Unit{};
  }
  const auto bytes = read_file(options.work.results + ".json");
  return bytes ? write_file(options.json, std::string(bytes->begin(), bytes->end()))
               : Status(bytes.error());
}

}  // namespace

void add_reproduce(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("reproduce", "Train, quantize and tabulate all subjects");
  command->require_subcommand(1);
  CLI::App* db1 = command->add_subcommand(
      "db1", "NinaPro DB1, exercise 1 (needs LibTorch); resumes where it was interrupted");
  auto options = std::make_shared<Options>();
  train::ReproduceOptions& work = options->work;
  db1->add_option("--data", work.data, "folder of S<n>_A1_E1.mat files")
      ->required()
      ->check(CLI::ExistingDirectory);
  db1->add_option("--myo", work.myo, "folder of Myo subjects for the second data set")
      ->check(CLI::ExistingDirectory);
  db1->add_option("--subjects", work.subjects, "subject numbers; default: all in the folder")
      ->delimiter(',');
  db1->add_option(
         "--sets,--lines", work.lines,
         "headline, trained, ladder, small, tiny, uniform, tasks, gap, random, sensitivity, myo, "
         "attempts, all; or SET:LINE; default: headline")
      ->delimiter(',');
  db1->add_option("--bits", work.bits, "further assignments, 8/4/4/2/8")->delimiter(',');
  db1->add_option("--epochs", work.float_epochs,
                  "epochs of every float network (0: as each recipe says)")
      ->check(CLI::Range(0, 100000));
  db1->add_option("--qat-epochs", work.trained_epochs, "epochs of quantization-aware training")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  db1->add_option("--workers", work.workers, "processes at a time")
      ->capture_default_str()
      ->check(CLI::Range(1, 16));
  db1->add_option("--state", work.state, "folder of finished steps")->capture_default_str();
  db1->add_option("--results", work.results, "tables: PATH.json, PATH.md, PATH.html")
      ->capture_default_str();
  db1->add_flag("--render-only", work.render_only, "write the tables again, train nothing");
  db1->add_option("--json", options->json, "write the figures to FILE as well");
  db1->callback([options, &session] { session.status = reproduce(*options); });
}

}  // namespace tendon::cli
