// SPDX-License-Identifier: MIT
#include "tlm/client/program_size.hpp"

#include <cstring>
#include <string>

#include "tendon/tendon_program.h"

namespace tendon::vp {

namespace {

/// Copies a struct from `offset`; false when it does not lie inside `bytes`.
template <typename T>
bool copy(std::span<const std::uint8_t> bytes, std::size_t offset, T& out) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof out) return false;
  std::memcpy(&out, bytes.data() + offset, sizeof out);
  return true;
}

}  // namespace

Result<std::size_t> window_bytes(std::span<const std::uint8_t> program) {
  const std::string size = "program of " + std::to_string(program.size()) + " bytes";
  tendon_program_header_t header;
  if (!copy(program, 0, header)) {
    return Error{size + ": a header has " + std::to_string(sizeof header)};
  }
  if (header.file_bytes != program.size()) {
    return Error{size + ": its header says " + std::to_string(header.file_bytes)};
  }
  tendon_program_section_t section;
  for (std::uint32_t i = 0; i < header.section_count; ++i) {
    if (!copy(program, sizeof header + i * sizeof section, section)) break;
    tendon_program_tensor_t input;
    if (section.kind == TENDON_SECTION_TENSORS && copy(program, section.offset, input)) {
      return std::size_t{input.rows} * input.columns * input.channels;
    }
  }
  return Error{size + ": no tensors in it"};
}

}  // namespace tendon::vp
