// SPDX-License-Identifier: MIT
// tendon split: from window to label in simulated microseconds, by how the accelerator is attached.

#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/engine.hpp"
#include "cli/network_file.hpp"
#include "cli/source.hpp"

namespace tendon::cli {
namespace {

struct Options {
  NetworkOptions network;
  std::string engine = "vp";
  int windows = 20;
  std::string json;
};

struct Attachment {
  const char* name;
  bool cpu_only;
  std::uint64_t spi_hz;
};

constexpr Attachment kAttachments[] = {{"processor alone", true, 0},
                                       {"memory-mapped", false, 0},
                                       {"SPI 48 MHz", false, 48'000'000},
                                       {"SPI 25 MHz", false, 25'000'000},
                                       {"SPI 1 MHz", false, 1'000'000}};

/// Mean over the windows behind the first, which also brings the weights.
Result<engine::TimeSplit> measure_split(const Loaded& loaded, const Options& options,
                                        const Attachment& attachment, const CodedWindows& windows) {
  engine::Options how;
  how.config = options.network.config;
  how.counters = false;
  how.cpu_only = attachment.cpu_only;
  how.spi_hz = attachment.spi_hz;
  auto engine = engine::make(options.engine, how);
  if (!engine) return engine.error();
  if (const Status accepted = (*engine)->load(loaded.program); !accepted) return accepted.error();
  engine::TimeSplit sum;
  for (std::size_t i = 0; i < windows.codes.size(); ++i) {
    const auto got = (*engine)->run(windows.codes[i], false);
    if (!got) return Error{std::string(attachment.name) + ": " + got.error().message};
    if (i == 0) continue;
    sum.driver += got->split.driver;
    sum.transfer += got->split.transfer;
    sum.wait += got->split.wait;
    sum.interrupt += got->split.interrupt;
  }
  const auto count = static_cast<double>(windows.codes.size() - 1);
  return engine::TimeSplit{sum.driver / count, sum.transfer / count, sum.wait / count,
                           sum.interrupt / count};
}

Status run(const Options& options, const std::string& made_by) {
  const auto loaded = load_network(options.network);
  if (!loaded) return loaded.error();
  const CodedWindows windows =
      random_windows(loaded->network, options.windows + 1, options.network.seed);
  Table table({"accelerator", "driver", "transfer", "compute", "interrupt", "window to label",
               "against the processor"});
  Json json = {{"network", loaded->network.name}, {"engine", options.engine}, {"made_by", made_by}};
  double alone = 0;
  for (const Attachment& attachment : kAttachments) {
    const auto split = measure_split(*loaded, options, attachment, windows);
    if (!split) return split.error();
    if (attachment.cpu_only) alone = split->total();
    // The kernels run inside the library when there is no device.
    const double driver = attachment.cpu_only ? 0 : split->driver;
    const double compute = attachment.cpu_only ? split->driver : split->wait;
    table.row({attachment.name, fixed(driver, 1), fixed(split->transfer, 1), fixed(compute, 1),
               fixed(split->interrupt, 1), fixed(split->total(), 1),
               fixed(alone / split->total(), 2) + "x"});
    json["rows"].push_back({{"accelerator", attachment.name},
                            {"driver_us", driver},
                            {"transfer_us", split->transfer},
                            {"compute_us", compute},
                            {"interrupt_us", split->interrupt},
                            {"total_us", split->total()}});
  }
  std::printf(
      "%s on %s, simulated us a window: accelerator at 100 MHz, processor at 1 GHz, one "
      "instruction a cycle\n\n%s",
      loaded->network.name.c_str(), options.network.config.c_str(), table.text().c_str());
  return write_json(options.json, json);
}

}  // namespace

void add_split(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "split", "Time from window to label by attachment: memory-mapped, SPI, processor alone");
  auto options = std::make_shared<Options>();
  add_network_options(*command, options->network);
  command->add_option("--engine", options->engine, "vp or vp-rtl")->capture_default_str();
  command->add_option("--windows", options->windows, "mean over so many")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  command->add_option("--json", options->json, "write the figures to FILE");
  command->callback([options, &session] { session.status = run(*options, session.made_by); });
}

}  // namespace tendon::cli
