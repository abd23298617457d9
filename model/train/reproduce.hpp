// SPDX-License-Identifier: MIT
// `tendon reproduce db1`: trains and quantizes over all subjects of a folder and writes the tables.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/result.hpp"
#include "quant/quant.hpp"

namespace tendon::train {

struct ReproduceOptions {
  std::string data;                           // folder of DB1 files
  std::string myo;                            // folder of Myo subjects; empty: none
  std::string state = "build/reproduce/db1";  // finished steps, for resuming
  std::string results = "docs/results/db1";   // .json, .md, .html are written
  std::vector<int> subjects;                  // empty: all in the folder
  std::vector<std::string> lines;  // which lines of the table; empty: the headline. "all": all.
  std::vector<std::string>
      bits;                  // further assignments "8/4/4/2/8" (activations behind a colon: 4:4)
  int workers = 1;           // processes
  int float_epochs = 0;      // 0: as the recipe of each network says
  int trained_epochs = 20;   // of quantization-aware training
  quant::CycleModel cycles;  // of the accelerator; empty: the tables have no cycles
  bool render_only = false;  // write the tables from the state, train nothing
};

/// Called with one line of text for the user (progress, time left).
using OnLine = std::function<void(const std::string&)>;

/// Resumes where an earlier call with the same state folder stopped. Error: unreadable data (names
/// file and variable), no LibTorch, a folder that cannot be written.
Status reproduce_db1(const ReproduceOptions& options, const OnLine& line);

}  // namespace tendon::train
