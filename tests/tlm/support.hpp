// SPDX-License-Identifier: MIT
// Windows through the virtual platform, compared with the golden model.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "compiler/program.hpp"
#include "golden/golden.hpp"
#include "tlm/client/vp_client.hpp"
#include "zoo/zoo.hpp"

namespace tendon::vp_test {

inline constexpr std::uint64_t kSeed = 1;

struct Compiled {
  net::Network network;
  std::vector<std::uint8_t> program;
};

inline Compiled compiled(net::Network network, const std::string& config = "base") {
  auto program = compiler::compile(network, std::vector<std::string>{config});
  if (!program) {
    ADD_FAILURE() << program.error().message;
    return {};
  }
  return {std::move(network), std::move(*program)};
}

/// db1-cnn with 8-, 4-, 4-, 2- and 8-bit weights: the mixed network of the speed figures.
inline Compiled mixed(const std::string& config = "base") {
  auto network = zoo::random_network("db1-cnn", {8, 4, 4, 2, 8}, {8, 4, 4, 4, 8}, kSeed);
  if (!network) {
    ADD_FAILURE() << network.error().message;
    return {};
  }
  return compiled(std::move(*network), config);
}

/// An engine with the program loaded; nullptr after a failure.
inline std::unique_ptr<engine::Engine> loaded(const std::string& name, const Compiled& compiled,
                                              const vp::ClientOptions& options = {}) {
  auto made = vp::make_client(name, options);
  if (!made) {
    ADD_FAILURE() << made.error().message;
    return nullptr;
  }
  if (const Status status = (*made)->load(compiled.program); !status) {
    ADD_FAILURE() << status.error().message;
    return nullptr;
  }
  return std::move(*made);
}

/// One window with all tensors: label and every code of every layer are golden's.
inline void expect_golden(engine::Engine& engine, const net::Network& network,
                          std::uint64_t window_seed) {
  const auto window = zoo::random_window(network, window_seed);
  const auto want = golden::run(network, window);
  ASSERT_TRUE(want.has_value()) << want.error().message;
  const auto got = engine.run(window, true);
  ASSERT_TRUE(got.has_value()) << got.error().message;
  ASSERT_EQ(got->layers.size(), network.layers.size());
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const auto& codes = want->tensors[static_cast<std::size_t>(network.layers[i].output)];
    ASSERT_EQ(got->layers[i].codes.size(), codes.size()) << network.layers[i].name;
    for (std::size_t at = 0; at < codes.size(); ++at) {
      ASSERT_EQ(got->layers[i].codes[at], codes[at])
          << engine.name() << ", window seed " << window_seed << ", layer "
          << network.layers[i].name << ", element " << at;
    }
  }
  EXPECT_EQ(got->label, want->label) << engine.name() << ", window seed " << window_seed;
}

}  // namespace tendon::vp_test
