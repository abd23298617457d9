// SPDX-License-Identifier: MIT
// What happened when, in the JSON trace format that ui.perfetto.dev and chrome://tracing read.
// Times are simulated nanoseconds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "net/result.hpp"

namespace tendon::sim {

class Timeline {
 public:
  /// Without `record` nothing is kept.
  explicit Timeline(bool record, std::string process = "tendon-vp")
      : record_(record), process_(std::move(process)) {}

  /// A stretch in a row such as "processor" or "accelerator: dma".
  void span(const std::string& row, const std::string& name, double begin_ns, double end_ns);
  /// A stretch whose end is not known yet: `close` ends it, else `write` draws it to the last
  /// moment of the trace. One at a time in a row.
  void open(const std::string& row, const std::string& name, double begin_ns);
  /// Ends what is open in `row`; nothing if nothing is.
  void close(const std::string& row, double end_ns);
  /// A moment, such as a register access.
  void instant(const std::string& row, const std::string& name, double at_ns);

  std::size_t events() const { return events_.size(); }
  /// Error: the file cannot be written.
  Status write(const std::string& path) const;

 private:
  struct Event {
    int row;
    std::string name;
    double begin_ns, end_ns;  // end < begin: instant
  };
  int row_index(const std::string& row);

  bool record_;
  std::string process_;
  std::map<std::string, int> rows_;
  std::map<std::string, std::pair<std::string, double>> open_;  // by row: name, begin
  std::vector<Event> events_;
};

}  // namespace tendon::sim
