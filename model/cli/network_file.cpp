// SPDX-License-Identifier: MIT
#include "cli/network_file.hpp"

#include "cli/output.hpp"
#include "compiler/program.hpp"
#include "onnx/onnx.hpp"
#include "quant/quant.hpp"
#include "zoo/zoo.hpp"

namespace tendon::cli {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Result<Loaded> from_program(std::vector<std::uint8_t> bytes, const std::string& config) {
  const auto geometry = compiler::find_geometry(config);
  if (!geometry) {
    return geometry.error();
  }
  auto program = compiler::read(bytes);
  if (!program) {
    return program.error();
  }
  Loaded out;
  out.array = {geometry->rows, geometry->columns, geometry->lanes};
  out.predicted.assign(program->network.layers.size(), 0);
  std::string known;
  bool found = false;
  for (const compiler::Image& image : program->images) {
    known += (known.empty() ? "" : ", ") + image.geometry.name;
    if (image.geometry.name != config) {
      continue;
    }
    found = true;
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
      out.predicted[i] = image.layers[i].predicted_cycles;
    }
  }
  if (!found) {
    return Error{"the program has no image for \"" + config + "\" (it has " +
                 (known.empty() ? "none" : known) + ")"};
  }
  out.network = std::move(program->network);
  out.program = std::move(bytes);
  return out;
}

Result<net::Network> from_zoo(const NetworkOptions& options) {
  const auto weights = quant::parse_bits(options.weights);
  const auto activations = quant::parse_bits(options.activations);
  if (!weights || !activations) {
    return weights ? activations.error() : weights.error();
  }
  return zoo::random_network(options.network, *weights, *activations, options.seed);
}

}  // namespace

void add_network_options(CLI::App& command, NetworkOptions& options) {
  command
      .add_option("NETWORK", options.network,
                  "program (.tdn), network (.onnx), or a name of the zoo (random weights)")
      ->required();
  command.add_option("--config", options.config, "accelerator: tiny, base, wide")
      ->capture_default_str();
  command.add_option("--weights", options.weights, "zoo: weight bits per layer, 8/4/4/2/8 or 8")
      ->capture_default_str();
  command.add_option("--activations", options.activations, "zoo: bits of the layers' inputs")
      ->capture_default_str();
  command.add_option("--seed", options.seed, "zoo: seed of the weights")->capture_default_str();
}

Result<Loaded> compile_network(net::Network network, const std::string& config) {
  auto program = compiler::compile(network, std::vector<std::string>{config});
  return program ? from_program(std::move(*program), config) : Result<Loaded>(program.error());
}

Result<Loaded> load_network(const NetworkOptions& options) {
  const std::string& path = options.network;
  const auto named = [&path](const Error& error) { return Error{path + ": " + error.message}; };
  if (ends_with(path, ".tdn")) {
    auto bytes = read_file(path);
    if (!bytes) {
      return bytes.error();
    }
    auto loaded = from_program(std::move(*bytes), options.config);
    return loaded ? std::move(loaded) : Result<Loaded>(named(loaded.error()));
  }
  auto network = ends_with(path, ".onnx") ? onnx::read(path) : from_zoo(options);
  if (!network) {
    return named(network.error());
  }
  auto loaded = compile_network(std::move(*network), options.config);
  return loaded ? std::move(loaded) : Result<Loaded>(named(loaded.error()));
}

Result<std::int64_t> predicted_cycles(const net::Network& network, const std::string& config) {
  const auto loaded = compile_network(network, config);
  if (!loaded) {
    return loaded.error();
  }
  std::int64_t sum = 0;
  for (const std::uint64_t cycles : loaded->predicted) {
    sum += static_cast<std::int64_t>(cycles);
  }
  return sum;
}

}  // namespace tendon::cli
