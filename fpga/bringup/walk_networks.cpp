// SPDX-License-Identifier: MIT
#include <array>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "compiler/program.hpp"
#include "golden/golden.hpp"
#include "link_hal.hpp"
#include "tendon/tendon.h"
#include "tendon/tendon_regs.h"
#include "walk.hpp"
#include "zoo/zoo.hpp"

namespace tendon::bringup {
namespace {

constexpr const char* kLogicAdvice =
    "Registers and memory are right but results are not: the clock is faster than this bitstream "
    "allows (compare with fpga/results), the supply sags under load, or the bitstream was built "
    "from "
    "other sources.";

/// Memory that the library may use: aligned, zero.
class Arena {
 public:
  void reserve(std::size_t bytes) { words_.assign(bytes / 64 + 2, Line{}); }
  void* data() { return words_.data(); }
  [[nodiscard]] std::size_t size() const { return words_.size() * sizeof(Line); }

 private:
  struct alignas(64) Line {
    std::array<std::uint8_t, 64> bytes{};
  };
  std::vector<Line> words_;
};

template <typename T>
T sized() {
  T value{};
  value.size = sizeof(T);
  return value;
}

std::string number(double value, const char* format) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string widths_text(int activation, int weight) {
  return "activations x weights " + std::to_string(activation) + "x" + std::to_string(weight);
}

struct Run {
  std::string problem;  // empty: every tensor of a device layer and the label are right
  tendon_counters_t counters{};
  std::uint64_t macs = 0;
};

/// Runs networks on the device behind a link, through the driver that also runs on the board.
class Runner {
 public:
  Runner(Link& link, std::uint32_t memory_bytes) : hal_(link, memory_bytes) {}
  ~Runner() { tendon_close(device_); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Empty, or why the driver does not take the device.
  std::string open() {
    memory_.reserve(tendon_device_size());
    const tendon_hal_t hal = hal_.hal();
    const tendon_status_t status =
        tendon_open(&hal, nullptr, memory_.data(), memory_.size(), &device_);
    if (status != TENDON_OK) return text("open", status);
    caps_ = sized<tendon_caps_t>();
    return tendon_get_caps(device_, &caps_) == TENDON_OK ? "" : "no capabilities";
  }

  /// check: every tensor; count: with counters.
  Run run(const net::Network& network, std::uint64_t seed, bool check, bool count);

 private:
  [[nodiscard]] std::string text(const char* what, tendon_status_t status) const {
    std::string out = std::string(what) + ": " + tendon_strerror(status);
    const Answer& fault = hal_.last_fault();
    if (fault.symptom != Symptom::kNone) {
      out += std::string(" (link: ") + symptom_name(fault.symptom) + ", " + fault.detail + ")";
    }
    auto error = sized<tendon_error_t>();
    if (device_ != nullptr && tendon_device_error(device_, &error) == TENDON_OK &&
        error.text[0] != '\0') {
      out += std::string(": ") + error.text;
    }
    return out;
  }

  [[nodiscard]] compiler::Geometry geometry() const {
    compiler::Geometry geometry;
    geometry.name = "device";
    geometry.rows = static_cast<int>(caps_.rows);
    geometry.columns = static_cast<int>(caps_.columns);
    geometry.lanes = static_cast<int>(caps_.lanes);
    geometry.act_words = static_cast<int>(caps_.act_words);
    geometry.weight_lines = static_cast<int>(caps_.weight_lines);
    geometry.param_entries = static_cast<int>(caps_.param_entries);
    geometry.features = caps_.features;
    return geometry;
  }

  std::string compare(tendon_program_t* program, const net::Network& network,
                      const golden::Outcome& want, const tendon_result_t& result) const;

  LinkHal hal_;
  Arena memory_;
  tendon_device_t* device_ = nullptr;
  tendon_caps_t caps_{};
};

std::string Runner::compare(tendon_program_t* program, const net::Network& network,
                            const golden::Outcome& want, const tendon_result_t& result) const {
  for (std::uint32_t i = 0; i < network.layers.size(); ++i) {
    const auto output = static_cast<std::size_t>(network.layers[i].output);
    const golden::Codes& codes = want.tensors[output];
    std::vector<std::int16_t> got(codes.size());
    const tendon_status_t status = tendon_layer_output(program, i, got.data(), got.size());
    if (status != TENDON_OK) return text("layer output", status);
    for (std::size_t k = 0; k < got.size(); ++k) {
      if (got[k] != codes[k]) {
        return "layer " + std::to_string(i) + " element " + std::to_string(k) + " is " +
               std::to_string(got[k]) + ", want " + std::to_string(codes[k]);
      }
    }
  }
  if (result.label != want.label) {
    return "label " + std::to_string(result.label) + ", want " + std::to_string(want.label);
  }
  return "";
}

Run Runner::run(const net::Network& network, std::uint64_t seed, bool check, bool count) {
  Run run;
  const std::vector<std::uint8_t> window = zoo::random_window(network, seed);
  const auto want = golden::run(network, window);
  const auto file = compiler::compile(network, {{geometry()}});
  if (!want || !file) {
    run.problem = !want ? want.error().message : file.error().message;
    return run;
  }
  Arena bytes;
  bytes.reserve(file->size());
  std::memcpy(bytes.data(), file->data(), file->size());
  auto load = sized<tendon_load_options_t>();
  load.policy = TENDON_POLICY_REQUIRE;
  std::size_t need = 0;
  tendon_status_t status = tendon_program_size(bytes.data(), file->size(), &load, &need);
  Arena memory;
  tendon_program_t* program = nullptr;
  if (status == TENDON_OK) {
    memory.reserve(need);
    status = tendon_program_load(bytes.data(), file->size(), device_, &load, memory.data(),
                                 memory.size(), &program);
  }
  if (status != TENDON_OK) {
    run.problem = text("load", status);
    return run;
  }
  auto options = sized<tendon_run_options_t>();
  options.flags = (count ? TENDON_RUN_COUNTERS : 0u) | (check ? TENDON_RUN_TRACE : 0u);
  options.timeout_us = 60'000'000;  // a simulated board is slow
  auto result = sized<tendon_result_t>();
  status = tendon_run(program, window.data(), window.size(), &options, &result);
  if (status != TENDON_OK) {
    run.problem = text("run", status);
  } else if (check) {
    run.problem = compare(program, network, *want, result);
  } else if (result.label != want->label) {
    run.problem = "label " + std::to_string(result.label) + ", want " + std::to_string(want->label);
  }
  run.counters = result.total;
  tendon_program_unload(program);
  return run;
}

/// Small, so that its bytes pass a slow link or a slow simulator quickly; sizes that are multiples
/// of nothing.
constexpr const char* kWidthsLayer =
    R"({"name": "widths", "input": {"rows": 1, "columns": 5, "channels": 11},
        "layers": [{"kind": "conv", "outputs": 7, "kernel": 3, "pad": 1}]})";

/// For a simulator that takes milliseconds for a clock.
constexpr const char* kSmallLayer =
    R"({"name": "small", "input": {"rows": 1, "columns": 3, "channels": 5},
        "layers": [{"kind": "conv", "outputs": 3, "kernel": 3, "pad": 1}]})";

/// Empty, or what differed.
std::string width_problem(Runner& runner, const char* layer, int activation, int weight) {
  const auto seed = static_cast<std::uint64_t>(10 * activation + weight);
  const auto description = zoo::parse_description(layer);
  if (!description) return description.error().message;
  const auto network = zoo::random_network(*description, {weight}, {activation}, seed);
  if (!network) return network.error().message;
  const std::string problem = runner.run(*network, seed, true, false).problem;
  return problem.empty() ? "" : widths_text(activation, weight) + ": " + problem;
}

Step check_widths(Runner& runner) {
  constexpr std::array<int, 3> kBits = {8, 4, 2};
  for (const int activation : kBits) {
    for (const int weight : kBits) {
      const std::string problem = width_problem(runner, kWidthsLayer, activation, weight);
      if (!problem.empty()) return {"widths", false, problem, kLogicAdvice};
    }
  }
  return {"widths", true, "all 9 pairs of 8, 4 and 2 bits give the golden model's bits", ""};
}

struct Hello {
  Answer answer;
  std::uint32_t memory_bytes = 0;
  std::uint32_t clock_hz = 0;
};

Hello say_hello(Link& link) {
  Hello hello{link.hello()};
  if (hello.answer.symptom == Symptom::kNone) {
    std::memcpy(&hello.memory_bytes, hello.answer.data.data() + 4, 4);
    std::memcpy(&hello.clock_hz, hello.answer.data.data() + 8, 4);
  }
  return hello;
}

}  // namespace

Step walk_width_pair(Link& link, int activation_bits, int weight_bits) {
  const Hello hello = say_hello(link);
  if (hello.answer.symptom != Symptom::kNone) {
    return {"widths", false, symptom_name(hello.answer.symptom), advice_for(hello.answer.symptom)};
  }
  Runner runner(link, hello.memory_bytes);
  std::string problem = runner.open();
  if (problem.empty()) problem = width_problem(runner, kSmallLayer, activation_bits, weight_bits);
  if (!problem.empty()) return {"widths", false, problem, kLogicAdvice};
  return {"widths", true, widths_text(activation_bits, weight_bits), ""};
}

bool walk_networks(Link& link, const StepSink& sink) {
  const auto finish = [&](const Step& step) {
    sink(step);
    return step.passed;
  };
  const Hello hello = say_hello(link);
  if (hello.answer.symptom != Symptom::kNone) {
    return finish(
        {"widths", false, symptom_name(hello.answer.symptom), advice_for(hello.answer.symptom)});
  }
  Runner runner(link, hello.memory_bytes);
  if (const std::string problem = runner.open(); !problem.empty()) {
    return finish({"widths", false, problem, kLogicAdvice});
  }
  if (!finish(check_widths(runner))) return false;

  const auto network = zoo::random_network("db1-cnn", {8, 4, 4, 2, 8}, {8}, 1);
  if (!network) return finish({"network", false, network.error().message, ""});
  const Run traced = runner.run(*network, 1, true, true);
  if (!traced.problem.empty()) return finish({"network", false, traced.problem, kLogicAdvice});
  if (!finish(
          {"network", true, "db1-cnn 8/4/4/2/8: every layer gives the golden model's bits", ""})) {
    return false;
  }

  const Run timed = runner.run(*network, 2, false, true);
  if (!timed.problem.empty()) return finish({"throughput", false, timed.problem, kLogicAdvice});
  const auto cycles = static_cast<double>(timed.counters.cycles);
  return finish({"throughput", true,
                 number(cycles, "%.0f") + " cycles a window, " +
                     number(1e3 * cycles / hello.clock_hz, "%.3f") + " ms at " +
                     number(hello.clock_hz / 1e6, "%.0f") + " MHz, array busy " +
                     number(100.0 * static_cast<double>(timed.counters.active) / cycles, "%.0f") +
                     " %",
                 ""});
}

}  // namespace tendon::bringup
