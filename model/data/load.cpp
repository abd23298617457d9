// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "data/readers.hpp"

namespace tendon::data {
namespace fs = std::filesystem;

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{path + ": cannot be opened"};
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return Error{path + ": cannot be read"};
  return std::move(text).str();
}

Error bad_value(const std::string& path, const std::string& variable, std::size_t row,
                std::size_t column) {
  return Error{path + ": " + variable + ": not a finite number in row " + std::to_string(row + 1) +
               ", column " + std::to_string(column + 1)};
}

Result<Recording> load(const std::string& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return Error{path + ": no such file or folder"};
  Result<Recording> recording = [&]() -> Result<Recording> {
    if (fs::is_directory(path, ignored)) return load_myo(path);
    std::string extension = fs::path(path).extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (extension == ".mat") return load_mat(path);
    if (extension == ".csv") return load_csv(path);
    if (extension == ".npy") return load_npy(path);
    return Error{path + ": unknown kind of recording; .mat, .csv, .npy or a Myo folder"};
  }();
  if (!recording) return recording;
  if (const Status status = check(*recording); !status) {
    return Error{path + ": " + status.error().message};
  }
  return recording;
}

Status check(const Recording& recording) {
  const auto length = static_cast<std::size_t>(recording.length());
  if (recording.channels < 1 || recording.channels > 1024) {
    return Error{std::to_string(recording.channels) + " channels, 1..1024 allowed"};
  }
  const auto channels = static_cast<std::size_t>(recording.channels);
  if (length == 0) return Error{"no samples"};
  if (recording.samples.size() != length * channels) {
    return Error{"samples: " + std::to_string(recording.samples.size()) + " values, " +
                 std::to_string(length * channels) + " expected"};
  }
  if (recording.repetition.size() != length) {
    return Error{"repetition: " + std::to_string(recording.repetition.size()) + " values, label " +
                 std::to_string(length)};
  }
  if (!(recording.rate_hz > 0.0) || !std::isfinite(recording.rate_hz)) {
    return Error{"rate of " + std::to_string(recording.rate_hz) + " Hz"};
  }
  for (std::size_t t = 0; t < length; ++t) {
    for (const auto& [what, value] : {std::pair{"label", recording.label[t]},
                                      std::pair{"repetition", recording.repetition[t]}}) {
      if (value < 0 || value > 255) {
        return Error{std::string(what) + " " + std::to_string(value) + " in row " +
                     std::to_string(t + 1) + ", 0..255 allowed"};
      }
    }
    for (std::size_t c = 0; c < channels; ++c) {
      if (!std::isfinite(recording.samples[t * channels + c])) {
        return bad_value(recording.name, "samples", t, c);
      }
    }
  }
  return Unit{};
}

int db1_subject(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  if (name.size() < 2 || name[0] != 'S') return -1;
  std::size_t end = 1;
  while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
  if (end == 1 || end > 4 || name.substr(end) != "_A1_E1.mat") return -1;
  return std::stoi(name.substr(1, end - 1));
}

Result<std::vector<std::string>> find_db1(const std::string& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return std::vector<std::string>{path};
  if (!fs::is_directory(path, error)) return Error{path + ": no such folder"};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (db1_subject(entry.path().string()) >= 0) files.push_back(entry.path().string());
  }
  if (files.empty()) return Error{path + ": no file named S<subject>_A1_E1.mat"};
  std::sort(files.begin(), files.end(), [](const std::string& a, const std::string& b) {
    return db1_subject(a) < db1_subject(b);
  });
  return files;
}

}  // namespace tendon::data
