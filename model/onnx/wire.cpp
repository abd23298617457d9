// SPDX-License-Identifier: MIT
#include "onnx/wire.hpp"

#include <bit>

namespace tendon::onnx {
namespace {

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

/// Takes the varint at the front of `rest`; false when it does not end.
bool take_varint(std::string_view& rest, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest.empty()) return false;
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

bool take_fixed(std::string_view& rest, std::size_t size, std::uint64_t& value) {
  if (rest.size() < size) return false;
  value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest[i])) << (8 * i);
  }
  rest.remove_prefix(size);
  return true;
}

bool take_value(std::string_view& rest, std::uint32_t type, Field& field) {
  switch (type) {
    case kVarint:
      return take_varint(rest, field.value);
    case kFixed64:
      return take_fixed(rest, 8, field.value);
    case kFixed32:
      return take_fixed(rest, 4, field.value);
    case kBytes:
      break;
    default:
      return false;
  }
  std::uint64_t size = 0;
  if (!take_varint(rest, size) || size > rest.size()) return false;
  field.is_bytes = true;
  field.bytes = rest.substr(0, static_cast<std::size_t>(size));
  rest.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

}  // namespace

void Writer::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) text_ += static_cast<char>((value & 0x7F) | 0x80);
  text_ += static_cast<char>(value);
}

void Writer::integer(int field, std::int64_t value) {
  varint(static_cast<std::uint64_t>(field) << 3 | kVarint);
  varint(static_cast<std::uint64_t>(value));
}

void Writer::bytes(int field, std::string_view value) {
  varint(static_cast<std::uint64_t>(field) << 3 | kBytes);
  varint(value.size());
  text_ += value;
}

void Writer::real(int field, float value) {
  varint(static_cast<std::uint64_t>(field) << 3 | kFixed32);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int i = 0; i < 4; ++i) text_ += static_cast<char>(bits >> (8 * i));
}

Result<std::vector<Field>> parse_fields(std::string_view message) {
  std::vector<Field> fields;
  while (!message.empty()) {
    std::uint64_t key = 0;
    Field field;
    if (!take_varint(message, key) || key >> 3 == 0 || key >> 3 > 0x1FFFFFFF ||
        !take_value(message, static_cast<std::uint32_t>(key & 7), field)) {
      return Error{"damaged or truncated protobuf message"};
    }
    field.number = static_cast<int>(key >> 3);
    fields.push_back(field);
  }
  return fields;
}

Result<std::vector<std::int64_t>> parse_packed(std::string_view bytes) {
  std::vector<std::int64_t> values;
  while (!bytes.empty()) {
    std::uint64_t value = 0;
    if (!take_varint(bytes, value)) return Error{"truncated list of integers"};
    values.push_back(static_cast<std::int64_t>(value));
  }
  return values;
}

}  // namespace tendon::onnx
