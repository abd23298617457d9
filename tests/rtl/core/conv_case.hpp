// SPDX-License-Identifier: MIT
// A convolution for the core by itself: descriptor, weight lines and parameters written from
// docs/accelerator.md, independently of model/compiler; golden model for what must come out.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "dut.hpp"
#include "golden/golden.hpp"
#include "net/network.hpp"

namespace tendon::core_test {

struct Places {
  int in_base = 0, out_base = 0, wgt_base = 0, par_base = 0;
};

struct Options {
  bool split = false;
  bool narrow = false;
  bool argmax = false;
  bool thresholds = false;
};

/// A network of one kConv or kDepthwise layer (and one to follow a fused pool).
struct ConvCase {
  net::Network network;
  Options options;
  Places places;

  const net::Layer& layer() const { return network.layers[0]; }
  const net::Tensor& in() const { return network.tensors[0]; }
  const net::Tensor& out() const { return network.tensors[1]; }
  int pixel_words(const net::Tensor& tensor) const;
  int tensor_words(const net::Tensor& tensor) const;
  bool depthwise() const { return layer().kind == net::LayerKind::kDepthwise; }
  int segments_x() const;                  // per kernel row
  int tap_words(const Geometry& g) const;  // read of one tap
  int segment_words(const Geometry& g) const;
  int tile_lines(const Geometry& g) const;
  int tiles(const Geometry& g) const;
  bool fits(const Geometry& g) const;
  /// |acc| < 2^16 for every channel.
  bool is_narrow() const;
  /// Thresholds fit their 20 bits.
  bool can_threshold() const;
  std::string describe() const;
};

/// Any legal case that fits the geometry; placed at random.
ConvCase random_case(std::mt19937_64& rng, const Geometry& g);

Descriptor descriptor(const ConvCase& test, const Geometry& g);
std::vector<std::uint32_t> weight_image(const ConvCase& test, const Geometry& g);
std::vector<std::uint32_t> param_image(const ConvCase& test, const Geometry& g);

/// Codes [row, column, channel] to words as docs/numerics.md packs them.
std::vector<std::uint32_t> pack(const net::Tensor& tensor, const std::vector<std::int16_t>& codes);

std::vector<std::int16_t> random_codes(std::mt19937_64& rng, const net::Tensor& tensor);

}  // namespace tendon::core_test
