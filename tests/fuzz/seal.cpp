// SPDX-License-Identifier: MIT
#include "seal.hpp"

#include <cstring>

#include "driver/base.hpp"
#include "tendon/tendon_program.h"

namespace tendon::fuzz {

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

}  // namespace tendon::fuzz
