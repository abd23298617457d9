// SPDX-License-Identifier: MIT
// sw_zoo_program NETWORK WEIGHT_BITS FILE.tdn WINDOWS: a zoo network with seeded weights, compiled,
// and 20 random windows. WEIGHT_BITS: one width, or one per layer, with commas.
#include <cstdio>
#include <fstream>
#include <sstream>

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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return fail("usage: NETWORK WEIGHT_BITS FILE.tdn WINDOWS");
  std::vector<int> bits;
  std::istringstream list(argv[2]);
  for (std::string width; std::getline(list, width, ',');) bits.push_back(std::stoi(width));
  const auto network = tendon::zoo::random_network(argv[1], bits, {8}, kSeed);
  if (!network) return fail(network.error().message);
  const auto program = tendon::compiler::compile(*network, std::vector<std::string>{});
  if (!program) return fail(program.error().message);
  std::vector<std::uint8_t> windows;
  for (int i = 0; i < kWindows; ++i) {
    const auto window = tendon::zoo::random_window(*network, kSeed + static_cast<std::uint64_t>(i));
    windows.insert(windows.end(), window.begin(), window.end());
  }
  if (!write(argv[3], *program)) return fail(std::string("cannot write ") + argv[3]);
  if (!write(argv[4], windows)) return fail(std::string("cannot write ") + argv[4]);
  return 0;
}
