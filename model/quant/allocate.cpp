// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>

#include "quant/plan.hpp"

namespace tendon::quant {
namespace {

constexpr std::int64_t kEnumerate = 20000;  // assignments that are all looked at
constexpr std::size_t kStates = 4000;       // kept per step of the knapsack
constexpr std::size_t kEvaluated = 24;      // candidates of the front that are run

/// One decision: the weight bits of a layer, or the bits of its output.
struct Decision {
  bool weights = true;
  std::size_t index = 0;  // into weight_bits or activation_bits
  struct Choice {
    int bits = 8;
    double kl = 0.0;
    std::int64_t bytes = 0, cycles = 0;  // against 8 bits everywhere
  };
  std::vector<Choice> choices;
};

struct State {
  double kl = 0.0;
  std::int64_t bytes = 0, cycles = 0;
  std::vector<int> bits;  // one per decision so far
};

bool beats(const State& a, const State& b) {
  return a.kl <= b.kl && a.bytes <= b.bytes && a.cycles <= b.cycles;
}

/// The states no other one beats, by bytes. Of equal ones the first stays.
std::vector<State> front(std::vector<State> states) {
  std::sort(states.begin(), states.end(), [](const State& a, const State& b) {
    return std::tie(a.bytes, a.kl, a.cycles) < std::tie(b.bytes, b.kl, b.cycles);
  });
  std::vector<State> kept;
  for (State& state : states) {
    if (std::none_of(kept.begin(), kept.end(),
                     [&](const State& other) { return beats(other, state); })) {
      kept.push_back(std::move(state));
    }
  }
  return kept;
}

/// All sums of one choice per decision, starting from `base`. `prune`: multiple-choice knapsack by
/// dominance, at most kStates kept per step.
std::vector<State> combine(const State& base, const std::vector<Decision>& decisions, bool prune) {
  std::vector<State> states{base};
  for (const Decision& decision : decisions) {
    std::vector<State> next;
    for (const State& state : states) {
      for (const auto& choice : decision.choices) {
        State& added = next.emplace_back(state);
        added.kl += choice.kl;
        added.bytes += choice.bytes;
        added.cycles += choice.cycles;
        added.bits.push_back(choice.bits);
      }
    }
    if (prune) next = front(std::move(next));
    if (prune && next.size() > kStates) {  // spread over the bytes; both ends stay
      std::vector<State> few;
      for (std::size_t i = 0; i < kStates; ++i) {
        few.push_back(next[i * (next.size() - 1) / (kStates - 1)]);
      }
      next = std::move(few);
    }
    states = std::move(next);
  }
  return states;
}

class Allocator {
 public:
  Allocator(const FloatNetwork& network, const Sensitivity& sensitivity,
            const data::Windows& calibration, const data::Windows& tune, const Options& options,
            const Budget& budget, const CycleModel& cycles, const OnStep& step)
      : network_(network),
        sensitivity_(sensitivity),
        calibration_(calibration),
        tune_(tune),
        options_(options),
        budget_(budget),
        cycles_(cycles),
        step_(step) {
    for (const auto& layer : network.description.layers) {
      with_weights_ += layer.kind != FloatKind::kGlobalAverage;
    }
  }

  Result<Allocation> run(bool activations) {
    if (budget_.cycles && !cycles_) return Error{"a budget of cycles needs a cycle model"};
    Result<Candidate> full = cost(uniform(8), uniform_activations(8));
    if (!full) return full.error();
    if (Status status = find_decisions(*full, activations); !status) return status.error();
    Allocation result;
    const double total = std::pow(3.0, static_cast<double>(decisions_.size()));
    result.enumerated = total <= static_cast<double>(kEnumerate);
    const State base{0.0, full->bytes, full->cycles, {}};
    const std::vector<State> states = combine(base, decisions_, !result.enumerated);
    result.examined = static_cast<std::int64_t>(states.size());
    std::vector<State> within;
    std::copy_if(states.begin(), states.end(), std::back_inserter(within),
                 [&](const State& state) { return fits(state); });
    if (within.empty()) return smallest(states);
    for (const State& state : front(states)) result.pareto.push_back(candidate(state));
    if (Status status = evaluate_front(result.pareto); !status) return status.error();
    Result<Candidate> chosen = choose(within);
    if (!chosen) return chosen.error();
    result.chosen = *chosen;
    return result;
  }

 private:
  std::vector<int> uniform(int bits) const { return std::vector<int>(with_weights_, bits); }
  std::vector<int> uniform_activations(int bits) const {
    return std::vector<int>(network_.description.layers.size() - 1, bits);
  }

  Result<net::Network> build(const std::vector<int>& weights,
                             const std::vector<int>& outputs) const {
    Options options = options_;
    options.weight_bits = weights;
    options.activation_bits = outputs;
    return quantize(network_, calibration_, options);
  }

  Result<Candidate> cost(const std::vector<int>& weights, const std::vector<int>& outputs) const {
    const Result<net::Network> integer = build(weights, outputs);
    if (!integer) return integer.error();
    Candidate candidate{weights, outputs, net::payload_bytes(*integer), 0, 0.0, -1.0};
    if (cycles_) {
      const Result<std::int64_t> cycles = cycles_(*integer);
      if (!cycles) return cycles.error();
      candidate.cycles = *cycles;
    }
    return candidate;
  }

  double kl_of(const std::string& layer, bool weights, int bits) const {
    for (const auto& entry : sensitivity_.entries) {
      if (entry.layer == layer && entry.weights == weights && entry.bits == bits) return entry.kl;
    }
    return std::numeric_limits<double>::infinity();
  }

  /// Bytes and cycles of one decision at a time, against 8 bits everywhere: both are sums over
  /// layers but for the input width of the next layer, which the accelerator hides.
  Status find_decisions(const Candidate& full, bool activations) {
    const auto& layers = network_.description.layers;
    std::size_t weight_index = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      for (const bool weights : {true, false}) {
        const bool none = weights ? layers[i].kind == FloatKind::kGlobalAverage
                                  : !activations || i + 1 == layers.size();
        if (none) continue;
        Decision decision{weights, weights ? weight_index : i, {}};
        for (const int bits : {2, 4, 8}) {
          std::vector<int> weight_bits = uniform(8), output_bits = uniform_activations(8);
          (weights ? weight_bits[decision.index] : output_bits[decision.index]) = bits;
          const Result<Candidate> one = cost(weight_bits, output_bits);
          if (!one) return one.error();
          decision.choices.push_back({bits, kl_of(layers[i].name, weights, bits),
                                      one->bytes - full.bytes, one->cycles - full.cycles});
        }
        decisions_.push_back(std::move(decision));
      }
      weight_index += layers[i].kind != FloatKind::kGlobalAverage;
    }
    return Unit{};
  }

  bool fits(const State& state) const {
    return (!budget_.bytes || state.bytes <= *budget_.bytes) &&
           (!budget_.cycles || state.cycles <= *budget_.cycles);
  }

  Candidate candidate(const State& state) const {
    Candidate made{uniform(8), uniform_activations(8), state.bytes, state.cycles, state.kl, -1.0};
    for (std::size_t i = 0; i < decisions_.size(); ++i) {
      const Decision& decision = decisions_[i];
      (decision.weights ? made.weight_bits : made.activation_bits)[decision.index] = state.bits[i];
    }
    return made;
  }

  Error smallest(const std::vector<State>& states) const {
    std::int64_t bytes = std::numeric_limits<std::int64_t>::max(), cycles = bytes;
    for (const State& state : states) {
      bytes = std::min(bytes, state.bytes);
      cycles = std::min(cycles, state.cycles);
    }
    std::string text = "no assignment of bits meets the budget of";
    if (budget_.bytes) text += " " + std::to_string(*budget_.bytes) + " bytes";
    if (budget_.bytes && budget_.cycles) text += " and";
    if (budget_.cycles) text += " " + std::to_string(*budget_.cycles) + " cycles";
    text += "; the smallest possible is " + std::to_string(bytes) + " bytes";
    if (budget_.cycles) text += ", the fastest " + std::to_string(cycles) + " cycles";
    return {text};
  }

  Result<double> accuracy(const Candidate& candidate) const {
    const Result<net::Network> integer = build(candidate.weight_bits, candidate.activation_bits);
    if (!integer) return integer.error();
    const Result<Evaluation> evaluation = evaluate(*integer, tune_);
    if (!evaluation) return evaluation.error();
    return evaluation->accuracy;
  }

  /// Runs at most kEvaluated candidates, spread over the front.
  Status evaluate_front(std::vector<Candidate>& pareto) const {
    const std::size_t runs = std::min(kEvaluated, pareto.size());
    for (std::size_t i = 0; i < runs; ++i) {
      Candidate& one = pareto[runs == 1 ? 0 : i * (pareto.size() - 1) / (runs - 1)];
      const Result<double> reached = accuracy(one);
      if (!reached) return reached.error();
      one.accuracy = *reached;
      if (step_) step_(static_cast<int>(i) + 1, static_cast<int>(runs));
    }
    return Unit{};
  }

  Result<Candidate> choose(const std::vector<State>& within) const {
    if (!budget_.max_drop) {
      const auto best =
          std::min_element(within.begin(), within.end(), [](const State& a, const State& b) {
            return std::tie(a.kl, a.bytes, a.cycles) < std::tie(b.kl, b.bytes, b.cycles);
          });
      Candidate chosen = candidate(*best);
      const Result<double> reached = accuracy(chosen);
      if (!reached) return reached.error();
      chosen.accuracy = *reached;
      return chosen;
    }
    const Result<Evaluation> exact = evaluate(network_, tune_);
    if (!exact) return exact.error();
    double least = std::numeric_limits<double>::infinity();
    for (const State& state : front(within)) {  // from small to large
      Candidate next = candidate(state);
      const Result<double> reached = accuracy(next);
      if (!reached) return reached.error();
      next.accuracy = *reached;
      const double drop = 100.0 * (exact->accuracy - *reached);
      if (drop <= *budget_.max_drop) return next;
      least = std::min(least, drop);
    }
    return Error{"no assignment of bits stays within " + std::to_string(*budget_.max_drop) +
                 " points of float; the smallest possible drop is " + std::to_string(least)};
  }

  const FloatNetwork& network_;
  const Sensitivity& sensitivity_;
  const data::Windows& calibration_;
  const data::Windows& tune_;
  const Options& options_;
  const Budget& budget_;
  const CycleModel& cycles_;
  const OnStep& step_;
  std::size_t with_weights_ = 0;
  std::vector<Decision> decisions_;
};

}  // namespace

Status held_out(const FloatNetwork& network, const data::Windows& tune) {
  for (const int repetition : tune.repetition) {
    if (std::find(network.repetitions.begin(), network.repetitions.end(), repetition) !=
        network.repetitions.end()) {
      return Error{network.description.name + " was trained on repetition " +
                   std::to_string(repetition) + ", on which the drop would be measured"};
    }
  }
  return Unit{};
}

Result<Allocation> allocate(const FloatNetwork& network, const Sensitivity& sensitivity,
                            const data::Windows& calibration, const data::Windows& tune,
                            const Options& options, const Budget& budget, const CycleModel& cycles,
                            bool activations, const OnStep& step) {
  if (Status status = check(network); !status) return status.error();
  if (budget.max_drop) {
    if (Status status = held_out(network, tune); !status) return status.error();
  }
  return Allocator(network, sensitivity, calibration, tune, options, budget, cycles, step)
      .run(activations);
}

}  // namespace tendon::quant
