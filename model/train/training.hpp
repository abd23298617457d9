// SPDX-License-Identifier: MIT
// What float and quantization-aware training share. Includes LibTorch: only for files in train/.
#pragma once

#include <torch/torch.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "data/data.hpp"
#include "quant/float_network.hpp"
#include "train/train.hpp"

namespace tendon::train {

/// Windows on the network's input scale before clipping and rounding: volts * gain [n, time,
/// channel] in 0..1 for values in range.
struct Dataset {
  torch::Tensor scaled;
  torch::Tensor labels;  // int64 [n]
  int input_zero = 0;
  int64_t count() const { return labels.size(0); }
};

inline Dataset make_dataset(const data::Windows& windows, const std::vector<float>& gain,
                            int input_zero) {
  Dataset set;
  set.input_zero = input_zero;
  const std::vector<int64_t> labels(windows.label.begin(), windows.label.end());
  set.labels = torch::tensor(labels, torch::kInt64);
  set.scaled =
      torch::tensor(windows.volts).view({windows.count(), windows.length, windows.channels});
  set.scaled *= torch::tensor(gain);
  return set;
}

/// The codes of net::InputCoding as (code - zero) / 255.
inline torch::Tensor coded(const torch::Tensor& scaled, int input_zero) {
  return (torch::round(scaled * 255.0).clamp_(0.0, 255.0) - static_cast<double>(input_zero)) /
         255.0;
}

/// Part of a window's signal seen by the neighbouring electrode of the ring, channels 1..8: what a
/// band that turned round the forearm by a fraction of the spacing would measure.
inline torch::Tensor turn_ring(const torch::Tensor& x, double sd) {
  const int64_t ring = std::min<int64_t>(8, x.size(2));
  const torch::Tensor by = (torch::randn({x.size(0), 1, 1}) * sd).clamp(-1.0, 1.0);
  const torch::Tensor own = x.slice(2, 0, ring);
  const torch::Tensor up = torch::roll(own, 1, 2), down = torch::roll(own, -1, 2);
  const torch::Tensor turned =
      own + by.clamp_min(0.0) * (up - own) + (-by).clamp_min(0.0) * (down - own);
  return torch::cat({turned, x.slice(2, ring)}, 2);
}

/// Changes that the same movement shows from one repetition to the next (train.hpp:Augmentation).
inline torch::Tensor augment(const torch::Tensor& scaled, int input_zero, const Augmentation& by) {
  const int64_t n = scaled.size(0);
  const double zero = input_zero / 255.0;
  torch::Tensor x = scaled - zero;
  if (by.amplitude > 0.0) x = x * torch::exp(torch::randn({n, 1, 1}) * by.amplitude);
  if (by.channel > 0.0) x = x * torch::exp(torch::randn({n, 1, x.size(2)}) * by.channel);
  if (by.turn > 0.0) x = turn_ring(x, by.turn);
  if (by.noise > 0.0) x = x + torch::randn(x.sizes()) * by.noise;
  if (by.drop > 0.0) x = x * torch::rand({n, 1, x.size(2)}).ge(by.drop).to(torch::kFloat32);
  return x + zero;
}

/// Window indices of one epoch in random order: one of every `thin` neighbours.
inline torch::Tensor epoch_order(int64_t count, int thin) {
  const int64_t picks = std::max<int64_t>(1, count / std::max(1, thin));
  torch::Tensor index = torch::arange(picks) * std::max(1, thin);
  if (thin > 1) index = (index + torch::randint(thin, {picks}, torch::kInt64)).clamp_max(count - 1);
  return index.index_select(0, torch::randperm(picks));
}

/// One-cycle schedule: cosine up from peak / 25 in the first 30 %, cosine down to peak / 10,000.
inline double one_cycle(double peak, int64_t step, int64_t steps) {
  const double at = static_cast<double>(step) / static_cast<double>(std::max<int64_t>(1, steps));
  const auto between = [](double from, double to, double x) {
    return to + (from - to) * 0.5 * (1.0 + std::cos(std::numbers::pi * x));
  };
  return at < 0.3 ? between(peak / 25.0, peak, at / 0.3)
                  : between(peak, peak / 1e4, (at - 0.3) / 0.7);
}

inline void set_rate(torch::optim::Optimizer& optimizer, std::size_t group, double rate) {
  static_cast<torch::optim::AdamWOptions&>(optimizer.param_groups()[group].options()).lr(rate);
}

inline std::vector<float> to_vector(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().to(torch::kFloat32).contiguous().view(-1);
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// Weights [out, tap, in] of a description to the [out, in, tap] of LibTorch, and back.
inline torch::Tensor to_torch(const std::vector<float>& weights, int64_t out, int64_t taps) {
  return torch::tensor(weights).view({out, taps, -1}).transpose(1, 2).contiguous();
}
inline std::vector<float> from_torch(const torch::Tensor& weights) {
  return to_vector(weights.detach().transpose(1, 2));
}

/// A class without windows cannot be learned. Error: names it.
Status every_class_present(const data::Windows& windows);

}  // namespace tendon::train
