// SPDX-License-Identifier: MIT
#include "compiler/writer.hpp"

#include <map>

#include "net/pack.hpp"
#include "tendon/tendon_program.h"

namespace tendon::compiler {
namespace {

struct Section {
  std::uint32_t kind = 0;
  std::uint32_t entry_bytes = 1;
  std::uint32_t instance = 0;
  Bytes bytes;
};

/// NUL-terminated texts, each once; offset 0 is "".
class Strings {
 public:
  std::uint32_t add(const std::string& text) {
    if (text.empty()) return 0;
    const auto [it, is_new] = offsets_.try_emplace(text, static_cast<std::uint32_t>(bytes_.size()));
    if (is_new) {
      bytes_.insert(bytes_.end(), text.begin(), text.end());
      bytes_.push_back(0);
    }
    return it->second;
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_ = {0};
  std::map<std::string, std::uint32_t> offsets_;
};

tendon_program_axis_t axis_of(const net::Axis& axis) {
  return {static_cast<std::uint16_t>(axis.kernel), static_cast<std::uint16_t>(axis.stride),
          static_cast<std::uint16_t>(axis.dilation), static_cast<std::uint16_t>(axis.pad_begin),
          static_cast<std::uint16_t>(axis.pad_end)};
}

class ProgramWriter {
 public:
  explicit ProgramWriter(const net::Network& network) : network_(network) {}

  Bytes write(const std::vector<Image>& images) {
    const std::uint32_t name = strings_.add(network_.name);
    write_tensors();
    for (const net::Layer& layer : network_.layers) write_layer(layer);
    write_input();
    for (const std::string& text : network_.classes) append(classes_, strings_.add(text));
    std::vector<Section> sections = {
        {},  // STRINGS, complete at the end
        {TENDON_SECTION_TENSORS, sizeof(tendon_program_tensor_t), 0, tensors_},
        {TENDON_SECTION_LAYERS, sizeof(tendon_program_layer_t), 0, layers_},
        {TENDON_SECTION_WEIGHTS, 1, 0, weights_},
        {TENDON_SECTION_REQUANT, sizeof(tendon_program_requant_t), 0, requants_},
        {TENDON_SECTION_INPUT, 1, 0, input_},
        {TENDON_SECTION_TABLES, 1, 0, tables_},
        {TENDON_SECTION_CLASSES, sizeof(std::uint32_t), 0, classes_},
    };
    if (has_scales_) {
      sections.push_back({TENDON_SECTION_WEIGHT_SCALES, sizeof(float), 0, weight_scales_});
    }
    std::uint32_t id = 0;
    for (const Section& section : sections) {
      if (section.kind >= TENDON_SECTION_TENSORS && section.kind <= TENDON_SECTION_INPUT) {
        id = crc32(id, section.bytes);
      }
    }
    for (const Image& image : images) write_image(image, sections);
    sections[0] = {TENDON_SECTION_STRINGS, 1, 0, strings_.bytes()};
    return assemble(sections, name, id);
  }

 private:
  void write_tensors() {
    for (const net::Tensor& tensor : network_.tensors) {
      tendon_program_tensor_t t{};
      t.name = strings_.add(tensor.name);
      t.rows = static_cast<std::uint16_t>(tensor.shape.rows);
      t.columns = static_cast<std::uint16_t>(tensor.shape.columns);
      t.channels = static_cast<std::uint16_t>(tensor.shape.channels);
      t.bits = static_cast<std::uint8_t>(tensor.bits);
      t.is_signed = tensor.is_signed ? 1 : 0;
      t.scale = tensor.scale;
      t.zero_point = tensor.zero_point;
      append(tensors_, t);
    }
  }

  void write_layer(const net::Layer& layer) {
    tendon_program_layer_t l{};
    l.name = strings_.add(layer.name);
    l.kind = static_cast<std::uint8_t>(layer.kind);
    l.weight_bits = static_cast<std::uint8_t>(layer.weight_bits);
    l.grid = static_cast<std::uint8_t>(layer.grid);
    l.rounding = static_cast<std::uint8_t>(layer.rounding);
    l.inputs[0] = static_cast<std::uint16_t>(layer.inputs[0]);
    l.inputs[1] = layer.inputs.size() > 1 ? static_cast<std::uint16_t>(layer.inputs[1]) : 0xFFFF;
    l.output = static_cast<std::uint16_t>(layer.output);
    l.fused_pool = static_cast<std::uint16_t>(layer.fused_pool);
    l.row = axis_of(layer.row);
    l.column = axis_of(layer.column);
    l.lo = static_cast<std::int16_t>(layer.lo);
    l.hi = static_cast<std::int16_t>(layer.hi);
    l.weights_offset = static_cast<std::uint32_t>(weights_.size());
    l.requant_first =
        static_cast<std::uint32_t>(requants_.size() / sizeof(tendon_program_requant_t));
    l.requant_count = static_cast<std::uint32_t>(layer.requant.size());
    l.table_offset = static_cast<std::uint32_t>(tables_.size());
    l.accumulator_bound = static_cast<std::uint32_t>(net::accumulator_bound(network_, layer));
    write_weights(layer, l);
    for (std::size_t i = 0; i < layer.requant.size(); ++i) {
      const std::int32_t bias = layer.bias.empty() ? 0 : layer.bias[i];
      append(requants_,
             tendon_program_requant_t{bias, layer.requant[i].multiplier,
                                      static_cast<std::uint32_t>(layer.requant[i].shift)});
      append(weight_scales_, layer.weight_scales.empty() ? 0.0f : layer.weight_scales[i]);
    }
    has_scales_ = has_scales_ || !layer.weight_scales.empty();
    for (const std::int8_t entry : layer.table) append(tables_, entry);
    append(layers_, l);
  }

  void write_weights(const net::Layer& layer, tendon_program_layer_t& l) {
    const int per_channel = net::weights_per_channel(network_, layer);
    if (per_channel == 0) return;
    l.weight_row_bytes =
        static_cast<std::uint32_t>(net::words_per_row(per_channel, layer.weight_bits)) * 4;
    const Bytes rows = net::pack_rows(std::span(layer.weights), per_channel, layer.weight_bits);
    append_bytes(weights_, rows);
  }

  void write_input() {
    for (const float gain : network_.input_coding.gain) append(input_, gain);
    for (const std::uint8_t code : network_.input_coding.table) append(input_, code);
  }

  void write_image(const Image& image, std::vector<Section>& sections) {
    const auto instance = static_cast<std::uint32_t>(instances_++);
    const Geometry& g = image.geometry;
    tendon_program_accel_t info{};
    info.config_name = strings_.add(g.name);
    info.rows = static_cast<std::uint16_t>(g.rows);
    info.columns = static_cast<std::uint16_t>(g.columns);
    info.lanes = static_cast<std::uint16_t>(g.lanes);
    info.features = g.features;
    info.act_words = static_cast<std::uint32_t>(g.act_words);
    info.weight_lines = static_cast<std::uint32_t>(g.weight_lines);
    info.param_entries = static_cast<std::uint32_t>(g.param_entries);
    info.load_cycles = image.load_cycles;
    Bytes info_bytes, layer_bytes, descriptors;
    append(info_bytes, info);
    for (const LayerPlace& place : image.layers) {
      tendon_program_accel_layer_t l{};
      const std::size_t first = descriptors.size() / 64;
      l.desc_first =
          place.on_accelerator ? static_cast<std::uint32_t>(first) : TENDON_ACCEL_LAYER_NONE;
      l.desc_count = static_cast<std::uint32_t>(place.descriptors.size() / 16);
      l.reason = place.reason;
      l.predicted_cycles = place.predicted_cycles;
      l.in_base[0] = place.in_base[0];
      l.in_base[1] = place.in_base[1];
      l.out_base = place.out_base;
      l.flags = place.flags;
      append(layer_bytes, l);
      for (const std::uint32_t word : place.descriptors) append(descriptors, word);
    }
    sections.push_back({TENDON_SECTION_ACCEL_INFO, sizeof(info), instance, info_bytes});
    sections.push_back(
        {TENDON_SECTION_ACCEL_LAYERS, sizeof(tendon_program_accel_layer_t), instance, layer_bytes});
    sections.push_back({TENDON_SECTION_ACCEL_DESC, 64, instance, descriptors});
    sections.push_back({TENDON_SECTION_ACCEL_WEIGHTS, 1, instance, image.weights});
    sections.push_back({TENDON_SECTION_ACCEL_PARAMS, 1, instance, image.params});
  }

  static Bytes assemble(const std::vector<Section>& sections, std::uint32_t name,
                        std::uint32_t id) {
    const auto align = [](std::size_t bytes) {
      return (bytes + TENDON_PROGRAM_ALIGN - 1) / TENDON_PROGRAM_ALIGN * TENDON_PROGRAM_ALIGN;
    };
    std::size_t offset =
        align(sizeof(tendon_program_header_t) + sections.size() * sizeof(tendon_program_section_t));
    Bytes table;
    for (const Section& section : sections) {
      const auto bytes = static_cast<std::uint32_t>(section.bytes.size());
      append(table,
             tendon_program_section_t{section.kind, static_cast<std::uint32_t>(offset), bytes,
                                      bytes / section.entry_bytes, section.entry_bytes,
                                      crc32(0, section.bytes), section.instance, 0});
      offset = align(offset + section.bytes.size());
    }
    tendon_program_header_t header{};
    header.magic = TENDON_PROGRAM_MAGIC;
    header.major = TENDON_PROGRAM_MAJOR;
    header.minor = TENDON_PROGRAM_MINOR;
    header.file_bytes = static_cast<std::uint32_t>(offset);
    header.section_count = static_cast<std::uint32_t>(sections.size());
    header.network_name = name;
    header.network_id = id;
    Bytes plain;
    append(plain, header);
    header.header_crc = crc32(crc32(0, plain), table);
    Bytes file;
    append(file, header);
    append_bytes(file, table);
    for (const Section& section : sections) {
      file.resize(align(file.size()));
      append_bytes(file, section.bytes);
    }
    file.resize(align(file.size()));
    return file;
  }

  const net::Network& network_;
  Strings strings_;
  Bytes tensors_, layers_, weights_, requants_, input_, tables_, classes_, weight_scales_;
  bool has_scales_ = false;
  int instances_ = 0;
};

}  // namespace

Bytes write_program(const net::Network& network, const std::vector<Image>& images) {
  return ProgramWriter(network).write(images);
}

}  // namespace tendon::compiler
