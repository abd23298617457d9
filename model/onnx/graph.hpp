// SPDX-License-Identifier: MIT
// The parts of an ONNX model that Tendon writes and reads, and their coding (field numbers of
// onnx.proto, IR version 10).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "net/result.hpp"

namespace tendon::onnx {

enum class Type : std::int32_t {
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kInt32 = 6,
  kInt64 = 7,
  kUint4 = 21,
  kInt4 = 22,
};

/// A constant. Integers are held widened; 4-bit types are packed in the file, low nibble first.
struct Initializer {
  std::string name;
  Type type = Type::kFloat;
  std::vector<std::int64_t> dims;  // empty: a scalar
  std::vector<float> reals;        // kFloat
  std::vector<std::int64_t> integers;
};

struct Node {
  std::string op;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, std::vector<std::int64_t>> lists;  // INTS attributes
  std::map<std::string, std::int64_t> numbers;             // INT attributes
  std::map<std::string, float> reals;                      // FLOAT attributes
  bool operator==(const Node&) const = default;
};

/// A graph input or output; dimension 0 stands for any number of windows.
struct Port {
  std::string name;
  Type type = Type::kFloat;
  std::vector<std::int64_t> dims;
};

struct Model {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Initializer> initializers;
  std::vector<Port> inputs, outputs;
  std::map<std::string, std::string> metadata;
};

std::string encode_model(const Model& model);

/// Error: not an ONNX model, truncated, an element type or size that does not fit; names the node
/// or initializer. Graph inputs and outputs are not read back.
Result<Model> decode_model(std::string_view bytes);

/// Initializer by name. Error: names it.
Result<const Initializer*> find(const Model& model, const std::string& name);

/// Whole file, and back. Error: names the file.
Result<std::string> read_file(const std::string& path);
Status write_file(const std::string& path, const std::string& bytes);

}  // namespace tendon::onnx
