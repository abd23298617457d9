// SPDX-License-Identifier: MIT
// tendon report: the JSON of another command as a page to look at.

#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/page.hpp"

namespace tendon::cli {
namespace {

struct Options {
  std::string in;
  std::string out = "report.html";
  std::string json;
};

Status report(const Options& options) {
  const auto bytes = read_file(options.in);
  if (!bytes) {
    return bytes.error();
  }
  const Json json = Json::parse(bytes->begin(), bytes->end(), nullptr, false);
  if (json.is_discarded()) {
    return Error{options.in + ": is not JSON"};
  }
  const auto html = page(json);
  if (!html) {
    return Error{options.in + ": " + html.error().message};
  }
  if (const Status written = write_file(options.out, *html); !written) {
    return written;
  }
  std::printf("%s\n", options.out.c_str());
  return write_json(options.json, {{"in", options.in}, {"out", options.out}});
}

}  // namespace

void add_report(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("report", "Turn the JSON of `demo` or `bench` into an HTML page");
  auto options = std::make_shared<Options>();
  command->add_option("JSON", options->in, "file written by --json")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("-o,--out", options->out, "page to write")->capture_default_str();
  command->add_option("--json", options->json, "write what was done to FILE");
  command->callback([options, &session] { session.status = report(*options); });
}

}  // namespace tendon::cli
