// SPDX-License-Identifier: MIT
#include "cli/train_here.hpp"

#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "onnx/onnx.hpp"
#include "quant/quant.hpp"
#include "train/train.hpp"

namespace tendon::cli {

Result<std::string> train_here(const Source& source, const std::string& weights,
                               const std::string& folder) {
  if (!train::available()) {
    return Error{
        "recordings need a network trained on them, and this build has no LibTorch: "
        "use `./run demo --data DIR`, which installs it, or name a network"};
  }
  const auto bits = quant::parse_bits(weights);
  if (!bits) {
    return bits.error();
  }
  const quant::Description description =
      quant::db1_cnn(source.train.length, source.train.channels,
                     static_cast<int>(source.train.task.labels.size()));
  train::FloatOptions options;
  options.thin = source.protocol.thin;
  Progress progress("training", static_cast<std::uint64_t>(options.epochs));
  const auto trained = train::train_float(description, source.train, nullptr, options,
                                          [&progress](const train::Progress& state) {
                                            progress.note("loss " + fixed(state.loss, 3));
                                            progress.step();
                                            return true;
                                          });
  if (!trained) {
    return trained.error();
  }
  quant::Options quantization;
  quantization.weight_bits = *bits;
  const auto network = quant::quantize(trained->network, source.train, quantization);
  if (!network) {
    return network.error();
  }
  const std::string path = folder + "/network.onnx";
  // write_file() makes the folder; the network then takes the place of the empty file.
  if (const Status made = write_file(path, ""); !made) {
    return made.error();
  }
  if (const Status written = onnx::write(path, *network); !written) {
    return written.error();
  }
  return path;
}

}  // namespace tendon::cli
