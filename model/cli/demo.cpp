// SPDX-License-Identifier: MIT
#include "cli/demo.hpp"

#include <algorithm>
#include <numeric>

#include "cli/progress.hpp"

namespace tendon::cli {
namespace {

const char* describe_engine(const std::string& name) {
  if (name == "golden") {
    return "the normative arithmetic, Eigen";
  }
  if (name == "cpu") {
    return "kernels of the board library, on this processor";
  }
  return "Verilated RTL behind the board library's driver";
}

/// The first window from the middle on that is right; the middle one when none is.
std::size_t choose_window(const std::vector<int>& labels, const std::vector<int>& truth) {
  for (std::size_t i = labels.size() / 2; i < labels.size(); ++i) {
    if (labels[i] == truth[i]) {
      return i;
    }
  }
  return labels.size() / 2;
}

Json tensor_json(const net::Tensor& tensor, const std::string& name,
                 const std::vector<std::int16_t>& codes) {
  return {{"name", name},
          {"rows", tensor.shape.rows},
          {"columns", tensor.shape.columns},
          {"channels", tensor.shape.channels},
          {"bits", tensor.bits},
          {"lo", tensor.code_min()},
          {"hi", tensor.code_max()},
          {"codes", codes}};
}

bool bit_exact(const Race& race) { return race.first_difference.empty(); }

std::uint64_t mismatches(const Race& race) {
  return std::accumulate(
      race.runs.begin(), race.runs.end(), std::uint64_t{0},
      [](std::uint64_t sum, const EngineRun& run) { return sum + run.mismatches; });
}

double per_second(double count, double seconds) { return seconds > 0 ? count / seconds : 0; }

}  // namespace

Result<DemoResult> demonstrate(const Loaded& loaded, const CodedWindows& windows,
                               const RaceOptions& options) {
  Progress progress("windows", windows.codes.size());
  auto raced = race(loaded.network, loaded.program, windows.codes, options,
                    [&progress] { progress.step(); });
  if (!raced) {
    return raced.error();
  }
  auto cycles = bench(loaded, options.engine.config, 1);
  if (!cycles) {
    return cycles.error();
  }
  DemoResult out;
  const std::size_t classes = loaded.network.classes.size();
  const std::vector<int>& labels = raced->runs.front().labels;
  out.confusion.assign(classes, std::vector<std::uint64_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    ++out.confusion.at(static_cast<std::size_t>(windows.label[i]))
          .at(static_cast<std::size_t>(labels[i]));
    out.right += labels[i] == windows.label[i] ? 1 : 0;
  }
  out.shown = choose_window(labels, windows.label);
  out.race = std::move(*raced);
  out.bench = std::move(*cycles);
  return out;
}

Json to_json(const DemoResult& result, const Loaded& loaded, const CodedWindows& windows,
             const std::string& source, const std::string& config) {
  Json json = to_json(result.bench, loaded.network, config);
  const auto count = static_cast<double>(windows.codes.size());
  json["source"] = source;
  json["windows"] = windows.codes.size();
  json["accuracy"] = static_cast<double>(result.right) / count;
  json["bit_exact"] = bit_exact(result.race);
  json["compared_values"] = result.race.compared_values;
  json["mismatches"] = mismatches(result.race);
  json["saturated"] = windows.saturated;
  json["classes"] = loaded.network.classes;
  json["confusion"] = result.confusion;
  for (const EngineRun& run : result.race.runs) {
    json["engines"].push_back(run.name);
    json["engine_runs"].push_back(
        {{"name", run.name},
         {"what", describe_engine(run.name)},
         {"windows", run.windows},
         {"seconds", run.seconds},
         {"windows_per_second", per_second(static_cast<double>(run.windows), run.seconds)},
         {"cycles_per_second", per_second(static_cast<double>(run.simulated_cycles), run.seconds)},
         {"compared_values", run.compared_values},
         {"mismatches", run.mismatches}});
  }
  for (std::size_t i = 0; i < loaded.network.layers.size(); ++i) {
    std::uint64_t different = 0;
    for (const EngineRun& run : result.race.runs) {
      different += run.layer_mismatches[i];
    }
    json["layers"][i]["bit_exact"] = different == 0;
  }
  return json;
}

Json window_json(const DemoResult& result, const Loaded& loaded, const CodedWindows& windows,
                 double rate_hz, const engine::RunResult& run) {
  const net::Network& network = loaded.network;
  const net::Tensor& input = network.tensors.front();
  const auto channels = static_cast<std::size_t>(input.shape.channels);
  const std::vector<std::uint8_t>& codes = windows.codes[result.shown];
  Json json;
  json["index"] = result.shown;
  json["truth"] = windows.label[result.shown];
  json["label"] = run.label;
  json["sample_rate_hz"] = rate_hz;
  json["full_scale"] = input.code_max();
  for (std::size_t at = 0; at < codes.size(); at += channels) {
    json["samples"].push_back(
        std::vector<int>(codes.begin() + static_cast<std::ptrdiff_t>(at),
                         codes.begin() + static_cast<std::ptrdiff_t>(at + channels)));
  }
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const net::Layer& layer = network.layers[i];
    const net::Tensor& tensor = network.tensors[static_cast<std::size_t>(layer.output)];
    json["tensors"].push_back(tensor_json(tensor, layer.name, run.layers[i].codes));
  }
  const net::Tensor& last = network.tensors[static_cast<std::size_t>(network.layers.back().output)];
  for (const std::int16_t code : run.layers.back().codes) {
    json["scores"].push_back(static_cast<double>(last.scale) * (code - last.zero_point));
  }
  return json;
}

std::string to_text(const DemoResult& result, const Loaded& loaded) {
  Table table({"layer", "output", "weights", "activations", "bit-exact", "cycles", "predicted",
               "utilization"});
  for (std::size_t i = 0; i < result.bench.figures.layers.size(); ++i) {
    const LayerMeasure& layer = result.bench.figures.layers[i];
    std::uint64_t different = 0;
    for (const EngineRun& run : result.race.runs) {
      different += run.layer_mismatches[i];
    }
    table.row({layer.name, layer.shape, std::to_string(layer.weight_bits) + " bit",
               std::to_string(layer.activation_bits) + " bit", different == 0 ? "yes" : "NO",
               grouped(layer.counters.cycles), grouped(layer.predicted_cycles),
               percent(layer.utilization)});
  }
  const Measure& figures = result.bench.figures;
  table.row({"network", "", "", "", bit_exact(result.race) ? "yes" : "NO",
             grouped(figures.total.cycles), grouped(figures.predicted_cycles),
             percent(figures.utilization)});
  Table engines({"engine", "windows", "seconds", "windows/s", "against golden"});
  for (const EngineRun& run : result.race.runs) {
    engines.row({run.name, grouped(run.windows), fixed(run.seconds, 2),
                 fixed(per_second(static_cast<double>(run.windows), run.seconds), 1),
                 run.compared_values == 0 ? "reference"
                                          : grouped(run.compared_values) + " values, " +
                                                grouped(run.mismatches) + " windows differ"});
  }
  const EngineRun& rtl = result.race.runs.back();
  const auto windows = static_cast<double>(result.race.runs.front().windows);
  return "accuracy     " + percent(static_cast<double>(result.right) / windows) + " of " +
         grouped(result.race.runs.front().windows) + " windows\nbit-exact    " +
         (bit_exact(result.race)
              ? "yes, " + grouped(result.race.compared_values) + " values compared"
              : "NO: " + result.race.first_difference) +
         "\nRTL          " + grouped(figures.total.cycles) + " cycles a window, utilization " +
         percent(figures.utilization) + "\nsimulation   " +
         grouped(static_cast<std::uint64_t>(
             per_second(static_cast<double>(rtl.simulated_cycles), rtl.seconds))) +
         " cycles per second\nsize         " +
         grouped(static_cast<std::uint64_t>(net::payload_bytes(loaded.network))) +
         " bytes of weights and scales\n\n" + table.text() + "\n" + engines.text();
}

}  // namespace tendon::cli
