// SPDX-License-Identifier: MIT
// soak: random networks on golden model, CPU kernels, virtual platform's accelerator and RTL until
// time or number is up. Goes on where it stopped; stops at the first difference and keeps the case.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/progress.hpp"
#include "net/network.hpp"
#include "soak_case.hpp"

namespace {

using tendon::soak::Outcome;
using Json = nlohmann::json;

constexpr double kSaveSeconds = 10;

volatile std::sig_atomic_t stop_asked = 0;

struct Options {
  double hours = 0;
  std::uint64_t layers = 0;
  std::uint64_t seed = 1;
  std::uint64_t only = 0;
  std::uint64_t spoil = 0;
  bool fresh = false;
  std::string folder = "build/soak";
  std::string commit = "unknown";
  std::string json;
};

int fail(const std::string& why) {
  std::fprintf(stderr, "soak: %s\n", why.c_str());
  return 2;
}

/// What was reached so far with one first seed; written to `<folder>/<seed>.json`.
class State {
 public:
  State(const Options& options, std::string commit)
      : path_(options.folder + "/" + std::to_string(options.seed) + ".json"),
        log_path_(options.folder + "/" + std::to_string(options.seed) + ".log"),
        commit_(std::move(commit)) {
    std::filesystem::create_directories(options.folder);
    if (options.fresh) {
      std::filesystem::remove(path_);
      std::filesystem::remove(log_path_);
    }
    if (std::ifstream file(path_); file) json_ = Json::parse(file, nullptr, false);
    if (!json_.is_object()) {
      json_ = {{"seed", options.seed},
               {"next", options.seed},
               {"cases", 0},
               {"layers", 0},
               {"layers_on_accelerator", 0},
               {"windows", 0},
               {"values", 0},
               {"rtl_cycles", 0},
               {"seconds", 0.0},
               {"mismatches", 0},
               {"kinds", Json::object()},
               {"configurations", Json::object()},
               {"commits", Json::object()}};
    }
    log_.open(log_path_, std::ios::app);
  }

  std::uint64_t next() const { return json_.at("next"); }
  std::uint64_t layers() const { return json_.at("layers"); }
  const Json& json() const { return json_; }

  void add(std::uint64_t seed, const Outcome& outcome, double seconds) {
    const auto count = [this](const char* key, std::uint64_t value) {
      json_[key] = json_.at(key).get<std::uint64_t>() + value;
    };
    const auto count_in = [this](const char* key, const std::string& name, std::uint64_t value) {
      json_[key][name] = json_[key].value(name, std::uint64_t{0}) + value;
    };
    json_["next"] = seed + 1;
    count("cases", 1);
    count("layers", outcome.layers);
    count("layers_on_accelerator", outcome.on_accelerator);
    count("windows", static_cast<std::uint64_t>(outcome.windows));
    count("values", outcome.values);
    count("rtl_cycles", outcome.cycles);
    json_["seconds"] = json_.at("seconds").get<double>() + seconds;
    count_in("configurations", outcome.config, outcome.layers);
    count_in("commits", commit_, outcome.layers);
    for (std::size_t i = 0; i < outcome.kinds.size(); ++i) {
      if (outcome.kinds[i] == 0) continue;
      count_in("kinds", tendon::net::to_string(static_cast<tendon::net::LayerKind>(i + 1)),
               outcome.kinds[i]);
    }
    log_ << seed << ' ' << outcome.config << (outcome.stalls ? " stalls" : "") << ' '
         << outcome.layers << " layers " << outcome.values << " values " << outcome.cycles
         << " cycles\n";
  }

  /// The case itself, and what was different.
  void keep(std::uint64_t seed, const Outcome& outcome, const std::string& folder) {
    json_["mismatches"] = json_.at("mismatches").get<std::uint64_t>() + 1;
    const std::string stem = folder + "/case-" + std::to_string(seed);
    std::ofstream(stem + ".tdn", std::ios::binary)
        .write(reinterpret_cast<const char*>(outcome.program.data()),
               static_cast<std::streamsize>(outcome.program.size()));
    std::ofstream(stem + ".txt") << "seed " << seed << " on " << outcome.config
                                 << (outcome.stalls ? " with stalls" : "") << ", commit " << commit_
                                 << "\n"
                                 << outcome.difference << "\nagain: ./run soak --only " << seed
                                 << "\n";
  }

  bool save() {
    const std::string fresh = path_ + ".new";
    std::ofstream file(fresh);
    file << json_.dump(2) << "\n";
    file.close();
    log_.flush();
    std::error_code error;
    if (file.good()) std::filesystem::rename(fresh, path_, error);
    return file.good() && !error;
  }

 private:
  std::string path_, log_path_, commit_;
  Json json_;
  std::ofstream log_;
};

int run_only(const Options& options) {
  const Outcome outcome = tendon::soak::run_case(options.only, options.spoil == options.only);
  std::printf("seed %llu: %s%s, %llu layers (%llu on the accelerator), %llu values, %llu cycles\n",
              static_cast<unsigned long long>(options.only), outcome.config.c_str(),
              outcome.stalls ? " with stalls" : "", static_cast<unsigned long long>(outcome.layers),
              static_cast<unsigned long long>(outcome.on_accelerator),
              static_cast<unsigned long long>(outcome.values),
              static_cast<unsigned long long>(outcome.cycles));
  if (outcome.difference.empty()) return 0;
  std::printf("DIFFERENT: %s\n", outcome.difference.c_str());
  return 1;
}

/// Cases until a limit, a signal or a difference. The text of the difference, empty for none.
std::string soak(const Options& options, State& state) {
  const double start = tendon::cli::steady_seconds();
  const double limit = options.hours > 0 ? options.hours * 3600 : 1e12;
  const std::uint64_t first = state.layers();
  const std::uint64_t wanted = options.layers > 0 ? options.layers : ~0ull;
  const bool by_layers = options.layers > 0;
  tendon::cli::Progress progress(by_layers ? "layers" : "seconds",
                                 by_layers ? wanted : static_cast<std::uint64_t>(limit));
  double now = start;
  double saved = start;
  std::uint64_t shown = 0;
  while (stop_asked == 0 && now - start < limit && state.layers() - first < wanted) {
    const std::uint64_t seed = state.next();
    const Outcome outcome = tendon::soak::run_case(seed, options.spoil == seed);
    const double before = now;
    now = tendon::cli::steady_seconds();
    if (!outcome.difference.empty()) {
      state.keep(seed, outcome, options.folder);
      return "seed " + std::to_string(seed) + " on " + outcome.config + ": " + outcome.difference;
    }
    state.add(seed, outcome, now - before);
    const std::uint64_t done =
        by_layers ? state.layers() - first : static_cast<std::uint64_t>(now - start);
    progress.note(std::to_string(state.layers()) + " layers in all");
    if (done > shown) progress.step(done - shown);
    shown = done;
    if (now - saved > kSaveSeconds && state.save()) saved = now;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "random networks, golden = CPU = vp = RTL; goes on where the last run of the seed "
      "stopped, keeps the case of a difference");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--hours", options.hours, "stop after so many hours")->check(CLI::PositiveNumber);
  app.add_option("--layers", options.layers, "stop after so many more layers; 20000 without limits")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "first seed of the series")->capture_default_str();
  app.add_option("--only", options.only, "this seed alone");
  app.add_option("--spoil", options.spoil, "change a value of this seed, to see it found");
  app.add_flag("--fresh", options.fresh, "forget what this series has reached");
  app.add_option("--folder", options.folder, "state, log, kept cases")->capture_default_str();
  app.add_option("--commit", options.commit, "what is running, for the record");
  app.add_option("--json", options.json, "figures of the series");
  CLI11_PARSE(app, argc, argv);
  if (options.only != 0) return run_only(options);
  if (options.hours <= 0 && options.layers == 0) options.layers = 20'000;
  std::signal(SIGINT, [](int) { stop_asked = 1; });
  std::signal(SIGTERM, [](int) { stop_asked = 1; });

  State state(options, options.commit);
  const std::string difference = soak(options, state);
  if (!state.save()) return fail("cannot write into " + options.folder);
  const Json& all = state.json();
  std::printf("%s: seeds %llu to %llu, %llu layers (%llu on the accelerator), %llu values, %s\n",
              difference.empty() ? "same bits" : "DIFFERENT",
              static_cast<unsigned long long>(options.seed),
              static_cast<unsigned long long>(state.next() - 1),
              static_cast<unsigned long long>(state.layers()),
              all.at("layers_on_accelerator").get<unsigned long long>(),
              all.at("values").get<unsigned long long>(),
              tendon::cli::duration_text(all.at("seconds")).c_str());
  for (const std::string& path : {options.folder + "/last.json", options.json}) {
    if (path.empty()) continue;
    std::ofstream file(path);
    file << all.dump(2) << "\n";
    if (!file.good()) return fail("cannot write " + path);
  }
  if (difference.empty()) return 0;
  std::printf("%s\nkept in %s/case-%llu.tdn; again: ./run soak --only %llu\n", difference.c_str(),
              options.folder.c_str(), static_cast<unsigned long long>(state.next()),
              static_cast<unsigned long long>(state.next()));
  return 1;
}
