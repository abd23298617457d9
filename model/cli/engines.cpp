// SPDX-License-Identifier: MIT
#include "cli/engines.hpp"

#include <algorithm>
#include <sstream>

#include "cli/progress.hpp"

namespace tendon::cli {
namespace {

/// Adds the comparison of one window to `run`; true when they are the same.
bool count_comparison(const net::Network& network, const engine::RunResult& want,
                      const engine::RunResult& got, EngineRun& run, std::string& text) {
  const Comparison comparison = compare(network, want, got);
  run.compared_values += comparison.values;
  if (!comparison.first) {
    return true;
  }
  ++run.mismatches;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    run.layer_mismatches[i] += network.layers[i].name == comparison.first->layer ? 1 : 0;
  }
  text = to_string(*comparison.first);
  return false;
}

}  // namespace

Result<std::vector<std::string>> parse_engines(const std::string& text) {
  const std::vector<std::string> known = engine::names();
  std::string list;
  for (const std::string& name : known) {
    list += (list.empty() ? "" : ", ") + name;
  }
  std::vector<std::string> out;
  std::istringstream words(text);
  for (std::string name; std::getline(words, name, ',');) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Error{"no engine \"" + name + "\" in this build (there are " + list + ")"};
    }
    if (std::find(out.begin(), out.end(), name) != out.end()) {
      return Error{"engine \"" + name + "\" is named twice"};
    }
    out.push_back(name);
  }
  if (out.empty()) {
    return Error{"no engine named (there are " + list + ")"};
  }
  return out;
}

Result<Race> race(const net::Network& network, const std::vector<std::uint8_t>& program,
                  const std::vector<std::vector<std::uint8_t>>& windows, const RaceOptions& options,
                  const std::function<void()>& step) {
  std::vector<std::unique_ptr<engine::Engine>> engines;
  Race out;
  for (const std::string& name : options.engines) {
    auto made = engine::make(name, options.engine);
    if (!made) {
      return made.error();
    }
    engines.push_back(std::move(*made));
    if (const Status loaded = engines.back()->load(program); !loaded) {
      return loaded.error();
    }
    EngineRun run;
    run.name = name;
    run.layer_mismatches.resize(network.layers.size());
    out.runs.push_back(std::move(run));
  }
  for (std::size_t w = 0; w < windows.size(); ++w) {
    for (std::size_t e = 0; e < engines.size(); ++e) {
      EngineRun& run = out.runs[e];
      const double start = steady_seconds();
      auto result = engines[e]->run(windows[w], true);
      run.seconds += steady_seconds() - start;
      if (!result) {
        return Error{"window " + std::to_string(w) + ": " + result.error().message};
      }
      ++run.windows;
      run.labels.push_back(result->label);
      run.simulated_cycles = engines[e]->simulated_cycles();
      run.last = std::move(*result);
      std::string text;
      if (e > 0 && !count_comparison(network, out.runs[0].last, run.last, run, text)) {
        if (out.first_difference.empty()) {
          out.first_difference = run.name + " against " + out.runs[0].name + ", window " +
                                 std::to_string(w) + ": " + text;
        }
        if (options.stop_at_difference) {
          out.compared_values += run.compared_values;
          return out;
        }
      }
    }
    step();
  }
  for (const EngineRun& run : out.runs) {
    out.compared_values += run.compared_values;
  }
  return out;
}

}  // namespace tendon::cli
