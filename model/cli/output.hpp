// SPDX-License-Identifier: MIT
// What the commands print and write: aligned tables, numbers, JSON files.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "net/result.hpp"

namespace tendon::cli {

/// Keys stay in the order in which they were written.
using Json = nlohmann::ordered_json;

/// "379,472"
std::string grouped(std::uint64_t value);
/// 0.9431 -> "94.3 %"
std::string percent(double part, int decimals = 1);
/// 12.3456 -> "12.35"
std::string fixed(double value, int decimals);

/// Rows of text in columns as wide as their widest cell. The first column is flush left, the others
/// right; the first row is the heading, underlined.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }
  /// Cells that are missing at the end of a row are empty.
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// Writes a whole file, first beside it and then renamed, so that nobody reads half of one. Folders
/// are made. Error: names the file and the reason; the old file is unchanged.
Status write_file(const std::string& path, const std::string& content);
/// Whole file. Error: names the file and the reason.
Result<std::vector<std::uint8_t>> read_file(const std::string& path);
/// Nothing happens when `path` is empty: the option was not given.
Status write_json(const std::string& path, const Json& json);

}  // namespace tendon::cli
