// SPDX-License-Identifier: MIT
#include "tlm/elf_image.hpp"

#include <elf.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

namespace tendon::vp {

namespace {

using Bytes = std::vector<std::uint8_t>;

// All segments together; no platform here has more memory.
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 28;

template <typename T>
bool read_at(const Bytes& file, std::uint64_t offset, T& out) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return false;
  std::memcpy(&out, file.data() + offset, sizeof(T));
  return true;
}

bool read_segments(const Bytes& file, const Elf64_Ehdr& header, ElfImage& image) {
  std::uint64_t memory = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!read_at(file, header.e_phoff + i * sizeof segment, segment)) return false;
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    if (segment.p_offset > file.size() || file.size() - segment.p_offset < segment.p_filesz ||
        segment.p_memsz < segment.p_filesz || segment.p_memsz > kMostMemory - memory) {
      return false;
    }
    memory += segment.p_memsz;
    const auto begin = file.begin() + static_cast<long>(segment.p_offset);
    ElfImage::Segment loaded{segment.p_paddr,
                             Bytes(begin, begin + static_cast<long>(segment.p_filesz))};
    loaded.bytes.resize(segment.p_memsz);
    image.segments.push_back(std::move(loaded));
  }
  return true;
}

bool read_symbols(const Bytes& file, const Elf64_Ehdr& header, ElfImage& image) {
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr table, strings;
    if (!read_at(file, header.e_shoff + i * sizeof table, table)) return false;
    if (table.sh_type != SHT_SYMTAB) continue;
    if (!read_at(file, header.e_shoff + table.sh_link * sizeof strings, strings)) return false;
    for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol;
      if (!read_at(file, table.sh_offset + at, symbol)) return false;
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
      const std::uint64_t name = strings.sh_offset + symbol.st_name;
      if (name >= file.size()) return false;
      const auto* text = reinterpret_cast<const char*>(file.data() + name);
      image.symbols[symbol.st_value] = std::string(text, strnlen(text, file.size() - name));
    }
  }
  return true;
}

}  // namespace

std::string ElfImage::describe(std::uint64_t address) const {
  auto it = symbols.upper_bound(address);
  if (it == symbols.begin()) return "";
  --it;
  char offset[24];
  std::snprintf(offset, sizeof offset, "+0x%" PRIx64, address - it->first);
  return it->second + offset;
}

Result<ElfImage> load_elf(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return Error{path + ": cannot be read"};
  const Bytes file((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  Elf64_Ehdr header;
  if (!read_at(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != EM_RISCV) {
    return Error{path + ": not a little-endian RISC-V ELF64 file"};
  }
  ElfImage image;
  image.entry = header.e_entry;
  if (!read_segments(file, header, image) || !read_symbols(file, header, image)) {
    return Error{path + ": damaged, an offset lies outside the file, or above 256 MiB of memory"};
  }
  return image;
}

}  // namespace tendon::vp
