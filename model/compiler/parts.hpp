// SPDX-License-Identifier: MIT
// One layer as the descriptors that run it: usually one, sometimes several that together are
// faster.
#pragma once

#include <variant>
#include <vector>

#include "compiler/lowered.hpp"

namespace tendon::compiler {

/// One descriptor of a layer.
struct Part {
  ConvJob job;
  int in_offset = 0;   // words from the base of the input tensor; kPack: of the second one
  int out_offset = 0;  // words from the base of the output tensor
  int lines_of = -1;   // part whose weight lines it uses too; -1: has its own
  int params_of = -1;  // the same for parameter entries
};

struct LayerCode {
  std::vector<Part> parts;
  bool dense_input = false;  // TENDON_ACCEL_DENSE_INPUT
  bool streamed = false;     // TENDON_ACCEL_STREAMED: a part is a piece, loaded when its turn comes

  int lines(const Geometry& g) const;
  int entries(const Geometry& g) const;
  /// Words from the base of the output tensor that the driver sees the parts reach.
  int out_words() const;
};

struct LayerContext {
  const net::Network& network;
  const net::Layer& layer;
  bool last = false;        // gives the label
  bool may_repack = false;  // its input may be loaded without padding
};

/// The fastest code by the cycle model, among
///   - one descriptor;
///   - of the layer that gives the label: all positions without it, then the last one again with
///   it, so
///     that the search for the label slows one position only and levels can be used;
///   - of the layer that reads the network input: positions loaded without padding, one descriptor
///   for
///     each place of a position inside a word (fewer fetches, weights 0 in front of the window);
///   - of a channelwise layer: the channels of one fetch after those of another.
/// Or the TENDON_REASON_* why the geometry cannot run the layer.
std::variant<LayerCode, std::uint32_t> best_code(const LayerContext& context,
                                                 const Geometry& geometry);

/// Max pool, add, table and GEMM, which are no convolutions with constant weights.
bool has_own_opcode(net::LayerKind kind);

/// best_code() of these: one descriptor; GEMM: PACK and CONV for each row.
std::variant<LayerCode, std::uint32_t> kind_code(const LayerContext& context,
                                                 const Geometry& geometry);

/// One descriptor for the whole layer that best_code() has accepted. Not of has_own_opcode().
ConvJob whole_job(const LayerContext& context, const Geometry& geometry);

/// Words of a tensor in activation memory, with and without padding of its positions.
int padded_words(const net::Tensor& tensor);
int dense_words(const net::Tensor& tensor);

}  // namespace tendon::compiler
