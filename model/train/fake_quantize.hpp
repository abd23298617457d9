// SPDX-License-Identifier: MIT
// Learned-step fake quantization (LSQ: Esser et al., ICLR 2020; freezing: Nagel et al., ICML 2022).
// Includes LibTorch: only for files in train/.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "quant/calibrate.hpp"

namespace tendon::train {

/// x with gradients scaled by `factor`.
inline torch::Tensor scale_gradient(const torch::Tensor& x, double factor) {
  return x * factor + (x * (1.0 - factor)).detach();
}

/// One layer's weights on their grid; the step is per output channel, or one for all.
class WeightQuantizer {
 public:
  WeightQuantizer() = default;
  explicit WeightQuantizer(bool one_step) : one_step_(one_step) {}

  /// Sets the grid and finds the steps anew by line search.
  void start(const torch::Tensor& weight, const quant::WeightCodes& grid) {
    const torch::NoGradGuard guard;
    grid_ = grid;
    const torch::Tensor rows =
        weight.detach().reshape({one_step_ ? 1 : weight.size(0), -1}).contiguous();
    std::vector<float> steps;
    for (int64_t r = 0; r < rows.size(0); ++r) {
      const std::span<const float> row(rows[r].data_ptr<float>(),
                                       static_cast<std::size_t>(rows.size(1)));
      steps.push_back(quant::weight_scale(row, grid, 1e-8f));
    }
    std::vector<int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
    shape[0] = rows.size(0);
    const torch::Tensor fresh = torch::tensor(steps).view(shape);
    if (step_.defined()) {
      step_.copy_(fresh);
    } else {
      step_ = fresh.requires_grad_();
    }
    frozen_ = torch::Tensor();
  }

  torch::Tensor& step() { return step_; }
  const torch::Tensor& step() const { return step_; }
  const quant::WeightCodes& grid() const { return grid_; }

  /// Weight values the integer network will have, with the gradients of LSQ.
  torch::Tensor forward(const torch::Tensor& weight) {
    const double elements =
        static_cast<double>(weight.numel()) / static_cast<double>(step_.numel());
    const torch::Tensor step =
        scale_gradient(step_.clamp_min(1e-8), 1.0 / std::sqrt(elements * grid_.largest()));
    const torch::Tensor ratio = (weight / step).clamp(-grid_.largest(), grid_.largest());
    return (ratio + (value(ratio) - ratio).detach()) * step;
  }

  /// Weight values in units of the step, whole numbers.
  torch::Tensor values(const torch::Tensor& weight) const {
    const torch::NoGradGuard guard;
    return value((weight / step_.clamp_min(1e-8)).clamp(-grid_.largest(), grid_.largest()));
  }

  /// After an optimizer step: counts changes of value as a moving average, freezes what changes
  /// more often than `threshold` at its mean value, and holds frozen weights there.
  void freeze_oscillating(torch::Tensor& weight, double threshold) {
    const torch::NoGradGuard guard;
    constexpr double kMomentum = 0.02;
    const torch::Tensor now = values(weight);
    if (!frozen_.defined()) {
      frozen_ = torch::zeros_like(now, torch::kBool);
      rate_ = torch::zeros_like(now);
      mean_ = now.clone();
      held_ = now.clone();
    } else {
      rate_.mul_(1.0 - kMomentum).add_(now.ne(last_).to(torch::kFloat32), kMomentum);
      mean_.mul_(1.0 - kMomentum).add_(now, kMomentum);
      const torch::Tensor fresh = rate_.gt(threshold).logical_and(frozen_.logical_not());
      held_ = torch::where(fresh, value(mean_), held_);
      frozen_ = frozen_.logical_or(fresh);
      weight.copy_(torch::where(frozen_, held_ * step_, weight));
    }
    last_ = torch::where(frozen_, held_, now);
  }

  int64_t frozen() const { return frozen_.defined() ? frozen_.sum().item<int64_t>() : 0; }

 private:
  torch::Tensor value(const torch::Tensor& ratio) const {
    if (grid_.grid == net::WeightGrid::kOdd) {
      return torch::floor(ratio * 0.5).clamp(-2.0, 1.0) * 2.0 + 1.0;
    }
    return torch::round(ratio);
  }

  bool one_step_ = false;
  quant::WeightCodes grid_;
  torch::Tensor step_;
  torch::Tensor frozen_, rate_, mean_, held_, last_;
};

/// One activation tensor: codes low..high, zero point 0, one learned step.
class ActivationQuantizer {
 public:
  ActivationQuantizer() = default;
  ActivationQuantizer(int bits, bool is_signed)
      : low_(is_signed ? -(1 << (bits - 1)) : 0),
        high_(is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1),
        zero_(torch::zeros({1})) {}

  void start(float step) { step_ = torch::full({1}, step).requires_grad_(); }
  torch::Tensor& step() { return step_; }
  float step_value() const { return step_.item<float>(); }
  /// The step stays positive whatever the optimizer did.
  void hold() {
    const torch::NoGradGuard guard;
    step_.clamp_min_(1e-6);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    const double per_window = static_cast<double>(x.numel()) / static_cast<double>(x.size(0));
    return torch::_fake_quantize_learnable_per_tensor_affine(
        x, step_, zero_, low_, high_, 1.0 / std::sqrt(per_window * static_cast<double>(high_)));
  }

 private:
  int64_t low_ = 0, high_ = 255;
  torch::Tensor zero_, step_;
};

}  // namespace tendon::train
