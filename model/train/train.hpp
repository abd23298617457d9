// SPDX-License-Identifier: MIT
// Training with LibTorch, which stays behind this header. In a build without it every function here
// still links and returns an Error that says how to get it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/data.hpp"
#include "quant/float_network.hpp"
#include "quant/quant.hpp"

namespace tendon::train {

/// True when this build has LibTorch (-DTENDON_TRAIN=ON).
bool available();

struct Progress {
  std::string what;  // "float", "8/4/4/2/8"
  int epoch = 0, epochs = 0;
  double loss = 0.0;
  double accuracy = -1.0;  // on the tuning windows; -1 without any
};
/// Called after every epoch; false stops the training at once with an Error "stopped".
using OnProgress = std::function<bool(const Progress&)>;

/// Random changes of every training window; 0 leaves one out.
struct Augmentation {
  double amplitude = 0.05;  // sd of the logarithm of a gain per window
  double channel = 0.1;     // the same per window and channel: electrodes and skin
  double turn = 0.0;        // sd of a turn of the electrode ring, in spacings
  double noise = 0.0;       // sd of white noise, in full scales of the channel
  double drop = 0.0;        // probability that a channel of a window is dead
};

struct FloatOptions {
  int epochs = 60;
  int batch = 64;
  double learning_rate = 3e-3;  // peak of the one-cycle schedule, AdamW
  double weight_decay = 0.02;
  double label_smoothing = 0.1;
  Augmentation augmentation;
  int thin = 1;              // an epoch takes one random window of every `thin` neighbours:
                             // with windows of step 1 and thin 5 that is a time shift
  double mixup = 0.0;        // alpha of the beta distribution; 0: none
  double average = 0.0;      // decay per step of a moving average of the weights, which becomes the
                             // network; 0: the last weights
  double sharpness = 0.0;    // radius of sharpness-aware minimization (Foret et al., ICLR 2021)
  double dropout = 0.0;      // in front of the last layer
  double distill = 0.7;      // weight of the teachers, when there are any, against the labels
  double temperature = 2.0;  // of the teachers
  bool early_stop = false;   // keep the best epoch on the tuning windows
  std::uint64_t seed = 1;
  int threads = 1;
};

struct FloatResult {
  quant::FloatNetwork network;
  std::vector<double> loss;      // per epoch
  std::vector<double> accuracy;  // per epoch on the tuning windows; empty without any
  int epoch = 0;                 // the one that was kept
  double seconds = 0.0;
};

/// Trains from scratch (or from `start`, when it has layers) on all windows of `train`; same seed,
/// options and thread count give the same network. Input gain: 99.9 percentile of `train`.
/// `tune` may be null. Error: no LibTorch, a class missing in `train` (names it), a constant
/// channel, a description that does not fit.
Result<FloatResult> train_float(const quant::Description& description, const data::Windows& train,
                                const data::Windows* tune, const FloatOptions& options,
                                const OnProgress& progress = {},
                                const quant::FloatNetwork* start = nullptr,
                                const std::vector<quant::FloatNetwork>& teachers = {});

struct QatOptions {
  int epochs = 40;  // all phases together
  int batch = 64;
  double learning_rate = 1e-3;  // peak of the one-cycle schedule, AdamW
  double weight_decay = 0.0;
  double temperature = 4.0;  // distillation
  double distill = 0.7;      // weight of the teacher against the labels
  Augmentation augmentation{.channel = 0.0};
  int thin = 1;                    // as FloatOptions::thin
  bool progressive = true;         // 8 -> 4 -> 2
  bool freeze_oscillating = true;  // in the last fifth
  std::uint64_t seed = 1;
  int threads = 1;
};

struct QatResult {
  net::Network network;
  double agreement = 0.0;  // labels of fake-quantized forward = golden model, over `check` windows
  int checked = 0;         // windows compared
  int frozen = 0;          // weights frozen because they oscillated
  double seconds = 0.0;
};

/// Learned-step quantization-aware training of `network` at the bits of `bits`, with `teachers`
/// (averaged; empty: `network` itself) for distillation, then frozen to integers.
/// `check`: windows on which fake-quantized labels are compared with the golden model's; they
/// decide nothing. Error: as train_float() and quant::freeze().
Result<QatResult> train_quantized(const quant::FloatNetwork& network, const quant::Options& bits,
                                  const data::Windows& train, const data::Windows& check,
                                  const QatOptions& options, const OnProgress& progress = {},
                                  const std::vector<quant::FloatNetwork>& teachers = {});

}  // namespace tendon::train
