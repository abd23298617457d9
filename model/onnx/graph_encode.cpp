// SPDX-License-Identifier: MIT
#include <bit>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "onnx/graph.hpp"
#include "onnx/wire.hpp"

namespace tendon::onnx {
namespace {

constexpr int kIrVersion = 10;
constexpr int kOpset = 21;
enum AttributeType { kAttributeFloat = 1, kAttributeInt = 2, kAttributeInts = 7 };

void little_endian(std::uint64_t value, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::string raw_data(const Initializer& constant) {
  std::string raw;
  for (const float value : constant.reals) {
    little_endian(std::bit_cast<std::uint32_t>(value), 4, raw);
  }
  const bool nibbles = constant.type == Type::kInt4 || constant.type == Type::kUint4;
  const int bytes = constant.type == Type::kInt64 ? 8 : (constant.type == Type::kInt32 ? 4 : 1);
  for (std::size_t i = 0; i < constant.integers.size(); ++i) {
    const auto value = static_cast<std::uint64_t>(constant.integers[i]);
    if (!nibbles) {
      little_endian(value, bytes, raw);
    } else if (i % 2 == 0) {
      raw += static_cast<char>(value & 0xF);
    } else {
      raw.back() = static_cast<char>(static_cast<unsigned char>(raw.back()) | (value & 0xF) << 4);
    }
  }
  return raw;
}

std::string encode(const Initializer& constant) {
  Writer out;
  for (const std::int64_t dim : constant.dims) out.integer(1, dim);
  out.integer(2, static_cast<std::int64_t>(constant.type));
  out.bytes(8, constant.name);
  out.bytes(9, raw_data(constant));
  return out.text();
}

std::string encode(const Node& node) {
  Writer out;
  for (const std::string& name : node.inputs) out.bytes(1, name);
  for (const std::string& name : node.outputs) out.bytes(2, name);
  out.bytes(3, node.op + ":" + node.outputs.front());
  out.bytes(4, node.op);
  for (const auto& [name, value] : node.reals) {
    Writer attribute;
    attribute.bytes(1, name);
    attribute.real(2, value);
    attribute.integer(20, kAttributeFloat);
    out.bytes(5, attribute.text());
  }
  for (const auto& [name, value] : node.numbers) {
    Writer attribute;
    attribute.bytes(1, name);
    attribute.integer(3, value);
    attribute.integer(20, kAttributeInt);
    out.bytes(5, attribute.text());
  }
  for (const auto& [name, values] : node.lists) {
    Writer attribute;
    attribute.bytes(1, name);
    for (const std::int64_t value : values) attribute.integer(8, value);
    attribute.integer(20, kAttributeInts);
    out.bytes(5, attribute.text());
  }
  return out.text();
}

std::string encode(const Port& port) {
  Writer shape;
  for (const std::int64_t dim : port.dims) {
    Writer axis;
    if (dim > 0) {
      axis.integer(1, dim);
    } else {
      axis.bytes(2, "windows");
    }
    shape.bytes(1, axis.text());
  }
  Writer tensor;
  tensor.integer(1, static_cast<std::int64_t>(port.type));
  tensor.bytes(2, shape.text());
  Writer type;
  type.bytes(1, tensor.text());
  Writer out;
  out.bytes(1, port.name);
  out.bytes(2, type.text());
  return out.text();
}

}  // namespace

std::string encode_model(const Model& model) {
  Writer graph;
  for (const Node& node : model.nodes) graph.bytes(1, encode(node));
  graph.bytes(2, model.name.empty() ? "network" : model.name);
  for (const Initializer& constant : model.initializers) graph.bytes(5, encode(constant));
  for (const Port& port : model.inputs) graph.bytes(11, encode(port));
  for (const Port& port : model.outputs) graph.bytes(12, encode(port));

  Writer opset;
  opset.bytes(1, "");
  opset.integer(2, kOpset);
  Writer out;
  out.integer(1, kIrVersion);
  out.bytes(2, "tendon");
  out.bytes(7, graph.text());
  out.bytes(8, opset.text());
  for (const auto& [key, value] : model.metadata) {
    Writer entry;
    entry.bytes(1, key);
    entry.bytes(2, value);
    out.bytes(14, entry.text());
  }
  return out.text();
}

Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return Error{path + ": is a folder"};
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{path + ": cannot be opened"};
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return std::move(bytes).str();
}

Status write_file(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) return Error{path + ": cannot be written"};
  return Unit{};
}

}  // namespace tendon::onnx
