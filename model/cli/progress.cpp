// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>

namespace tendon::cli {
namespace {

constexpr int kBarWidth = 20;
constexpr double kRedrawSeconds = 0.1;

}  // namespace

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(std::max(0.0, std::round(seconds)));
  if (whole < 60) {
    return std::to_string(whole) + " s";
  }
  if (whole < 3600) {
    return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  }
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

Progress::Progress(std::string what, std::uint64_t total, std::ostream& out, bool terminal,
                   Clock clock)
    : what_(std::move(what)),
      total_(std::max<std::uint64_t>(total, 1)),
      out_(out),
      terminal_(terminal),
      clock_(std::move(clock)),
      start_(clock_()) {}

Progress::Progress(std::string what, std::uint64_t total)
    : Progress(std::move(what), total, std::cerr, isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  // Interrupted work leaves its line too, so that what comes next starts on a line of its own.
  if (!finished_ && terminal_ && done_ > 0) {
    out_ << '\n';
  }
}

void Progress::step(std::uint64_t count) {
  done_ = std::min(done_ + count, total_);
  const bool last = done_ == total_;
  if (finished_ || done_ == 0) {
    return;
  }
  const double now = clock_();
  const std::uint64_t tenth = done_ * 10 / total_;
  const bool due = terminal_ ? now - drawn_at_ >= kRedrawSeconds : tenth > drawn_tenth_;
  if (last || due) {
    drawn_at_ = now;
    drawn_tenth_ = tenth;
    draw(last);
  }
  finished_ = last;
}

void Progress::draw(bool last) {
  const double elapsed = clock_() - start_;
  const double part = static_cast<double>(done_) / static_cast<double>(total_);
  const auto filled = static_cast<std::size_t>(part * kBarWidth);
  if (terminal_) {
    out_ << '\r';
  }
  out_ << what_ << "  [" << std::string(filled, '#') << std::string(kBarWidth - filled, '.') << "] "
       << std::string(part < 0.095 ? 2 : (part < 0.995 ? 1 : 0), ' ') << std::lround(part * 100)
       << " %  " << done_ << " / " << total_ << "  " << duration_text(elapsed);
  if (!last) {
    out_ << ", " << duration_text(elapsed / part - elapsed) << " left";
  }
  if (!note_.empty()) {
    out_ << "  " << note_;
  }
  if (terminal_) {
    out_ << "\x1b[K";  // what a longer line before left behind
  }
  if (last || !terminal_) {
    out_ << '\n';
  }
  out_.flush();
}

}  // namespace tendon::cli
