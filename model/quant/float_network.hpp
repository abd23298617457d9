// SPDX-License-Identifier: MIT
// Description and float weights of a sequential 1-D network: what training makes and quantization
// takes. No LibTorch here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "net/network.hpp"
#include "net/result.hpp"

namespace tendon::quant {

enum class FloatKind { kConv, kDense, kGlobalAverage };

/// One layer; sizes that come from the layer before are not repeated.
struct LayerDescription {
  std::string name;
  FloatKind kind = FloatKind::kConv;
  int outputs = 0;  // channels or units; kGlobalAverage: as its input
  int kernel = 1;   // kConv only, as the next four
  int stride = 1;
  int dilation = 1;
  int pad = 0;   // on both sides
  int pool = 1;  // max pool after the ReLU, size = stride, floor
  bool batch_norm = false;
  bool relu = false;
  float dropout = 0.0f;  // after this layer, in training only
};

/// Input [length, channels], layers in order; the last one has one output per class, no ReLU.
struct Description {
  std::string name;
  int length = 25;
  int channels = 10;
  std::vector<LayerDescription> layers;
};

/// models.md 1: 10x24 k7, 24x32 k7, 32x64 k3 + pool 2, dense 64, dense classes.
Description db1_cnn(int length, int channels, int classes);
/// models.md 1: all-convolution alternative with global average.
Description db1_gap(int length, int channels, int classes);
/// db1-cnn with 32 channels and units behind two pools: 16.7 thousand parameters.
Description db1_small(int length, int channels, int classes);
/// 16 channels and units everywhere, two pools: 4.9 thousand parameters.
Description db1_tiny(int length, int channels, int classes);
/// db1-cnn with twice the channels and units: a teacher, 250 thousand parameters.
Description db1_wide(int length, int channels, int classes);
/// "db1-cnn", "db1-gap", "db1-small", "db1-tiny" or "db1-wide" by name. Error: unknown name.
Result<Description> find_description(const std::string& name, int length, int channels,
                                     int classes);

/// Reads a description from text, one layer a line (`#` starts a comment):
///   network NAME
///   input LENGTH CHANNELS
///   conv OUTPUTS kernel K [stride S] [dilation D] [pad P] [pool N] [bn] [relu] [dropout F]
///   average
///   dense OUTPUTS [relu] [dropout F]
/// Error: line number and the word.
Result<Description> parse_description(const std::string& text);
std::string to_text(const Description& description);

/// Shape after layer `index` (before: -1, the input) as [1, time, channel]; a vector after kDense.
/// Error: a layer that does not fit its input.
Result<std::vector<net::Shape>> shapes(const Description& description);

/// Batch normalization of one layer: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta.
struct BatchNorm {
  std::vector<float> gamma, beta, mean, variance;
  float epsilon = 1e-5f;
};

struct FloatLayer {
  std::vector<float> weights;  // kConv [out, tap, in], kDense [out, in] (time, channel); else empty
  std::vector<float> bias;     // per output
  BatchNorm batch_norm;        // empty vectors without one
};

/// A trained network. Its input is (code - input_zero) / 255 with the code that net::InputCoding
/// gives for volts * gain[channel] and the linear table: what the integer network sees.
struct FloatNetwork {
  Description description;
  std::vector<std::string> classes;
  std::vector<float> gain;         // per channel, 1 / full-scale volts
  int input_zero = 0;              // code of 0 V: 0 for envelopes, 128 for bipolar recordings
  std::vector<FloatLayer> layers;  // one per layer of the description
  std::vector<int> repetitions;    // those it was trained on; empty: not known
};

/// Sizes of every array against the description, and finite values. Error: layer and both values.
Status check(const FloatNetwork& network);

/// Batch normalization folded into weights and bias; the function computed stays the same.
FloatNetwork fold(const FloatNetwork& network);

/// Parameters before folding, batch norm included; times 4 is the float size in bytes.
std::int64_t parameters(const Description& description);

}  // namespace tendon::quant
