// SPDX-License-Identifier: MIT
#include "window_check.hpp"

namespace tendon::fault {
namespace {

// By the device's clock: some hundred times what a window needs, so that lost interrupts and stuck
// devices do not cost the campaign hours.
constexpr std::uint64_t kTimeoutUs = 3000;

template <typename T>
T sized() {
  T value{};
  value.size = sizeof(T);
  return value;
}

}  // namespace

CheckedProgram::CheckedProgram(std::uint32_t seed, const std::string& config,
                               tendon_device_t* device) {
  std::mt19937 random(seed);
  network_ = test::small_network(random);
  const auto compiled = compiler::compile(network_, std::vector<std::string>{config});
  if (!compiled) return;
  file_ = test::Bytes(*compiled);
  std::size_t bytes = 0;
  if (tendon_program_size(file_.data(), file_.size(), nullptr, &bytes) != TENDON_OK) return;
  memory_ = test::Bytes(bytes);
  // Not PREFER: behind slow wires the plan would leave the device alone, and no fault strike.
  auto options = sized<tendon_load_options_t>();
  options.policy = TENDON_POLICY_OFFLOAD;
  (void)!tendon_program_load(file_.data(), file_.size(), device, &options, memory_.data(), bytes,
                             &program_);
}

CheckedProgram::Outcome CheckedProgram::run(std::uint32_t flags, std::mt19937& random) {
  const auto window = test::random_window(network_, random);
  const golden::Outcome want = golden::run(network_, window).value();
  auto options = sized<tendon_run_options_t>();
  options.flags = flags;
  options.timeout_us = kTimeoutUs;
  auto result = sized<tendon_result_t>();
  Outcome outcome;
  outcome.status = tendon_run(program_, window.data(), window.size(), &options, &result);
  outcome.right = result.label == want.label &&
                  result.max_acc == want.accumulators[static_cast<std::size_t>(want.label)] &&
                  ((flags & TENDON_RUN_TRACE) == 0 || tensors_right(want));
  outcome.redone = result.fallback_layers > 0 && result.device_status != TENDON_OK;
  return outcome;
}

bool CheckedProgram::tensors_right(const golden::Outcome& want) const {
  for (std::uint32_t i = 0; i < network_.layers.size(); ++i) {
    const auto& tensor = want.tensors[i + 1];
    std::vector<std::int16_t> got(tensor.size());
    if (tendon_layer_output(program_, i, got.data(), got.size()) != TENDON_OK || got != tensor) {
      return false;
    }
  }
  return true;
}

void count(Tally& tally, bool hit, const CheckedProgram::Outcome& outcome,
           const CheckedProgram::Outcome& next, std::uint64_t index) {
  const bool answered = outcome.status == TENDON_OK;
  const bool good_after = next.status == TENDON_OK && next.right && !next.redone;
  ++tally.faults;
  tally.hit += hit ? 1 : 0;
  tally.answered += answered ? 1 : 0;
  tally.wrong += answered && !outcome.right ? 1 : 0;
  tally.redone += outcome.redone ? 1 : 0;
  tally.after += good_after ? 0 : 1;
  if ((!answered || !outcome.right || !good_after) && tally.first_wrong.empty()) {
    tally.first_wrong = "fault " + std::to_string(index);
  }
}

}  // namespace tendon::fault
