// SPDX-License-Identifier: MIT
// libFuzzer target for the compiler's own reader of .tdn files: a program that it gives back is
// legal.
#include <cstdlib>
#include <vector>

#include "compiler/program.hpp"
#include "seal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> file(data, data + size);
  for (int pass = 0; pass < 2; ++pass) {
    const auto program = tendon::compiler::read(file);
    if (program) {
      if (!tendon::net::check(program->network)) std::abort();
      if (tendon::compiler::memory_map(*program, size).empty()) std::abort();
    }
    tendon::fuzz::seal(file.data(), file.size());
  }
  return 0;
}
