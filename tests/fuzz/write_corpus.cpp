// SPDX-License-Identifier: MIT
// fuzz_write_corpus DIR: seeds of the fuzzers that are no text, in one folder per target: a small
// legal program per layer kind and a whole network with an accelerator image; an ONNX file per
// layer kind; a recording as a MAT file.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "data/data.hpp"
#include "onnx/onnx.hpp"
#include "program_writer.hpp"
#include "random_network.hpp"

namespace {

using tendon::test::Random;

bool write(const std::string& path, const void* bytes, std::size_t size) {
  std::ofstream file(path, std::ios::binary);
  file.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  return file.good();
}

/// A network of one layer of this kind whose program has at most 3000 bytes.
tendon::net::Network small_layer(int kind, Random& random) {
  tendon::test::LayerSpec spec;
  spec.kind = static_cast<tendon::net::LayerKind>(kind);
  spec.activation_bits = spec.weight_bits = 4;
  spec.rounding = tendon::net::Rounding::kEven;
  tendon::net::Network network;
  do {
    network = tendon::test::random_layer(spec, random);
  } while (tendon::test::write_program(network).size() > 3000);
  return network;
}

bool write_mat(const std::string& path) {
  tendon::data::Recording recording;
  recording.name = "seed";
  recording.rate_hz = 100.0;
  recording.channels = 2;
  recording.label = {0, 3, 3, 0};
  recording.repetition = {1, 1, 1, 1};
  recording.samples = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 2.5f, 3.0f, 3.5f};
  return tendon::data::write_mat(path, recording).has_value();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const std::string folder = argv[1];
  for (const char* target : {"program", "onnx", "mat"}) {
    std::filesystem::create_directories(folder + "/" + target);
  }
  Random random(1);
  const auto whole =
      tendon::test::write_program(tendon::test::small_network(random), {true, true, false, true});
  bool good = write(folder + "/program/network.tdn", whole.data(), whole.size());
  for (int kind = 1; kind <= 8; ++kind) {
    const std::string name = "/kind" + std::to_string(kind);
    const tendon::net::Network network = small_layer(kind, random);
    const auto program = tendon::test::write_program(network);
    good = write(folder + "/program" + name + ".tdn", program.data(), program.size()) && good;
    const auto onnx = tendon::onnx::encode(network);
    good = onnx && write(folder + "/onnx" + name, onnx->data(), onnx->size()) && good;
  }
  good = write_mat(folder + "/mat/version5") && good;
  return good ? 0 : 1;
}
