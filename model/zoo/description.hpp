// SPDX-License-Identifier: MIT
// The architecture of a sequential network, without weights and widths: what training, the zoo's
// random networks and a user's own JSON file share.
#pragma once

#include <string>
#include <vector>

#include "net/network.hpp"

namespace tendon::zoo {

struct LayerDescription {
  std::string name;
  net::LayerKind kind = net::LayerKind::kConv;  // kConv, kDense, kDepthwise, kMaxPool, kAvgPool
  int outputs = 0;                              // kConv, kDense
  net::Axis row, column;    // not kDense; a global pool has the input's size as kernel
  int fused_pool = 1;       // kConv
  bool batch_norm = false;  // trained with one; folded before anything here sees it
  bool relu = false;
};

struct Description {
  std::string name;
  net::Shape input;
  std::vector<std::string> classes;  // may be empty
  std::vector<LayerDescription> layers;
};

/// JSON text to description. All sizes in elements; an axis value is a number (columns, rows 1
/// wide) or [rows, columns]:
///
///   {"name": "mine", "input": {"rows": 1, "columns": 25, "channels": 10}, "classes": ["rest",
///   "fist"],
///    "layers": [{"kind": "conv", "outputs": 24, "kernel": 7, "stride": 1, "dilation": 1, "pad": 3,
///                "pool": 2, "batch_norm": true, "relu": true},
///               {"kind": "depthwise", "kernel": 3, "pad": 1}, {"kind": "max_pool", "kernel": 2},
///               {"kind": "avg_pool"}, {"kind": "dense", "outputs": 2}]}
///
/// Defaults: rows 1, stride 1 (pools: the kernel), dilation 1, pad 0, pool 1, flags false, name =
/// kind + position; a pool without a kernel is global. Error: not JSON, unknown key or kind, a
/// value of the wrong type or below its minimum, a window that does not fit; names the layer and
/// both values.
Result<Description> parse_description(const std::string& json);

/// The inverse; parse_description() gives the same description back.
std::string to_json(const Description& description);

/// Output shape of each layer. Error: as parse_description().
Result<std::vector<net::Shape>> layer_shapes(const Description& description);

}  // namespace tendon::zoo
