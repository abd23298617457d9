// SPDX-License-Identifier: MIT
#include "cli/output.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tendon::cli {
namespace {

/// Characters of UTF-8, not bytes: the tables hold a few signs outside ASCII.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

Error file_error(const std::string& path, const char* verb) {
  return Error{path + ": cannot " + verb + ": " + std::strerror(errno)};
}

}  // namespace

std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string percent(double part, int decimals) { return fixed(part * 100, decimals) + " %"; }

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i]));
    }
  }
  std::string out;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows_[r].size(); ++i) {
      const std::string& cell = rows_[r][i];
      const std::string fill(widths[i] - width(cell), ' ');
      line += (i == 0 ? "" : "  ") + (i == 0 ? cell + fill : fill + cell);
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    if (r == 0) {
      std::size_t total = 2 * (widths.size() - 1);
      for (const std::size_t w : widths) {
        total += w;
      }
      out += std::string(total, '-') + '\n';
    }
  }
  return out;
}

Status write_file(const std::string& path, const std::string& content) {
  const std::filesystem::path target(path);
  if (target.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(target.parent_path(), error);
    if (error) {
      return Error{path + ": cannot make its folder: " + error.message()};
    }
  }
  const std::string partial = path + ".part";
  {
    std::ofstream file(partial, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.flush();
    if (!file) {
      const Error error = file_error(path, "write");
      std::remove(partial.c_str());
      return error;
    }
  }
  if (std::rename(partial.c_str(), path.c_str()) != 0) {
    const Error error = file_error(path, "write");
    std::remove(partial.c_str());
    return error;
  }
  return Unit{};
}

Result<std::vector<std::uint8_t>> read_file(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    return Error{path + ": is a folder, not a file"};
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return file_error(path, "read");
  }
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
}

Status write_json(const std::string& path, const Json& json) {
  return path.empty() ? Status(Unit{}) : write_file(path, json.dump(2) + "\n");
}

}  // namespace tendon::cli
