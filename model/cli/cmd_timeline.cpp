// SPDX-License-Identifier: MIT
// tendon timeline: a trace of the virtual platform as SVG.

#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/timeline_svg.hpp"

namespace tendon::cli {
namespace {

struct Options {
  std::string trace, out;
  TimelineView view;
  bool last_window = false;
};

Status run(const Options& options) {
  const auto bytes = read_file(options.trace);
  if (!bytes) return bytes.error();
  const Json trace = Json::parse(bytes->begin(), bytes->end(), nullptr, false);
  if (trace.is_discarded()) return Error{options.trace + ": not JSON"};
  TimelineView view = options.view;
  if (options.last_window) {
    const auto found = last_window(trace);
    if (!found) return Error{options.trace + ": " + found.error().message};
    view = *found;
  }
  const auto svg = timeline_svg(trace, view);
  if (!svg) return Error{options.trace + ": " + svg.error().message};
  return write_file(options.out, *svg);
}

}  // namespace

void add_timeline(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("timeline", "Picture of a trace that --timeline wrote");
  auto options = std::make_shared<Options>();
  command->add_option("TRACE", options->trace, "Chrome/Perfetto JSON")->required();
  command->add_option("-o,--out", options->out, "SVG to write")->required();
  command->add_option("--from", options->view.from_us, "simulated us");
  command->add_option("--to", options->view.to_us, "simulated us; 0: the end");
  command->add_flag("--last-window", options->last_window, "the last window and nothing else");
  command->callback([options, &session] { session.status = run(*options); });
}

}  // namespace tendon::cli
