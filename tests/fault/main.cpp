// SPDX-License-Identifier: MIT
// fault_campaign: faults between driver and accelerator. Every window is answered, with golden's
// label, sum and tensors; nothing hangs; the next good window is right and the device's own.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "rtl_bench.hpp"
#include "spi_bench.hpp"

namespace {

using tendon::fault::Bench;
using tendon::fault::Mode;
using tendon::fault::Tally;

constexpr unsigned kHangSeconds = 300;  // of real time, for one fault on a busy machine
constexpr std::uint64_t kSpiShare = 8;  // one fault in so many

void on_alarm(int) {
  constexpr char kText[] = "\nfault_campaign: HANG: one fault took more than 300 s\n";
  (void)!write(STDERR_FILENO, kText, sizeof(kText) - 1);
  _exit(3);
}

struct Options {
  std::uint64_t count = 1000;
  std::uint32_t seed = 1905;
  std::string json;
  std::int64_t only = -1;
};

void run(Bench& bench, const char* name, std::uint64_t faults, const Options& options) {
  const std::uint64_t first = options.only < 0 ? 0 : static_cast<std::uint64_t>(options.only);
  const std::uint64_t end = options.only < 0 ? faults : first + 1;
  for (std::uint64_t i = first; i < end; ++i) {
    alarm(kHangSeconds);
    bench.strike(options.seed, i);
    if (isatty(STDERR_FILENO) != 0 && (i % 10 == 9 || i + 1 == end)) {
      std::fprintf(stderr, "\r%s: fault %llu of %llu", name, static_cast<unsigned long long>(i + 1),
                   static_cast<unsigned long long>(end));
    }
  }
  alarm(0);
  if (isatty(STDERR_FILENO) != 0) std::fputc('\n', stderr);
}

nlohmann::json to_json(const Tally& t) {
  nlohmann::json line = {
      {"where", t.where},   {"fault", t.name},    {"verify", t.mode == Mode::kVerify},
      {"faults", t.faults}, {"hit", t.hit},       {"answered", t.answered},
      {"wrong", t.wrong},   {"redone", t.redone}, {"wrong_afterwards", t.after}};
  if (t.mode == Mode::kVerify) line["wrong_without_verify"] = t.plain_wrong;
  return line;
}

void print(const Tally& t) {
  std::printf("%-18s %-32s %-6s %6llu %6llu %8llu %6llu %6llu %6llu", t.where.c_str(),
              t.name.c_str(), t.mode == Mode::kVerify ? "verify" : "",
              static_cast<unsigned long long>(t.faults), static_cast<unsigned long long>(t.hit),
              static_cast<unsigned long long>(t.answered),
              static_cast<unsigned long long>(t.redone), static_cast<unsigned long long>(t.wrong),
              static_cast<unsigned long long>(t.after));
  if (t.mode == Mode::kVerify) {
    std::printf("   (%llu wrong without verify)", static_cast<unsigned long long>(t.plain_wrong));
  }
  std::printf("%s%s\n", t.first_wrong.empty() ? "" : "   first: ", t.first_wrong.c_str());
}

void add(Tally& sum, const Tally& t) {
  sum.faults += t.faults;
  sum.hit += t.hit;
  sum.answered += t.answered;
  sum.wrong += t.wrong;
  sum.redone += t.redone;
  sum.after += t.after;
}

/// A kind of fault that seldom strikes says nothing.
bool strikes(const Tally& t) { return t.faults == 0 || 3 * t.hit > t.faults; }

int fail(const std::string& why) {
  std::fprintf(stderr, "fault_campaign: %s\n", why.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("faults between driver and accelerator: no wrong answer, no hang, all answered");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--count", options.count, "faults in all, one in 8 on SPI frames")
      ->check(CLI::Range(16, 10'000'000))
      ->capture_default_str();
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--json", options.json, "figures per kind");
  app.add_option("--only", options.only, "this fault of the bench at the RTL alone");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGALRM, on_alarm);

  std::string why;
  const auto rtl = tendon::fault::RtlBench::make(options.seed, &why);
  if (rtl == nullptr) return fail(why);
  const auto spi = tendon::fault::SpiBench::make(options.seed, &why);
  if (spi == nullptr) return fail(why);
  const std::uint64_t spi_faults = options.count / kSpiShare;
  run(*rtl, "RTL", options.count - spi_faults, options);
  if (options.only < 0) run(*spi, "SPI", spi_faults, options);

  nlohmann::json kinds = nlohmann::json::array();
  Tally sum;
  bool all_strike = true;
  std::printf("%-18s %-32s %-6s %6s %6s %8s %6s %6s %6s\n", "where", "fault", "", "faults", "hit",
              "answered", "redone", "wrong", "after");
  for (Bench* bench : {static_cast<Bench*>(rtl.get()), static_cast<Bench*>(spi.get())}) {
    for (const Tally& tally : bench->tallies()) {
      print(tally);
      kinds.push_back(to_json(tally));
      add(sum, tally);
      if (options.only >= 0 || strikes(tally)) continue;
      all_strike = false;
      std::printf(
          "  only %llu of these faults met an access: the campaign says nothing about them\n",
          static_cast<unsigned long long>(tally.hit));
    }
  }
  sum.where = "all";
  print(sum);
  const bool passed = sum.wrong == 0 && sum.after == 0 && sum.answered == sum.faults && all_strike;
  std::printf("%s: seed %u, %llu faults, %llu hit, %llu answered, %llu wrong, 0 hangs\n",
              passed ? "passed" : "FAILED", options.seed,
              static_cast<unsigned long long>(sum.faults), static_cast<unsigned long long>(sum.hit),
              static_cast<unsigned long long>(sum.answered),
              static_cast<unsigned long long>(sum.wrong));
  if (!options.json.empty()) {
    const nlohmann::json all = {{"seed", options.seed},
                                {"faults", sum.faults},
                                {"hit", sum.hit},
                                {"answered", sum.answered},
                                {"wrong", sum.wrong},
                                {"redone", sum.redone},
                                {"wrong_afterwards", sum.after},
                                {"hangs", 0},
                                {"passed", passed},
                                {"kinds", kinds}};
    std::ofstream file(options.json);
    file << all.dump(2) << "\n";
    if (!file.good()) return fail("cannot write " + options.json);
  }
  return passed ? 0 : 1;
}
