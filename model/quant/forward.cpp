// SPDX-License-Identifier: MIT
#include "quant/forward.hpp"

#include <algorithm>
#include <cmath>

namespace tendon::quant {
namespace {

using ConstMap = Eigen::Map<const Matrix>;

Eigen::Index index(int value) { return static_cast<Eigen::Index>(value); }

Batch dense(const LayerDescription& layer, const std::vector<float>& weights,
            const std::vector<float>& bias, const Batch& input) {
  const Eigen::Index windows = input.values.rows() / input.time;
  const Eigen::Index fan = input.values.cols() * input.time;
  const ConstMap in(input.values.data(), windows, fan);
  const ConstMap w(weights.data(), layer.outputs, fan);
  const Eigen::Map<const Eigen::RowVectorXf> b(bias.data(), layer.outputs);
  return {Matrix((in * w.transpose()).rowwise() + b), 1};
}

/// Rows [window * time_out, tap * in] of a convolution, zeros where it reaches into the padding.
Matrix unfold(const LayerDescription& layer, const Batch& input, int time_out) {
  const Eigen::Index windows = input.values.rows() / input.time;
  const Eigen::Index channels = input.values.cols();
  Matrix rows = Matrix::Zero(windows * time_out, layer.kernel * channels);
  for (Eigen::Index n = 0; n < windows; ++n) {
    for (int t = 0; t < time_out; ++t) {
      for (int k = 0; k < layer.kernel; ++k) {
        const int from = t * layer.stride + k * layer.dilation - layer.pad;
        if (from < 0 || from >= input.time) continue;
        rows.block(n * time_out + t, k * channels, 1, channels) =
            input.values.row(n * input.time + from);
      }
    }
  }
  return rows;
}

Batch conv(const LayerDescription& layer, const std::vector<float>& weights,
           const std::vector<float>& bias, const Batch& input) {
  const net::Axis axis{layer.kernel, layer.stride, layer.dilation, layer.pad, layer.pad};
  const int time = axis.out(input.time);
  const Matrix rows = unfold(layer, input, time);
  const ConstMap w(weights.data(), layer.outputs, rows.cols());
  const Eigen::Map<const Eigen::RowVectorXf> b(bias.data(), layer.outputs);
  return {Matrix((rows * w.transpose()).rowwise() + b), time};
}

Batch average(const Batch& input) {
  const Eigen::Index windows = input.values.rows() / input.time;
  Batch out{Matrix(windows, input.values.cols()), 1};
  for (Eigen::Index n = 0; n < windows; ++n) {
    out.values.row(n) = input.values.middleRows(n * input.time, input.time).colwise().mean();
  }
  return out;
}

}  // namespace

Batch input_batch(const FloatNetwork& network, const data::Windows& windows,
                  const std::vector<int>& indices) {
  Batch batch{Matrix(index(static_cast<int>(indices.size())) * windows.length, windows.channels),
              windows.length};
  const auto zero = static_cast<float>(network.input_zero);
  float* to = batch.values.data();
  for (const int i : indices) {
    const auto volts = windows.window(i);
    for (std::size_t k = 0; k < volts.size(); ++k) {
      const float gain = network.gain[k % network.gain.size()];
      const float code = std::clamp(std::nearbyint(volts[k] * gain * 255.0f), 0.0f, 255.0f);
      *to++ = (code - zero) / 255.0f;
    }
  }
  return batch;
}

Batch pre_activation(const LayerDescription& layer, const std::vector<float>& weights,
                     const std::vector<float>& bias, const Batch& input) {
  switch (layer.kind) {
    case FloatKind::kConv:
      return conv(layer, weights, bias, input);
    case FloatKind::kDense:
      return dense(layer, weights, bias, input);
    case FloatKind::kGlobalAverage:
      break;
  }
  return average(input);
}

Batch post_activation(const LayerDescription& layer, Batch output) {
  if (layer.relu) output.values = output.values.cwiseMax(0.0f);
  if (layer.pool == 1) return output;
  const int time = output.time / layer.pool;
  const Eigen::Index windows = output.values.rows() / output.time;
  Batch pooled{Matrix(windows * time, output.values.cols()), time};
  for (Eigen::Index n = 0; n < windows; ++n) {
    for (int t = 0; t < time; ++t) {
      pooled.values.row(n * time + t) =
          output.values.middleRows(n * output.time + t * layer.pool, layer.pool)
              .colwise()
              .maxCoeff();
    }
  }
  return pooled;
}

std::vector<int> spread(int count, int most) {
  std::vector<int> indices;
  const int n = std::min(count, most);
  for (int i = 0; i < n; ++i) {
    indices.push_back(static_cast<int>(static_cast<std::int64_t>(i) * count / n));
  }
  return indices;
}

}  // namespace tendon::quant
