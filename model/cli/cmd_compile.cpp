// SPDX-License-Identifier: MIT
// tendon compile: network to program file, with the memory map.

#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "compiler/program.hpp"
#include "onnx/onnx.hpp"

namespace tendon::cli {
namespace {

struct Options {
  std::string in;
  std::string out;
  std::vector<std::string> configs{"base"};
  std::string json;
};

Json image_json(const compiler::Image& image, const net::Network& network) {
  Json json;
  std::uint64_t cycles = 0;
  json["config"] = image.geometry.name;
  json["activation_words"] = image.geometry.act_words;
  json["weight_lines"] = image.geometry.weight_lines;
  json["parameter_entries"] = image.geometry.param_entries;
  json["load_cycles"] = image.load_cycles;
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    const compiler::LayerPlace& place = image.layers[i];
    cycles += place.predicted_cycles;
    json["layers"].push_back({{"name", network.layers[i].name},
                              {"on_accelerator", place.on_accelerator},
                              {"reason", compiler::reason_text(place.reason)},
                              {"predicted_cycles", place.predicted_cycles}});
  }
  json["predicted_cycles"] = cycles;
  return json;
}

Status compile(const Options& options) {
  const auto network = onnx::read(options.in);
  if (!network) {
    return Error{options.in + ": " + network.error().message};
  }
  const auto bytes = compiler::compile(*network, options.configs);
  if (!bytes) {
    return Error{options.in + ": " + bytes.error().message};
  }
  // What is printed is what a reader of the file will find, not what the compiler meant to write.
  const auto program = compiler::read(*bytes);
  if (!program) {
    return Error{"the compiled program cannot be read back: " + program.error().message};
  }
  std::string out = options.out;
  if (out.empty()) {
    out = options.in.substr(0, options.in.rfind('.')) + ".tdn";
  }
  if (const Status written = write_file(out, std::string(bytes->begin(), bytes->end())); !written) {
    return written;
  }
  std::printf("%s\n%s: %s bytes\n", compiler::memory_map(*program, bytes->size()).c_str(),
              out.c_str(), grouped(bytes->size()).c_str());
  Json json;
  json["network"] = network->name;
  json["out"] = out;
  json["bytes"] = bytes->size();
  json["payload_bytes"] = net::payload_bytes(*network);
  for (const compiler::Image& image : program->images) {
    json["images"].push_back(image_json(image, *network));
  }
  return write_json(options.json, json);
}

}  // namespace

void add_compile(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("compile", "Compile a network to a program file (.tdn)");
  auto options = std::make_shared<Options>();
  command->add_option("NETWORK", options->in, "quantized network (.onnx)")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("-o,--out", options->out, "program to write; default: NETWORK with .tdn");
  command
      ->add_option("--config", options->configs,
                   "accelerators to make an image for: tiny,base,wide")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--json", options->json, "write the figures to FILE");
  command->callback([options, &session] { session.status = compile(*options); });
}

}  // namespace tendon::cli
