// SPDX-License-Identifier: MIT
// The named architectures. Sources and sizes: docs of the reference networks; parameter counts are
// tested.
#include "zoo/zoo.hpp"

namespace tendon::zoo {
namespace {

using net::LayerKind;

net::Axis axis(int kernel, int pad, int stride = 1) { return {kernel, stride, 1, pad, pad}; }

LayerDescription conv(const std::string& name, int outputs, net::Axis column, int pool = 1) {
  return {name, LayerKind::kConv, outputs, {}, column, pool, true, true};
}

LayerDescription conv2d(const std::string& name, int outputs, net::Axis both) {
  return {name, LayerKind::kConv, outputs, both, both, 1, true, true};
}

LayerDescription dense(const std::string& name, int outputs, bool relu) {
  return {name, LayerKind::kDense, outputs, {}, {}, 1, false, relu};
}

LayerDescription global_average(int rows, int columns) {
  return {
      "average", LayerKind::kAvgPool, 0, axis(rows, 0, rows), axis(columns, 0, columns), 1, false,
      false};
}

const std::vector<std::string> kGestures = {"1", "2", "3", "4", "5"};

Description db1_cnn() {
  return {"db1-cnn",
          {1, 25, 10},
          kGestures,
          {conv("conv1", 24, axis(7, 3)), conv("conv2", 32, axis(7, 3)),
           conv("conv3", 64, axis(3, 1), 2), dense("dense1", 64, true), dense("dense2", 5, false)}};
}

Description db1_gap() {
  return {"db1-gap",
          {1, 25, 10},
          kGestures,
          {conv("conv1", 40, axis(5, 2)), conv("conv2", 56, axis(5, 2, 2)),
           conv("conv3", 96, axis(3, 1)), conv("conv4", 112, axis(3, 1, 2)), global_average(1, 7),
           dense("dense", 5, false)}};
}

Description all_convnet() {
  Description d = {
      "all-convnet",
      {16, 8, 1},
      {"1", "2", "3", "4", "5", "6", "7", "8"},
      {conv2d("conv1", 64, axis(3, 1)), conv2d("conv2", 64, axis(3, 1)),
       conv2d("conv3", 64, axis(3, 1, 2)), conv2d("conv4", 128, axis(3, 1)),
       conv2d("conv5", 128, axis(3, 1)), conv2d("conv6", 128, axis(3, 1, 2)),
       conv2d("conv7", 128, axis(1, 0)), conv2d("conv8", 8, axis(1, 0)), global_average(4, 2)}};
  for (LayerDescription& layer : d.layers) layer.batch_norm = false;
  return d;
}

Description conv1d_64() { return {"conv1d-64", {1, 256, 64}, {}, {conv("conv", 64, axis(3, 1))}}; }

Description dense_768() { return {"dense-768", {1, 1, 768}, {}, {dense("dense", 64, true)}}; }

Description conv1x1_32() { return {"conv1x1-32", {1, 1, 32}, {}, {conv("conv", 32, axis(1, 0))}}; }

Description depthwise_64() {
  return {"depthwise-64",
          {1, 64, 64},
          {},
          {{"depthwise", LayerKind::kDepthwise, 0, {}, axis(3, 1), 1, true, true}}};
}

constexpr Description (*kReference[])() = {db1_cnn,   db1_gap,    all_convnet, conv1d_64,
                                           dense_768, conv1x1_32, depthwise_64};

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto make : kReference) all.push_back(make().name);
  return all;
}

Result<Description> describe(const std::string& name) {
  std::string known;
  for (const auto make : kReference) {
    Description description = make();
    if (description.name == name) return description;
    known += (known.empty() ? "" : ", ") + description.name;
  }
  return Error{"no network '" + name + "' in the zoo, there are: " + known};
}

}  // namespace tendon::zoo
