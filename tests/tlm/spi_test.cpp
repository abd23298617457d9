// SPDX-License-Identifier: MIT
// The accelerator behind SPI controller and bridge: golden's bits at every rate, through damaged
// frames, and the times that decide where a network runs.
#include <algorithm>

#include "support.hpp"

namespace tendon {
namespace {

using vp_test::expect_golden;

engine::Options spi(std::uint64_t hz) {
  engine::Options options;
  options.spi_hz = hz;
  return options;
}

struct Rate {
  const char* name;
  const char* engine;
  std::uint64_t hz;
  bool poll;
};

class VpSpiTest : public testing::TestWithParam<Rate> {};

TEST_P(VpSpiTest, LabelsAndTensorsAreGolden) {
  const auto network = vp_test::mixed();
  vp::ClientOptions options{.engine = spi(GetParam().hz), .arguments = {}};
  options.engine.poll = GetParam().poll;
  const auto engine = vp_test::loaded(GetParam().engine, network, options);
  ASSERT_NE(engine, nullptr);
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    ASSERT_NO_FATAL_FAILURE(expect_golden(*engine, network.network, seed));
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, VpSpiTest,
                         testing::Values(Rate{"Fast1MHz", "vp", 1'000'000, true},
                                         Rate{"Fast25MHz", "vp", 25'000'000, false},
                                         Rate{"Fast48MHz", "vp", 48'000'000, true}
#ifdef TENDON_SIM
                                         ,
                                         Rate{"Rtl48MHz", "vp-rtl", 48'000'000, false}
#endif
                                         ),
                         [](const auto& rate) { return std::string(rate.param.name); });

TEST(VpSpiLinkTest, DamagedFramesAreRepeated) {
  const auto network = vp_test::mixed();
  // Frames of 4 KB: about every second one of the weights is hit.
  const auto engine = vp_test::loaded(
      "vp", network, {.engine = spi(25'000'000), .arguments = {"--spi-damage", "7919"}});
  ASSERT_NE(engine, nullptr);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    ASSERT_NO_FATAL_FAILURE(expect_golden(*engine, network.network, seed));
  }
}

TEST(VpSpiLinkTest, WireThatIsAlwaysWrongIsAnError) {
  const auto network = vp_test::mixed();
  auto engine =
      vp::make_client("vp", {.engine = spi(25'000'000), .arguments = {"--spi-damage", "8"}});
  ASSERT_TRUE(engine.has_value());
  const Status status = (*engine)->load(network.program);
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().message.find("exit code 1"), std::string::npos)
      << status.error().message;
}

/// Simulated us of a window with the weights in place.
double window_us(const vp_test::Compiled& network, const engine::Options& options,
                 engine::Policy policy = engine::Policy::kOffload) {
  engine::Options how = options;
  how.counters = false;
  how.policy = policy;
  const auto engine = vp_test::loaded("vp", network, {.engine = how, .arguments = {}});
  if (engine == nullptr) return 0;
  double us = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto got = engine->run(zoo::random_window(network.network, seed), false);
    EXPECT_TRUE(got.has_value()) << got.error().message;
    if (got.has_value()) us = got->split.total();
  }
  return us;
}

TEST(VpSplitTest, TheBusPaysAndASlowWireDoesNot) {
  const auto network = vp_test::mixed();
  const double processor = window_us(network, {}, engine::Policy::kCpu);
  const double bus = window_us(network, {});
  const double wire48 = window_us(network, spi(48'000'000));
  const double wire1 = window_us(network, spi(1'000'000));
  EXPECT_GT(processor, 0);
  EXPECT_LT(bus, processor / 4);
  EXPECT_LT(bus, wire48);
  EXPECT_GT(wire1, 4 * processor);
  // A frame's bits cannot take less than their time on the wire: 250 bytes of window alone.
  EXPECT_GT(wire1, 250 * 8);
}

struct PlanCase {
  const char* name;
  const char* network;
  std::vector<std::uint64_t> rates;  // SPI Hz; 0: on the bus
};

class VpPlanTest : public testing::TestWithParam<PlanCase> {};

// The driver's plan, which knows the link's rates only, against what each choice really takes.
TEST_P(VpPlanTest, ThePlanChoosesWhatIsFaster) {
  constexpr double kSlack = 1.05;
  constexpr double kTieUs = 1;  // closer than this either will do
  auto made = zoo::random_network(GetParam().network, {4}, {4}, vp_test::kSeed);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  const auto network = vp_test::compiled(std::move(*made));
  const double processor = window_us(network, {}, engine::Policy::kCpu);
  for (const std::uint64_t hz : GetParam().rates) {
    const double offload = window_us(network, spi(hz));
    const double chosen = window_us(network, spi(hz), engine::Policy::kPrefer);
    const double best = std::min(processor, offload);
    EXPECT_LE(chosen, std::max(kSlack * best, best + kTieUs))
        << "SPI " << hz << " Hz: processor " << processor << ", accelerator " << offload << " us";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, VpPlanTest,
    testing::Values(PlanCase{"Whole", "db1-cnn", {0, 48'000'000, 1'000'000}},
                    PlanCase{"OneSmallLayer", "conv1x1-32", {0, 48'000'000}},
                    PlanCase{"OneDenseLayer", "dense-768", {0, 48'000'000, 6'000'000}}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace tendon
