// SPDX-License-Identifier: MIT
// Every network of the zoo on the virtual platform: golden's bits, and cycles of the loosely timed
// accelerator within 5 % of the RTL's on every layer.
#include "support.hpp"

namespace tendon {
namespace {

constexpr double kTolerance = 0.05;

struct Case {
  const char* network;
  int weights, activations;
};

std::string name_of(const Case& c) {
  std::string name = c.network;
  std::erase(name, '-');
  return name + "W" + std::to_string(c.weights) + "A" + std::to_string(c.activations);
}

class VpNetworksTest : public testing::TestWithParam<Case> {
 protected:
  static net::Network network() {
    const Case& c = GetParam();
    auto made = zoo::random_network(c.network, {c.weights}, {c.activations}, vp_test::kSeed);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return made.has_value() ? *made : net::Network{};
  }
};

TEST_P(VpNetworksTest, FastModelGivesGoldenBits) {
  const auto compiled = vp_test::compiled(network());
  const auto engine = vp_test::loaded("vp", compiled);
  ASSERT_NE(engine, nullptr);
  ASSERT_NO_FATAL_FAILURE(vp_test::expect_golden(*engine, compiled.network, 1));
}

#ifdef TENDON_SIM
TEST_P(VpNetworksTest, FastCyclesAreThoseOfTheRtlOnEveryLayer) {
  const auto compiled = vp_test::compiled(network());
  engine::RunResult results[2];
  for (const int which : {0, 1}) {
    const auto engine = vp_test::loaded(which == 0 ? "vp" : "vp-rtl", compiled);
    ASSERT_NE(engine, nullptr);
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {  // the first run also uploads the weights
      auto got = engine->run(zoo::random_window(compiled.network, seed), false);
      ASSERT_TRUE(got.has_value()) << got.error().message;
      results[which] = std::move(*got);
    }
  }
  ASSERT_EQ(results[0].label, results[1].label);
  int on_device = 0;
  for (std::size_t i = 0; i < compiled.network.layers.size(); ++i) {
    const auto fast = static_cast<double>(results[0].layers[i].counters.cycles);
    const auto rtl = static_cast<double>(results[1].layers[i].counters.cycles);
    on_device += rtl > 0 ? 1 : 0;
    EXPECT_NEAR(fast, rtl, kTolerance * rtl)
        << GetParam().network << ", layer " << compiled.network.layers[i].name;
  }
  EXPECT_GT(on_device, 0);
}
#endif

INSTANTIATE_TEST_SUITE_P(Zoo, VpNetworksTest,
                         testing::Values(Case{"db1-cnn", 8, 8}, Case{"db1-cnn", 4, 4},
                                         Case{"db1-cnn", 2, 2}, Case{"db1-gap", 8, 8},
                                         Case{"all-convnet", 4, 4}, Case{"conv1d-64", 8, 8},
                                         Case{"dense-768", 8, 8}, Case{"conv1x1-32", 8, 8},
                                         Case{"depthwise-64", 8, 8}, Case{"depthwise-64", 2, 2}),
                         [](const auto& each) { return name_of(each.param); });

}  // namespace
}  // namespace tendon
