// SPDX-License-Identifier: MIT
// Accelerator images of a .tdn: sizes, and that no descriptor leaves the memories the image says it
// uses. The device checks again; a driver that relied on that would load before it knows.
#include "driver/view.hpp"
#include "tendon/tendon_regs.h"

namespace tendon {
namespace {

bool is_geometry(const tendon_program_accel_t& a) {
  const bool rows = a.rows == 1 || a.rows == 2 || a.rows == 4 || a.rows == 8 || a.rows == 16;
  return rows && (a.lanes == 16 || a.lanes == 32) && a.act_words <= 0x10000 &&
         a.weight_lines <= 0x10000 && a.param_entries <= 0x10000;
}

bool read_image(const View& view, uint32_t instance, Image* image, Line* text) {
  const tendon_program_section_t* found[5];
  for (uint32_t i = 0; i < 5; ++i) {
    found[i] = find_section(view, TENDON_SECTION_ACCEL_INFO + i, instance);
    if (found[i] == nullptr) {
      *text << "image " << instance << ": section kind " << TENDON_SECTION_ACCEL_INFO + i
            << " is missing";
      return false;
    }
  }
  if (found[0]->count != 1 || found[1]->count != view.layer_count) {
    *text << "image " << instance << ": " << found[1]->count << " layers, network has "
          << view.layer_count;
    return false;
  }
  image->info = reinterpret_cast<const tendon_program_accel_t*>(section_data(view, *found[0]));
  image->layers =
      reinterpret_cast<const tendon_program_accel_layer_t*>(section_data(view, *found[1]));
  image->descriptors = reinterpret_cast<const uint32_t*>(section_data(view, *found[2]));
  image->descriptor_count = found[2]->count;
  image->weights = section_data(view, *found[3]);
  image->weight_bytes = found[3]->bytes;
  image->params = section_data(view, *found[4]);
  image->param_bytes = found[4]->bytes;
  return true;
}

class ImageCheck {
 public:
  ImageCheck(const View& view, uint32_t instance, const Image& image, Line* text)
      : view_(view), instance_(instance), image_(image), text_(text) {}

  bool run() {
    const auto& a = *image_.info;
    if (!is_geometry(a)) return fail("geometry is not legal", a.rows, a.lanes);
    if (a.config_name >= view_.string_bytes) {
      return fail("name outside STRINGS", a.config_name, view_.string_bytes);
    }
    const uint64_t weights = uint64_t{a.weight_lines} * line_words(a) * 4;
    const uint64_t params = uint64_t{a.param_entries} * entry_words(a) * 4;
    if (weights != image_.weight_bytes && !any_streamed()) {
      return fail("weight image size", image_.weight_bytes, static_cast<int64_t>(weights));
    }
    if (params != image_.param_bytes) {
      return fail("parameter image size", image_.param_bytes, static_cast<int64_t>(params));
    }
    for (uint32_t i = 0; i < view_.layer_count; ++i) {
      if (!layer(i)) return false;
    }
    return true;
  }

 private:
  bool fail(const char* rule, int64_t got, int64_t want) {
    *text_ << "image " << instance_ << ": " << rule << " (" << got << ", " << want << ")";
    return false;
  }

  bool any_streamed() const {
    for (uint32_t i = 0; i < view_.layer_count; ++i) {
      if ((image_.layers[i].flags & TENDON_ACCEL_STREAMED) != 0) return true;
    }
    return false;
  }

  bool layer(uint32_t index) {
    const auto& l = image_.layers[index];
    if (l.flags > (TENDON_ACCEL_STREAMED | TENDON_ACCEL_DENSE_INPUT)) {
      return fail("unknown layer flags", l.flags, 0);
    }
    if ((l.flags & TENDON_ACCEL_DENSE_INPUT) != 0 && view_.layers[index].inputs[0] != 0) {
      return fail("dense input of a layer inside the network", index, 0);
    }
    if (l.desc_first == TENDON_ACCEL_LAYER_NONE) {
      return l.reason != TENDON_REASON_NONE || fail("layer on the CPU without a reason", index, 0);
    }
    if (l.desc_count == 0 || uint64_t{l.desc_first} + l.desc_count > image_.descriptor_count) {
      return fail("descriptors of a layer", l.desc_first, image_.descriptor_count);
    }
    // Loads and stores move whole tensors.
    for (uint32_t n = 0; n < input_count(view_.layers[index]); ++n) {
      if (!tensor(view_.layers[index].inputs[n], l.in_base[n])) return false;
    }
    if (!tensor(view_.layers[index].output, l.out_base)) return false;
    const bool streamed = (l.flags & TENDON_ACCEL_STREAMED) != 0;
    for (uint32_t d = 0; d < l.desc_count; ++d) {
      if (!descriptor(l.desc_first + d, streamed)) return false;
    }
    if (is_load(image_.descriptors + (l.desc_first + l.desc_count - 1) * TENDON_DESC_WORDS)) {
      return fail("last descriptor of a layer is a LOAD", index, 0);
    }
    const ConvFields last = fields(l.desc_first + l.desc_count - 1);
    return index + 1 < view_.layer_count || last.argmax || fail("last layer has no argmax", 0, 1);
  }

  bool tensor(uint32_t index, uint32_t base) {
    if (base % 4 != 0) return fail("tensor not on four words", index, base);
    return fits(base, packed_words(view_.tensors[index])) ||
           fail("tensor outside the activation memory", index, base);
  }

  bool fits(uint32_t base, uint64_t words) const { return base + words <= image_.info->act_words; }

  ConvFields fields(uint32_t index) const {
    return conv_fields(image_.descriptors + index * TENDON_DESC_WORDS, image_.info->rows);
  }

  // A piece of the weight image into its buffer.
  bool streamed_load(uint32_t index, const uint32_t* words) {
    const uint64_t bytes = words[TENDON_DMA_BYTES_WORD];
    const uint64_t memory = uint64_t{image_.info->weight_lines} * line_words(*image_.info);
    const bool aligned = words[TENDON_DMA_BUS_WORD] % 16 == 0 &&
                         words[TENDON_DMA_WORD_WORD] % 4 == 0 && bytes % 4 == 0 && bytes != 0;
    if (!aligned || words[TENDON_DMA_SPACE_WORD] != TENDON_SPACE_WGT ||
        words[TENDON_DMA_BUS_WORD] + bytes > image_.weight_bytes ||
        words[TENDON_DMA_WORD_WORD] + bytes / 4 > memory) {
      return fail("streamed LOAD leaves its memories", index, image_.weight_bytes);
    }
    return true;
  }

  bool descriptor(uint32_t index, bool streamed) {
    const uint32_t* words = image_.descriptors + index * TENDON_DESC_WORDS;
    uint32_t check = 0;
    for (uint32_t i = 0; i < TENDON_DESC_WORDS; ++i) check ^= words[i];
    if (check != 0xFFFFFFFFu) return fail("descriptor check word", index, check);
    if (streamed && is_load(words)) return streamed_load(index, words);
    const ConvFields f = fields(index);
    if (f.opcode < TENDON_OPCODE_CONV || f.opcode > TENDON_OPCODE_PACK) {
      return fail("descriptor opcode", f.opcode, TENDON_OPCODE_CONV);
    }
    if (!fits(f.in_base, f.in_words) || !fits(f.out_base, f.out_words) ||
        (f.opcode == TENDON_OPCODE_ADD && !fits(f.in2_base, f.in_words))) {
      return fail("descriptor leaves the activation memory", index, image_.info->act_words);
    }
    const bool has_lines = f.opcode == TENDON_OPCODE_CONV || f.opcode == TENDON_OPCODE_PACK;
    if ((has_lines && f.lines == 0) ||
        f.weight_base + uint64_t{f.lines} > image_.info->weight_lines) {
      return fail("descriptor leaves the weight memory", index, image_.info->weight_lines);
    }
    const uint64_t resident = (f.weight_base + uint64_t{f.lines}) * line_words(*image_.info) * 4;
    if (!streamed && f.needs_lines && resident > image_.weight_bytes) {
      return fail("descriptor's lines are not in the weight image", index, image_.weight_bytes);
    }
    if (f.param_base + f.params > image_.info->param_entries ||
        f.param2_base + f.params2 > image_.info->param_entries) {
      return fail("descriptor leaves the parameter memory", index, image_.info->param_entries);
    }
    return true;
  }

  const View& view_;
  uint32_t instance_;
  const Image& image_;
  Line* text_;
};

uint32_t field(const uint32_t* words, uint32_t word, uint32_t mask, uint32_t lsb) {
  return (words[word] & mask) >> lsb;
}

}  // namespace

#define TENDON_FIELD(words, name) \
  field(words, TENDON_##name##_WORD, TENDON_##name##_MASK, TENDON_##name##_LSB)

ConvFields conv_fields(const uint32_t* words, uint32_t array_rows) {
  ConvFields f = {};
  f.in_base = TENDON_FIELD(words, CONV_IN_BASE);
  f.out_base = TENDON_FIELD(words, CONV_OUT_BASE);
  f.weight_base = TENDON_FIELD(words, CONV_WGT_BASE);
  f.param_base = TENDON_FIELD(words, CONV_PAR_BASE);
  f.in_words = TENDON_FIELD(words, CONV_IN_ROWS) * TENDON_FIELD(words, CONV_IN_ROW_WORDS);
  f.out_words = TENDON_FIELD(words, CONV_OUT_ROWS) * TENDON_FIELD(words, CONV_OUT_ROW_WORDS);
  f.argmax = TENDON_FIELD(words, CONV_ARGMAX) != 0;
  f.opcode = TENDON_FIELD(words, DESC_OPCODE);
  const uint32_t tile_lines = TENDON_FIELD(words, CONV_TILE_LINES);
  const uint32_t tiles = (TENDON_FIELD(words, CONV_OUT_CHANNELS) + array_rows - 1) / array_rows;
  f.params = 1;
  switch (f.opcode) {
    case TENDON_OPCODE_ADD:
      f.params = 2;
      f.in2_base = TENDON_FIELD(words, CONV_BASE2);
      break;
    case TENDON_OPCODE_TABLE:
      f.params = 256 / (4 * array_rows);
      break;
    case TENDON_OPCODE_PACK:
      f.param2_base = TENDON_FIELD(words, CONV_BASE2);
      f.params2 = (TENDON_FIELD(words, CONV_OUT_COLS) + array_rows - 1) / array_rows;
      f.lines = f.params2 * tile_lines;
      f.out_words = 0;
      break;
    case TENDON_OPCODE_CONV:
      f.params = tiles;
      f.lines = tiles * tile_lines;
      f.needs_lines = TENDON_FIELD(words, CONV_WGT_ZERO) == 0;
      break;
    default:
      break;
  }
  return f;
}

#undef TENDON_FIELD

tendon_status_t check_images(const View& view, Line* text) {
  for (uint32_t i = 0; i < view.header->section_count; ++i) {
    const auto& section = view.sections[i];
    if (section.kind < TENDON_SECTION_ACCEL_INFO || section.kind > TENDON_SECTION_ACCEL_PARAMS) {
      continue;
    }
    // Once per image: at its INFO; other sections only need to have one.
    Image image = {};
    if (!read_image(view, section.instance, &image, text)) return TENDON_E_FORMAT;
    if (section.kind != TENDON_SECTION_ACCEL_INFO) continue;
    if (!ImageCheck(view, section.instance, image, text).run()) return TENDON_E_FORMAT;
  }
  return TENDON_OK;
}

bool find_image(const View& view, const tendon_caps_t& caps, Image* image) {
  Line none(nullptr, 0);
  for (uint32_t i = 0; i < view.header->section_count; ++i) {
    const auto& section = view.sections[i];
    if (section.kind != TENDON_SECTION_ACCEL_INFO) continue;
    if (!read_image(view, section.instance, image, &none)) continue;
    const auto& a = *image->info;
    if (a.rows == caps.rows && a.lanes == caps.lanes && a.act_words <= caps.act_words &&
        a.weight_lines <= caps.weight_lines && a.param_entries <= caps.param_entries &&
        (a.features & ~caps.features) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace tendon
