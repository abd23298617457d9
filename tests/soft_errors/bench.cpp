// SPDX-License-Identifier: MIT
#include "bench.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <string_view>

#include "compiler/program.hpp"
#include "fault_model.hpp"
#include "faulty_model.hpp"
#include "golden/golden.hpp"
#include "zoo/zoo.hpp"

namespace tendon::soft_errors {
namespace {

constexpr int kWindows = 16;
constexpr std::uint32_t kMemoryBytes = 1u << 20;
constexpr std::uint64_t kTimeoutUs = 500;  // a run needs 60
constexpr unsigned kHangSeconds = 60;      // of a register access that is never answered

template <typename T>
T sized() {
  T value{};
  value.size = sizeof(T);
  return value;
}

}  // namespace

const char* to_string(Effect effect) {
  constexpr const char* kNames[] = {"masked", "sum", "detected", "wrong_label", "hang", "bus"};
  return kNames[static_cast<std::size_t>(effect)];
}

class FaultyModel : public FaultyModelOf<FaultedDut> {};

std::unique_ptr<Bench> Bench::make(std::string* why) {
  std::unique_ptr<Bench> bench(new Bench);
  auto model = std::make_unique<FaultyModel>();
  bench->model_ = model.get();
  bench->states_ = model->states();
  for (const State& state : bench->states_) {
    (state.is_memory() ? bench->memory_bits_ : bench->register_bits_) += state.total_bits();
  }
  sim::RtlOptions options;
  options.memory_bytes = kMemoryBytes;
  bench->rtl_ = std::make_unique<sim::RtlDevice>(std::move(model), options);

  const auto network = zoo::random_network("db1-cnn", {8, 4, 4, 2, 8}, {8}, 1);
  *why = network ? "" : network.error().message;
  if (!network) return nullptr;
  const auto file = compiler::compile(*network, std::vector<std::string>{"base"});
  *why = file ? "" : file.error().message;
  if (!file) return nullptr;
  bench->file_ = AlignedBytes(*file);

  bench->device_memory_ = AlignedBytes(tendon_device_size());
  const tendon_hal_t hal = bench->rtl_->hal();
  tendon_status_t status = tendon_open(&hal, nullptr, bench->device_memory_.data(),
                                       bench->device_memory_.size(), &bench->device_);
  auto load = sized<tendon_load_options_t>();
  load.policy = TENDON_POLICY_REQUIRE;
  std::size_t bytes = 0;
  if (status == TENDON_OK) {
    status = tendon_program_size(bench->file_.data(), bench->file_.size(), &load, &bytes);
  }
  if (status == TENDON_OK) {
    bench->program_memory_ = AlignedBytes(bytes);
    status = tendon_program_load(bench->file_.data(), bench->file_.size(), bench->device_, &load,
                                 bench->program_memory_.data(), bytes, &bench->program_);
  }
  *why = status == TENDON_OK ? "" : tendon_strerror(status);
  if (status != TENDON_OK) return nullptr;

  for (int i = 0; i < kWindows; ++i) {
    bench->windows_.push_back(zoo::random_window(*network, 100 + static_cast<unsigned>(i)));
    const auto golden = golden::run(*network, bench->windows_.back());
    const std::uint64_t before = bench->rtl_->cycles();
    const Answer got = bench->run(i);
    bench->run_cycles_ = bench->rtl_->cycles() - before;
    if (!golden || got.status != TENDON_OK || got.redone || got.label != golden->label) {
      *why = "the RTL does not give golden's label without a fault";
      return nullptr;
    }
    bench->want_.push_back(got);
  }
  return bench;
}

Bench::~Bench() {
  tendon_program_unload(program_);
  tendon_close(device_);
}

// Weights are loaded anew: a flipped one must not stay for the next run.
Bench::Answer Bench::run(int window) {
  Answer answer;
  (void)!tendon_reset(device_);
  auto options = sized<tendon_run_options_t>();
  options.timeout_us = kTimeoutUs;
  auto result = sized<tendon_result_t>();
  const auto& codes = windows_[static_cast<std::size_t>(window)];
  answer.status = tendon_run(program_, codes.data(), codes.size(), &options, &result);
  answer.label = result.label;
  answer.sum = result.max_acc;
  answer.redone = result.fallback_layers > 0;
  answer.device_status = result.device_status;
  return answer;
}

const State& Bench::pick(bool memory, std::uint64_t bit, unsigned* element,
                         unsigned* bit_of) const {
  for (const State& state : states_) {
    if (state.is_memory() != memory) continue;
    if (bit < state.total_bits()) {
      *element = static_cast<unsigned>(bit / state.bits);
      *bit_of = static_cast<unsigned>(bit % state.bits);
      return state;
    }
    bit -= state.total_bits();
  }
  TENDON_CHECK(false);
  return states_.front();
}

Flip Bench::strike(std::uint64_t seed, std::uint64_t index) {
  std::mt19937_64 random(seed * 0x9E3779B97F4A7C15ull + index);
  Flip flip;
  flip.memory = index % 2 == 0;
  const std::uint64_t bit = random() % (flip.memory ? memory_bits_ : register_bits_);
  const State& state = pick(flip.memory, bit, &flip.element, &flip.bit);
  flip.where = state.name;
  std::size_t below = 0;  // of these, the module inside
  for (const std::string_view outer :
       {"gen_shadow.u_shadow.", "u_core.", "u_operands.", "u_results."}) {
    if (flip.where.compare(below, outer.size(), outer) == 0) below += outer.size();
  }
  flip.block = flip.where.substr(0, flip.where.find('.', below));
  flip.cycle = random() % run_cycles_;
  flip.window = static_cast<int>(random() % kWindows);

  flip.effect = Effect::kBus;
  const pid_t child = fork();
  TENDON_CHECK(child >= 0);
  if (child == 0) {
    close(STDERR_FILENO);
    alarm(kHangSeconds);
    _exit(static_cast<int>(effect_of(flip, state)));
  }
  int status = 0;
  TENDON_CHECK(waitpid(child, &status, 0) == child);
  if (WIFEXITED(status)) flip.effect = static_cast<Effect>(WEXITSTATUS(status));
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) flip.effect = Effect::kHang;
  return flip;
}

Effect Bench::effect_of(const Flip& flip, const State& state) {
  model_->arm(state, flip.element, flip.bit, flip.cycle);
  const Answer got = run(flip.window);
  const Answer& want = want_[static_cast<std::size_t>(flip.window)];
  if (got.status == TENDON_E_TIMEOUT || got.device_status == TENDON_E_TIMEOUT) {
    return Effect::kHang;
  }
  if (got.status != TENDON_OK || got.redone) return Effect::kDetected;
  if (got.label != want.label) return Effect::kWrong;
  return got.sum == want.sum ? Effect::kMasked : Effect::kSum;
}

}  // namespace tendon::soft_errors
