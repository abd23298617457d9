// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "link.hpp"

namespace tendon::bringup {

/// One step of the walk from the wires to a label.
struct Step {
  std::string name;  // link, wires, identity, registers, memory, widths, network, throughput
  bool passed = false;
  std::string found;   // what was seen, with figures
  std::string advice;  // failed: what to look at, most likely first
};

/// Called as soon as a step is over.
using StepSink = std::function<void(const Step&)>;

/// Steps that need nothing but the link: link, wires, identity, registers, memory. Ends with the
/// first one that fails; true when none did.
bool walk_hardware(Link& link, const StepSink& sink);

/// Steps that run networks through the driver: every pair of widths on a small layer (`widths`),
/// all layer tensors of `db1-cnn` 8/4/4/2/8 (`network`), cycles and time of a window
/// (`throughput`). Expected values come from the golden model. Call it after walk_hardware().
bool walk_networks(Link& link, const StepSink& sink);

/// One pair of widths by itself: a convolution of three columns, all its output compared.
Step walk_width_pair(Link& link, int activation_bits, int weight_bits);

/// What to look at when a frame came back like this.
std::string advice_for(Symptom symptom);

}  // namespace tendon::bringup
