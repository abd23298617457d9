// SPDX-License-Identifier: MIT
// Firmware on the virtual platform gives golden's bits, whatever stands behind the socket and
// however the processor waits.
#include "support.hpp"

namespace tendon {
namespace {

using vp_test::expect_golden;

struct Way {
  const char* name;
  const char* engine;
  bool poll;
  std::uint64_t stall_seed;
  std::uint64_t windows;  // few where the processor is simulated gate by gate
};

class VpEngineTest : public testing::TestWithParam<Way> {
 protected:
  vp::ClientOptions options() const {
    vp::ClientOptions options;
    options.engine.poll = GetParam().poll;
    options.engine.stall_seed = GetParam().stall_seed;
    return options;
  }
};

TEST_P(VpEngineTest, LabelsAndTensorsAreGolden) {
  const auto network = vp_test::mixed();
  const auto engine = vp_test::loaded(GetParam().engine, network, options());
  ASSERT_NE(engine, nullptr);
  for (std::uint64_t seed = 1; seed <= GetParam().windows; ++seed) {
    ASSERT_NO_FATAL_FAILURE(expect_golden(*engine, network.network, seed));
  }
  EXPECT_GT(engine->simulated_cycles(), 0u);
}

class VpResetTest : public VpEngineTest {};

TEST_P(VpResetTest, ResetUnderARunningWindowRecovers) {
  const auto network = vp_test::mixed();
  auto with_reset = options();
  with_reset.engine.reset_midway = true;
  const auto engine = vp_test::loaded(GetParam().engine, network, with_reset);
  ASSERT_NE(engine, nullptr);
  for (std::uint64_t seed = 1; seed <= (GetParam().windows + 1) / 2; ++seed) {
    ASSERT_NO_FATAL_FAILURE(expect_golden(*engine, network.network, seed));
  }
}

std::string name_of(const testing::TestParamInfo<Way>& way) { return way.param.name; }

constexpr Way kFastInterrupt{"FastInterrupt", "vp", false, 0, 3};
constexpr Way kFastPolling{"FastPolling", "vp", true, 0, 3};
INSTANTIATE_TEST_SUITE_P(Fast, VpEngineTest, testing::Values(kFastInterrupt, kFastPolling),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Fast, VpResetTest, testing::Values(kFastInterrupt, kFastPolling), name_of);
#ifdef TENDON_SIM
constexpr Way kRtlInterrupt{"RtlInterrupt", "vp-rtl", false, 0, 3};
constexpr Way kRtlPolling{"RtlPolling", "vp-rtl", true, 0, 3};
constexpr Way kRtlStalls{"RtlStalls", "vp-rtl", false, 7, 3};
INSTANTIATE_TEST_SUITE_P(Rtl, VpEngineTest, testing::Values(kRtlInterrupt, kRtlPolling, kRtlStalls),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Rtl, VpResetTest, testing::Values(kRtlInterrupt, kRtlPolling, kRtlStalls),
                         name_of);
#endif
#ifdef TENDON_SIM
constexpr Way kShmInterrupt{"ShmInterrupt", "shm", false, 0, 3};
constexpr Way kShmPolling{"ShmPolling", "shm", true, 0, 3};
INSTANTIATE_TEST_SUITE_P(Shm, VpEngineTest, testing::Values(kShmInterrupt, kShmPolling), name_of);
INSTANTIATE_TEST_SUITE_P(Shm, VpResetTest, testing::Values(kShmInterrupt, kShmPolling), name_of);
#endif
#ifdef TENDON_SOC
constexpr Way kSocInterrupt{"SocInterrupt", "soc", false, 0, 1};
constexpr Way kSocPolling{"SocPolling", "soc", true, 0, 1};
INSTANTIATE_TEST_SUITE_P(Soc, VpEngineTest, testing::Values(kSocPolling), name_of);
INSTANTIATE_TEST_SUITE_P(Soc, VpResetTest, testing::Values(kSocInterrupt), name_of);
#endif

TEST(VpEngineTest, RandomLayersAreGolden) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto network = vp_test::compiled(zoo::random_layer_case(
        seed, {16, 50'000, {net::LayerKind::kConv, net::LayerKind::kDense}}));
    const auto engine = vp_test::loaded("vp", network);
    if (engine == nullptr) continue;
    ASSERT_NO_FATAL_FAILURE(expect_golden(*engine, network.network, seed)) << "seed " << seed;
  }
}

TEST(VpEngineTest, ThousandInferencesDoNotDrift) {
  const auto network = vp_test::mixed();
  const auto engine = vp_test::loaded("vp", network);
  ASSERT_NE(engine, nullptr);
  const auto model = golden::Model::make(network.network);
  ASSERT_TRUE(model.has_value());
  std::uint64_t cycles = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto window = zoo::random_window(network.network, i % 10 + 1);
    const auto got = engine->run(window, false);
    ASSERT_TRUE(got.has_value()) << got.error().message;
    ASSERT_EQ(got->label, *model->classify(window)) << "inference " << i;
    // The first run also uploads the weights.
    if (i == 1) cycles = got->total.cycles;
    if (i > 1) {
      ASSERT_EQ(got->total.cycles, cycles) << "inference " << i;
    }
  }
}

}  // namespace
}  // namespace tendon
