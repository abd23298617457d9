// SPDX-License-Identifier: MIT
#include "programs/samples.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "programs/files.hpp"

namespace tendon::programs {

SampleReader::~SampleReader() {
  if (file_ > STDIN_FILENO) close(file_);
}

void SampleReader::complain(const char* pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(problem_, sizeof(problem_), pattern, arguments);
  va_end(arguments);
}

SampleReader::Fill SampleReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_, buffer_ + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  pollfd ready = {file_, POLLIN, 0};
  int events = 0;
  do {
    events = poll(&ready, 1, timeout_ms_ == 0 ? -1 : timeout_ms_);
  } while (events < 0 && errno == EINTR);
  if (events == 0) return Fill::kSilent;
  const ssize_t got = events < 0 ? -1 : read(file_, buffer_ + end_, kRoom - end_);
  // The other end of a serial line or pipe that is gone reads as EIO.
  if (got == 0 || (got < 0 && errno == EIO)) return Fill::kEnd;
  if (got < 0) return Fill::kFailed;
  end_ += static_cast<std::size_t>(got);
  return Fill::kMore;
}

SampleReader::Result SampleReader::stopped(Fill why) {
  if (why == Fill::kSilent) {
    complain("nothing came for %d ms after sample %llu", timeout_ms_,
             static_cast<unsigned long long>(samples_));
    return Result::kSilent;
  }
  complain("reading: %s", std::strerror(errno));
  return Result::kFailed;
}

SampleReader::Result SampleReader::next(float* sample) {
  const Result result = format_ == SampleFormat::kText ? next_line(sample) : next_binary(sample);
  if (result == Result::kSample) ++samples_;
  return result;
}

SampleReader::Result SampleReader::next_line(float* sample) {
  while (true) {
    auto* newline = static_cast<char*>(std::memchr(buffer_ + begin_, '\n', end_ - begin_));
    if (newline == nullptr && end_ - begin_ == kRoom) {
      begin_ = end_;
      complain("line %llu is longer than %zu bytes", static_cast<unsigned long long>(++lines_),
               kRoom);
      return Result::kBad;
    }
    if (newline == nullptr) {
      const Fill got = fill();
      if (got == Fill::kMore) continue;
      if (got != Fill::kEnd) return stopped(got);
      if (begin_ == end_) return Result::kEnd;
      newline = buffer_ + end_;  // the last line has none
    }
    *newline = '\0';
    char* line = buffer_ + begin_;
    const auto next = static_cast<std::size_t>(newline - buffer_) + 1;
    begin_ = next < end_ ? next : end_;
    ++lines_;
    line[std::strcspn(line, "#\r")] = '\0';
    if (line[std::strspn(line, " \t,;")] == '\0') continue;
    return parse(line, sample);
  }
}

SampleReader::Result SampleReader::parse(char* line, float* sample) {
  const auto number = static_cast<unsigned long long>(lines_);
  std::size_t count = 0;
  for (char* at = line + std::strspn(line, " \t,;"); *at != '\0'; at += std::strspn(at, " \t,;")) {
    char* behind = nullptr;
    const float value = std::strtof(at, &behind);
    if (behind == at || (*behind != '\0' && std::strchr(" \t,;", *behind) == nullptr)) {
      complain("line %llu: field %zu is no number: '%.24s'", number, count + 1, at);
      return Result::kBad;
    }
    if (!std::isfinite(value)) {
      complain("line %llu: field %zu is not finite", number, count + 1);
      return Result::kBad;
    }
    if (count < channels_) sample[count] = value;
    ++count;
    at = behind;
  }
  if (count == channels_) return Result::kSample;
  complain("line %llu has %zu numbers, a sample has %zu", number, count, channels_);
  return Result::kBad;
}

SampleReader::Result SampleReader::next_binary(float* sample) {
  const std::size_t bytes = channels_ * sizeof(float);
  while (end_ - begin_ < bytes) {
    const Fill got = fill();
    if (got == Fill::kMore) continue;
    if (got != Fill::kEnd) return stopped(got);
    if (begin_ == end_) return Result::kEnd;
    complain("%zu bytes behind sample %llu are no whole one of %zu", end_ - begin_,
             static_cast<unsigned long long>(samples_), bytes);
    begin_ = end_;
    return Result::kBad;
  }
  std::memcpy(sample, buffer_ + begin_, bytes);
  begin_ += bytes;
  ++lines_;
  for (std::size_t i = 0; i < channels_; ++i) {
    if (std::isfinite(sample[i])) continue;
    complain("sample %llu: channel %zu is not finite", static_cast<unsigned long long>(lines_), i);
    return Result::kBad;
  }
  return Result::kSample;
}

namespace {

struct Baud {
  unsigned rate;
  speed_t code;
};

constexpr Baud kBauds[] = {{9600, B9600},     {19200, B19200},   {38400, B38400},
                           {57600, B57600},   {115200, B115200}, {230400, B230400},
                           {460800, B460800}, {921600, B921600}, {1000000, B1000000}};

void make_raw(int file, const char* path, unsigned baud) {
  const Baud* found = nullptr;
  for (const Baud& b : kBauds) {
    if (b.rate == baud) found = &b;
  }
  if (found == nullptr) die("--baud %u is no rate of a serial line", baud);
  termios settings = {};
  if (tcgetattr(file, &settings) != 0)
    die("%s is no serial device: %s", path, std::strerror(errno));
  cfmakeraw(&settings);
  if (cfsetspeed(&settings, found->code) != 0 || tcsetattr(file, TCSANOW, &settings) != 0) {
    die("%s: %s", path, std::strerror(errno));
  }
}

}  // namespace

int open_samples(const char* path, unsigned baud) {
  if (std::strcmp(path, "-") == 0) return STDIN_FILENO;
  const int file = open(path, (baud == 0 ? O_RDONLY : O_RDWR) | O_NOCTTY | O_CLOEXEC);
  if (file < 0) die("%s: %s", path, std::strerror(errno));
  if (baud != 0) make_raw(file, path, baud);
  return file;
}

}  // namespace tendon::programs
