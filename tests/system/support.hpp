// SPDX-License-Identifier: MIT
// What the system tests share: compiled networks, and one window on several engines.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "cli/engines.hpp"
#include "cli/network_file.hpp"
#include "cli/source.hpp"
#include "zoo/zoo.hpp"

namespace tendon::system_test {

/// TENDON_LONG=1 asks for the long campaigns.
inline bool is_long() { return std::getenv("TENDON_LONG") != nullptr; }

inline cli::Loaded compiled(net::Network network, const std::string& config = "base") {
  auto loaded = cli::compile_network(std::move(network), config);
  if (!loaded) {
    ADD_FAILURE() << loaded.error().message;
    return {};
  }
  return std::move(*loaded);
}

inline cli::Loaded zoo_network(const std::string& name, const std::vector<int>& weights,
                               const std::vector<int>& activations,
                               const std::string& config = "base") {
  auto network = zoo::random_network(name, weights, activations, 1);
  if (!network) {
    ADD_FAILURE() << network.error().message;
    return {};
  }
  return compiled(std::move(*network), config);
}

inline cli::RaceOptions all_engines(const std::string& config = "base",
                                    std::uint64_t stall_seed = 0) {
  cli::RaceOptions options;
  options.engines = {"golden", "cpu", "rtl"};
  options.engine.config = config;
  options.engine.stall_seed = stall_seed;
  return options;
}

/// Random windows on all engines; fails with engine, window, layer and values at the first
/// difference. Returns the values compared.
inline std::uint64_t expect_same(const cli::Loaded& loaded, int windows, std::uint64_t seed,
                                 const cli::RaceOptions& options) {
  const auto codes = cli::random_windows(loaded.network, windows, seed).codes;
  const auto race = cli::race(loaded.network, loaded.program, codes, options, [] {});
  if (!race) {
    ADD_FAILURE() << "seed " << seed << ": " << race.error().message;
    return 0;
  }
  EXPECT_EQ(race->first_difference, "") << "seed " << seed;
  return race->compared_values;
}

}  // namespace tendon::system_test
