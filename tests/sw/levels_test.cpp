// SPDX-License-Identifier: MIT
// Every kernel level in the emulator that executes it, tensor by tensor against the golden model.
//
// The cases are written to a bundle, which kernel_check (the riscv64 build) runs in the emulator.
// An emulator that could not be had is named, and the test counts as skipped.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "case_bundle.hpp"
#include "emulator.hpp"
#include "program_writer.hpp"
#include "random_network.hpp"

namespace tendon::test {
namespace {

using net::LayerKind;
using net::Rounding;
using net::WeightGrid;

constexpr unsigned kSeed = 20250502;

struct LevelCase {
  const char* name;
  const char* level;
  std::string emulator;
};

const LevelCase kLevels[] = {
    {"portable", "portable", kQemu},
    {"swar", "swar", kQemu},
    {"xthead", "xthead", kQemuXthead},
    {"rvv071", "rvv071", kQemuRvv071},
    {"rvv10_128", "rvv10", kQemuRvv10},
    {"rvv10_256", "rvv10", "qemu-riscv64 -cpu rv64,v=true,vlen=256,vext_spec=v1.0"},
};

void add(CaseBundle& bundle, const std::string& name, const net::Network& network,
         const std::vector<std::vector<std::uint8_t>>& windows) {
  const auto added = bundle.add(name, network, write_program(network), windows);
  ASSERT_TRUE(added) << name << ": " << added.error().message;
}

class LevelsTest : public testing::TestWithParam<LevelCase> {
 protected:
  // Returns what kernel_check printed.
  std::string expect_golden(const CaseBundle& bundle, const std::string& topic) const {
    const std::string path = testing::TempDir() + "levels_" + GetParam().name + "_" + topic;
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bundle.bytes().data()),
               static_cast<std::streamsize>(bundle.bytes().size()));
    file.close();
    const Output result = output_of(GetParam().emulator + " " TENDON_RISCV64_KERNEL_CHECK " " +
                                    path + " " + GetParam().level);
    std::remove(path.c_str());
    EXPECT_EQ(result.code, 0) << "seed " << kSeed << ": " << result.text;
    EXPECT_NE(result.text.find(" cases, "), std::string::npos) << result.text;
    std::printf("%s", result.text.c_str());
    return result.text;
  }
};

std::string describe(const LayerSpec& spec, int round) {
  std::ostringstream text;
  text << "kind " << static_cast<int>(spec.kind) << ", a" << spec.activation_bits << " w"
       << spec.weight_bits << " o" << spec.output_bits << ", grid " << static_cast<int>(spec.grid)
       << ", rounding " << static_cast<int>(spec.rounding) << ", round " << round;
  return text.str();
}

void add_random(CaseBundle& bundle, LayerKind kind, WeightGrid grid, int rounds, Random& random) {
  constexpr int kWidths[] = {2, 4, 8};
  for (int round = 0; round < rounds; ++round) {
    for (int rounding = 0; rounding < 5; ++rounding) {
      if (kind == LayerKind::kAdd && rounding == 3) continue;  // tflite has no add here
      for (const int a : kWidths) {
        for (const int w : kWidths) {
          if (grid == WeightGrid::kOdd && w != 2) continue;
          const LayerSpec spec{
              kind, a, w, kWidths[random() % 3], grid, static_cast<Rounding>(rounding)};
          const net::Network network = random_layer(spec, random);
          add(bundle, describe(spec, round), network, {random_window(network, random)});
        }
      }
    }
  }
}

TEST_P(LevelsTest, EveryKindWidthPairAndRoundingIsGolden) {
  if (const std::string why = missing(GetParam().emulator); !why.empty()) GTEST_SKIP() << why;
  CaseBundle bundle;
  Random random(kSeed);
  for (const LayerKind kind :
       {LayerKind::kConv, LayerKind::kDense, LayerKind::kDepthwise, LayerKind::kMaxPool,
        LayerKind::kAvgPool, LayerKind::kAdd, LayerKind::kTable, LayerKind::kGemm}) {
    const bool weighted = kind == LayerKind::kConv || kind == LayerKind::kDense;
    add_random(bundle, kind, WeightGrid::kTwos, weighted ? 6 : 2, random);
    if (weighted || kind == LayerKind::kDepthwise) {
      add_random(bundle, kind, WeightGrid::kOdd, 4, random);
    }
  }
  std::string kernels = expect_golden(bundle, "random");
  // No layer falls back to plain loops. A table is a load per code, which nothing in plain C++
  // shortens.
  if (GetParam().level == std::string("portable")) return;
  if (const auto at = kernels.find("portable table"); GetParam().level == std::string("swar")) {
    ASSERT_NE(at, std::string::npos) << kernels;
    kernels.erase(at, 8);
  }
  EXPECT_EQ(kernels.find("portable"), std::string::npos) << kernels;
}

TEST_P(LevelsTest, SmallNetworksAreGolden) {
  if (const std::string why = missing(GetParam().emulator); !why.empty()) GTEST_SKIP() << why;
  CaseBundle bundle;
  Random random(kSeed);
  for (int i = 0; i < 20; ++i) {
    const net::Network network = small_network(random);
    add(bundle, "small network", network,
        {random_window(network, random), random_window(network, random)});
  }
  expect_golden(bundle, "small");
}

// One layer whose first channel has weights of one sign that add up to `norm`, in as few elements
// as the width allows.
// With three taps, in the first two of them; the sum of these meets in one lane.
net::Network layer_of_norm(LayerKind kind, int bits, int norm, int columns, int taps,
                           int code_bits) {
  const int most = 1 << (bits - 1);
  const int count = (norm + most - 1) / most;
  const int channels = taps == 1 ? count : (count + 1) / 2;
  net::Layer layer;
  layer.name = "bound";
  layer.kind = kind;
  layer.weight_bits = bits;
  layer.rounding = Rounding::kEven;
  layer.inputs = {0};
  layer.output = 1;
  layer.lo = -128;
  layer.hi = 127;
  net::Tensor in;
  in.name = "in";
  in.shape = {1, columns, kind == LayerKind::kDense ? (count + columns - 1) / columns : channels};
  in.scale = 1.0f;
  in.bits = code_bits;
  layer.column = {taps, 1, 1, taps / 2, taps / 2};
  const int per_channel = kind == LayerKind::kDense ? in.shape.size() : channels * taps;
  // The largest sum becomes a code of 32 to 63: one that has lost a bit is another code.
  int shift = 23 - 6;
  while (norm * 128 >> (shift - 17) > 0) ++shift;
  net::Tensor out = in;
  out.bits = 8;
  out.name = "out";
  out.is_signed = true;
  out.shape = {1, kind == LayerKind::kDense ? 1 : columns, 3};
  for (int o = 0; o < 3; ++o) {
    int left = norm;
    for (int k = 0; k < per_channel; ++k) {
      const int first = std::min(left, most);
      left -= first;
      const int w = o == 0 ? -first : (o == 1 ? k % 2 : most - 1);
      layer.weights.push_back(static_cast<std::int8_t>(w));
    }
    layer.bias.push_back(0);
    layer.requant.push_back({1 << 23, shift});
  }
  net::Network network;
  network.name = "bound";
  network.tensors = {in, out};
  network.layers = {layer};
  network.input_coding.gain.assign(static_cast<std::size_t>(in.shape.channels), 1.0f);
  for (int i = 0; i < 256; ++i) {
    network.input_coding.table.push_back(static_cast<std::uint8_t>(i >> (8 - code_bits)));
  }
  return network;
}

// A convolution of 32 channels and three taps with 4-bit weights, whose first filter has a sum of
// weights of 56 + last in the lane of the first two taps every eight channels: six products a
// multiply, in four blocks or more.
net::Network split_layer(int last) {
  net::Network network = layer_of_norm(LayerKind::kConv, 4, 4 * (56 + last), 5, 3, 8);
  network.tensors[0].shape.channels = 32;
  network.input_coding.gain.assign(32, 1.0f);
  net::Layer& layer = network.layers[0];
  layer.weights.clear();
  for (int o = 0; o < 3; ++o) {
    for (int tap = 0; tap < 3; ++tap) {
      for (int c = 0; c < 32; ++c) {
        const int first = c % 8 < 7 ? (tap < 2 ? 4 : 0) : (tap == 0 ? last : 0);
        layer.weights.push_back(static_cast<std::int8_t>(o == 0 ? -first : (c + tap) % 3 - 1));
      }
    }
  }
  return network;
}

// Five positions of `depth` channels times themselves.
net::Network gemm_of_itself(int depth, bool is_signed) {
  net::Network network = layer_of_norm(LayerKind::kConv, 8, 128, 5, 1, 8);
  network.tensors[0].shape = {1, 5, depth};
  network.tensors[0].is_signed = is_signed;
  network.tensors[0].zero_point = is_signed ? 0 : 128;
  network.tensors[1].shape = {1, 5, 5};
  network.input_coding.gain.assign(static_cast<std::size_t>(depth), 1.0f);
  net::Layer& layer = network.layers[0];
  layer.kind = LayerKind::kGemm;
  layer.inputs = {0, 0};
  layer.column = {};
  layer.weights.clear();
  layer.bias.clear();
  layer.requant = {{1 << 23, 40}};
  return network;
}

// The bounds, with |code| = 128 behind centring, 64 or 8. At `norm` a packed sum is the largest
// that fits its lane, one more needs another block: conv_shape.hpp (2^20 / 128, 2^14 / 128, 2^13 /
// 128, 2^13 / 64, 2^13 / 8), packed_dot.hpp (2^14, 2^22 and 2^26 / 128), rvv.hpp (32767 / 128).
TEST_P(LevelsTest, PackedSumsAreExactAtTheirBounds) {
  if (const std::string why = missing(GetParam().emulator); !why.empty()) GTEST_SKIP() << why;
  CaseBundle bundle;
  const struct {
    LayerKind kind;
    int bits, norm, taps = 1, code_bits = 8;
  } cases[] = {{LayerKind::kConv, 4, 1023, 3, 4}, {LayerKind::kConv, 2, 127, 3},
               {LayerKind::kConv, 4, 63, 3},      {LayerKind::kConv, 4, 127, 3},
               {LayerKind::kConv, 8, 8191, 3},    {LayerKind::kConv, 8, 8191},
               {LayerKind::kConv, 4, 8191},       {LayerKind::kConv, 2, 8191},
               {LayerKind::kDense, 2, 127},       {LayerKind::kDense, 8, 32767},
               {LayerKind::kDense, 4, 524287},    {LayerKind::kConv, 8, 255},
               {LayerKind::kConv, 4, 255},        {LayerKind::kConv, 2, 255},
               {LayerKind::kDense, 8, 255},       {LayerKind::kDense, 4, 255},
               {LayerKind::kDense, 2, 255}};
  for (const auto& c : cases) {
    for (const int more : {0, 1, 2}) {
      const net::Network network = layer_of_norm(
          c.kind, c.bits, c.norm + more, c.kind == LayerKind::kConv ? 5 : (c.bits == 4 ? 2 : 1),
          c.taps, c.code_bits);
      const auto size = static_cast<std::size_t>(network.tensors[0].shape.size());
      add(bundle, "norm " + std::to_string(c.norm + more) + ", w" + std::to_string(c.bits), network,
          {std::vector<std::uint8_t>(size, 0),
           std::vector<std::uint8_t>(size, static_cast<std::uint8_t>((1 << c.code_bits) - 1))});
    }
  }
  for (const int last : {6, 7, 8}) {
    const net::Network network = split_layer(last);
    const std::size_t size = 5 * 32;
    std::vector<std::vector<std::uint8_t>> windows;
    for (const int code : {0, 127, 128, 255}) {
      windows.emplace_back(size, static_cast<std::uint8_t>(code));
    }
    add(bundle, "split, last weight " + std::to_string(last), network, windows);
  }
  // Codes at both ends against themselves: the largest products of a GEMM, 300 of them.
  Random random(kSeed);
  for (const bool is_signed : {false, true}) {
    const net::Network network = gemm_of_itself(300, is_signed);
    const auto size = static_cast<std::size_t>(network.tensors[0].shape.size());
    add(bundle, "gemm", network,
        {std::vector<std::uint8_t>(size, is_signed ? 0x80 : 0),
         std::vector<std::uint8_t>(size, is_signed ? 0x7F : 0xFF)});
  }
  expect_golden(bundle, "bounds");
}

TEST(EmulatorTest, OneThatCannotBeFetchedIsSkippedByNameWithTheReason) {
  const std::string folder = testing::TempDir() + "no_emulators";
  std::filesystem::remove_all(folder);
  // Nothing answers at port 9 of this machine.
  const Output fetched = output_of(
      "TENDON_DEBIAN_MIRROR=http://127.0.0.1:9/debian bash " TENDON_EMULATORS_SCRIPT " " + folder);
  EXPECT_EQ(fetched.code, 0) << fetched.text;
  for (const char* const name : {"xthead", "rvv071"}) {
    EXPECT_NE(fetched.text.find(std::string("qemu-") + name + ": not available: qemu-user"),
              std::string::npos)
        << fetched.text;
    const Output test = output_of(
        "TENDON_EMULATORS=" + folder + " " + std::filesystem::canonical("/proc/self/exe").string() +
        " --gtest_filter='Levels/LevelsTest.SmallNetworksAreGolden/" + name + "'");
    EXPECT_EQ(test.code, 0) << test.text;
    EXPECT_NE(test.text.find("[  SKIPPED ] 1 test"), std::string::npos) << test.text;
    EXPECT_NE(test.text.find(folder + "/qemu-" + name + " is missing: E: Failed to fetch"),
              std::string::npos)
        << test.text;
  }
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Levels, LevelsTest, testing::ValuesIn(kLevels),
                         [](const auto& level) { return std::string(level.param.name); });

}  // namespace
}  // namespace tendon::test
