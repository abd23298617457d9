// SPDX-License-Identifier: MIT
#include "cli/engine_matrix.hpp"

#include <algorithm>

#include "cli/compare.hpp"
#include "cli/cpu_time.hpp"
#include "cli/progress.hpp"

namespace tendon::cli {
namespace {

constexpr std::uint64_t kLeastTimed = 5;
constexpr double kCpuStep = 0.01;

using Windows = std::vector<std::vector<std::uint8_t>>;

struct Job {
  const net::Network& network;
  const std::vector<std::uint8_t>& program;
  const Windows& windows;
  const std::vector<engine::RunResult>& want;
  const MatrixOptions& options;
};

Result<std::unique_ptr<engine::Engine>> loaded(const Job& job, const MatrixRow& row, bool reset,
                                               bool counters = true) {
  engine::Options options;
  options.config = job.options.config;
  options.poll = row.way == "polling";
  options.reset_midway = reset;
  options.counters = counters;
  auto made = engine::make(row.engine, options);
  if (!made) return made.error();
  if (const Status accepted = (*made)->load(job.program); !accepted) return accepted.error();
  return made;
}

Status compare_all(const Job& job, engine::Engine& engine, MatrixRow& row) {
  for (std::size_t i = 0; i < job.windows.size(); ++i) {
    const auto got = engine.run(job.windows[i], true);
    if (!got) return Error{"window " + std::to_string(i) + ": " + got.error().message};
    const Comparison comparison = compare(job.network, job.want[i], *got);
    ++row.windows;
    row.compared_values += comparison.values;
    row.differences += comparison.first ? 1 : 0;
    if (comparison.first && row.trouble.empty()) {
      row.trouble = "window " + std::to_string(i) + ": " + to_string(*comparison.first);
    }
  }
  return Unit{};
}

// A label is all that is asked for: the performance log would cost more than the inference.
Status measure_speed(const Job& job, MatrixRow& row) {
  const auto made = loaded(job, row, false, false);
  if (!made) return made.error();
  engine::Engine& engine = **made;
  if (const auto first = engine.run(job.windows[0], false); !first) return first.error();
  const std::uint64_t cycles = engine.simulated_cycles();
  const double start = steady_seconds(), cpu_start = cpu_seconds_with_children();
  double seconds = 0;
  std::uint64_t count = 0;
  for (; count < kLeastTimed || seconds < job.options.speed_seconds; ++count) {
    const auto got = engine.run(job.windows[count % job.windows.size()], false);
    if (!got) return got.error();
    seconds = steady_seconds() - start;
  }
  row.inferences_per_second = static_cast<double>(count) / seconds;
  // No shorter than what its clock can tell apart.
  const double cpu = std::max(cpu_seconds_with_children() - cpu_start, kCpuStep);
  row.inferences_per_cpu_second = static_cast<double>(count) / cpu;
  row.cycles_per_second = static_cast<double>(engine.simulated_cycles() - cycles) / seconds;
  return Unit{};
}

Status run_on_and_on(const Job& job, engine::Engine& engine, MatrixRow& row) {
  for (std::uint64_t i = 0; i < job.options.consecutive; ++i) {
    const std::size_t window = i % job.windows.size();
    const auto got = engine.run(job.windows[window], false);
    if (!got) return Error{"inference " + std::to_string(i) + ": " + got.error().message};
    if (i == 0) row.window_cycles = got->total.cycles;
    if (got->label != job.want[window].label || got->total.cycles != row.window_cycles) {
      return Error{"inference " + std::to_string(i) + ": label " + std::to_string(got->label) +
                   " in " + std::to_string(got->total.cycles) + " cycles, want " +
                   std::to_string(job.want[window].label) + " in " +
                   std::to_string(row.window_cycles)};
    }
    ++row.consecutive;
  }
  return Unit{};
}

Status run_with_resets(const Job& job, MatrixRow& row) {
  const auto engine = loaded(job, row, true);
  if (!engine) return engine.error();
  for (std::uint64_t i = 0; i < job.options.resets; ++i) {
    const std::size_t window = i % job.windows.size();
    const auto got = (*engine)->run(job.windows[window], true);
    if (!got)
      return Error{"reset under window " + std::to_string(window) + ": " + got.error().message};
    if (const Comparison same = compare(job.network, job.want[window], *got); same.first) {
      return Error{"after a reset under window " + std::to_string(window) + ": " +
                   to_string(*same.first)};
    }
    ++row.resets;
  }
  return Unit{};
}

Status fill(const Job& job, MatrixRow& row) {
  const bool processor = row.engine == "cpu" || row.engine == "golden";
  auto engine = loaded(job, row, false);
  if (!engine) return engine.error();
  if (const Status status = compare_all(job, **engine, row); !status) return status;
  if (const Status status = run_on_and_on(job, **engine, row); !status) return status;
  engine->reset();
  if (const Status status = measure_speed(job, row); !status) return status;
  // The device in this process has its resets in tests/system/state_test.cpp.
  if (processor || row.engine == "rtl") return Unit{};
  return run_with_resets(job, row);
}

}  // namespace

Result<std::vector<MatrixRow>> engine_matrix(const net::Network& network,
                                             const std::vector<std::uint8_t>& program,
                                             const Windows& windows, const MatrixOptions& options,
                                             const std::function<void(const std::string&)>& step) {
  auto golden = engine::make("golden", {});
  if (!golden) return golden.error();
  if (const Status accepted = (*golden)->load(program); !accepted) return accepted.error();
  std::vector<engine::RunResult> want;
  for (const auto& window : windows) {
    auto result = (*golden)->run(window, true);
    if (!result) return result.error();
    want.push_back(std::move(*result));
  }
  const Job job{network, program, windows, want, options};
  std::vector<MatrixRow> rows;
  for (const std::string& name : options.engines) {
    const bool processor = name == "cpu" || name == "golden";
    for (const char* way : {"interrupt", "polling"}) {
      if (processor && std::string(way) == "polling") continue;
      MatrixRow row;
      row.engine = name;
      row.way = processor ? "" : way;
      step(name + " " + row.way);
      if (const Status status = fill(job, row); !status && row.trouble.empty()) {
        row.trouble = status.error().message;
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::string to_text(const std::vector<MatrixRow>& rows) {
  Table table({"engine", "waits by", "windows", "values", "differ", "consecutive", "resets",
               "inferences/s", "a CPU second", "cycles/s", "cycles a window"});
  std::string trouble;
  for (const MatrixRow& row : rows) {
    table.row({row.engine, row.way, grouped(row.windows), grouped(row.compared_values),
               grouped(row.differences), grouped(row.consecutive), grouped(row.resets),
               fixed(row.inferences_per_second, 1), fixed(row.inferences_per_cpu_second, 1),
               grouped(static_cast<std::uint64_t>(row.cycles_per_second)),
               grouped(row.window_cycles)});
    if (!row.trouble.empty()) trouble += row.engine + " " + row.way + ": " + row.trouble + "\n";
  }
  return table.text() + trouble;
}

Json to_json(const MatrixRow& row) {
  Json json = {{"engine", row.engine},
               {"way", row.way},
               {"windows", row.windows},
               {"compared_values", row.compared_values},
               {"differences", row.differences},
               {"consecutive", row.consecutive},
               {"resets", row.resets},
               {"inferences_per_second", row.inferences_per_second},
               {"inferences_per_cpu_second", row.inferences_per_cpu_second},
               {"cycles_per_second", row.cycles_per_second},
               {"window_cycles", row.window_cycles}};
  if (!row.trouble.empty()) json["trouble"] = row.trouble;
  return json;
}

}  // namespace tendon::cli
