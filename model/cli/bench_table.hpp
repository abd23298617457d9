// SPDX-License-Identifier: MIT
// The zoo on every configuration: what `tendon bench-table` measures and writes.
#pragma once

#include <string>
#include <vector>

#include "cli/bench.hpp"

namespace tendon::cli {

struct BenchCase {
  std::string network;  // of the zoo
  std::string weights;  // bits, as `tendon bench --weights` takes them
  std::string activations;
};

struct BenchRow {
  BenchCase what;
  std::string config;
  Array array;
  BenchResult result;
};

/// Every network of the zoo at 8 bits, and the widths that docs/accelerator.md speaks of.
std::vector<BenchCase> bench_cases();

/// Error: bench()'s, with the case in front.
Result<BenchRow> bench_row(const BenchCase& what, const std::string& config);

/// Cycles of a layer in which the array neither multiplies nor waits for memories: fetch, decoding,
/// the way of the input before the first step, drain.
std::uint64_t overhead(const engine::Counters& counters);

/// Largest distance of a prediction from its layer, as a part of the measured cycles; 0 for layers
/// that are not on the accelerator.
double worst_prediction(const Measure& measure);

/// The page and the JSON of all rows; `made_by` says which command wrote them.
std::string bench_page(const std::vector<BenchRow>& rows, const std::string& made_by);
Json bench_json(const std::vector<BenchRow>& rows, const std::string& made_by);

}  // namespace tendon::cli
