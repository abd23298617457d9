// SPDX-License-Identifier: MIT
// A network as the commands take it: program file, ONNX file or a name of the zoo.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/measure.hpp"
#include "net/network.hpp"

namespace tendon::cli {

struct NetworkOptions {
  std::string network;            // net.tdn, net.onnx, or a name of the zoo
  std::string config = "base";    // accelerator geometry
  std::string weights = "8";      // zoo only
  std::string activations = "8";  // zoo only
  std::uint64_t seed = 1;         // zoo only: weights
};

/// NETWORK, --config, --weights, --activations, --seed
void add_network_options(CLI::App& command, NetworkOptions& options);

struct Loaded {
  net::Network network;
  std::vector<std::uint8_t> program;     // .tdn
  std::vector<std::uint64_t> predicted;  // cycles per layer on `config`; 0: not there
  Array array;                           // geometry of `config`
};

/// A .tdn is taken as it is; ONNX and zoo networks are compiled for `config`. Error: unreadable or
/// damaged file (names it), unknown zoo or configuration name (lists them), a .tdn without an image
/// for `config`, a network that cannot be compiled.
Result<Loaded> load_network(const NetworkOptions& options);

/// Compiles a network for `config` alone. Error: as load_network().
Result<Loaded> compile_network(net::Network network, const std::string& config);

/// Cycles of one window by the compiler's model. Error: as load_network().
Result<std::int64_t> predicted_cycles(const net::Network& network, const std::string& config);

}  // namespace tendon::cli
