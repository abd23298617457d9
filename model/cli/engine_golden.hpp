// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "cli/engine.hpp"
#include "golden/golden.hpp"

namespace tendon::engine {

/// The golden model behind the common face.
class GoldenEngine : public Engine {
 public:
  std::string name() const override { return "golden"; }
  Status load(std::span<const std::uint8_t> program) override;
  Result<RunResult> run(std::span<const std::uint8_t> window, bool tensors) override;

 private:
  std::optional<golden::Model> model_;
};

}  // namespace tendon::engine
