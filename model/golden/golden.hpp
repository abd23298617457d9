// SPDX-License-Identifier: MIT
// The golden model: a whole network, bit for bit as docs/numerics.md says. Normative: every engine
// gives exactly these codes, accumulators and labels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "golden/layer.hpp"
#include "golden/types.hpp"
#include "net/network.hpp"

namespace tendon::golden {

struct Outcome {
  std::vector<Codes> tensors;  // by tensor index; [0] is the input
  /// Of the last layer, [row, column, channel]; empty when its kind has none.
  std::vector<std::int32_t> accumulators;
  /// Index of the largest accumulator (code, without accumulators) of the last position of the last
  /// layer, lowest index on a tie.
  int label = -1;
};

/// A checked network with its weights widened once. Thread-safe: run() changes nothing.
class Model {
 public:
  /// Error: that of net::check().
  static Result<Model> make(net::Network network);

  const net::Network& network() const { return network_; }

  /// One window [row, column, channel], one code per byte (two's complement when tensor 0 is
  /// signed). Error: wrong number of codes, or a code outside the range of tensor 0; names both
  /// values.
  Result<Outcome> run(std::span<const std::uint8_t> window) const;

  /// run(), the label only.
  Result<int> classify(std::span<const std::uint8_t> window) const;

  /// One layer by itself. `inputs`: codes in the order of layer.inputs, of the right size and
  /// range.
  LayerOutput run_layer(std::size_t layer,
                        std::span<const std::span<const std::int16_t>> inputs) const;

 private:
  explicit Model(net::Network network);

  net::Network network_;
  std::vector<Matrix16> weights_;  // one per layer
};

/// Model::make() and Model::run() in one, for a single window.
Result<Outcome> run(const net::Network& network, std::span<const std::uint8_t> window);

}  // namespace tendon::golden
