// SPDX-License-Identifier: MIT
#include <charconv>
#include <cmath>
#include <filesystem>
#include <string_view>

#include "data/readers.hpp"

namespace tendon::data {
namespace {

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t begin = 0;;) {
    const std::size_t comma = line.find(',', begin);
    std::string_view cell = line.substr(begin, comma - begin);
    while (!cell.empty() && cell.front() == ' ') cell.remove_prefix(1);
    while (!cell.empty() && cell.back() == ' ') cell.remove_suffix(1);
    cells.push_back(cell);
    if (comma == std::string_view::npos) return cells;
    begin = comma + 1;
  }
}

template <typename T>
bool parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// The lines of a file with their numbers, without comments and empty lines.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool next(std::string_view& line) {
    while (!rest_.empty()) {
      const std::size_t end = rest_.find('\n');
      line = rest_.substr(0, end);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++number_;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (!line.empty()) return true;
    }
    return false;
  }
  std::string where() const { return ", line " + std::to_string(number_); }

 private:
  std::string_view rest_;
  int number_ = 0;
};

Status parse_row(const std::vector<std::string_view>& cells,
                 const std::vector<std::string_view>& names, Recording& recording) {
  if (cells.size() != names.size()) {
    return Error{std::to_string(cells.size()) + " columns, the header has " +
                 std::to_string(names.size())};
  }
  int label = 0, repetition = 0;
  if (!parse(cells[0], label)) return Error{"label: no whole number: " + std::string(cells[0])};
  if (!parse(cells[1], repetition)) {
    return Error{"repetition: no whole number: " + std::string(cells[1])};
  }
  recording.label.push_back(label);
  recording.repetition.push_back(repetition);
  for (std::size_t c = 2; c < cells.size(); ++c) {
    float value = 0;
    if (!parse(cells[c], value) || !std::isfinite(value)) {
      return Error{std::string(names[c]) + ": not a finite number: " + std::string(cells[c])};
    }
    recording.samples.push_back(value);
  }
  return Unit{};
}

}  // namespace

Result<Recording> load_csv(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  Lines lines(*text);
  Recording recording;
  recording.name = std::filesystem::path(path).filename().string();
  recording.rate_hz = 100.0;
  std::vector<std::string_view> names;
  for (std::string_view line; lines.next(line);) {
    constexpr std::string_view kRate = "# rate_hz=";
    if (line.front() == '#') {
      if (line.substr(0, kRate.size()) == kRate &&
          !parse(line.substr(kRate.size()), recording.rate_hz)) {
        return Error{path + lines.where() + ": no rate: " + std::string(line)};
      }
    } else if (names.empty()) {
      names = split(line);
      if (names.size() < 3 || names[0] != "label" || names[1] != "repetition") {
        return Error{path + lines.where() + ": header must be `label,repetition,CHANNEL,...`"};
      }
      recording.channels = static_cast<int>(names.size() - 2);
    } else if (const Status status = parse_row(split(line), names, recording); !status) {
      return Error{path + lines.where() + ": " + status.error().message};
    }
  }
  if (recording.label.empty()) return Error{path + ": no samples"};
  return recording;
}

}  // namespace tendon::data
