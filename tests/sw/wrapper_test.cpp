// SPDX-License-Identifier: MIT
// tendon.hpp, and the small functions of tendon.h that need no device.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "fake_device.hpp"
#include "golden/input.hpp"
#include "program_writer.hpp"
#include "random_network.hpp"
#include "tendon/tendon.hpp"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 5;

struct Loaded {
  explicit Loaded(const net::Network& network) : file(write_program(network)) {
    const auto options = sized<tendon_load_options_t>();
    std::size_t bytes = 0;
    EXPECT_EQ(tendon_program_size(file.data(), file.size(), &options, &bytes), TENDON_OK);
    memory = Bytes(bytes);
    EXPECT_EQ(program.load(file.data(), file.size(), nullptr, options, memory.data(), bytes),
              TENDON_OK);
  }
  Bytes file;
  Bytes memory;
  Program program;
};

TEST(WrapperTest, RunsAProgramAndNamesItsClasses) {
  Random random(kSeed);
  const net::Network network = small_network(random);
  const auto window = random_window(network, random);
  Loaded loaded(network);
  tendon_result_t result;
  ASSERT_EQ(loaded.program.run(window.data(), window.size(), &result), TENDON_OK);
  EXPECT_EQ(result.label, golden::run(network, window)->label);
  EXPECT_EQ(loaded.program.class_name(result.label),
            network.classes[static_cast<std::size_t>(result.label)]);
  EXPECT_STREQ(loaded.program.class_name(-1), "");
  EXPECT_STREQ(loaded.program.class_name(4), "");
  const auto info = loaded.program.info();
  EXPECT_EQ(info.name, network.name);
  EXPECT_EQ(info.layers, 4u);
  EXPECT_EQ(info.columns, 11u);
  EXPECT_EQ(info.channels, 5u);
}

TEST(WrapperTest, OpensAndResetsADevice) {
  FakeDevice fake;
  Bytes memory(Device::size());
  Device device;
  ASSERT_EQ(device.open(fake.hal(), memory.data(), memory.size()), TENDON_OK);
  EXPECT_EQ(device.caps().rows, 4u);
  EXPECT_EQ(device.reset(), TENDON_OK);
  EXPECT_EQ(device.error().status, TENDON_OK);
}

TEST(WrapperTest, OlderCallersGetTheFieldsTheyKnow) {
  Random random(kSeed);
  Loaded loaded(small_network(random));
  struct {
    tendon_program_info_t info;
    std::uint32_t guard;
  } old = {};
  old.info.size = offsetof(tendon_program_info_t, layers);
  old.info.layers = 99;
  ASSERT_EQ(tendon_program_info(loaded.program.get(), &old.info), TENDON_OK);
  EXPECT_EQ(old.info.layers, 99u) << "behind what the caller knows";
  EXPECT_STREQ(old.info.name, "small");
}

TEST(StatusTest, EveryReasonOfAPlanHasItsOwnText) {
  std::set<std::string> texts;
  for (std::uint32_t reason = 0; reason <= TENDON_REASON_FAILED; ++reason) {
    const std::string text = tendon_reason_name(reason);
    EXPECT_NE(text, "unknown reason") << reason;
    EXPECT_TRUE(texts.insert(text).second) << text;
  }
  EXPECT_STREQ(tendon_reason_name(TENDON_REASON_FAILED + 1), "unknown reason");
}

TEST(StatusTest, EveryCodeHasItsOwnText) {
  std::set<std::string> texts;
  for (int code = TENDON_E_IO; code <= TENDON_OK; ++code) {
    texts.insert(tendon_strerror(static_cast<tendon_status_t>(code)));
  }
  EXPECT_EQ(texts.size(), 15u);
  EXPECT_STREQ(tendon_strerror(static_cast<tendon_status_t>(-16)), "unknown status");
}

TEST(LevelTest, NamesAreParsedBack) {
  for (int i = TENDON_LEVEL_AUTO; i <= TENDON_LEVEL_RVV10; ++i) {
    tendon_level_t level = TENDON_LEVEL_AUTO;
    ASSERT_EQ(tendon_level_parse(tendon_level_name(static_cast<tendon_level_t>(i)), &level),
              TENDON_OK);
    EXPECT_EQ(level, i);
  }
  tendon_level_t level = TENDON_LEVEL_RVV10;
  EXPECT_EQ(tendon_level_parse("swa", &level), TENDON_E_ARG);
  EXPECT_EQ(tendon_level_parse(nullptr, &level), TENDON_E_ARG);
  EXPECT_EQ(level, TENDON_LEVEL_RVV10);
}

TEST(EncodeTest, GivesTheGoldenCodes) {
  Random random(kSeed);
  const net::Network network = small_network(random);
  Loaded loaded(network);
  std::vector<float> volts(55);
  std::uniform_real_distribution<float> spread(-0.0002f, 0.0012f);
  for (int round = 0; round < 200; ++round) {
    for (std::size_t i = 0; i < volts.size(); ++i) {
      // Half of them on the ties between two indices.
      const float tie = (static_cast<float>(random() % 257) - 0.5f) / 255.0f / 1000.0f;
      volts[i] = i % 2 == 0 ? tie : spread(random);
    }
    if (round == 0) volts[0] = INFINITY, volts[1] = -INFINITY, volts[2] = -0.0f;
    const auto want = golden::code_input(network, volts);
    ASSERT_TRUE(want.has_value());
    std::vector<std::uint8_t> codes(volts.size());
    std::uint32_t saturated = 0;
    ASSERT_EQ(
        tendon_encode(loaded.program.get(), volts.data(), volts.size(), codes.data(), &saturated),
        TENDON_OK);
    ASSERT_EQ(codes, want->codes) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(saturated, want->saturated) << "seed " << kSeed << " round " << round;
  }
}

TEST(EncodeTest, RefusesNanAndWrongLengths) {
  Random random(kSeed);
  Loaded loaded(small_network(random));
  std::vector<float> volts(55, 0.0f);
  std::vector<std::uint8_t> codes(55);
  volts[54] = NAN;
  EXPECT_EQ(tendon_encode(loaded.program.get(), volts.data(), 55, codes.data(), nullptr),
            TENDON_E_ARG);
  EXPECT_EQ(tendon_encode(loaded.program.get(), volts.data(), 54, codes.data(), nullptr),
            TENDON_E_ARG);
}

}  // namespace
}  // namespace tendon::test
