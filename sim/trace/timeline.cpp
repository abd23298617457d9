// SPDX-License-Identifier: MIT
#include "trace/timeline.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

namespace tendon::sim {

namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out;
}

}  // namespace

int Timeline::row_index(const std::string& row) {
  return rows_.emplace(row, static_cast<int>(rows_.size()) + 1).first->second;
}

void Timeline::span(const std::string& row, const std::string& name, double begin_ns,
                    double end_ns) {
  if (record_) events_.push_back({row_index(row), name, begin_ns, end_ns});
}

void Timeline::open(const std::string& row, const std::string& name, double begin_ns) {
  if (!record_) return;
  row_index(row);
  open_[row] = {name, begin_ns};
}

void Timeline::close(const std::string& row, double end_ns) {
  const auto found = open_.find(row);
  if (found == open_.end()) return;
  span(row, found->second.first, found->second.second, end_ns);
  open_.erase(found);
}

void Timeline::instant(const std::string& row, const std::string& name, double at_ns) {
  if (record_) events_.push_back({row_index(row), name, at_ns, at_ns - 1});
}

Status Timeline::write(const std::string& path) const {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                             &std::fclose);
  if (!file) return Error{path + ": cannot be written"};
  std::fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n", file.get());
  for (const auto& [name, index] : rows_) {
    std::fprintf(file.get(),
                 "{\"ph\":\"M\",\"pid\":1,\"tid\":%d,\"name\":\"thread_name\","
                 "\"args\":{\"name\":\"%s\"}},\n",
                 index, escaped(name).c_str());
  }
  std::vector<Event> events = events_;
  double last = 0;
  for (const Event& event : events) last = std::max({last, event.begin_ns, event.end_ns});
  for (const auto& [row, stretch] : open_) {
    const auto& [name, begin] = stretch;
    events.push_back({rows_.at(row), name, begin, std::max(begin, last)});
  }
  for (const Event& event : events) {
    const double us = event.begin_ns / 1000;
    if (event.end_ns < event.begin_ns) {
      std::fprintf(file.get(),
                   "{\"ph\":\"i\",\"s\":\"t\",\"pid\":1,\"tid\":%d,\"name\":\"%s\",\"ts\":%.3f},\n",
                   event.row, escaped(event.name).c_str(), us);
    } else {
      std::fprintf(
          file.get(),
          "{\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"name\":\"%s\",\"ts\":%.3f,\"dur\":%.3f},\n",
          event.row, escaped(event.name).c_str(), us, (event.end_ns - event.begin_ns) / 1000);
    }
  }
  std::fprintf(
      file.get(),
      "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"%s\"}}\n]}\n",
      escaped(process_).c_str());
  return std::ferror(file.get()) != 0 ? Status(Error{path + ": write failed"}) : Status(Unit{});
}

}  // namespace tendon::sim
