// SPDX-License-Identifier: MIT
// The protobuf wire format, as much as ONNX needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/result.hpp"

namespace tendon::onnx {

/// Appends fields to a message.
class Writer {
 public:
  void integer(int field, std::int64_t value);    // varint
  void bytes(int field, std::string_view value);  // string, bytes, sub-message
  void real(int field, float value);              // fixed32
  const std::string& text() const { return text_; }

 private:
  void varint(std::uint64_t value);
  std::string text_;
};

/// One field of a message: a number, or a run of bytes.
struct Field {
  int number = 0;
  bool is_bytes = false;
  std::uint64_t value = 0;  // varint, fixed32 and fixed64 as they are
  std::string_view bytes;   // points into the message
};

/// Splits a message into its fields. Error: truncated or malformed.
Result<std::vector<Field>> parse_fields(std::string_view message);

/// A packed repeated varint field. Error: truncated.
Result<std::vector<std::int64_t>> parse_packed(std::string_view bytes);

}  // namespace tendon::onnx
