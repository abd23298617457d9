// SPDX-License-Identifier: MIT
// NPY 1.0 to 3.0, C order, little-endian: the subset numpy.save() writes for plain arrays.
#include <cmath>
#include <cstring>
#include <filesystem>

#include "data/readers.hpp"

namespace tendon::data {
namespace {

struct Array {
  std::vector<std::size_t> shape;
  std::vector<double> values;
};

/// Text behind `'key':` in the header dictionary, up to the next comma outside parentheses.
std::string field(const std::string& header, const std::string& key) {
  const std::size_t at = header.find("'" + key + "':");
  if (at == std::string::npos) return {};
  std::size_t begin = at + key.size() + 3, end = begin;
  for (int depth = 0; end < header.size(); ++end) {
    if (header[end] == '(') ++depth;
    if (header[end] == ')') --depth;
    if (depth <= 0 && (header[end] == ',' || header[end] == '}')) break;
  }
  while (begin < end && header[begin] == ' ') ++begin;
  return header.substr(begin, end - begin);
}

Result<std::vector<std::size_t>> parse_shape(const std::string& text) {
  std::vector<std::size_t> shape;
  std::size_t value = 0, digits = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      value = value * 10 + static_cast<std::size_t>(c - '0');
      if (++digits > 9) return Error{"shape " + text};
    } else if (digits > 0) {
      shape.push_back(value);
      value = digits = 0;
    }
  }
  if (shape.empty() || shape.size() > 2) return Error{"shape " + text + ", 1 or 2 axes expected"};
  return shape;
}

template <typename T>
void convert(const char* bytes, std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
    values[i] = static_cast<double>(value);
  }
}

using Convert = void (*)(const char*, std::vector<double>&);
struct Type {
  const char* name;
  std::size_t size;
  Convert convert;
};
constexpr Type kTypes[] = {
    {"'<f4'", 4, convert<float>},        {"'<f8'", 8, convert<double>},
    {"'|u1'", 1, convert<std::uint8_t>}, {"'|i1'", 1, convert<std::int8_t>},
    {"'<i2'", 2, convert<std::int16_t>}, {"'<u2'", 2, convert<std::uint16_t>},
    {"'<i4'", 4, convert<std::int32_t>}, {"'<i8'", 8, convert<std::int64_t>},
};

/// Where the header text is, and where the data begins. Error: no NPY file, truncated.
Result<std::string> header_of(const std::string& bytes, std::size_t& data) {
  if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0) return Error{"not an NPY file"};
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  const bool wide = byte(6) > 1;
  const std::size_t begin = wide ? 12 : 10;
  const std::size_t length =
      byte(8) | byte(9) << 8 | (wide ? byte(10) << 16 | byte(11) << 24 : std::size_t{0});
  data = begin + length;
  if (data > bytes.size()) return Error{"truncated in its header"};
  return bytes.substr(begin, length);
}

Result<Array> parse(const std::string& bytes) {
  std::size_t data = 0;
  const Result<std::string> header = header_of(bytes, data);
  if (!header) return header.error();
  if (field(*header, "fortran_order") != "False") return Error{"array is not in C order"};
  const Result<std::vector<std::size_t>> shape = parse_shape(field(*header, "shape"));
  if (!shape) return shape.error();
  const std::string name = field(*header, "descr");
  for (const Type& type : kTypes) {
    if (name != type.name) continue;
    Array array{*shape, {}};
    const std::size_t count = (*shape)[0] * (shape->size() > 1 ? (*shape)[1] : 1);
    if (bytes.size() - data != count * type.size) {
      return Error{std::to_string(bytes.size() - data) + " bytes of data, " +
                   std::to_string(count * type.size) + " expected"};
    }
    array.values.resize(count);
    type.convert(bytes.data() + data, array.values);
    return array;
  }
  return Error{"element type " + name + " is not supported"};
}

Result<Array> load_array(const std::string& path) {
  const Result<std::string> bytes = read_file(path);
  if (!bytes) return bytes.error();
  Result<Array> array = parse(*bytes);
  if (!array) return Error{path + ": " + array.error().message};
  return array;
}

Result<std::vector<int>> load_column(const std::string& path, std::size_t rows) {
  const Result<Array> array = load_array(path);
  if (!array) return array.error();
  if (array->values.size() != rows) {
    return Error{path + ": " + std::to_string(array->values.size()) + " values, " +
                 std::to_string(rows) + " expected"};
  }
  std::vector<int> column(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const double value = array->values[i];
    if (!(value >= 0 && value <= 255) || value != std::floor(value)) {
      return Error{path + ": row " + std::to_string(i + 1) + ": " + std::to_string(value) +
                   " is no whole number 0..255"};
    }
    column[i] = static_cast<int>(value);
  }
  return column;
}

}  // namespace

Result<Recording> load_npy(const std::string& path) {
  const Result<Array> emg = load_array(path);
  if (!emg) return emg.error();
  if (emg->shape.size() != 2 || emg->shape[0] == 0 || emg->shape[1] == 0) {
    return Error{path + ": array must be [time, channel]"};
  }
  const std::string stem = std::filesystem::path(path).replace_extension().string();
  Result<std::vector<int>> label = load_column(stem + ".label.npy", emg->shape[0]);
  if (!label) return label.error();
  Result<std::vector<int>> repetition = load_column(stem + ".repetition.npy", emg->shape[0]);
  if (!repetition) return repetition.error();

  Recording recording;
  recording.name = std::filesystem::path(path).filename().string();
  recording.rate_hz = 100.0;
  recording.channels = static_cast<int>(emg->shape[1]);
  recording.samples.assign(emg->values.size(), 0.0f);
  for (std::size_t i = 0; i < emg->values.size(); ++i) {
    if (!std::isfinite(emg->values[i])) {
      return bad_value(path, "array", i / emg->shape[1], i % emg->shape[1]);
    }
    recording.samples[i] = static_cast<float>(emg->values[i]);
  }
  recording.label = std::move(*label);
  recording.repetition = std::move(*repetition);
  return recording;
}

}  // namespace tendon::data
