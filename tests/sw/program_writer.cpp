// SPDX-License-Identifier: MIT
#include "program_writer.hpp"

#include <cstring>

#include "net/pack.hpp"
#include "tendon/tendon_program.h"
#include "tendon/tendon_regs.h"

namespace tendon::test {
namespace {

std::uint32_t crc(const std::uint8_t* data, std::size_t bytes) {
  std::uint32_t value = 0xFFFFFFFFu;
  for (std::size_t i = 0; i < bytes; ++i) {
    value ^= data[i];
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320u : 0u);
    }
  }
  return ~value;
}

template <typename T>
void append(std::vector<std::uint8_t>& to, const T& value) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
  for (std::size_t i = 0; i < sizeof(T); ++i) to.push_back(bytes[i]);
}

template <typename T>
Section section_of(std::uint32_t kind, const std::vector<T>& entries) {
  Section section{kind, 0, sizeof(T), {}};
  for (const T& entry : entries) append(section.bytes, entry);
  return section;
}

class Strings {
 public:
  std::uint32_t add(const std::string& text) {
    const auto at = static_cast<std::uint32_t>(bytes_.size());
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    bytes_.push_back(0);
    return at;
  }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_{0};
};

tendon_program_tensor_t tensor_entry(const net::Tensor& tensor, Strings& strings) {
  tendon_program_tensor_t t = {};
  t.name = strings.add(tensor.name);
  t.rows = static_cast<std::uint16_t>(tensor.shape.rows);
  t.columns = static_cast<std::uint16_t>(tensor.shape.columns);
  t.channels = static_cast<std::uint16_t>(tensor.shape.channels);
  t.bits = static_cast<std::uint8_t>(tensor.bits);
  t.is_signed = tensor.is_signed ? 1 : 0;
  t.scale = tensor.scale;
  t.zero_point = tensor.zero_point;
  return t;
}

tendon_program_axis_t axis_entry(const net::Axis& axis) {
  const auto u16 = [](int x) { return static_cast<std::uint16_t>(x); };
  return {u16(axis.kernel), u16(axis.stride), u16(axis.dilation), u16(axis.pad_begin),
          u16(axis.pad_end)};
}

std::uint32_t crc_of_network(const std::vector<Section>& sections) {
  std::vector<std::uint8_t> all;
  for (const Section& s : sections) {
    if (s.kind >= TENDON_SECTION_TENSORS && s.kind <= TENDON_SECTION_INPUT) {
      all.insert(all.end(), s.bytes.begin(), s.bytes.end());
    }
  }
  return crc(all.data(), all.size());
}

// Weights, requantization and tables of all layers, collected while their entries are written.
struct Blobs {
  std::vector<std::uint8_t> weights;
  std::vector<tendon_program_requant_t> requants;
  std::vector<std::uint8_t> tables;
};

tendon_program_layer_t layer_entry(const net::Layer& layer, Strings& strings, Blobs& blobs) {
  tendon_program_layer_t l = {};
  l.name = strings.add(layer.name);
  l.kind = static_cast<std::uint8_t>(layer.kind);
  l.weight_bits = static_cast<std::uint8_t>(layer.weight_bits);
  l.grid = static_cast<std::uint8_t>(layer.grid);
  l.rounding = static_cast<std::uint8_t>(layer.rounding);
  l.inputs[0] = static_cast<std::uint16_t>(layer.inputs[0]);
  l.inputs[1] = layer.inputs.size() > 1 ? static_cast<std::uint16_t>(layer.inputs[1]) : 0xFFFF;
  l.output = static_cast<std::uint16_t>(layer.output);
  l.fused_pool = static_cast<std::uint16_t>(layer.fused_pool);
  l.row = axis_entry(layer.row);
  l.column = axis_entry(layer.column);
  l.lo = static_cast<std::int16_t>(layer.lo);
  l.hi = static_cast<std::int16_t>(layer.hi);
  l.requant_first = static_cast<std::uint32_t>(blobs.requants.size());
  l.requant_count = static_cast<std::uint32_t>(layer.requant.size());
  for (std::size_t i = 0; i < layer.requant.size(); ++i) {
    blobs.requants.push_back({layer.bias.empty() ? 0 : layer.bias[i], layer.requant[i].multiplier,
                              static_cast<std::uint32_t>(layer.requant[i].shift)});
  }
  if (!layer.weights.empty()) {
    const int per_channel = static_cast<int>(layer.weights.size() / layer.bias.size());
    const auto rows =
        net::pack_rows(std::span<const std::int8_t>(layer.weights), per_channel, layer.weight_bits);
    l.weights_offset = static_cast<std::uint32_t>(blobs.weights.size());
    l.weight_row_bytes = static_cast<std::uint32_t>(rows.size() / layer.bias.size());
    blobs.weights.insert(blobs.weights.end(), rows.begin(), rows.end());
  }
  if (!layer.table.empty()) {
    l.table_offset = static_cast<std::uint32_t>(blobs.tables.size());
    for (const std::int8_t entry : layer.table) {
      blobs.tables.push_back(static_cast<std::uint8_t>(entry));
    }
  }
  return l;
}

Section input_section(const net::InputCoding& coding) {
  Section section{TENDON_SECTION_INPUT, 0, 1, {}};
  for (const float gain : coding.gain) append(section.bytes, gain);
  section.bytes.insert(section.bytes.end(), coding.table.begin(), coding.table.end());
  return section;
}

std::uint32_t words_of(const net::Tensor& t) {
  return static_cast<std::uint32_t>(t.shape.rows * t.shape.columns *
                                    net::words_per_row(t.shape.channels, t.bits));
}

// Only what the driver reads of a descriptor: bases, sizes, argmax.
std::vector<std::uint32_t> fake_descriptor(std::uint32_t in_base, std::uint32_t in_words,
                                           std::uint32_t out_base, std::uint32_t out_words,
                                           std::uint32_t line, std::uint32_t entry,
                                           std::uint32_t channels, bool last) {
  std::vector<std::uint32_t> d(16, 0);
  d[0] = TENDON_OPCODE_CONV;
  d[1] = last ? TENDON_CONV_ARGMAX_MASK : 0;
  d[3] = in_base | out_base << 16;
  d[4] = line | entry << 16;
  d[5] = in_words | 1u << 16;
  d[10] = 1u | 1u << 16;
  d[11] = channels | 1u << 16;  // one line per channel tile
  d[12] = out_words | out_words << 16;
  d[15] = 0xFFFFFFFFu;
  for (int i = 0; i < 15; ++i) d[15] ^= d[static_cast<std::size_t>(i)];
  return d;
}

}  // namespace

void seal_file(std::vector<std::uint8_t>& file) {
  tendon_program_header_t header;
  std::memcpy(&header, file.data(), sizeof(header));
  for (std::uint32_t i = 0; i < header.section_count; ++i) {
    const std::size_t at = sizeof(header) + i * sizeof(tendon_program_section_t);
    if (at + sizeof(tendon_program_section_t) > file.size()) break;
    tendon_program_section_t section;
    std::memcpy(&section, file.data() + at, sizeof(section));
    if (std::uint64_t{section.offset} + section.bytes > file.size()) continue;
    section.crc = crc(file.data() + section.offset, section.bytes);
    std::memcpy(file.data() + at, &section, sizeof(section));
  }
  header.header_crc = 0;
  std::memcpy(file.data(), &header, sizeof(header));
  const std::size_t table =
      sizeof(header) + header.section_count * sizeof(tendon_program_section_t);
  if (table > file.size()) return;
  header.header_crc = crc(file.data(), table);
  std::memcpy(file.data(), &header, sizeof(header));
}

std::vector<std::uint8_t> write_file(const std::vector<Section>& sections,
                                     std::uint32_t network_name) {
  std::vector<std::uint8_t> file(sizeof(tendon_program_header_t) +
                                 sections.size() * sizeof(tendon_program_section_t));
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const Section& s = sections[i];
    file.resize((file.size() + 63) / 64 * 64);
    tendon_program_section_t entry = {};
    entry.kind = s.kind;
    entry.offset = static_cast<std::uint32_t>(file.size());
    entry.bytes = static_cast<std::uint32_t>(s.bytes.size());
    entry.entry_bytes = s.entry_bytes;
    entry.count = entry.bytes / s.entry_bytes;
    entry.instance = s.instance;
    std::memcpy(file.data() + sizeof(tendon_program_header_t) + i * sizeof(entry), &entry,
                sizeof(entry));
    file.insert(file.end(), s.bytes.begin(), s.bytes.end());
  }
  tendon_program_header_t header = {};
  header.magic = TENDON_PROGRAM_MAGIC;
  header.major = TENDON_PROGRAM_MAJOR;
  header.minor = TENDON_PROGRAM_MINOR;
  header.file_bytes = static_cast<std::uint32_t>(file.size());
  header.section_count = static_cast<std::uint32_t>(sections.size());
  header.network_name = network_name;
  header.network_id = crc_of_network(sections);
  std::memcpy(file.data(), &header, sizeof(header));
  seal_file(file);
  return file;
}

std::vector<Section> network_sections(const net::Network& network) {
  Strings strings;
  Blobs blobs;
  strings.add(network.name);  // offset 1
  std::vector<tendon_program_tensor_t> tensors;
  for (const net::Tensor& t : network.tensors) tensors.push_back(tensor_entry(t, strings));
  std::vector<tendon_program_layer_t> layers;
  for (const net::Layer& l : network.layers) layers.push_back(layer_entry(l, strings, blobs));
  std::vector<std::uint32_t> classes;
  for (const std::string& name : network.classes) classes.push_back(strings.add(name));
  return {{TENDON_SECTION_STRINGS, 0, 1, strings.bytes()},
          section_of(TENDON_SECTION_TENSORS, tensors),
          section_of(TENDON_SECTION_LAYERS, layers),
          {TENDON_SECTION_WEIGHTS, 0, 1, blobs.weights},
          section_of(TENDON_SECTION_REQUANT, blobs.requants),
          input_section(network.input_coding),
          {TENDON_SECTION_TABLES, 0, 1, blobs.tables},
          section_of(TENDON_SECTION_CLASSES, classes)};
}

std::vector<Section> image_sections(const net::Network& network,
                                    const std::vector<bool>& on_device) {
  constexpr std::uint32_t kRows = 4;
  std::vector<std::uint32_t> base;  // of each tensor, none shared
  std::uint32_t words = 0;
  for (const net::Tensor& t : network.tensors) {
    base.push_back(words);
    words += (words_of(t) + 3) / 4 * 4;
  }
  std::uint32_t tiles = 0;
  std::vector<tendon_program_accel_layer_t> layers;
  std::vector<std::uint32_t> descriptors;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const net::Layer& layer = network.layers[i];
    const auto in = static_cast<std::size_t>(layer.inputs[0]);
    const auto out = static_cast<std::size_t>(layer.output);
    tendon_program_accel_layer_t l = {};
    l.in_base[0] = base[in];
    l.out_base = base[out];
    l.predicted_cycles = 100;
    if (!on_device[i]) {
      l.desc_first = TENDON_ACCEL_LAYER_NONE;
      l.reason = TENDON_REASON_MEMORY;
    } else {
      const auto channels = static_cast<std::uint32_t>(network.tensors[out].shape.channels);
      l.desc_first = static_cast<std::uint32_t>(descriptors.size() / 16);
      l.desc_count = 1;
      const auto d = fake_descriptor(base[in], words_of(network.tensors[in]), base[out],
                                     words_of(network.tensors[out]), tiles, tiles, channels,
                                     i + 1 == network.layers.size());
      descriptors.insert(descriptors.end(), d.begin(), d.end());
      tiles += (channels + kRows - 1) / kRows;
    }
    layers.push_back(l);
  }
  tendon_program_accel_t info = {};
  info.rows = kRows;
  info.columns = 4;
  info.lanes = 16;
  info.act_words = words;
  info.weight_lines = tiles;
  info.param_entries = tiles;
  Section desc = section_of(TENDON_SECTION_ACCEL_DESC, descriptors);
  desc.entry_bytes = 64;
  return {section_of(TENDON_SECTION_ACCEL_INFO, std::vector{info}),
          section_of(TENDON_SECTION_ACCEL_LAYERS, layers),
          desc,
          {TENDON_SECTION_ACCEL_WEIGHTS, 0, 1, std::vector<std::uint8_t>(tiles * kRows * 16, 0x77)},
          {TENDON_SECTION_ACCEL_PARAMS, 0, 1, std::vector<std::uint8_t>(tiles * kRows * 12, 0x33)}};
}

std::vector<std::uint8_t> write_program(const net::Network& network) {
  return write_file(network_sections(network), 1);
}

std::vector<std::uint8_t> write_program(const net::Network& network,
                                        const std::vector<bool>& on_device) {
  std::vector<Section> sections = network_sections(network);
  for (Section& s : image_sections(network, on_device)) sections.push_back(std::move(s));
  return write_file(sections, 1);
}

}  // namespace tendon::test
