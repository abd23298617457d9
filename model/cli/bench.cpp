// SPDX-License-Identifier: MIT
#include "cli/bench.hpp"

#include <chrono>

#include "cli/compare.hpp"
#include "cli/source.hpp"

namespace tendon::cli {

Result<BenchResult> bench(const Loaded& loaded, const std::string& config, std::uint64_t seed,
                          const std::string& engine) {
  engine::Options options;
  options.config = config;
  auto golden = engine::make("golden", options);
  auto device = engine::make(engine, options);
  if (!golden || !device) {
    return golden ? device.error() : golden.error();
  }
  for (engine::Engine* each : {golden->get(), device->get()}) {
    if (const Status accepted = each->load(loaded.program); !accepted) {
      return accepted.error();
    }
  }
  // The first window brings the weights and proves that the figures belong to right answers.
  const CodedWindows windows = random_windows(loaded.network, 2, seed);
  const auto want = (*golden)->run(windows.codes[0], true);
  const std::uint64_t cycles_before = (*device)->simulated_cycles();
  const auto time_before = std::chrono::steady_clock::now();
  const auto got = (*device)->run(windows.codes[0], true);
  if (!want || !got) {
    return want ? got.error() : want.error();
  }
  if (const Comparison same = compare(loaded.network, *want, *got); same.first) {
    return Error{engine + " against golden: " + to_string(*same.first)};
  }
  const auto steady = (*device)->run(windows.codes[1], false);
  if (!steady) {
    return steady.error();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - time_before;
  const auto simulated = static_cast<double>((*device)->simulated_cycles() - cycles_before);
  auto figures = measure(loaded.network, *steady, loaded.predicted, loaded.array);
  if (!figures) {
    return figures.error();
  }
  return BenchResult{std::move(*figures), seconds.count() > 0 ? simulated / seconds.count() : 0.0,
                     got->total.cycles};
}

Json to_json(const BenchResult& result, const net::Network& network, const std::string& config) {
  Json json;
  json["network"] = network.name;
  json["config"] = config;
  json["payload_bytes"] = net::payload_bytes(network);
  json["total"] = total_to_json(result.figures);
  json["cycles_per_second"] = result.cycles_per_second;
  json["first_window_cycles"] = result.first_window_cycles;
  for (const LayerMeasure& layer : result.figures.layers) {
    json["layers"].push_back(to_json(layer));
  }
  return json;
}

}  // namespace tendon::cli
