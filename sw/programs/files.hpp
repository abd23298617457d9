// SPDX-License-Identifier: MIT
// Files and memory for the programs: whole files, aligned as tendon.h wants it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tendon::programs {

/// Memory on a TENDON_ALIGN boundary; exits with a message when there is none.
void* aligned_memory(std::size_t bytes);

struct File {
  std::uint8_t* data;
  std::size_t bytes;
};

/// Reads a whole file ("-": standard input). Exits with a message that names it on failure.
File read_file(const char* path);

/// Prints one line to stderr and exits with 1.
[[noreturn]] void die(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace tendon::programs
