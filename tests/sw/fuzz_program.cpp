// SPDX-License-Identifier: MIT
// libFuzzer target for .tdn files: check, load and run must never touch memory that is not theirs.
// CRCs are made right first, or nothing behind them would ever be reached.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "driver/base.hpp"
#include "tendon/tendon.h"

namespace {

constexpr std::size_t kMostMemory = std::size_t{1} << 22;  // what a legal file may ask for here
constexpr std::size_t kMostElements = std::size_t{1} << 16;

void seal(std::uint8_t* file, std::size_t bytes) {
  tendon_program_header_t header;
  if (bytes < sizeof(header)) return;
  std::memcpy(&header, file, sizeof(header));
  header.magic = TENDON_PROGRAM_MAGIC;
  header.major = TENDON_PROGRAM_MAJOR;
  header.file_bytes = static_cast<std::uint32_t>(bytes);
  header.header_crc = 0;
  const std::size_t table = sizeof(header) + std::size_t{header.section_count} * 32;
  if (header.section_count > TENDON_PROGRAM_MAX_SECTIONS || table > bytes) return;
  for (std::uint32_t i = 0; i < header.section_count; ++i) {
    tendon_program_section_t section;
    std::uint8_t* at = file + sizeof(header) + i * sizeof(section);
    std::memcpy(&section, at, sizeof(section));
    if (std::uint64_t{section.offset} + section.bytes > bytes) continue;
    section.crc = tendon::crc32(0, file + section.offset, section.bytes);
    std::memcpy(at, &section, sizeof(section));
  }
  std::memcpy(file, &header, sizeof(header));
  header.header_crc = tendon::crc32(0, file, table);
  std::memcpy(file, &header, sizeof(header));
}

void load_and_run(const std::uint8_t* file, std::size_t bytes, tendon_level_t level) {
  tendon_load_options_t options = {};
  options.size = sizeof(options);
  options.level = level;
  std::size_t need = 0;
  if (tendon_program_size(file, bytes, &options, &need) != TENDON_OK || need > kMostMemory) return;
  void* memory = std::aligned_alloc(TENDON_ALIGN, (need + 63) / 64 * 64);
  tendon_program_t* program = nullptr;
  if (tendon_program_load(file, bytes, nullptr, &options, memory, need, &program) != TENDON_OK) {
    std::abort();  // what the size query accepted must load
  }
  tendon_program_info_t info = {};
  info.size = sizeof(info);
  if (tendon_program_info(program, &info) != TENDON_OK) std::abort();
  const std::size_t elements = std::size_t{info.rows} * info.columns * info.channels;
  if (elements <= kMostElements) {
    const std::vector<std::uint8_t> window(elements, 1);
    tendon_result_t result = {};
    result.size = sizeof(result);
    const tendon_status_t status = tendon_run(program, window.data(), elements, nullptr, &result);
    if (status != TENDON_OK && status != TENDON_E_ARG) std::abort();
    if (status == TENDON_OK && result.label < 0) std::abort();
  }
  tendon_program_unload(program);
  std::free(memory);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (1u << 16)) return 0;
  // Exactly as long as the input, so that a read behind it is seen.
  auto* file = static_cast<std::uint8_t*>(std::malloc(size));
  std::memcpy(file, data, size);
  char text[160];
  (void)!tendon_program_check(file, size, text, sizeof(text));
  seal(file, size);
  if (tendon_program_check(file, size, text, sizeof(text)) == TENDON_OK) {
    load_and_run(file, size, TENDON_LEVEL_PORTABLE);
    load_and_run(file, size, TENDON_LEVEL_SWAR);
  }
  std::free(file);
  return 0;
}
