// SPDX-License-Identifier: MIT
#include "rtl/rtl_device.hpp"

namespace tendon::sim {

std::unique_ptr<RtlDevice> RtlDevice::make(std::string_view config, const RtlOptions& options,
                                           std::string* why) {
  // `base` has a twin that can trace; it is too slow to be the only one.
  const bool traced = !options.waveform.empty() && config == "base";
  std::unique_ptr<Model> model = make_model(traced ? "traced" : config, options.power_up_seed);
  if (model == nullptr) {
    *why = "no RTL configuration '" + std::string(config) + "'" +
           (traced ? " with waveforms" : "") + " in this build";
    return nullptr;
  }
  if (!options.waveform.empty() && !model->trace(options.waveform)) {
    *why = "cannot write waveform '" + options.waveform + "' of RTL configuration '" +
           std::string(config) + "'";
    return nullptr;
  }
  return std::make_unique<RtlDevice>(std::move(model), options);
}

}  // namespace tendon::sim
