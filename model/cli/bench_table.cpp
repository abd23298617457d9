// SPDX-License-Identifier: MIT
#include "cli/bench_table.hpp"

#include <algorithm>
#include <cmath>

#include "zoo/zoo.hpp"

namespace tendon::cli {
namespace {

std::string line(const std::vector<std::string>& cells) {
  std::string out = "|";
  for (const std::string& cell : cells) out += " " + cell + " |";
  return out + "\n";
}

std::string heading(const std::vector<std::string>& cells) {
  std::string out = line(cells) + "|";
  for (std::size_t i = 0; i < cells.size(); ++i) out += " --- |";
  return out + "\n";
}

std::string widths(const BenchCase& what) { return what.activations + " x " + what.weights; }

const BenchRow* find(const std::vector<BenchRow>& rows, const std::string& network,
                     const std::string& weights, const std::string& activations,
                     const std::string& config) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const BenchRow& row) {
    return row.what.network == network && row.what.weights == weights &&
           row.what.activations == activations && row.config == config;
  });
  return found == rows.end() ? nullptr : &*found;
}

/// Most overhead of the layers behind the first one.
std::uint64_t later_overhead(const Measure& measure) {
  std::uint64_t most = 0;
  for (std::size_t i = 1; i < measure.layers.size(); ++i) {
    most = std::max(most, overhead(measure.layers[i].counters));
  }
  return most;
}

std::string networks(const std::vector<BenchRow>& rows) {
  std::string out = heading({"network", "act x wgt", "config", "MAC", "cycles", "utilization",
                             "overhead, first layer", "overhead, most behind it",
                             "prediction off by, worst layer", "simulated cycles per second"});
  for (const BenchRow& row : rows) {
    const Measure& m = row.result.figures;
    if (m.total.cycles == 0) {
      out += line({row.what.network, widths(row.what), row.config, grouped(m.macs),
                   "larger than its memories"});
      continue;
    }
    out += line(
        {row.what.network, widths(row.what), row.config, grouped(m.macs), grouped(m.total.cycles),
         percent(m.utilization), grouped(overhead(m.layers.front().counters)),
         m.layers.size() > 1 ? grouped(later_overhead(m)) : "", percent(worst_prediction(m), 2),
         grouped(static_cast<std::uint64_t>(row.result.cycles_per_second))});
  }
  return out;
}

std::string gains(const std::vector<BenchRow>& rows) {
  std::string out = heading({"config", "8 x 8, cycles", "8 x 4", "8 x 2", "4 x 4", "2 x 2"});
  const std::pair<const char*, const char*> narrower[] = {
      {"4", "8"}, {"2", "8"}, {"4", "4"}, {"2", "2"}};
  for (const char* config : {"tiny", "base", "wide"}) {
    const BenchRow* eight = find(rows, "conv1d-64", "8", "8", config);
    if (eight == nullptr || eight->result.figures.total.cycles == 0) continue;
    const auto cycles = static_cast<double>(eight->result.figures.total.cycles);
    std::vector<std::string> cells{config, grouped(eight->result.figures.total.cycles)};
    for (const auto& [weights, activations] : narrower) {
      const BenchRow* row = find(rows, "conv1d-64", weights, activations, config);
      cells.push_back(
          row == nullptr
              ? ""
              : fixed(cycles / static_cast<double>(row->result.figures.total.cycles), 2));
    }
    out += line(cells);
  }
  return out;
}

/// Cycles in which the weight port cannot bring the weights faster, and what part of all that is.
std::string dense(const std::vector<BenchRow>& rows) {
  std::string out = heading({"config", "act x wgt", "cycles", "weight port's limit", "reached"});
  for (const BenchRow& row : rows) {
    if (row.what.network != "dense-768") continue;
    const LayerMeasure& layer = row.result.figures.layers.front();
    const int port_bits = row.array.rows * row.array.lanes * 8;
    const auto least = static_cast<double>(layer.macs) * layer.weight_bits / port_bits;
    out += line({row.config, widths(row.what), grouped(layer.counters.cycles),
                 grouped(static_cast<std::uint64_t>(least)),
                 percent(least / static_cast<double>(layer.counters.cycles))});
  }
  return out;
}

std::string layers(const std::vector<BenchRow>& rows) {
  std::string out = heading({"network", "act x wgt", "config", "layer", "cycles", "active", "acts",
                             "write", "setup", "drain", "dma", "predicted", "off by"});
  for (const BenchRow& row : rows) {
    for (const LayerMeasure& layer : row.result.figures.layers) {
      const engine::Counters& c = layer.counters;
      const double off =
          c.cycles == 0
              ? 0.0
              : static_cast<double>(layer.predicted_cycles) / static_cast<double>(c.cycles) - 1.0;
      out += line({row.what.network, widths(row.what), row.config,
                   layer.name + (layer.on_accelerator ? "" : " (CPU)"), grouped(c.cycles),
                   grouped(c.active), grouped(c.wait_activations), grouped(c.wait_writeback),
                   grouped(c.descriptor), grouped(c.drain), grouped(c.dma),
                   grouped(layer.predicted_cycles), layer.on_accelerator ? percent(off, 2) : ""});
    }
  }
  return out;
}

}  // namespace

std::vector<BenchCase> bench_cases() {
  std::vector<BenchCase> cases;
  for (const std::string& name : zoo::names()) cases.push_back({name, "8", "8"});
  for (const char* bits : {"4", "2"}) {
    cases.push_back({"db1-cnn", bits, bits});
    cases.push_back({"conv1d-64", bits, "8"});
    cases.push_back({"conv1d-64", bits, bits});
    cases.push_back({"dense-768", bits, "8"});
  }
  cases.push_back({"db1-cnn", "8/4/4/2/8", "8"});
  return cases;
}

Result<BenchRow> bench_row(const BenchCase& what, const std::string& config) {
  NetworkOptions options;
  options.network = what.network;
  options.weights = what.weights;
  options.activations = what.activations;
  options.config = config;
  const std::string name = what.network + " " + widths(what) + " on " + config + ": ";
  auto loaded = load_network(options);
  if (!loaded) return Error{name + loaded.error().message};
  auto result = bench(*loaded, config, options.seed);
  if (!result) return Error{name + result.error().message};
  return BenchRow{what, config, loaded->array, std::move(*result)};
}

std::uint64_t overhead(const engine::Counters& counters) {
  return counters.descriptor + counters.dma + counters.drain;
}

double worst_prediction(const Measure& measure) {
  double worst = 0;
  for (const LayerMeasure& layer : measure.layers) {
    if (!layer.on_accelerator || layer.counters.cycles == 0) continue;
    const auto cycles = static_cast<double>(layer.counters.cycles);
    worst =
        std::max(worst, std::abs(static_cast<double>(layer.predicted_cycles) - cycles) / cycles);
  }
  return worst;
}

std::string bench_page(const std::vector<BenchRow>& rows, const std::string& made_by) {
  return "<!-- SPDX-License-Identifier: MIT -->\n# Cycles of the zoo on every configuration\n\n"
         "Written by `" +
         made_by +
         "`. RTL cycles of a window with the weights in place, from the address of the first\n"
         "descriptor to the label, the way of the input included; weights are random. Every cycle "
         "has one cause,\nand causes that do not add up end the command. Utilization: cycles that "
         "the multiplications need at the\npeak of the widths used, divided by all cycles. "
         "Overhead: cycles of a layer for fetch, decoding, drain and,\nin the first layer, the "
         "bus before the first step. Layers without weights count no multiplications.\n"
         "Simulated cycles per second: one thread, no waveform, of the machine that wrote this, "
         "busy with other\nwork or not.\n\n" +
         networks(rows) +
         "\n## Gain over 8 x 8 bits\n\n`conv1d-64`: 64 to 64 channels, kernel 3, 256 "
         "positions.\n\n" +
         gains(rows) +
         "\n## Dense at batch 1\n\n`dense-768`: 768 to 64. Limit: all weights through the port "
         "once."
         "\n\n" +
         dense(rows) + "\n## Every layer\n\n" + layers(rows);
}

Json bench_json(const std::vector<BenchRow>& rows, const std::string& made_by) {
  Json json;
  json["made_by"] = made_by;
  for (const BenchRow& row : rows) {
    const Measure& m = row.result.figures;
    Json one;
    one["network"] = row.what.network;
    one["weights"] = row.what.weights;
    one["activations"] = row.what.activations;
    one["config"] = row.config;
    one["total"] = total_to_json(m);
    one["first_window_cycles"] = row.result.first_window_cycles;
    one["cycles_per_second"] = row.result.cycles_per_second;
    for (const LayerMeasure& layer : m.layers) {
      Json each = to_json(layer);
      each["overhead"] = overhead(layer.counters);
      one["layers"].push_back(std::move(each));
    }
    json["rows"].push_back(std::move(one));
  }
  return json;
}

}  // namespace tendon::cli
