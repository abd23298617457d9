// SPDX-License-Identifier: MIT
#include "soak_case.hpp"

#include <algorithm>
#include <random>

#include "cli/compare.hpp"
#include "cli/engine_driver.hpp"
#include "cli/engine_golden.hpp"
#include "compiler/program.hpp"
#include "fast_device.hpp"
#include "rtl/rtl_device.hpp"
#include "zoo/zoo.hpp"

namespace tendon::soak {
namespace {

constexpr std::uint32_t kMemoryBytes = 2u << 20;
constexpr unsigned kMostStall = 60;  // percent
constexpr std::uint64_t kZooShare = 100;

int width(std::mt19937_64& random) { return 2 << random() % 3; }

Result<net::Network> network_of(std::uint64_t seed, std::mt19937_64& random) {
  if (seed % kZooShare != kZooShare - 1) return zoo::random_layer_case(seed);
  const char* const names[] = {"db1-cnn", "db1-gap", "conv1x1-32", "dense-768", "depthwise-64"};
  const char* const name = names[random() % std::size(names)];
  return zoo::random_network(name, {width(random)}, {width(random)}, seed);
}

sim::RtlOptions device_options(std::uint64_t seed, bool stalls, std::mt19937_64& random) {
  sim::RtlOptions out;
  out.memory_bytes = kMemoryBytes;
  out.power_up_seed = seed;
  out.stall_seed = seed;
  if (!stalls) return out;
  const auto share = [&random] { return static_cast<unsigned>(random() % kMostStall); };
  out.stall = {share(), share(), share(), share(), share()};
  out.lite_stall = share();
  out.read_latency = static_cast<unsigned>(1 + random() % 40);
  return out;
}

/// Windows on one engine, each compared with golden's answer. False: see outcome.difference.
bool compare_engine(engine::Engine& engine, const net::Network& network,
                    const std::vector<std::vector<std::uint8_t>>& windows,
                    const std::vector<engine::RunResult>& want, bool spoil, Outcome& outcome) {
  if (const Status loaded = engine.load(outcome.program); !loaded) {
    outcome.difference = loaded.error().message;
    return false;
  }
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const std::string place = engine.name() + ", window " + std::to_string(w) + ": ";
    auto got = engine.run(windows[w], true);
    if (!got) {
      outcome.difference = place + got.error().message;
      return false;
    }
    if (spoil) got->layers.back().codes.back() ^= 1;
    const cli::Comparison comparison = cli::compare(network, want[w], *got);
    outcome.values += comparison.values;
    if (comparison.first) {
      outcome.difference = place + cli::to_string(*comparison.first);
      return false;
    }
    if (engine.name() != "rtl") continue;
    outcome.on_accelerator = static_cast<std::uint64_t>(
        std::count_if(got->layers.begin(), got->layers.end(),
                      [](const engine::LayerResult& layer) { return layer.on_accelerator; }));
  }
  return true;
}

bool run_golden(const std::vector<std::vector<std::uint8_t>>& windows, Outcome& outcome,
                std::vector<engine::RunResult>& want) {
  engine::GoldenEngine golden;
  const Status loaded = golden.load(outcome.program);
  if (!loaded) outcome.difference = loaded.error().message;
  for (std::size_t w = 0; w < windows.size() && outcome.difference.empty(); ++w) {
    auto result = golden.run(windows[w], true);
    if (result) {
      want.push_back(std::move(*result));
    } else {
      outcome.difference = result.error().message;
    }
  }
  return outcome.difference.empty();
}

}  // namespace

Outcome run_case(std::uint64_t seed, bool spoil) {
  std::mt19937_64 random(seed * 0x9E3779B97F4A7C15ull + 77);
  constexpr const char* kConfigs[] = {"base", "base", "tiny", "wide"};
  Outcome outcome;
  outcome.config = kConfigs[random() % std::size(kConfigs)];
  outcome.stalls = random() % 2 == 0;
  outcome.windows = random() % 4 == 0 ? 2 : 1;  // the second finds its weights in place

  auto network = network_of(seed, random);
  if (!network) {
    outcome.difference = network.error().message;
    return outcome;
  }
  auto program = compiler::compile(*network, std::vector<std::string>{outcome.config});
  if (!program) {
    outcome.difference = program.error().message;
    return outcome;
  }
  outcome.program = std::move(*program);
  outcome.layers = network->layers.size();
  for (const net::Layer& layer : network->layers) {
    ++outcome.kinds.at(static_cast<std::size_t>(layer.kind) - 1);
  }

  std::vector<std::vector<std::uint8_t>> windows;
  for (int w = 0; w < outcome.windows; ++w) {
    windows.push_back(zoo::random_window(*network, seed * 2 + static_cast<unsigned>(w)));
  }
  std::vector<engine::RunResult> want;
  if (!run_golden(windows, outcome, want)) return outcome;

  // Devices are declared before the engines that talk to them.
  std::string why;
  const auto rtl =
      sim::RtlDevice::make(outcome.config, device_options(seed, outcome.stalls, random), &why);
  const auto fast = FastDevice::make(outcome.config, kMemoryBytes);
  if (rtl == nullptr || !fast) {
    outcome.difference = rtl == nullptr ? why : fast.error().message;
    return outcome;
  }
  engine::DriverEngine cpu_engine("cpu");
  engine::DriverEngine fast_engine("vp");
  engine::DriverEngine rtl_engine("rtl");
  Status opened = fast_engine.open((*fast)->hal());
  if (opened) opened = rtl_engine.open(rtl->hal());
  if (!opened) {
    outcome.difference = opened.error().message;
    return outcome;
  }
  for (engine::Engine* engine :
       {static_cast<engine::Engine*>(&cpu_engine), static_cast<engine::Engine*>(&fast_engine),
        static_cast<engine::Engine*>(&rtl_engine)}) {
    const bool spoiled = spoil && engine == &rtl_engine;
    if (!compare_engine(*engine, *network, windows, want, spoiled, outcome)) break;
  }
  outcome.cycles = rtl->cycles();
  return outcome;
}

}  // namespace tendon::soak
