// SPDX-License-Identifier: MIT
// A progress line with the time left, for work that takes longer than a blink.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

namespace tendon::cli {

/// Seconds of a monotonic clock.
using Clock = std::function<double()>;
double steady_seconds();

/// On a terminal one line is redrawn, at most ten times a second; elsewhere (log files, CI) one
/// line is written per tenth of the work. The last line stays and gives the time taken.
///
///   windows  [#########...........]  45 %  90 / 200  12 s, 15 s left
class Progress {
 public:
  /// `total` steps, 0 counts as 1. Nothing is printed before the first step.
  Progress(std::string what, std::uint64_t total, std::ostream& out, bool terminal,
           Clock clock = steady_seconds);
  /// To stderr, as a terminal when it is one.
  Progress(std::string what, std::uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void step(std::uint64_t count = 1);
  /// Text behind the figures, for example the accuracy so far.
  void note(std::string text) { note_ = std::move(text); }

 private:
  void draw(bool last);

  std::string what_;
  std::string note_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::uint64_t drawn_tenth_ = 0;
  std::ostream& out_;
  bool terminal_;
  bool finished_ = false;
  Clock clock_;
  double start_;
  double drawn_at_ = -1e9;
};

/// "8 s", "2 min 5 s", "3 h 2 min"
std::string duration_text(double seconds);

}  // namespace tendon::cli
