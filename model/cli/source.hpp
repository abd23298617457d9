// SPDX-License-Identifier: MIT
// Where the windows of a command come from: recordings on disk or the synthetic generator.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/data.hpp"
#include "net/network.hpp"

namespace tendon::cli {

struct SourceOptions {
  std::string data;             // file or folder; empty: synthetic
  std::uint64_t synthetic = 1;  // seed of the generator
  int subject = 0;              // which DB1 file of a folder; 0: the only one
  std::string task;             // empty: "A", Myo: "myo5"
  int step = 5;                 // samples between tuning and test windows
};

/// --data, --synthetic, --subject, --task, --step
void add_source_options(CLI::App& command, SourceOptions& options);

/// Recordings cut into the windows of one protocol, as data::cut_sets() does: training windows
/// start at every sample, and training takes one of `protocol.thin` neighbours in each epoch.
struct Source {
  data::Recording recording;
  data::Protocol protocol;
  data::Windows train;  // training repetitions, the tuning one included
  data::Windows fit;    // training repetitions without the tuning one
  data::Windows tune;   // the tuning repetition alone
  data::Windows test;
  std::string text;  // one line for humans: where it comes from, task, split
};

/// `length` samples per window (0: 25 for DB1 and synthetic, 52 for Myo). Error: as data::load(),
/// data::cut() and data::select(); a folder with several subjects and no --subject (lists them).
Result<Source> load_source(const SourceOptions& options, int length);

/// Input codes of one window. Error: as golden::code_input().
struct CodedWindows {
  std::vector<std::vector<std::uint8_t>> codes;
  std::vector<int> label;
  std::int64_t saturated = 0;
};
/// At most `count` windows, spread evenly over all of them in the order of time; 0: all.
Result<CodedWindows> code_windows(const net::Network& network, const data::Windows& windows,
                                  int count);

/// Uniform random codes over the whole range of the network's input; no labels.
CodedWindows random_windows(const net::Network& network, int count, std::uint64_t seed);

/// Test windows of the recording that `options` name, `count` of them spread evenly (0: all);
/// without `data` as many random windows. Error: as load_source() and code_windows().
Result<CodedWindows> test_windows(const SourceOptions& options, const net::Network& network,
                                  int count);

}  // namespace tendon::cli
