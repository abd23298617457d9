// SPDX-License-Identifier: MIT
// fuzz_write_corpus DIR: the seeds of the fuzzer, one small legal program per layer kind and one
// whole network with an accelerator image.
#include <cstdio>
#include <fstream>

#include "program_writer.hpp"
#include "random_network.hpp"

int main(int argc, char** argv) {
  using namespace tendon::test;
  if (argc != 2) return 1;
  Random random(1);
  const auto write = [&](const std::string& name, const std::vector<std::uint8_t>& bytes) {
    std::ofstream file(std::string(argv[1]) + "/" + name + ".tdn", std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return file.good();
  };
  bool good = write("network", write_program(small_network(random), {true, true, false, true}));
  for (int kind = 1; kind <= 8; ++kind) {
    std::vector<std::uint8_t> bytes;
    do {
      const LayerSpec spec{static_cast<tendon::net::LayerKind>(kind),
                           4,
                           4,
                           8,
                           tendon::net::WeightGrid::kTwos,
                           tendon::net::Rounding::kEven};
      bytes = write_program(random_layer(spec, random));
    } while (bytes.size() > 3000);
    good = write("kind" + std::to_string(kind), bytes) && good;
  }
  return good ? 0 : 1;
}
