// SPDX-License-Identifier: MIT
// Samples from a file, a pipe or a serial line: one vector of volts per point in time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tendon::programs {

enum class SampleFormat {
  kText,    // a line per sample: numbers with commas, semicolons or blanks between; # begins a
            // comment
  kFloat32  // little-endian, `channels` per sample, nothing between
};

class SampleReader {
 public:
  enum class Result { kSample, kEnd, kBad, kSilent, kFailed };

  /// `timeout_ms` 0: waits for ever. Takes the file over.
  SampleReader(int file, SampleFormat format, std::size_t channels, int timeout_ms)
      : file_(file), format_(format), channels_(channels), timeout_ms_(timeout_ms) {}
  SampleReader(const SampleReader&) = delete;
  SampleReader& operator=(const SampleReader&) = delete;
  ~SampleReader();

  /// kSample: sample[channels] is filled, all finite. kEnd: no byte left. kBad: one line or sample
  /// was read and is none; reading may go on behind it. kSilent: nothing came for the time-out.
  /// kFailed: the system. All but kSample and kEnd leave their reason in problem().
  Result next(float* sample);

  const char* problem() const { return problem_; }
  std::uint64_t samples() const { return samples_; }

 private:
  enum class Fill { kMore, kEnd, kSilent, kFailed };

  Fill fill();
  Result next_line(float* sample);
  Result next_binary(float* sample);
  Result parse(char* line, float* sample);
  Result stopped(Fill why);
  void complain(const char* pattern, ...) __attribute__((format(printf, 2, 3)));

  static constexpr std::size_t kRoom = 65536;

  int file_;
  SampleFormat format_;
  std::size_t channels_;
  int timeout_ms_;
  std::uint64_t samples_ = 0;
  std::uint64_t lines_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  char problem_[160] = "";
  char buffer_[kRoom + 1];  // and a NUL
};

/// Opens a file ("-": standard input), or a serial device as 8N1 raw when `baud` is not 0. Exits
/// with a message that names it on failure.
int open_samples(const char* path, unsigned baud);

}  // namespace tendon::programs
