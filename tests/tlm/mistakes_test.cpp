// SPDX-License-Identifier: MIT
// Mistakes of firmware show as wrong results or clear errors, never as a dead simulator.
#include "support.hpp"

namespace tendon {
namespace {

vp::ClientOptions with(const char* argument) {
  vp::ClientOptions options;
  options.arguments = {argument};
  return options;
}

/// Runs one window; the engine's error, "" when there was none.
std::string error_of(engine::Engine& engine, const net::Network& network, bool tensors) {
  const auto got = engine.run(zoo::random_window(network, 1), tensors);
  return got.has_value() ? "" : got.error().message;
}

TEST(VpMistakesTest, ForgottenCleanMakesTheDeviceRefuseOldDescriptors) {
  const auto network = vp_test::mixed();
  const auto engine = vp_test::loaded("vp", network, with("--forget-clean"));
  ASSERT_NE(engine, nullptr);
  testing::internal::CaptureStderr();
  const std::string error = error_of(*engine, network.network, false);
  testing::internal::GetCapturedStderr();
  EXPECT_NE(error.find("device error"), std::string::npos) << error;
}

TEST(VpMistakesTest, ForgottenInvalidateGivesATensorOfOldBytes) {
  const auto network = vp_test::mixed();
  const auto engine = vp_test::loaded("vp", network, with("--forget-invalidate"));
  ASSERT_NE(engine, nullptr);
  const auto window = zoo::random_window(network.network, 1);
  const auto want = golden::run(network.network, window);
  ASSERT_TRUE(want.has_value());
  const auto got = engine->run(window, true);
  if (got.has_value()) {  // the driver cannot always tell
    const auto& first = want->tensors[static_cast<std::size_t>(network.network.layers[0].output)];
    EXPECT_NE(got->layers[0].codes, first);
  } else {
    EXPECT_NE(got.error().message.find("tensor"), std::string::npos) << got.error().message;
  }
}

TEST(VpMistakesTest, DamagedProgramEndsTheFirmwareWithItsCode) {
  auto network = vp_test::mixed();
  network.program[network.program.size() / 2] ^= 1;
  auto engine = vp::make_client("vp", {});
  ASSERT_TRUE(engine.has_value());
  const Status status = (*engine)->load(network.program);
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().message.find("exit code 1"), std::string::npos)
      << status.error().message;
}

TEST(VpMistakesTest, RunWithoutAProgramIsRefused) {
  auto engine = vp::make_client("vp", {});
  ASSERT_TRUE(engine.has_value());
  const auto got = (*engine)->run({}, false);
  ASSERT_FALSE(got.has_value());
  EXPECT_NE(got.error().message.find("no program"), std::string::npos);
}

TEST(VpMistakesTest, UnknownEngineIsRefusedWithTheNamesThereAre) {
  const auto engine = vp::make_client("vq", {});
  ASSERT_FALSE(engine.has_value());
  EXPECT_NE(engine.error().message.find("vp-rtl"), std::string::npos) << engine.error().message;
}

}  // namespace
}  // namespace tendon
