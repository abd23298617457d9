// SPDX-License-Identifier: MIT
// Header, section table and blobs of a .tdn: sizes, offsets, CRCs.
#include "driver/view.hpp"

namespace tendon {
namespace {

struct KnownSection {
  uint32_t kind;
  uint32_t entry_bytes;
  const char* name;
};

constexpr KnownSection kNetworkSections[] = {
    {TENDON_SECTION_STRINGS, 1, "STRINGS"},
    {TENDON_SECTION_TENSORS, sizeof(tendon_program_tensor_t), "TENSORS"},
    {TENDON_SECTION_LAYERS, sizeof(tendon_program_layer_t), "LAYERS"},
    {TENDON_SECTION_WEIGHTS, 1, "WEIGHTS"},
    {TENDON_SECTION_REQUANT, sizeof(tendon_program_requant_t), "REQUANT"},
    {TENDON_SECTION_INPUT, 1, "INPUT"},
    {TENDON_SECTION_TABLES, 1, "TABLES"},
    {TENDON_SECTION_CLASSES, sizeof(uint32_t), "CLASSES"},
};

constexpr KnownSection kImageSections[] = {
    {TENDON_SECTION_ACCEL_INFO, sizeof(tendon_program_accel_t), "ACCEL_INFO"},
    {TENDON_SECTION_ACCEL_LAYERS, sizeof(tendon_program_accel_layer_t), "ACCEL_LAYERS"},
    {TENDON_SECTION_ACCEL_DESC, 64, "ACCEL_DESC"},
    {TENDON_SECTION_ACCEL_WEIGHTS, 1, "ACCEL_WEIGHTS"},
    {TENDON_SECTION_ACCEL_PARAMS, 1, "ACCEL_PARAMS"},
};

const KnownSection* known_section(uint32_t kind) {
  for (const auto& known : kNetworkSections) {
    if (known.kind == kind) return &known;
  }
  for (const auto& known : kImageSections) {
    if (known.kind == kind) return &known;
  }
  return nullptr;
}

tendon_status_t check_header(const tendon_program_header_t& header, size_t bytes, Line* text) {
  if (header.magic != TENDON_PROGRAM_MAGIC) {
    (*text << "header: magic ").hex(header.magic) << ", want ";
    text->hex(TENDON_PROGRAM_MAGIC);
    return TENDON_E_FORMAT;
  }
  if (header.major != TENDON_PROGRAM_MAJOR) {
    *text << "header: format version " << uint32_t{header.major} << ", this library reads "
          << TENDON_PROGRAM_MAJOR;
    return TENDON_E_UNSUPPORTED;
  }
  if (header.file_bytes != bytes) {
    *text << "header: file has " << static_cast<int64_t>(bytes) << " bytes, header says "
          << header.file_bytes;
    return TENDON_E_FORMAT;
  }
  if (header.section_count > TENDON_PROGRAM_MAX_SECTIONS ||
      sizeof(header) + header.section_count * sizeof(tendon_program_section_t) > bytes) {
    *text << "header: " << header.section_count << " sections do not fit";
    return TENDON_E_FORMAT;
  }
  for (const uint32_t word : header.reserved) {
    if (word != 0) {
      *text << "header: reserved word is not 0";
      return TENDON_E_FORMAT;
    }
  }
  return TENDON_OK;
}

bool header_crc_is_right(const tendon_program_header_t& header, uint32_t* want) {
  tendon_program_header_t copy = header;
  copy.header_crc = 0;
  uint32_t crc = crc32(0, &copy, sizeof(copy));
  crc = crc32(crc, &header + 1, header.section_count * sizeof(tendon_program_section_t));
  *want = crc;
  return crc == header.header_crc;
}

tendon_status_t check_section(const View& view, uint32_t index, Line* text) {
  const auto& section = view.sections[index];
  const KnownSection* known = known_section(section.kind);
  const char* name = known != nullptr ? known->name : "unknown kind";
  const uint64_t end = uint64_t{section.offset} + section.bytes;
  const auto fail = [&](const char* rule, int64_t a, int64_t b) {
    *text << "section " << index << " (" << name << "): " << rule << " (" << a << ", " << b << ")";
    return TENDON_E_FORMAT;
  };
  if (section.offset % TENDON_PROGRAM_ALIGN != 0) {
    return fail("offset is not a multiple of 64", section.offset, TENDON_PROGRAM_ALIGN);
  }
  if (end > view.header->file_bytes) {
    return fail("ends behind the file", static_cast<int64_t>(end), view.header->file_bytes);
  }
  if (section.bytes != uint64_t{section.count} * section.entry_bytes) {
    return fail("bytes is not count * entry_bytes", section.bytes, section.count);
  }
  if (section.reserved != 0) return fail("reserved word is not 0", section.reserved, 0);
  if (known == nullptr) return TENDON_OK;
  if (section.entry_bytes != known->entry_bytes) {
    return fail("entry_bytes is wrong", section.entry_bytes, known->entry_bytes);
  }
  if (section.kind < TENDON_SECTION_ACCEL_INFO && section.instance != 0) {
    return fail("instance is not 0", section.instance, 0);
  }
  for (uint32_t other = 0; other < index; ++other) {
    if (view.sections[other].kind == section.kind &&
        view.sections[other].instance == section.instance) {
      return fail("is there twice", other, index);
    }
  }
  const uint32_t crc = crc32(0, section_data(view, section), section.bytes);
  if (crc != section.crc) return fail("CRC differs", section.crc, crc);
  return TENDON_OK;
}

const uint8_t* blob(const View& view, uint32_t kind, uint32_t* count) {
  const auto* section = find_section(view, kind, 0);
  *count = section->count;
  return section_data(view, *section);
}

void fill_view(View* view) {
  uint32_t input_bytes = 0;
  view->strings =
      reinterpret_cast<const char*>(blob(*view, TENDON_SECTION_STRINGS, &view->string_bytes));
  view->tensors = reinterpret_cast<const tendon_program_tensor_t*>(
      blob(*view, TENDON_SECTION_TENSORS, &view->tensor_count));
  view->layers = reinterpret_cast<const tendon_program_layer_t*>(
      blob(*view, TENDON_SECTION_LAYERS, &view->layer_count));
  view->weights = blob(*view, TENDON_SECTION_WEIGHTS, &view->weight_bytes);
  view->requants = reinterpret_cast<const tendon_program_requant_t*>(
      blob(*view, TENDON_SECTION_REQUANT, &view->requant_count));
  const uint8_t* input = blob(*view, TENDON_SECTION_INPUT, &input_bytes);
  view->gain = reinterpret_cast<const float*>(input);
  view->input_table = input + input_bytes - 256;
  view->tables =
      reinterpret_cast<const int8_t*>(blob(*view, TENDON_SECTION_TABLES, &view->table_bytes));
  view->classes =
      reinterpret_cast<const uint32_t*>(blob(*view, TENDON_SECTION_CLASSES, &view->class_count));
}

}  // namespace

const tendon_program_section_t* find_section(const View& view, uint32_t kind, uint32_t instance) {
  for (uint32_t i = 0; i < view.header->section_count; ++i) {
    const auto& section = view.sections[i];
    if (section.kind == kind && section.instance == instance) return &section;
  }
  return nullptr;
}

tendon_status_t check_sections(const void* tdn, size_t bytes, View* view, Line* text) {
  if (bytes < sizeof(tendon_program_header_t)) {
    *text << "file of " << static_cast<int64_t>(bytes) << " bytes is shorter than its header (64)";
    return TENDON_E_FORMAT;
  }
  view->header = static_cast<const tendon_program_header_t*>(tdn);
  view->sections = reinterpret_cast<const tendon_program_section_t*>(view->header + 1);
  const tendon_status_t status = check_header(*view->header, bytes, text);
  if (status != TENDON_OK) return status;
  uint32_t crc = 0;
  if (!header_crc_is_right(*view->header, &crc)) {
    (*text << "header: CRC ").hex(view->header->header_crc) << ", computed ";
    text->hex(crc);
    return TENDON_E_FORMAT;
  }
  for (uint32_t i = 0; i < view->header->section_count; ++i) {
    const tendon_status_t one = check_section(*view, i, text);
    if (one != TENDON_OK) return one;
  }
  for (const auto& known : kNetworkSections) {
    const auto* section = find_section(*view, known.kind, 0);
    if (section == nullptr) {
      *text << "section " << known.name << " is missing";
      return TENDON_E_FORMAT;
    }
    if (known.kind == TENDON_SECTION_INPUT && section->bytes < 256) {
      *text << "section INPUT: " << section->bytes << " bytes, at least 256 wanted";
      return TENDON_E_FORMAT;
    }
  }
  fill_view(view);
  return TENDON_OK;
}

tendon_status_t check_program(const void* tdn, size_t bytes, View* view, Line* text) {
  if (tdn == nullptr || reinterpret_cast<uintptr_t>(tdn) % 8 != 0) {
    *text << "program: NULL or not on an 8-byte boundary";
    return TENDON_E_ARG;
  }
  tendon_status_t status = check_sections(tdn, bytes, view, text);
  if (status == TENDON_OK) status = check_layers(*view, text);
  if (status == TENDON_OK) status = check_images(*view, text);
  return status;
}

}  // namespace tendon

extern "C" tendon_status_t tendon_program_check(const void* tdn, size_t tdn_bytes, char* text,
                                                size_t text_bytes) {
  tendon::View view = {};
  tendon::Line line(text, text_bytes);
  return tendon::check_program(tdn, tdn_bytes, &view, &line);
}
