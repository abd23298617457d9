// SPDX-License-Identifier: MIT
#include <cstdarg>
#include <cstdio>

#include "compiler/program.hpp"
#include "tendon/tendon_program.h"

namespace tendon::compiler {
namespace {

__attribute__((format(printf, 2, 3))) void print(std::string& out, const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  out += line;
}

void print_image(const net::Network& network, const Image& image, std::string& out) {
  const Geometry& g = image.geometry;
  print(out,
        "\n%s (%dx%dx%d): activation memory %d words, weight memory %d lines (%zu bytes), %d "
        "parameter "
        "entries, loading %u cycles\n",
        g.name.c_str(), g.rows, g.columns, g.lanes, g.act_words, g.weight_lines,
        image.weights.size(), g.param_entries, image.load_cycles);
  print(out, "  %-16s %-10s %10s %10s %12s\n", "layer", "kind", "in word", "out word", "cycles");
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    const net::Layer& layer = network.layers[i];
    const LayerPlace& place = image.layers[i];
    print(out, "  %-16s %-10s ", layer.name.c_str(), net::to_string(layer.kind));
    if (!place.on_accelerator) {
      print(out, "CPU: %s\n", reason_text(place.reason));
      continue;
    }
    print(out, "%10u %10u %12u\n", place.in_base[0], place.out_base, place.predicted_cycles);
    total += place.predicted_cycles;
  }
  print(out, "  %-16s %-10s %10s %10s %12llu\n", "total", "", "", "",
        static_cast<unsigned long long>(total));
}

}  // namespace

const char* reason_text(std::uint32_t reason) {
  switch (reason) {
    case TENDON_REASON_NONE:
      return "none";
    case TENDON_REASON_KIND:
      return "the build has no such layer kind";
    case TENDON_REASON_ROUNDING:
      return "the build has no such rounding mode";
    case TENDON_REASON_MEMORY:
      return "does not fit the memories";
    case TENDON_REASON_RANGE:
      return "a descriptor field would overflow";
    case TENDON_REASON_NO_DEVICE:
      return "no device";
    case TENDON_REASON_NO_IMAGE:
      return "no image for this geometry";
    case TENDON_REASON_POLICY:
      return "the caller asked for the CPU";
    case TENDON_REASON_SLOWER:
      return "the CPU is predicted to be faster";
    case TENDON_REASON_FAILED:
      return "the device failed";
    default:
      return "unknown reason";
  }
}

std::string memory_map(const Program& program, std::size_t file_bytes) {
  const net::Network& network = program.network;
  std::string out;
  print(out, "%s: %zu layers, %zu tensors, payload %lld bytes, file %zu bytes, id %08X\n",
        network.name.c_str(), network.layers.size(), network.tensors.size(),
        static_cast<long long>(net::payload_bytes(network)), file_bytes, program.network_id);
  for (const net::Layer& layer : network.layers) {
    const net::Tensor& in = network.tensors[static_cast<std::size_t>(layer.inputs[0])];
    const net::Tensor& to = network.tensors[static_cast<std::size_t>(layer.output)];
    print(out, "  %-16s %-10s %s A%d -> %s A%d", layer.name.c_str(), net::to_string(layer.kind),
          net::to_string(in.shape).c_str(), in.bits, net::to_string(to.shape).c_str(), to.bits);
    if (!layer.weights.empty()) print(out, ", W%d", layer.weight_bits);
    print(out, ", %lld MAC, |sum| <= %lld\n", static_cast<long long>(net::macs(network, layer)),
          static_cast<long long>(net::accumulator_bound(network, layer)));
  }
  for (const Image& image : program.images) print_image(network, image, out);
  return out;
}

}  // namespace tendon::compiler
