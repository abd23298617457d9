// SPDX-License-Identifier: MIT
// Two copies of the logic in lockstep (Protect = 2): whatever register bit flips, in either copy,
// the answer is right or there is an error and an interrupt.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <random>

#include "Vtendon_shell64.h"
#include "bench.hpp"
#include "faulty_model.hpp"

namespace tendon::shell {
namespace {

using Model = soft_errors::FaultyModelOf<Vtendon_shell64>;

constexpr std::uint64_t kSeed = 60;
constexpr int kFlips = 400;
constexpr std::uint64_t kWatchdog = 2000;
constexpr std::uint64_t kPatience = 3 * kWatchdog;
constexpr std::uint64_t kRunCycles = 160;  // of the chain, about
constexpr std::uint32_t kOut = Bench::kData + 0x4000;

enum Effect { kRight, kReported, kWrong, kSilent, kEffects };

/// What is not copied: counters, and the register that keeps the fault (which only reports more).
bool is_protected(const std::string& name) {
  return name.rfind("u_perf.", 0) != 0 && name.find("standin") == std::string::npos &&
         name.find("u_core.") == std::string::npos;  // the stand-in promises nothing
}

struct Flip {
  const soft_errors::State* state;
  unsigned element, bit;
  std::uint64_t cycle;
};

class World {
 public:
  World() : World(std::make_unique<Model>()) {}

  Flip draw(std::mt19937_64& random) const {
    std::uint64_t bits = 0;
    for (const auto& state : model_->states()) {
      if (is_protected(state.name)) bits += state.total_bits();
    }
    std::uint64_t at = random() % bits;
    for (const auto& state : model_->states()) {
      if (!is_protected(state.name)) continue;
      if (at < state.total_bits()) {
        return {&state, static_cast<unsigned>(at / state.bits),
                static_cast<unsigned>(at % state.bits), random() % kRunCycles};
      }
      at -= state.total_bits();
    }
    return {};
  }

  Effect strike(const Flip& flip) {
    bench_.prepare();
    bench_.write(TENDON_WATCHDOG_OFFSET, kWatchdog);
    bench_.poke(Bench::kData, 1000);
    bench_.poke(Bench::kData + 16, 200);
    bench_.poke(Bench::kData + 32, 30);
    model_->arm(*flip.state, flip.element, flip.bit, flip.cycle);
    bench_.start(
        {load(TENDON_SPACE_ACT, Bench::kData, 0, 4).seal(),
         load(TENDON_SPACE_WGT, Bench::kData + 16, 4, 4).seal(),
         load(TENDON_SPACE_PAR, Bench::kData + 32, 8, 4).seal(),
         conv({.in = 0, .out = 4, .wgt = 4, .par = 8, .argmax = true}).flags(kWaitDma).seal(),
         store(kOut, 4, 4).flags(kLast).seal()});
    std::uint32_t status = 0;
    const std::uint64_t end = bench_.device().cycles() + kPatience;
    while ((status & (kDone | kError)) == 0) {
      if (bench_.device().cycles() > end) return kSilent;
      bench_.device().run(20);
      if (bench_.device().read_register(TENDON_STATUS_OFFSET, &status) != sim::kRespOkay) {
        return kReported;
      }
    }
    if ((status & kError) != 0) return kReported;
    std::uint32_t label = 0;
    if (bench_.device().read_register(TENDON_LABEL_OFFSET, &label) != sim::kRespOkay) {
      return kReported;
    }
    return bench_.peek(kOut) == 1230 && label == 1000 ? kRight : kWrong;
  }

 private:
  explicit World(std::unique_ptr<Model> model)
      : model_(model.get()), bench_(64, std::move(model), {}) {}

  Model* model_;
  Bench bench_;
};

TEST(ShellFaultTest, NoFlippedBitOfEitherCopyPassesUnseen) {
  std::mt19937_64 random(kSeed);
  World world;
  int counts[kEffects] = {}, bus = 0;
  for (int i = 0; i < kFlips; ++i) {
    const Flip flip = world.draw(random);
    // In a process of its own: a flip in a request may break a rule of the bus, which aborts.
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(STDERR_FILENO);
      alarm(60);
      _exit(world.strike(flip));
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status)) {
      EXPECT_NE(WTERMSIG(status), SIGALRM) << flip.state->name << " bit " << flip.bit;
      ++bus;
      continue;
    }
    const int effect = WEXITSTATUS(status);
    ASSERT_LT(effect, kEffects);
    ++counts[effect];
    EXPECT_LT(effect, kWrong) << (effect == kWrong ? "wrong answer: " : "no end: ")
                              << flip.state->name << " bit " << flip.bit << " cycle " << flip.cycle
                              << ", seed " << kSeed << " flip " << i;
  }
  std::printf("%d flips: %d without effect, %d reported, %d broke a rule of the bus\n", kFlips,
              counts[kRight], counts[kReported], bus);
  EXPECT_GT(counts[kReported], kFlips / 20) << "do the flips reach the registers?";
}

}  // namespace
}  // namespace tendon::shell
