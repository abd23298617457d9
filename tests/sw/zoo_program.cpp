// SPDX-License-Identifier: MIT
// sw_zoo_program NETWORK WEIGHT_BITS INPUT_BITS FILE.tdn WINDOWS BUNDLE
// [LARGEST_WEIGHT LARGEST_CODE]: a network with seeded weights, compiled, 20 random windows, and
// both with the golden model's tensors as a bundle for kernel_check. NETWORK: a name of the zoo, a
// description in JSON, or a layer without weights, which these do not have by itself: max_pool,
// avg_pool (of two columns), add, table and gemm, of 50 positions of 64 channels, with themselves.
// WEIGHT_BITS: one width, or one per layer, with commas. INPUT_BITS: of the layers behind the
// first; of a single layer, its own. Weights are clamped to magnitudes of LARGEST_WEIGHT, codes of
// the windows to LARGEST_CODE.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "case_bundle.hpp"
#include "compiler/program.hpp"
#include "zoo/zoo.hpp"

namespace {

constexpr std::uint64_t kSeed = 1;
constexpr int kWindows = 20;

bool write(const char* path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

int fail(const std::string& what) {
  std::fprintf(stderr, "sw_zoo_program: %s\n", what.c_str());
  return 1;
}

tendon::net::Network layer_without_weights(tendon::net::LayerKind kind) {
  namespace net = tendon::net;
  net::Network network;
  net::Tensor in;
  in.name = "in";
  in.shape = {1, 50, 64};
  in.scale = 1.0f;
  net::Tensor out = in;
  out.name = "out";
  net::Layer layer;
  layer.name = network.name = net::to_string(kind);
  layer.kind = kind;
  layer.inputs = {0};
  layer.output = 1;
  layer.hi = 255;
  if (kind != net::LayerKind::kTable) layer.inputs.push_back(0);
  if (kind == net::LayerKind::kAdd) layer.requant = {{1 << 23, 24}, {1 << 23, 24}};
  if (kind == net::LayerKind::kMaxPool || kind == net::LayerKind::kAvgPool) {
    layer.column = {2, 2, 1, 0, 0};
    layer.inputs = {0};
    out.shape.columns /= 2;
  }
  if (kind == net::LayerKind::kAvgPool) layer.requant = {{1 << 23, 24}};
  if (kind == net::LayerKind::kGemm) {
    out.shape.channels = in.shape.columns;
    layer.requant = {{1 << 23, 23 + 13}};
  }
  for (int i = 0; i < 256; ++i) {
    if (kind == net::LayerKind::kTable) {
      layer.table.push_back(static_cast<std::int8_t>(static_cast<std::uint8_t>(i * i)));
    }
    network.input_coding.table.push_back(static_cast<std::uint8_t>(i));
  }
  network.input_coding.gain.assign(64, 1.0f);
  network.tensors = {in, out};
  network.layers = {layer};
  return network;
}

tendon::Result<tendon::net::Network> make_network(const std::string& name,
                                                  const std::vector<int>& bits, int input_bits) {
  using tendon::net::LayerKind;
  for (const LayerKind kind : {LayerKind::kMaxPool, LayerKind::kAvgPool, LayerKind::kAdd,
                               LayerKind::kTable, LayerKind::kGemm}) {
    if (name == tendon::net::to_string(kind)) return layer_without_weights(kind);
  }
  if (name[0] != '{') return tendon::zoo::random_network(name, bits, {input_bits}, kSeed);
  const auto description = tendon::zoo::parse_description(name);
  if (!description) return description.error();
  return tendon::zoo::random_network(*description, bits, {input_bits}, kSeed);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7 && argc != 9) {
    return fail(
        "usage: NETWORK WEIGHT_BITS INPUT_BITS FILE.tdn WINDOWS BUNDLE "
        "[LARGEST_WEIGHT LARGEST_CODE]");
  }
  std::vector<int> bits;
  std::istringstream list(argv[2]);
  for (std::string width; std::getline(list, width, ',');) bits.push_back(std::stoi(width));
  auto network = make_network(argv[1], bits, std::stoi(argv[3]));
  if (!network) return fail(network.error().message);
  const int largest_weight = argc > 7 ? std::stoi(argv[7]) : 128;
  const int largest_code = argc > 7 ? std::stoi(argv[8]) : 255;
  for (auto& layer : network->layers) {
    for (auto& w : layer.weights) {
      w = static_cast<std::int8_t>(std::clamp<int>(w, -largest_weight, largest_weight));
    }
  }
  const auto program = tendon::compiler::compile(*network, std::vector<std::string>{});
  if (!program) return fail(program.error().message);
  std::vector<std::vector<std::uint8_t>> windows;
  std::vector<std::uint8_t> joined;
  for (int i = 0; i < kWindows; ++i) {
    windows.push_back(tendon::zoo::random_window(*network, kSeed + static_cast<std::uint64_t>(i)));
    for (auto& code : windows.back()) {
      code = static_cast<std::uint8_t>(std::min<int>(code, largest_code));
    }
    joined.insert(joined.end(), windows.back().begin(), windows.back().end());
  }
  tendon::test::CaseBundle bundle;
  if (const auto added = bundle.add(argv[1], *network, *program, windows); !added) {
    return fail(added.error().message);
  }
  if (!write(argv[4], *program)) return fail(std::string("cannot write ") + argv[4]);
  if (!write(argv[5], joined)) return fail(std::string("cannot write ") + argv[5]);
  if (!write(argv[6], bundle.bytes())) return fail(std::string("cannot write ") + argv[6]);
  return 0;
}
