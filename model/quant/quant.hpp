// SPDX-License-Identifier: MIT
// From a float network to the integer network of numerics.md: calibration, post-training
// quantization, evaluation on the golden model, sensitivity and allocation of bits.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/data.hpp"
#include "net/network.hpp"
#include "quant/float_network.hpp"

namespace tendon::quant {

/// How the range of an activation tensor is found.
enum class Range { kPercentile, kMse };

struct Options {
  std::vector<int> weight_bits;      // per layer with weights; one entry: all; empty: 8
  std::vector<int> activation_bits;  // per layer OUTPUT but the last; one entry: all; empty: 8
  net::WeightGrid two_bit_grid = net::WeightGrid::kOdd;
  net::Rounding rounding = net::Rounding::kFloat;
  Range range = Range::kMse;
  double percentile = 99.9;
  bool bias_correction = true;
};

/// "8/8/4/4/4" -> {8,8,4,4,4}; "4" -> {4}. Error: anything but 2, 4, 8 between slashes.
Result<std::vector<int>> parse_bits(const std::string& text);
std::string bits_to_text(const std::vector<int>& bits);

/// Per-channel gain 1 / percentile of the channel (linear interpolation of the sorted values),
/// over all samples of the windows; 1 for bipolar recordings (those with an offset).
/// Error: a constant channel (names it).
Result<std::vector<float>> input_gain(const data::Windows& windows, double percentile = 99.9);

/// Post-training quantization: batch norm folded; per output channel the weight scale by line
/// search of the squared error; activations unsigned (signed without ReLU), range over
/// `calibration`; bias corrected by the mean error of each channel. The result passes net::check().
/// Error: options that do not fit the network; a layer whose weights are all zero (names it); a
/// network that breaks a rule of numerics.md.
Result<net::Network> quantize(const FloatNetwork& network, const data::Windows& calibration,
                              const Options& options);

/// What integer freezing needs per layer: also how quantization-aware training hands over.
struct QuantizedLayer {
  std::vector<std::int8_t> codes;    // [out, tap, in]
  std::vector<float> weight_scales;  // per output channel
  std::vector<float> bias;           // real units
  int weight_bits = 8;
  net::WeightGrid grid = net::WeightGrid::kTwos;
  float output_scale = 1.0f;  // real value of one output code
  int output_bits = 8;
  bool output_signed = false;
};

/// Builds the integer network from codes and scales; of `folded` only description, classes, gain
/// and input zero are used. Error: as quantize().
Result<net::Network> freeze(const FloatNetwork& folded, const std::vector<QuantizedLayer>& layers,
                            net::Rounding rounding);

struct Evaluation {
  int windows = 0;
  double accuracy = 0.0;                    // per window, 0..1
  double trial_accuracy = 0.0;              // majority vote per trial, lowest class on a tie
  std::vector<int> labels;                  // per window
  std::vector<std::vector<int>> confusion;  // [true class][label]
  std::int64_t saturated = 0;               // input samples out of range
};

/// Labels of the integer golden model. Error: windows that do not fit the network, NaN.
Result<Evaluation> evaluate(const net::Network& network, const data::Windows& windows);
/// Labels of the float network (input rounded to 8 bits as the integer network's).
Result<Evaluation> evaluate(const FloatNetwork& network, const data::Windows& windows);

/// Logits [window, class] of the float network.
Result<std::vector<float>> logits(const FloatNetwork& network, const data::Windows& windows);
/// Last-layer sums of the golden model in real units [window, class].
Result<std::vector<float>> logits(const net::Network& network, const data::Windows& windows);

/// Told after every step of long work: steps done, steps in all.
using OnStep = std::function<void(int, int)>;

/// Mean output divergence KL(float || quantized), in nats, with only this one tensor at `bits` and
/// all others at 8.
struct SensitivityEntry {
  std::string layer;
  bool weights = true;  // false: the layer's output activation
  int bits = 8;
  double kl = 0.0;
  double hessian = 0.0;  // cross-check, weights only: half the mean squared weight error times the
                         // trace of the Hessian of the divergence (Hutchinson, finite differences)
};

struct Sensitivity {
  std::vector<SensitivityEntry> entries;
};

/// All layers x {2,4,8} bits, weights and activations, on the golden model. `windows`: training
/// repetitions, at most `max_windows` of them spread evenly. Error: as quantize().
Result<Sensitivity> sensitivity(const FloatNetwork& network, const data::Windows& windows,
                                const Options& options, int max_windows = 400,
                                const OnStep& step = {});

/// Cycles of a network on the accelerator (the compiler's model); given by the caller, since quant
/// does not know the compiler.
using CycleModel = std::function<Result<std::int64_t>(const net::Network&)>;

struct Budget {
  std::optional<std::int64_t> bytes;   // net::payload_bytes at most
  std::optional<std::int64_t> cycles;  // needs a CycleModel
  std::optional<double> max_drop;      // accuracy on the tuning windows against float, points
};

struct Candidate {
  std::vector<int> weight_bits;
  std::vector<int> activation_bits;
  std::int64_t bytes = 0;
  std::int64_t cycles = 0;    // 0 without a cycle model
  double predicted_kl = 0.0;  // sum of the sensitivities
  double accuracy = -1.0;  // of the post-trained golden network on the tuning windows; -1: not run
};

struct Allocation {
  Candidate chosen;
  std::vector<Candidate> pareto;  // by bytes; those no other one beats in kl, bytes and cycles
  std::int64_t examined = 0;
  bool enumerated = true;  // false: knapsack (too many assignments)
};

/// Whether the windows may judge the network: it has not been trained on their repetitions. True
/// for a network whose repetitions are not known. Error: names the repetition.
Status held_out(const FloatNetwork& network, const data::Windows& tune);

/// Chooses weight bits (and activation bits when `activations`) under the budget: enumerates when
/// 3^layers <= 20,000, else a multiple-choice knapsack. The cheapest in predicted divergence wins
/// under bytes/cycles; the smallest within max_drop under max_drop.
/// Error: a budget nothing meets: says the smallest possible bytes, cycles or drop; max_drop with
/// tuning windows that the network was trained on.
Result<Allocation> allocate(const FloatNetwork& network, const Sensitivity& sensitivity,
                            const data::Windows& calibration, const data::Windows& tune,
                            const Options& options, const Budget& budget, const CycleModel& cycles,
                            bool activations = false, const OnStep& step = {});

}  // namespace tendon::quant
