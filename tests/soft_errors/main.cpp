// SPDX-License-Identifier: MIT
// soft_errors: single bit flips in registers and memories of the accelerator during an inference,
// and what came of each. Goes on where it stopped.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench.hpp"
#include "cli/progress.hpp"

namespace {

using namespace tendon::soft_errors;
using Json = nlohmann::json;

constexpr double kSaveSeconds = 10;

volatile std::sig_atomic_t stop_asked = 0;

struct Options {
  std::uint64_t count = 10'000;
  std::uint64_t seed = 1;
  std::int64_t only = -1;
  bool fresh = false;
  std::string folder = "build/soft-errors";
  std::string json;
};

int fail(const std::string& why) {
  std::fprintf(stderr, "soft_errors: %s\n", why.c_str());
  return 2;
}

Json empty_effects() {
  Json effects;
  for (std::size_t i = 0; i < kEffects; ++i) effects[to_string(static_cast<Effect>(i))] = 0;
  return effects;
}

void count(Json& effects, Effect effect) {
  if (effects.is_null()) effects = empty_effects();
  Json& value = effects[to_string(effect)];
  value = value.get<std::uint64_t>() + 1;
}

/// Adds faults up to `options.count` to the state and to the log.
bool strike_all(const Options& options, Bench& bench, Json& state, const std::string& stem) {
  const std::uint64_t first = state["faults"];
  tendon::cli::Progress progress("faults", options.count > first ? options.count - first : 0);
  std::ofstream log(stem + ".log", std::ios::app);
  const auto save = [&] {
    log.flush();
    std::ofstream(stem + ".json.new") << state.dump(2) << "\n";
    std::error_code error;
    std::filesystem::rename(stem + ".json.new", stem + ".json", error);
    return !error;
  };
  double saved = tendon::cli::steady_seconds();
  for (std::uint64_t i = first; i < options.count && stop_asked == 0; ++i) {
    const Flip flip = bench.strike(options.seed, i);
    count(state["effects"], flip.effect);
    count(state[flip.memory ? "memories" : "registers"], flip.effect);
    count(state["blocks"][flip.block], flip.effect);
    if (flip.block == "u_perf") count(state["counters"], flip.effect);
    state["faults"] = i + 1;
    if (flip.effect != Effect::kMasked) {
      log << i << ' ' << to_string(flip.effect) << ' ' << flip.where << '[' << flip.element
          << "] bit " << flip.bit << " cycle " << flip.cycle << " window " << flip.window << '\n';
    }
    progress.step();
    if (tendon::cli::steady_seconds() - saved < kSaveSeconds) continue;
    saved = tendon::cli::steady_seconds();
    if (!save()) return false;
  }
  return save();
}

void print_row(const std::string& name, const Json& effects) {
  std::uint64_t sum = 0;
  for (const auto& value : effects) sum += value.get<std::uint64_t>();
  std::printf("%-28s %8llu", name.c_str(), static_cast<unsigned long long>(sum));
  for (std::size_t i = 0; i < kEffects; ++i) {
    const auto value = effects.at(to_string(static_cast<Effect>(i))).get<std::uint64_t>();
    std::printf(" %11llu", static_cast<unsigned long long>(value));
  }
  std::printf("\n");
}

void print(const Json& state) {
  std::printf("%-28s %8s", "", "faults");
  for (std::size_t i = 0; i < kEffects; ++i) {
    std::printf(" %11s", to_string(static_cast<Effect>(i)));
  }
  std::printf("\n");
  for (const auto& [name, effects] : state.at("blocks").items()) print_row(name, effects);
  for (const char* name : {"registers", "memories"}) {
    if (state.contains(name)) print_row(std::string("all ") + name, state.at(name));
  }
  print_row("all", state.at("effects"));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "bit flips in the accelerator during inferences: masked, detected, wrong label, hang; goes "
      "on where the last run of the seed stopped");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--count", options.count, "faults in all")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--only", options.only, "this fault alone");
  app.add_flag("--fresh", options.fresh, "forget what this seed has reached");
  app.add_option("--folder", options.folder, "state and log")->capture_default_str();
  app.add_option("--json", options.json, "figures");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGINT, [](int) { stop_asked = 1; });
  std::signal(SIGTERM, [](int) { stop_asked = 1; });

  std::string why;
  const auto bench = Bench::make(&why);
  if (bench == nullptr) return fail(why);
  if (options.only >= 0) {
    const Flip flip = bench->strike(options.seed, static_cast<std::uint64_t>(options.only));
    std::printf("fault %lld: %s[%u] bit %u, cycle %llu, window %d: %s\n",
                static_cast<long long>(options.only), flip.where.c_str(), flip.element, flip.bit,
                static_cast<unsigned long long>(flip.cycle), flip.window, to_string(flip.effect));
    return 0;
  }
  std::filesystem::create_directories(options.folder);
  const std::string stem = options.folder + "/" + std::to_string(options.seed);
  Json state;
  if (options.fresh) {
    std::filesystem::remove(stem + ".json");
    std::filesystem::remove(stem + ".log");
  }
  if (std::ifstream file(stem + ".json"); file) state = Json::parse(file, nullptr, false);
  if (!state.is_object() ||
      state.value("register_bits", std::uint64_t{0}) != bench->register_bits() ||
      state.value("memory_bits", std::uint64_t{0}) != bench->memory_bits()) {
    std::filesystem::remove(stem + ".log");
    state = {{"seed", options.seed},
             {"faults", 0},
             {"register_bits", bench->register_bits()},
             {"memory_bits", bench->memory_bits()},
             {"effects", empty_effects()},
             {"blocks", Json::object()}};
  }
  if (!strike_all(options, *bench, state, stem)) return fail("cannot write into " + options.folder);
  print(state);
  for (const std::string& path : {options.folder + "/last.json", options.json}) {
    if (path.empty()) continue;
    std::ofstream file(path);
    file << state.dump(2) << "\n";
    if (!file.good()) return fail("cannot write " + path);
  }
  return 0;
}
