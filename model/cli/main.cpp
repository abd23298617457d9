// SPDX-License-Identifier: MIT
// tendon: networks for surface EMG from recordings to a label, on every engine.
// Exit code: 0 only on success, 1 when the work failed, 2 when the command line is wrong.

#include <cstdio>

#include "cli/commands.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Quantized networks for surface EMG: train, compile, run, compare bit for bit."};
  app.name("tendon");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  tendon::cli::Session session;
  session.made_by = "tendon";
  for (int i = 1; i < argc; ++i) {
    session.made_by += std::string(" ") + argv[i];
  }
  tendon::cli::add_data(app, session);
  tendon::cli::add_train(app, session);
  tendon::cli::add_quantize(app, session);
  tendon::cli::add_reproduce(app, session);
  tendon::cli::add_compile(app, session);
  tendon::cli::add_run(app, session);
  tendon::cli::add_verify(app, session);
  tendon::cli::add_engines(app, session);
  tendon::cli::add_split(app, session);
  tendon::cli::add_timeline(app, session);
  tendon::cli::add_bench(app, session);
  tendon::cli::add_bench_table(app, session);
  tendon::cli::add_demo(app, session);
  tendon::cli::add_report(app, session);
  tendon::cli::add_bringup(app, session);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (!session.status) {
    std::fprintf(stderr, "tendon: %s\n", session.status.error().message.c_str());
    return 1;
  }
  return session.exit_code;
}
