// SPDX-License-Identifier: MIT
#include "programs/files.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tendon/tendon.h"

namespace tendon::programs {

void die(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  // False alarm of clang-tidy 14: va_start() is the line above.
  // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized)
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::exit(1);
}

void* aligned_memory(std::size_t bytes) {
  const std::size_t whole = (bytes + TENDON_ALIGN - 1) / TENDON_ALIGN * TENDON_ALIGN;
  void* memory = std::aligned_alloc(TENDON_ALIGN, whole == 0 ? TENDON_ALIGN : whole);
  if (memory == nullptr) die("no memory for %zu bytes", bytes);
  return memory;
}

File read_file(const char* path) {
  std::FILE* file = std::strcmp(path, "-") == 0 ? stdin : std::fopen(path, "rb");
  if (file == nullptr) die("%s: %s", path, std::strerror(errno));
  File content = {nullptr, 0};
  std::size_t room = 0;
  while (true) {
    if (content.bytes == room) {
      room = room == 0 ? 65536 : 2 * room;
      auto* larger = static_cast<std::uint8_t*>(aligned_memory(room));
      if (content.bytes > 0) std::memcpy(larger, content.data, content.bytes);
      std::free(content.data);
      content.data = larger;
    }
    const std::size_t got = std::fread(content.data + content.bytes, 1, room - content.bytes, file);
    if (got == 0) break;
    content.bytes += got;
  }
  if (std::ferror(file) != 0) die("%s: %s", path, std::strerror(errno));
  if (file != stdin) std::fclose(file);
  return content;
}

}  // namespace tendon::programs
