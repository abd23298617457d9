// SPDX-License-Identifier: MIT
// The library in a build without LibTorch.
#include "train/train.hpp"

namespace tendon::train {
namespace {

Error no_torch() {
  return {
      "this build has no LibTorch and cannot train; install libtorch-dev and configure with "
      "-DTENDON_TRAIN=ON (cmake --preset train)"};
}

}  // namespace

bool available() { return false; }

Result<FloatResult> train_float(const quant::Description&, const data::Windows&,
                                const data::Windows*, const FloatOptions&, const OnProgress&,
                                const quant::FloatNetwork*,
                                const std::vector<quant::FloatNetwork>&) {
  return no_torch();
}

Result<QatResult> train_quantized(const quant::FloatNetwork&, const quant::Options&,
                                  const data::Windows&, const data::Windows&, const QatOptions&,
                                  const OnProgress&, const std::vector<quant::FloatNetwork>&) {
  return no_torch();
}

}  // namespace tendon::train
