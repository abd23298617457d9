// SPDX-License-Identifier: MIT
// Every network of the zoo on the virtual platform: golden's bits, and cycles of the loosely timed
// accelerator within 5 % of the RTL's on every layer.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "support.hpp"

namespace tendon {
namespace {

constexpr double kTolerance = 0.05;
constexpr std::uint64_t kRandomNetworks = 50, kLongRandomNetworks = 160;

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
/// The layer whose cycles in the loosely timed model are furthest from those of the RTL.
struct Worst {
  double off = -1;  // of the RTL's cycles
  std::string layer;
  int layers = 0;  // compared
};

std::string causes(const engine::Counters& c) {
  return "active " + std::to_string(c.active) + ", weights " + std::to_string(c.wait_weights) +
         ", activations " + std::to_string(c.wait_activations) + ", write " +
         std::to_string(c.wait_writeback) + ", setup " + std::to_string(c.descriptor) + ", drain " +
         std::to_string(c.drain) + ", dma " + std::to_string(c.dma);
}

void compare_cycles(const vp_test::Compiled& compiled, const std::string& what, Worst& worst) {
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
  ASSERT_EQ(results[0].label, results[1].label) << what;
  for (std::size_t i = 0; i < compiled.network.layers.size(); ++i) {
    const auto fast = static_cast<double>(results[0].layers[i].counters.cycles);
    const auto rtl = static_cast<double>(results[1].layers[i].counters.cycles);
    if (rtl == 0) continue;  // on the processor
    ++worst.layers;
    const double off = std::abs(fast - rtl) / rtl;
    const std::string layer = what + ", layer " + compiled.network.layers[i].name;
    EXPECT_LE(off, kTolerance) << layer << ": " << fast << " cycles ("
                               << causes(results[0].layers[i].counters) << "), RTL " << rtl << " ("
                               << causes(results[1].layers[i].counters) << ")";
    if (off > worst.off) {
      worst.off = off;
      worst.layer = layer + ": " + std::to_string(std::lround(fast)) + " cycles, RTL " +
                    std::to_string(std::lround(rtl));
    }
  }
}

TEST_P(VpNetworksTest, FastCyclesAreThoseOfTheRtlOnEveryLayer) {
  Worst worst;
  compare_cycles(vp_test::compiled(network()), GetParam().network, worst);
  EXPECT_GT(worst.layers, 0);
  std::printf("worst of %d layers: %.2f %%, %s\n", worst.layers, 100 * worst.off,
              worst.layer.c_str());
}

// Small layers of every kind, where the set-up is most of the time.
TEST(VpCyclesTest, FastCyclesAreThoseOfTheRtlOnEveryRandomLayer) {
  const std::uint64_t networks =
      std::getenv("TENDON_LONG") != nullptr ? kLongRandomNetworks : kRandomNetworks;
  Worst worst;
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    const std::int64_t max_macs = seed % 2 == 0 ? 2'000 : 20'000;
    const std::string what = "seed " + std::to_string(seed);
    compare_cycles(vp_test::compiled(zoo::random_layer_case(seed, {16, max_macs, {}})), what,
                   worst);
  }
  EXPECT_GT(worst.layers, static_cast<int>(networks) / 2);
  std::printf("worst of %d layers: %.2f %%, %s\n", worst.layers, 100 * worst.off,
              worst.layer.c_str());
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
