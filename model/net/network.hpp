// SPDX-License-Identifier: MIT
// The shared vocabulary of all rooms on the host: what a quantized network is. Arithmetic:
// docs/numerics.md. A network here is complete and integer: every engine runs it bit for bit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/result.hpp"

namespace tendon::net {

/// [rows, columns, channels], channels last. A 1-D tensor [time, channel] has rows = 1 and
/// columns = time; a vector has rows = columns = 1.
struct Shape {
  int rows = 1;
  int columns = 1;
  int channels = 1;
  int size() const { return rows * columns * channels; }
  bool operator==(const Shape&) const = default;
};

std::string to_string(const Shape& shape);  // "1x25x10"

/// One activation tensor: real = scale * (code - zero_point), code in the range of (bits, sign).
struct Tensor {
  std::string name;
  Shape shape;
  int bits = 8;  // 2, 4, 8
  bool is_signed = false;
  float scale = 1.0f;
  int zero_point = 0;  // inside the code range

  int code_min() const { return is_signed ? -(1 << (bits - 1)) : 0; }
  int code_max() const { return is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1; }
};

enum class LayerKind : std::uint8_t {
  kConv = 1,       // weights [out, row, column, in]; 1-D: one row. Fused pool optional
  kDense = 2,      // weights [out, in], in = flattened input (row, column, channel)
  kDepthwise = 3,  // weights [channel, row, column]
  kMaxPool = 4,    // on codes
  kAvgPool = 5,    // exact int32 sum, then requantize with scale / n
  kAdd = 6,        // two inputs, brought to one scale
  kTable = 7,      // 256-entry lookup (sigmoid, tanh, GELU, exp)
  kGemm = 8,       // both operands are activations: out = a * b^T
};

/// numerics.md, "requantize"
enum class Rounding : std::uint8_t { kFloat = 0, kEven = 1, kUp = 2, kTflite = 3, kFloor = 4 };

enum class WeightGrid : std::uint8_t {
  kTwos = 0,  // two's complement code = weight (2, 4, 8 bits)
  kOdd = 1,   // 2 bits only: weight = 2 * code + 1, grid {-3,-1,1,3}
};

/// scale = multiplier * 2^-shift. multiplier is the 24-bit significand of a float32
/// (2^23 <= M < 2^24) in all modes but kTflite (2^30 <= M < 2^31). 0 <= shift <= 63; kTflite:
/// 31 <= shift <= 62, a scale below 1 (right shifts of 0..31 after the high multiply).
/// A zero multiplier is legal (an all-zero channel) and gives zy for every sum.
struct Requant {
  std::int32_t multiplier = 0;
  int shift = 0;
  bool operator==(const Requant&) const = default;
};

/// Windows of a convolution or pool along one axis.
struct Axis {
  int kernel = 1;
  int stride = 1;
  int dilation = 1;
  int pad_begin = 0;
  int pad_end = 0;
  int out(int in) const {
    return (in + pad_begin + pad_end - dilation * (kernel - 1) - 1) / stride + 1;
  }
};

struct Layer {
  std::string name;
  LayerKind kind = LayerKind::kConv;
  std::vector<int> inputs;  // indices into Network::tensors; one, two for kAdd and kGemm
  int output = 0;           // index into Network::tensors

  Axis row, column;  // kConv, kDepthwise, kMaxPool, kAvgPool; 1-D: row is {1,1,1,0,0}

  // kConv, kDense, kDepthwise
  int weight_bits = 8;  // 2, 4, 8
  WeightGrid grid = WeightGrid::kTwos;
  std::vector<std::int8_t> weights;  // CODES in the order above (odd grid: code, not weight)
  std::vector<float> weight_scales;  // per output channel, for export; arithmetic uses `requant`
  std::vector<std::int32_t> bias;    // per output channel

  // Requantization to the output tensor: per output channel for kConv, kDense, kDepthwise; one
  // entry for kAvgPool (scale / n inside) and kGemm; two for kAdd (one per input, same shift).
  // kAdd's multipliers need not be normalized (0 <= M < 2^24). kMaxPool, kTable: none.
  Rounding rounding = Rounding::kFloat;
  std::vector<Requant> requant;
  int lo = 0, hi = 255;  // clamp in output codes; ReLU: lo = zero point of the output. kMaxPool,
                         // kTable: not used

  // kConv only: max pool of the requantized codes along the columns, size = stride, floor; 1: none
  int fused_pool = 1;

  std::vector<std::int8_t> table;  // kTable: 256 entries, output codes (low 8 bits) indexed by
                                   // input code & 0xFF
};

/// Input coding: volts -> per-channel gain -> table -> uint8 code.
///   index = clamp(round_half_even(volts * gain[c] * 255), 0, 255);  code = table[index]
/// An out-of-range voltage saturates and is counted; NaN is refused. A table entry is the low 8
/// bits of a code of tensor 0 (which is uint8 in every network that is fed with volts).
struct InputCoding {
  std::vector<float> gain;          // per channel, 1 / full-scale volts
  std::vector<std::uint8_t> table;  // 256 entries; linear: table[i] = i
};

struct Network {
  std::string name;
  std::vector<std::string> classes;  // label texts, one per output channel of the last layer
  InputCoding input_coding;
  std::vector<Tensor> tensors;  // [0] is the network input
  std::vector<Layer> layers;    // in order of execution; the last one gives the label
};

/// Checks every rule of numerics.md and the shapes of the whole network: sizes, code ranges, zero
/// points, clamp, multipliers, and for every output channel the accumulator bound
/// |bias| + sum|w| * max|x - zx| < 2^31 (< 2^24 in mode kFloat).
/// Error: names layer, rule and both values. Nothing is changed.
Status check(const Network& network);

/// Largest |accumulator| that any input can reach, over all output channels. kConv, kDense,
/// kDepthwise: |bias| + sum|w| * max|x - zx|; kAvgPool: elements of a window * max|x - zx|; kGemm:
/// K * max|a - za| * max|b - zb|. The other kinds have no accumulators: 0.
std::int64_t accumulator_bound(const Network& network, const Layer& layer);

/// Whether the kind has int32 accumulators (the label then comes from them, else from the codes).
bool has_accumulators(LayerKind kind);

/// max |x - zx| over the codes of a tensor.
int max_magnitude(const Tensor& tensor);

/// The shape that the layer's inputs, axes and bias give. A dimension below 1: the window does not
/// fit.
Shape output_shape(const Network& network, const Layer& layer);

/// Columns that kConv computes per row, before the fused pool: those that fill a pool.
int computed_columns(const Network& network, const Layer& layer);

/// Weights per output channel of kConv, kDense, kDepthwise; 0 for the others.
int weights_per_channel(const Network& network, const Layer& layer);

/// "conv", "dense", "depthwise", "max_pool", "avg_pool", "add", "table", "gemm".
const char* to_string(LayerKind kind);

/// "float", "even", "up", "tflite", "floor".
const char* to_string(Rounding rounding);

/// Weight value of a code: code, or 2 * code + 1 on the odd grid.
inline int weight_value(WeightGrid grid, int code) {
  return grid == WeightGrid::kOdd ? 2 * code + 1 : code;
}

/// Nominal multiply-accumulates of a layer (positions before any pool), and of the network.
std::int64_t macs(const Network& network, const Layer& layer);

/// Deployed payload: packed weights plus 9 bytes per output channel (models.md).
std::int64_t payload_bytes(const Network& network);

}  // namespace tendon::net
