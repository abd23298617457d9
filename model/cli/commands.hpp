// SPDX-License-Identifier: MIT
// The subcommands of `tendon`. Each add_*() declares options and help text; when the user chose it,
// the command runs during parsing and leaves its outcome in `session`.
#pragma once

#include <CLI/CLI.hpp>

#include "net/result.hpp"

namespace tendon::cli {

struct Session {
  Status status = Unit{};
  std::string made_by;  // command line, for the foot of a report
  int exit_code = 0;    // of a command that has said itself what was wrong
};

void add_data(CLI::App& app, Session& session);         // data check, data synthesize
void add_train(CLI::App& app, Session& session);        // float training
void add_quantize(CLI::App& app, Session& session);     // bits, quantization-aware training
void add_reproduce(CLI::App& app, Session& session);    // all subjects of a data set
void add_compile(CLI::App& app, Session& session);      // network to .tdn
void add_run(CLI::App& app, Session& session);          // classify windows on one engine
void add_verify(CLI::App& app, Session& session);       // engines against each other
void add_engines(CLI::App& app, Session& session);      // every engine: bits, drift, speed
void add_split(CLI::App& app, Session& session);        // window to label by attachment
void add_timeline(CLI::App& app, Session& session);     // a trace as a picture
void add_bench(CLI::App& app, Session& session);        // cycles per layer
void add_bench_table(CLI::App& app, Session& session);  // the zoo on every configuration
void add_demo(CLI::App& app, Session& session);         // the whole road, with a report
void add_report(CLI::App& app, Session& session);       // JSON to HTML
void add_bringup(CLI::App& app, Session& session);      // a board, from the wires to a label

}  // namespace tendon::cli
