// SPDX-License-Identifier: MIT
#include <bit>

#include "onnx/graph.hpp"
#include "onnx/wire.hpp"

namespace tendon::onnx {
namespace {

Status take_ints(const Field& field, std::vector<std::int64_t>& values) {
  if (!field.is_bytes) {
    values.push_back(static_cast<std::int64_t>(field.value));
    return Unit{};
  }
  const auto packed = parse_packed(field.bytes);
  if (!packed) return packed.error();
  values.insert(values.end(), packed->begin(), packed->end());
  return Unit{};
}

Status decode_attribute(std::string_view bytes, Node& node) {
  const auto fields = parse_fields(bytes);
  if (!fields) return fields.error();
  std::string name;
  std::vector<std::int64_t> list;
  std::int64_t number = 0;
  float real = 0.0f;
  std::uint64_t type = 0;
  for (const Field& field : *fields) {
    if (field.number == 1) name = field.bytes;
    if (field.number == 2) real = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
    if (field.number == 3) number = static_cast<std::int64_t>(field.value);
    if (field.number == 20) type = field.value;
    if (field.number == 8) {
      if (Status status = take_ints(field, list); !status) return status;
    }
  }
  if (type == 1) {
    node.reals[name] = real;
  } else if (type == 2) {
    node.numbers[name] = number;
  } else if (type == 7) {
    node.lists[name] = std::move(list);
  } else {
    return Error{"attribute " + name + " of type " + std::to_string(type)};
  }
  return Unit{};
}

Result<Node> decode_node(std::string_view bytes) {
  const auto fields = parse_fields(bytes);
  if (!fields) return fields.error();
  Node node;
  for (const Field& field : *fields) {
    if (field.number == 1) node.inputs.emplace_back(field.bytes);
    if (field.number == 2) node.outputs.emplace_back(field.bytes);
    if (field.number == 4) node.op = field.bytes;
    if (field.number == 5) {
      if (Status status = decode_attribute(field.bytes, node); !status) return status.error();
    }
  }
  return node;
}

/// Bits of an element in raw_data; 0: a type that is not read.
int element_bits(Type type) {
  switch (type) {
    case Type::kFloat:
    case Type::kInt32:
      return 32;
    case Type::kUint8:
    case Type::kInt8:
      return 8;
    case Type::kInt64:
      return 64;
    case Type::kUint4:
    case Type::kInt4:
      return 4;
  }
  return 0;
}

std::int64_t element(std::string_view raw, std::size_t index, Type type) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(raw[i]));
  };
  const int bits = element_bits(type);
  std::uint64_t value = 0;
  if (bits == 4) {
    value = byte(index / 2) >> (index % 2 * 4) & 0xF;
  } else {
    const auto size = static_cast<std::size_t>(bits / 8);
    for (std::size_t i = 0; i < size; ++i) value |= byte(index * size + i) << (8 * i);
  }
  if (type == Type::kUint8 || type == Type::kUint4 || bits == 64) {
    return static_cast<std::int64_t>(value);
  }
  const int unused = 64 - bits;  // sign extension
  return static_cast<std::int64_t>(value << unused) >> unused;
}

Status fill(std::string_view raw, Initializer& constant) {
  std::uint64_t count = 1;
  for (const std::int64_t dim : constant.dims) {
    if (dim < 0 || dim > (1 << 28)) return Error{"dimension " + std::to_string(dim)};
    count *= static_cast<std::uint64_t>(dim);
    if (count > (1u << 28)) return Error{"more than 2^28 elements"};
  }
  const int bits = element_bits(constant.type);
  if (bits == 0) {
    return Error{"element type " + std::to_string(static_cast<int>(constant.type))};
  }
  const std::uint64_t bytes = (count * static_cast<std::uint64_t>(bits) + 7) / 8;
  if (raw.size() != bytes) {
    return Error{std::to_string(raw.size()) + " bytes of data, " + std::to_string(bytes) +
                 " expected"};
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t value = element(raw, i, constant.type);
    if (constant.type == Type::kFloat) {
      constant.reals.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(value)));
    } else {
      constant.integers.push_back(value);
    }
  }
  return Unit{};
}

Result<Initializer> decode_initializer(std::string_view bytes) {
  const auto fields = parse_fields(bytes);
  if (!fields) return fields.error();
  Initializer constant;
  std::string_view raw;
  for (const Field& field : *fields) {
    if (field.number == 1) {
      if (Status status = take_ints(field, constant.dims); !status) return status.error();
    }
    if (field.number == 2) constant.type = static_cast<Type>(field.value & 0xFF);
    if (field.number == 8) constant.name = field.bytes;
    if (field.number == 9) raw = field.bytes;
  }
  if (Status status = fill(raw, constant); !status) {
    return Error{"initializer " + constant.name + ": " + status.error().message};
  }
  return constant;
}

Status decode_graph(std::string_view bytes, Model& model) {
  const auto fields = parse_fields(bytes);
  if (!fields) return fields.error();
  for (const Field& field : *fields) {
    if (field.number == 2) model.name = field.bytes;
    if (field.number == 1) {
      Result<Node> node = decode_node(field.bytes);
      if (!node) return node.error();
      model.nodes.push_back(std::move(*node));
    }
    if (field.number == 5) {
      Result<Initializer> constant = decode_initializer(field.bytes);
      if (!constant) return constant.error();
      model.initializers.push_back(std::move(*constant));
    }
  }
  return Unit{};
}

Status decode_metadata(std::string_view bytes, Model& model) {
  const auto fields = parse_fields(bytes);
  if (!fields) return fields.error();
  std::string key, value;
  for (const Field& field : *fields) {
    if (field.number == 1) key = field.bytes;
    if (field.number == 2) value = field.bytes;
  }
  model.metadata[key] = value;
  return Unit{};
}

}  // namespace

Result<Model> decode_model(std::string_view bytes) {
  const auto fields = parse_fields(bytes);
  if (!fields) return Error{"not an ONNX file, or truncated"};
  Model model;
  bool graph = false;
  for (const Field& field : *fields) {
    Status status = Unit{};
    if (field.number == 7 && field.is_bytes) {
      graph = true;
      status = decode_graph(field.bytes, model);
    }
    if (field.number == 14 && field.is_bytes) status = decode_metadata(field.bytes, model);
    if (!status) return status.error();
  }
  if (!graph) return Error{"not an ONNX file: no graph"};
  return model;
}

Result<const Initializer*> find(const Model& model, const std::string& name) {
  for (const Initializer& constant : model.initializers) {
    if (constant.name == name) return &constant;
  }
  return Error{"initializer " + name + " is missing"};
}

}  // namespace tendon::onnx
