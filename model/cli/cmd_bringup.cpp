// SPDX-License-Identifier: MIT
// tendon bringup: everything behind the word belongs to fpga/bringup, its help included.

#include "bringup.hpp"
#include "cli/commands.hpp"

namespace tendon::cli {

void add_bringup(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("bringup", "Walk a board from the wires to a label");
  command->set_help_flag();
  command->prefix_command();
  command->callback(
      [command, &session] { session.exit_code = bringup::bringup(command->remaining()); });
}

}  // namespace tendon::cli
