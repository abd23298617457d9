// SPDX-License-Identifier: MIT
// The reference networks by name, as architectures and as integer networks with seeded weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/network.hpp"
#include "zoo/description.hpp"

namespace tendon::zoo {

/// db1-cnn, db1-gap: five gestures on NinaPro DB1; all-convnet: 16x8 HD-sEMG images, eight
/// gestures. Single layers that the accelerator's figures are measured on: conv1d-64 (64->64, k3, T
/// = 256), dense-768 (768->64), conv1x1-32 (32->32, one position), depthwise-64 (64 channels, k3, T
/// = 64).
std::vector<std::string> names();

/// Error: unknown name; lists the names there are.
Result<Description> describe(const std::string& name);

/// The network of a description with all weights, biases and multipliers zero: shapes, widths,
/// clamps and names are there, ready to be filled. Input: uint8, unsigned 8 bits unless told
/// otherwise.
///
/// weight_bits      one per layer with weights, in order, or a single one for all: 2, 4, 8
/// activation_bits  widths of the inputs of the layers with weights AFTER the first, or a single
/// one for
///                  all of them; one more entry sets the network's input too (it then comes first).
///                  A network with one such layer: the single entry is its input.
///
/// A pool keeps its input's width. Outputs are unsigned with zero point 0 and, with ReLU, lo = 0;
/// the last layer without ReLU is signed 8 bits. Error: a list of another length, an illegal width;
/// names both values.
Result<net::Network> skeleton(const Description& description, const std::vector<int>& weight_bits,
                              const std::vector<int>& activation_bits);

/// A skeleton filled with seeded weights (bell-shaped over the whole code range) and biases; scales
/// are calibrated with the golden model on random windows, so that codes use their range and few
/// saturate. Rounding is kFloat, or kEven where the accumulator bound does not allow it. Same
/// arguments, same network on every machine. Error: as skeleton().
Result<net::Network> random_network(const Description& description,
                                    const std::vector<int>& weight_bits,
                                    const std::vector<int>& activation_bits, std::uint64_t seed);
Result<net::Network> random_network(const std::string& name, const std::vector<int>& weight_bits,
                                    const std::vector<int>& activation_bits, std::uint64_t seed);

/// One window of input codes, one per byte, uniform over the range of tensor 0.
std::vector<std::uint8_t> random_window(const net::Network& network, std::uint64_t seed);

struct CaseOptions {
  int lanes = 16;                     // ragged sizes lie around it
  std::int64_t max_macs = 200'000;    // per layer: what one case may cost in simulation
  std::vector<net::LayerKind> kinds;  // empty: all
};

/// A legal network of one to four layers for comparing engines. Consecutive seeds go through all
/// nine width pairs, all layer kinds and all rounding modes; sizes are 1, lanes - 1, lanes, lanes +
/// 1, primes and large ones; strides, paddings, dilations, fused pools, odd grid, signed
/// activations, zero points and clamps are drawn. Same seed and options, same network on every
/// machine.
net::Network random_layer_case(std::uint64_t seed, const CaseOptions& options = {});

}  // namespace tendon::zoo
