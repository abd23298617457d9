// SPDX-License-Identifier: MIT
// Where layers run when the HAL tells what its link costs.
#include <gtest/gtest.h>

#include "cpu_program.hpp"
#include "fake_device.hpp"
#include "random_network.hpp"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 78;
constexpr tendon_link_t kBus = {1'000'000'000, 50, 100'000'000, 1'000'000'000};
constexpr tendon_link_t kSlowWire = {10'000, 0, 100'000'000, 1'000'000'000};
constexpr tendon_link_t kSlowAccess = {1'000'000'000, 5'000'000, 100'000'000, 1'000'000'000};

class PlanTest : public testing::Test {
 protected:
  PlanTest() : random_(kSeed), network_(small_network(random_)) { fake_.set_network(network_); }
  ~PlanTest() override { tendon_close(device_); }

  void open(const tendon_link_t& link) {
    tendon_close(device_);
    tendon_hal_t hal = fake_.hal();
    hal.link = link;
    memory_ = Bytes(tendon_device_size());
    ASSERT_EQ(tendon_open(&hal, nullptr, memory_.data(), memory_.size(), &device_), TENDON_OK);
  }

  std::vector<tendon_layer_plan_t> plan(tendon_policy_t policy, std::uint32_t cpu_layers = 0) {
    LoadedProgram program(write_program(network_, {true, true, true, true}), device_, policy,
                          TENDON_LEVEL_PORTABLE, cpu_layers);
    EXPECT_EQ(program.status(), TENDON_OK);
    std::vector<tendon_layer_plan_t> out(network_.layers.size(), sized<tendon_layer_plan_t>());
    for (std::uint32_t i = 0; i < out.size(); ++i) {
      EXPECT_EQ(tendon_plan(program.get(), i, &out[i]), TENDON_OK);
    }
    return out;
  }

  static std::uint64_t total_ns(const std::vector<tendon_layer_plan_t>& layers) {
    std::uint64_t ns = 0;
    for (const auto& layer : layers) ns += layer.on_device != 0 ? layer.device_ns : layer.cpu_ns;
    return ns;
  }

  static std::size_t on_device(const std::vector<tendon_layer_plan_t>& layers) {
    std::size_t count = 0;
    for (const auto& layer : layers) count += layer.on_device;
    return count;
  }

  Random random_;
  net::Network network_;
  FakeDevice fake_;
  Bytes memory_;
  tendon_device_t* device_ = nullptr;
};

TEST_F(PlanTest, AnUnknownLinkIsNotWeighed) {
  open({});
  for (const auto& layer : plan(TENDON_POLICY_PREFER)) {
    EXPECT_EQ(layer.on_device, 1u);
    EXPECT_EQ(layer.device_ns, 0u);
    EXPECT_GT(layer.cpu_ns, 0u);
  }
}

TEST_F(PlanTest, ASlowWireLeavesTheLayersOnTheProcessor) {
  for (const tendon_link_t& link : {kSlowWire, kSlowAccess}) {
    open(link);
    for (const auto& layer : plan(TENDON_POLICY_PREFER)) {
      EXPECT_EQ(layer.on_device, 0u);
      EXPECT_EQ(layer.reason, TENDON_REASON_SLOWER);
      EXPECT_GT(layer.device_ns, layer.cpu_ns);
    }
  }
}

TEST_F(PlanTest, OffloadAndRequireDoNotWeigh) {
  open(kSlowWire);
  for (const auto policy : {TENDON_POLICY_OFFLOAD, TENDON_POLICY_REQUIRE}) {
    EXPECT_EQ(on_device(plan(policy)), network_.layers.size());
  }
}

TEST_F(PlanTest, AFastClockOfTheProcessorTakesTheLayersBack) {
  open(kBus);
  ASSERT_GT(on_device(plan(TENDON_POLICY_PREFER)), 0u);
  tendon_link_t fast = kBus;
  fast.device_hz = 100'000;
  open(fast);
  EXPECT_EQ(on_device(plan(TENDON_POLICY_PREFER)), 0u);
}

// What PREFER chooses is the best of all placements, by its own predictions.
TEST_F(PlanTest, NoOtherPlacementIsPredictedToBeFaster) {
  std::size_t seen[5] = {};
  for (int link = 0; link < 60; ++link) {
    const auto pick = [&](std::uint32_t most) {
      return static_cast<std::uint32_t>(1 + (random_() % 1000) * (random_() % 1000) % most);
    };
    open({pick(50'000'000) * 10, pick(20'000), pick(200'000'000) + 1'000'000,
          pick(1'000'000) * 1000});
    const auto chosen = plan(TENDON_POLICY_PREFER);
    ++seen[on_device(chosen)];
    for (std::uint32_t mask = 0; mask < 16; ++mask) {
      ASSERT_LE(total_ns(chosen), total_ns(plan(TENDON_POLICY_OFFLOAD, mask)))
          << "seed " << kSeed << ", link " << link << ", layers " << mask << " on the processor";
    }
  }
  EXPECT_GT(seen[0], 0u);
  EXPECT_GT(seen[4], 0u);
  EXPECT_GT(seen[1] + seen[2] + seen[3], 0u) << "no placement on both sides was tried";
}

}  // namespace
}  // namespace tendon::test
