// SPDX-License-Identifier: MIT
// Untrusted bytes to a Program: nothing is used before its offset and size are checked.
#include <algorithm>
#include <map>
#include <optional>

#include "compiler/bytes.hpp"
#include "compiler/program.hpp"
#include "net/pack.hpp"
#include "tendon/tendon_program.h"

namespace tendon::compiler {
namespace {

/// Thrown and caught inside this file only.
struct Refused {
  std::string message;
};

using View = std::span<const std::uint8_t>;

struct Section {
  tendon_program_section_t info;
  View bytes;
};

std::string text(std::uint64_t value) { return std::to_string(value); }

[[noreturn]] void refuse(const std::string& what, std::uint64_t got, const std::string& want) {
  throw Refused{what + " is " + text(got) + ", must be " + want};
}

void need(bool ok, const std::string& what, std::uint64_t got, const std::string& want) {
  if (!ok) refuse(what, got, want);
}

struct Kind {
  std::uint32_t kind;
  const char* name;
  std::size_t entry_bytes;
};

constexpr Kind kKinds[] = {
    {TENDON_SECTION_STRINGS, "STRINGS", 1},
    {TENDON_SECTION_TENSORS, "TENSORS", sizeof(tendon_program_tensor_t)},
    {TENDON_SECTION_LAYERS, "LAYERS", sizeof(tendon_program_layer_t)},
    {TENDON_SECTION_WEIGHTS, "WEIGHTS", 1},
    {TENDON_SECTION_REQUANT, "REQUANT", sizeof(tendon_program_requant_t)},
    {TENDON_SECTION_INPUT, "INPUT", 1},
    {TENDON_SECTION_TABLES, "TABLES", 1},
    {TENDON_SECTION_CLASSES, "CLASSES", sizeof(std::uint32_t)},
    {TENDON_SECTION_WEIGHT_SCALES, "WEIGHT_SCALES", sizeof(float)},
    {TENDON_SECTION_ACCEL_INFO, "ACCEL_INFO", sizeof(tendon_program_accel_t)},
    {TENDON_SECTION_ACCEL_LAYERS, "ACCEL_LAYERS", sizeof(tendon_program_accel_layer_t)},
    {TENDON_SECTION_ACCEL_DESC, "ACCEL_DESC", 64},
    {TENDON_SECTION_ACCEL_WEIGHTS, "ACCEL_WEIGHTS", 1},
    {TENDON_SECTION_ACCEL_PARAMS, "ACCEL_PARAMS", 1},
};

const Kind* find_kind(std::uint32_t kind) {
  const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                   [&](const Kind& known) { return known.kind == kind; });
  return found == std::end(kKinds) ? nullptr : found;
}

class Reader {
 public:
  explicit Reader(View file) : file_(file) {}

  Program read() {
    read_header();
    read_sections();
    read_strings();
    Program program;
    program.network_id = header_.network_id;
    program.network.name = string_at(header_.network_name, "network name");
    read_tensors(program.network);
    read_layers(program.network);
    read_input(program.network);
    read_classes(program.network);
    if (const Status status = net::check(program.network); !status)
      throw Refused{status.error().message};
    check_proofs(program.network);
    for (const auto& [key, section] : sections_) {
      if (key.first == TENDON_SECTION_ACCEL_INFO) {
        program.images.push_back(read_image(key.second, program.network));
      }
    }
    return program;
  }

 private:
  void read_header() {
    need(file_.size() >= sizeof(header_), "file size", file_.size(), "at least 64");
    header_ = load<tendon_program_header_t>(file_, 0);
    need(header_.magic == TENDON_PROGRAM_MAGIC, "magic", header_.magic, text(TENDON_PROGRAM_MAGIC));
    need(header_.major == TENDON_PROGRAM_MAJOR, "major version", header_.major,
         text(TENDON_PROGRAM_MAJOR));
    need(header_.file_bytes == file_.size(), "file size in the header", header_.file_bytes,
         text(file_.size()));
    need(header_.section_count <= TENDON_PROGRAM_MAX_SECTIONS, "number of sections",
         header_.section_count, "at most " + text(TENDON_PROGRAM_MAX_SECTIONS));
    const std::size_t table = header_.section_count * sizeof(tendon_program_section_t);
    need(sizeof(header_) + table <= file_.size(), "end of the section table",
         sizeof(header_) + table, "inside the file");
    for (const std::uint32_t word : header_.reserved)
      need(word == 0, "reserved header word", word, "0");
    tendon_program_header_t plain = header_;
    plain.header_crc = 0;
    Bytes covered;
    append(covered, plain);
    const std::uint32_t crc = crc32(crc32(0, covered), file_.subspan(sizeof(header_), table));
    need(crc == header_.header_crc, "header CRC", header_.header_crc, text(crc));
  }

  void read_sections() {
    for (std::uint32_t i = 0; i < header_.section_count; ++i) {
      const auto info = load<tendon_program_section_t>(
          file_, sizeof(header_) + i * sizeof(tendon_program_section_t));
      const Kind* kind = find_kind(info.kind);
      const std::string where =
          "section " + text(i) + " (" + (kind ? kind->name : "unknown") + "): ";
      need(info.offset % TENDON_PROGRAM_ALIGN == 0, where + "offset", info.offset,
           "a multiple of 64");
      const std::uint64_t end = std::uint64_t{info.offset} + info.bytes;
      need(end <= file_.size(), where + "end", end, "inside the file of " + text(file_.size()));
      need(info.bytes == std::uint64_t{info.count} * info.entry_bytes, where + "bytes", info.bytes,
           "count * entry_bytes");
      need(info.reserved == 0, where + "reserved word", info.reserved, "0");
      if (kind == nullptr) continue;
      need(info.entry_bytes == kind->entry_bytes, where + "entry_bytes", info.entry_bytes,
           text(kind->entry_bytes));
      need(info.kind >= TENDON_SECTION_ACCEL_INFO || info.instance == 0, where + "instance",
           info.instance, "0");
      const View bytes = file_.subspan(info.offset, info.bytes);
      const std::uint32_t crc = crc32(0, bytes);
      need(crc == info.crc, where + "CRC", info.crc, text(crc));
      const bool is_new =
          sections_.try_emplace({info.kind, info.instance}, Section{info, bytes}).second;
      if (!is_new) throw Refused{where + "there is one with this kind and instance before"};
    }
  }

  const Section& section(std::uint32_t kind, std::uint32_t instance = 0) const {
    const auto found = sections_.find({kind, instance});
    if (found == sections_.end()) {
      throw Refused{std::string("section ") + find_kind(kind)->name + " " + text(instance) +
                    " is missing"};
    }
    return found->second;
  }

  template <typename T>
  T entry(const Section& from, std::uint32_t index) const {
    return load<T>(from.bytes, std::size_t{index} * sizeof(T));
  }

  void read_strings() {
    strings_ = section(TENDON_SECTION_STRINGS).bytes;
    need(!strings_.empty() && strings_.front() == 0, "STRINGS: first byte",
         strings_.empty() ? 1 : strings_[0], "0");
    need(strings_.back() == 0, "STRINGS: last byte", strings_.back(), "0");
  }

  std::string string_at(std::uint32_t offset, const std::string& what) const {
    need(offset < strings_.size(), what + ": offset", offset,
         "inside STRINGS of " + text(strings_.size()));
    // STRINGS ends with a NUL, so this stops inside it.
    return std::string(reinterpret_cast<const char*>(strings_.data()) + offset);
  }

  void read_tensors(net::Network& network) const {
    const Section& from = section(TENDON_SECTION_TENSORS);
    for (std::uint32_t i = 0; i < from.info.count; ++i) {
      const auto t = entry<tendon_program_tensor_t>(from, i);
      const std::string where = "tensor " + text(i);
      need(t.is_signed <= 1, where + ": is_signed", t.is_signed, "0 or 1");
      for (const std::uint32_t word : t.reserved)
        need(word == 0, where + ": reserved word", word, "0");
      network.tensors.push_back({string_at(t.name, where + ": name"),
                                 {t.rows, t.columns, t.channels},
                                 t.bits,
                                 t.is_signed == 1,
                                 t.scale,
                                 t.zero_point});
    }
  }

  static net::Axis axis_of(const tendon_program_axis_t& a) {
    return {a.kernel, a.stride, a.dilation, a.pad_begin, a.pad_end};
  }

  void read_layers(net::Network& network) const {
    const Section& from = section(TENDON_SECTION_LAYERS);
    for (std::uint32_t i = 0; i < from.info.count; ++i) {
      const auto l = entry<tendon_program_layer_t>(from, i);
      const std::string where = "layer " + text(i);
      net::Layer layer;
      layer.name = string_at(l.name, where + ": name");
      layer.kind = static_cast<net::LayerKind>(l.kind);
      layer.weight_bits = l.weight_bits;
      layer.grid = static_cast<net::WeightGrid>(l.grid);
      layer.rounding = static_cast<net::Rounding>(l.rounding);
      layer.inputs.push_back(l.inputs[0]);
      if (l.inputs[1] != 0xFFFF) layer.inputs.push_back(l.inputs[1]);
      layer.output = l.output;
      layer.fused_pool = l.fused_pool;
      layer.row = axis_of(l.row);
      layer.column = axis_of(l.column);
      layer.lo = l.lo;
      layer.hi = l.hi;
      for (const std::uint32_t word : l.reserved)
        need(word == 0, where + ": reserved word", word, "0");
      read_requant(l, where, layer);
      read_weights(l, where, network, layer);
      read_table(l, where, layer);
      network.layers.push_back(std::move(layer));
    }
  }

  static bool has_weights(net::LayerKind kind) {
    return kind == net::LayerKind::kConv || kind == net::LayerKind::kDense ||
           kind == net::LayerKind::kDepthwise;
  }

  void read_requant(const tendon_program_layer_t& l, const std::string& where,
                    net::Layer& layer) const {
    const Section& from = section(TENDON_SECTION_REQUANT);
    const std::uint64_t end = std::uint64_t{l.requant_first} + l.requant_count;
    need(end <= from.info.count, where + ": end of its requant entries", end,
         "at most " + text(from.info.count));
    const auto scales = sections_.find({TENDON_SECTION_WEIGHT_SCALES, 0});
    const bool has_scales = scales != sections_.end();
    if (has_scales) {
      need(scales->second.info.count == from.info.count, "WEIGHT_SCALES: count",
           scales->second.info.count, text(from.info.count));
    }
    bool any_scale = false;
    for (std::uint32_t i = l.requant_first; i < end; ++i) {
      const auto r = entry<tendon_program_requant_t>(from, i);
      need(r.shift <= 63, where + ": shift", r.shift, "0..63");
      layer.requant.push_back({r.multiplier, static_cast<int>(r.shift)});
      if (has_weights(layer.kind)) {
        layer.bias.push_back(r.bias);
        layer.weight_scales.push_back(has_scales ? entry<float>(scales->second, i) : 0.0f);
        any_scale = any_scale || layer.weight_scales.back() != 0.0f;
      } else {
        need(r.bias == 0, where + ": bias of a layer without weights",
             static_cast<std::uint32_t>(r.bias), "0");
      }
    }
    if (!any_scale) layer.weight_scales.clear();
  }

  /// Weights per channel of a layer whose wiring nothing has checked yet.
  static std::uint64_t weights_per_channel(const net::Network& network, const net::Layer& layer,
                                           const std::string& where) {
    const auto input = static_cast<std::size_t>(layer.inputs[0]);
    need(input < network.tensors.size(), where + ": input tensor", input,
         "below " + text(network.tensors.size()));
    const net::Shape& in = network.tensors[input].shape;
    const std::uint64_t taps = static_cast<std::uint64_t>(layer.row.kernel) *
                               static_cast<std::uint64_t>(layer.column.kernel);
    const auto channels = static_cast<std::uint64_t>(in.channels);
    switch (layer.kind) {
      case net::LayerKind::kConv:
        return taps * channels;
      case net::LayerKind::kDense:
        return static_cast<std::uint64_t>(in.rows) * static_cast<std::uint64_t>(in.columns) *
               channels;
      default:
        return taps;
    }
  }

  void read_weights(const tendon_program_layer_t& l, const std::string& where,
                    const net::Network& network, net::Layer& layer) const {
    if (!has_weights(layer.kind)) {
      need(l.weight_row_bytes == 0, where + ": weight_row_bytes", l.weight_row_bytes, "0");
      return;
    }
    const int bits = layer.weight_bits;
    need(bits == 2 || bits == 4 || bits == 8, where + ": weight bits", l.weight_bits, "2, 4 or 8");
    const View weights = section(TENDON_SECTION_WEIGHTS).bytes;
    const std::uint64_t per_channel = weights_per_channel(network, layer, where);
    const std::uint64_t row_bytes = (per_channel * l.weight_bits + 31) / 32 * 4;
    need(per_channel > 0 && per_channel < (1u << 30), where + ": weights per channel", per_channel,
         "1.." + text(1u << 30));
    need(l.weight_row_bytes == row_bytes, where + ": weight_row_bytes", l.weight_row_bytes,
         text(row_bytes));
    need(l.weights_offset % 4 == 0, where + ": weights_offset", l.weights_offset,
         "a multiple of 4");
    const std::uint64_t end = l.weights_offset + row_bytes * l.requant_count;
    need(end <= weights.size(), where + ": end of its weights", end,
         "at most " + text(weights.size()));
    const auto codes = net::unpack_rows(
        weights.subspan(l.weights_offset, static_cast<std::size_t>(end) - l.weights_offset),
        static_cast<int>(per_channel), bits, true);
    layer.weights.assign(codes.begin(), codes.end());
  }

  void read_table(const tendon_program_layer_t& l, const std::string& where,
                  net::Layer& layer) const {
    if (layer.kind != net::LayerKind::kTable) return;
    const View tables = section(TENDON_SECTION_TABLES).bytes;
    const std::uint64_t end = std::uint64_t{l.table_offset} + 256;
    need(end <= tables.size(), where + ": end of its table", end, "at most " + text(tables.size()));
    for (std::size_t i = 0; i < 256; ++i) {
      layer.table.push_back(static_cast<std::int8_t>(tables[l.table_offset + i]));
    }
  }

  void read_input(net::Network& network) const {
    const View input = section(TENDON_SECTION_INPUT).bytes;
    if (network.tensors.empty()) throw Refused{"TENSORS is empty"};
    const auto channels = static_cast<std::size_t>(network.tensors[0].shape.channels);
    need(input.size() == channels * 4 + 256, "INPUT: bytes", input.size(),
         text(channels * 4 + 256));
    for (std::size_t c = 0; c < channels; ++c) {
      network.input_coding.gain.push_back(load<float>(input, c * 4));
    }
    network.input_coding.table.assign(input.end() - 256, input.end());
  }

  void read_classes(net::Network& network) const {
    const Section& from = section(TENDON_SECTION_CLASSES);
    for (std::uint32_t i = 0; i < from.info.count; ++i) {
      network.classes.push_back(string_at(entry<std::uint32_t>(from, i), "class " + text(i)));
    }
  }

  /// The bounds that the file claims are those that its own weights give.
  void check_proofs(const net::Network& network) const {
    const Section& from = section(TENDON_SECTION_LAYERS);
    for (std::uint32_t i = 0; i < from.info.count; ++i) {
      const auto claimed = entry<tendon_program_layer_t>(from, i).accumulator_bound;
      const auto bound =
          static_cast<std::uint64_t>(net::accumulator_bound(network, network.layers[i]));
      need(claimed == bound, "layer '" + network.layers[i].name + "': accumulator bound", claimed,
           text(bound));
    }
  }

  Image read_image(std::uint32_t instance, const net::Network& network) const {
    const std::string where = "image " + text(instance);
    const Section& info_section = section(TENDON_SECTION_ACCEL_INFO, instance);
    need(info_section.info.count == 1, where + ": ACCEL_INFO count", info_section.info.count, "1");
    const auto info = entry<tendon_program_accel_t>(info_section, 0);
    Image image;
    Geometry& g = image.geometry;
    g.name = string_at(info.config_name, where + ": name");
    g.rows = info.rows;
    g.columns = info.columns;
    g.lanes = info.lanes;
    g.features = info.features;
    for (const std::uint32_t words : {info.act_words, info.weight_lines, info.param_entries}) {
      need(words <= 0x10000, where + ": memory size", words, "at most 65536");
    }
    g.act_words = static_cast<int>(info.act_words);
    g.weight_lines = static_cast<int>(info.weight_lines);
    g.param_entries = static_cast<int>(info.param_entries);
    image.load_cycles = info.load_cycles;
    const View weights = section(TENDON_SECTION_ACCEL_WEIGHTS, instance).bytes;
    const View params = section(TENDON_SECTION_ACCEL_PARAMS, instance).bytes;
    const std::uint64_t line_bytes = std::uint64_t{info.rows} * info.lanes;
    need(line_bytes != 0 && weights.size() % line_bytes == 0, where + ": weight bytes",
         weights.size(), "whole lines of " + text(line_bytes));
    need(params.size() == std::uint64_t{info.param_entries} * info.rows * 12,
         where + ": parameter bytes", params.size(),
         text(std::uint64_t{info.param_entries} * info.rows * 12));
    image.weights.assign(weights.begin(), weights.end());
    image.params.assign(params.begin(), params.end());
    read_places(instance, network, image);
    const bool streamed = std::any_of(
        image.layers.begin(), image.layers.end(),
        [](const LayerPlace& place) { return (place.flags & TENDON_ACCEL_STREAMED) != 0; });
    need(streamed || weights.size() == info.weight_lines * line_bytes, where + ": weight bytes",
         weights.size(), text(info.weight_lines * line_bytes));
    return image;
  }

  void read_places(std::uint32_t instance, const net::Network& network, Image& image) const {
    const std::string where = "image " + text(instance);
    const Section& layers = section(TENDON_SECTION_ACCEL_LAYERS, instance);
    const Section& descriptors = section(TENDON_SECTION_ACCEL_DESC, instance);
    need(layers.info.count == network.layers.size(), where + ": layers", layers.info.count,
         text(network.layers.size()));
    for (std::uint32_t i = 0; i < layers.info.count; ++i) {
      const auto l = entry<tendon_program_accel_layer_t>(layers, i);
      LayerPlace place;
      place.on_accelerator = l.desc_first != TENDON_ACCEL_LAYER_NONE;
      place.reason = l.reason;
      place.predicted_cycles = l.predicted_cycles;
      place.in_base[0] = l.in_base[0];
      place.in_base[1] = l.in_base[1];
      place.out_base = l.out_base;
      place.flags = l.flags;
      need(l.flags <= 3, where + ": flags of layer " + text(i), l.flags, "at most 3");
      if (place.on_accelerator) {
        const std::uint64_t end = std::uint64_t{l.desc_first} + l.desc_count;
        need(end <= descriptors.info.count, where + ": end of the descriptors of layer " + text(i),
             end, "at most " + text(descriptors.info.count));
        for (std::uint64_t w = std::uint64_t{l.desc_first} * 16; w < end * 16; ++w) {
          place.descriptors.push_back(load<std::uint32_t>(descriptors.bytes, w * 4));
        }
      } else {
        need(l.desc_count == 0, where + ": descriptors of layer " + text(i), l.desc_count, "0");
      }
      image.layers.push_back(std::move(place));
    }
  }

  View file_;
  View strings_;
  tendon_program_header_t header_{};
  std::map<std::pair<std::uint32_t, std::uint32_t>, Section> sections_;
};

}  // namespace

Result<Program> read(std::span<const std::uint8_t> file) {
  try {
    return Reader(file).read();
  } catch (const Refused& refused) {
    return Error{"program file: " + refused.message};
  }
}

Result<net::Network> read_network(std::span<const std::uint8_t> file) {
  Result<Program> program = read(file);
  if (!program) return program.error();
  return std::move(program->network);
}

}  // namespace tendon::compiler
