// SPDX-License-Identifier: MIT
// tendon split: from window to label in simulated microseconds, by how the accelerator is attached.

#include <algorithm>
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
  std::uint64_t spi_hz;
};

constexpr Attachment kAttachments[] = {{"memory-mapped", 0},
                                       {"SPI 48 MHz", 48'000'000},
                                       {"SPI 25 MHz", 25'000'000},
                                       {"SPI 1 MHz", 1'000'000}};

/// The driver's plan may be slower than the better of accelerator and processor by this.
constexpr double kPlanSlack = 1.05;

struct Measured {
  engine::TimeSplit split;
  std::size_t on_accelerator = 0;  // layers
};

/// Mean over the windows behind the first, which also brings the weights.
Result<Measured> measure_split(const Loaded& loaded, const Options& options,
                               const Attachment& attachment, engine::Policy policy,
                               const CodedWindows& windows) {
  engine::Options how;
  how.config = options.network.config;
  how.counters = false;
  how.policy = policy;
  how.spi_hz = attachment.spi_hz;
  auto engine = engine::make(options.engine, how);
  if (!engine) return engine.error();
  if (const Status accepted = (*engine)->load(loaded.program); !accepted) return accepted.error();
  engine::TimeSplit sum;
  std::size_t on_accelerator = 0;
  for (std::size_t i = 0; i < windows.codes.size(); ++i) {
    const auto got = (*engine)->run(windows.codes[i], false);
    if (!got) return Error{std::string(attachment.name) + ": " + got.error().message};
    on_accelerator = static_cast<std::size_t>(
        std::count_if(got->layers.begin(), got->layers.end(),
                      [](const engine::LayerResult& layer) { return layer.on_accelerator; }));
    if (i == 0) continue;
    sum.driver += got->split.driver;
    sum.transfer += got->split.transfer;
    sum.wait += got->split.wait;
    sum.interrupt += got->split.interrupt;
  }
  const auto count = static_cast<double>(windows.codes.size() - 1);
  return Measured{
      {sum.driver / count, sum.transfer / count, sum.wait / count, sum.interrupt / count},
      on_accelerator};
}

/// One line of the table; `alone`: on the processor alone, whose kernels run inside the library.
void add_row(Table& table, Json& json, const char* name, const engine::TimeSplit& split,
             double alone, const std::string& plan) {
  const bool is_alone = split.total() == alone;
  const double driver = is_alone ? 0 : split.driver;
  const double compute = is_alone ? split.driver : split.wait;
  table.row({name, fixed(driver, 1), fixed(split.transfer, 1), fixed(compute, 1),
             fixed(split.interrupt, 1), fixed(split.total(), 1),
             fixed(alone / split.total(), 2) + "x", plan});
  json["rows"].push_back({{"accelerator", name},
                          {"driver_us", driver},
                          {"transfer_us", split.transfer},
                          {"compute_us", compute},
                          {"interrupt_us", split.interrupt},
                          {"total_us", split.total()}});
}

Status run(const Options& options, const std::string& made_by) {
  const auto loaded = load_network(options.network);
  if (!loaded) return loaded.error();
  const CodedWindows windows =
      random_windows(loaded->network, options.windows + 1, options.network.seed);
  Table table({"accelerator", "driver", "transfer", "compute", "interrupt", "window to label",
               "against the processor", "the plan's choice"});
  Json json = {{"network", loaded->network.name}, {"engine", options.engine}, {"made_by", made_by}};
  const auto alone =
      measure_split(*loaded, options, {"processor alone", 0}, engine::Policy::kCpu, windows);
  if (!alone) return alone.error();
  const double processor = alone->split.total();
  add_row(table, json, "processor alone", alone->split, processor, "");
  std::string trouble;
  for (const Attachment& attachment : kAttachments) {
    const auto offload =
        measure_split(*loaded, options, attachment, engine::Policy::kOffload, windows);
    if (!offload) return offload.error();
    const auto plan = measure_split(*loaded, options, attachment, engine::Policy::kPrefer, windows);
    if (!plan) return plan.error();
    const double chosen = plan->split.total();
    const std::string choice = std::to_string(plan->on_accelerator) + " of " +
                               std::to_string(loaded->network.layers.size()) + " layers, " +
                               fixed(chosen, 1);
    add_row(table, json, attachment.name, offload->split, processor, choice);
    Json& row = json["rows"].back();
    row["plan_layers"] = plan->on_accelerator;
    row["plan_us"] = chosen;
    const double best = std::min(processor, offload->split.total());
    if (chosen > kPlanSlack * best && trouble.empty()) {
      trouble = std::string(attachment.name) + ": the plan takes " + fixed(chosen, 1) +
                " us a window, " + fixed(best, 1) + " were possible";
    }
  }
  std::printf(
      "%s on %s, simulated us a window: accelerator at 100 MHz, processor at 1 GHz, one "
      "instruction a cycle\n\n%s",
      loaded->network.name.c_str(), options.network.config.c_str(), table.text().c_str());
  if (const Status written = write_json(options.json, json); !written) return written;
  return trouble.empty() ? Status(Unit{}) : Status(Error{trouble});
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
