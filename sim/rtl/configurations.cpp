// SPDX-License-Identifier: MIT
#include "rtl/rtl_device.hpp"

namespace tendon::sim {

std::unique_ptr<RtlDevice> RtlDevice::make(std::string_view config, const RtlOptions& options,
                                           std::string* why) {
  std::unique_ptr<Model> model;
  if (config == "base") {
    model = options.waveform.empty() ? make_base_model(options.power_up_seed)
                                     : make_traced_model(options.power_up_seed);
  } else if (config == "tiny") {
    model = make_tiny_model(options.power_up_seed);
  } else if (config == "wide") {
    model = make_wide_model(options.power_up_seed);
  }
  if (model == nullptr) {
    *why = "no RTL configuration '" + std::string(config) + "' in this build";
    return nullptr;
  }
  if (!options.waveform.empty() && !model->trace(options.waveform)) {
    *why = "cannot write waveform '" + options.waveform + "' of configuration '" +
           std::string(config) + "'";
    return nullptr;
  }
  return std::make_unique<RtlDevice>(std::move(model), options);
}

}  // namespace tendon::sim
