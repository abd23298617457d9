// SPDX-License-Identifier: MIT
#include <filesystem>

#include "data/readers.hpp"

namespace tendon::data {
namespace {

constexpr int kChannels = 8;
constexpr int kClasses = 7;
constexpr int kFiles = 28;
constexpr int kZero = 128;  // so that value + 128 becomes the input code
constexpr struct {
  const char* folder;
  int first_repetition;
} kSessions[] = {{"training0", 1}, {"Test0", 11}, {"Test1", 21}};

Status add_file(const std::string& path, int label, int repetition, Recording& recording) {
  const Result<std::string> bytes = read_file(path);
  if (!bytes) return bytes.error();
  if (bytes->empty() || bytes->size() % (2 * kChannels) != 0) {
    return Error{path + ": " + std::to_string(bytes->size()) +
                 " bytes, a multiple of 16 expected (8 channels of int16)"};
  }
  for (std::size_t i = 0; i + 1 < bytes->size(); i += 2) {
    const unsigned low = static_cast<unsigned char>((*bytes)[i]);
    const unsigned high = static_cast<unsigned char>((*bytes)[i + 1]);
    const int value = static_cast<std::int16_t>(low | high << 8);
    if (value < -128 || value > 127) {
      return Error{path + ": sample " + std::to_string(i / (2 * kChannels) + 1) + ": " +
                   std::to_string(value) + " outside -128..127"};
    }
    recording.samples.push_back(static_cast<float>(value + kZero) / 255.0f);
  }
  const std::size_t rows = bytes->size() / (2 * kChannels);
  recording.label.insert(recording.label.end(), rows, label);
  recording.repetition.insert(recording.repetition.end(), rows, repetition);
  return Unit{};
}

}  // namespace

Result<Recording> load_myo(const std::string& folder) {
  namespace fs = std::filesystem;
  Recording recording;
  recording.name = fs::path(folder).filename().string();
  recording.rate_hz = 200.0;
  recording.channels = kChannels;
  recording.offset = kZero / 255.0f;
  for (const auto& session : kSessions) {
    const fs::path path = fs::path(folder) / session.folder;
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      return Error{folder + ": no folder " + session.folder + "; not a Myo subject"};
    }
    for (int i = 0; i < kFiles; ++i) {
      const std::string file = (path / ("classe_" + std::to_string(i) + ".dat")).string();
      const Status status =
          add_file(file, i % kClasses, session.first_repetition + i / kClasses, recording);
      if (!status) return status.error();
    }
  }
  return recording;
}

}  // namespace tendon::data
