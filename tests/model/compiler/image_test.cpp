// SPDX-License-Identifier: MIT
// Compiled images, executed by the second reading of docs/accelerator.md, give the golden model's
// bits.
#include <gtest/gtest.h>

#include <cstdlib>

#include "compiler/program.hpp"
#include "device_model.hpp"
#include "golden/golden.hpp"
#include "net/pack.hpp"
#include "tendon/tendon_program.h"
#include "zoo/zoo.hpp"

namespace tendon::compiler {
namespace {

std::vector<std::uint32_t> words_of(const std::vector<std::uint8_t>& bytes) {
  std::vector<std::uint32_t> words;
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    words.push_back(bytes[i] | static_cast<std::uint32_t>(bytes[i + 1]) << 8 |
                    static_cast<std::uint32_t>(bytes[i + 2]) << 16 |
                    static_cast<std::uint32_t>(bytes[i + 3]) << 24);
  }
  return words;
}

/// Positions without padding, the rest of each row's last word filled with the zero point.
std::vector<std::uint32_t> dense_words_of(const net::Tensor& tensor, const golden::Codes& codes) {
  const int row = tensor.shape.columns * tensor.shape.channels;
  const int padded = net::words_per_row(row, tensor.bits) * 32 / tensor.bits;
  golden::Codes filled;
  for (int y = 0; y < tensor.shape.rows; ++y) {
    filled.insert(filled.end(), codes.begin() + y * row, codes.begin() + (y + 1) * row);
    filled.resize(static_cast<std::size_t>((y + 1) * padded),
                  static_cast<std::int16_t>(tensor.zero_point));
  }
  return words_of(net::pack_rows(std::span<const std::int16_t>(filled), padded, tensor.bits));
}

/// Runs the layers of one image as the driver does: inputs that no accelerator layer of the same
/// chain wrote are loaded before their layer, and each output is stored behind it.
class ImageRun {
 public:
  ImageRun(const net::Network& network, const Image& image, const golden::Outcome& want)
      : network_(network),
        image_(image),
        want_(want),
        device_(image),
        on_device_(network.tensors.size()) {}

  int layers_on_device = 0, dense_inputs = 0, loads = 0;

  void run(const std::string& where) {
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      if (!image_.layers[i].on_accelerator) {
        EXPECT_NE(image_.layers[i].reason, TENDON_REASON_NONE) << where;
        on_device_.assign(on_device_.size(), false);  // the chain ends
        continue;
      }
      ASSERT_NO_FATAL_FAILURE(layer(i, where + " layer " + network_.layers[i].name));
    }
    if (image_.layers.back().on_accelerator) {
      EXPECT_EQ(device_.label, want_.label) << where;
    }
  }

 private:
  std::vector<std::uint32_t> golden_words(int tensor) const {
    const auto index = static_cast<std::size_t>(tensor);
    return words_of(net::pack_tensor(network_.tensors[index], want_.tensors[index]));
  }

  void layer(std::size_t i, const std::string& where) {
    const net::Layer& it = network_.layers[i];
    const LayerPlace& place = image_.layers[i];
    for (std::size_t n = 0; n < it.inputs.size(); ++n) {
      if (on_device_[static_cast<std::size_t>(it.inputs[n])]) continue;
      const bool dense = (place.flags & TENDON_ACCEL_DENSE_INPUT) != 0;
      const auto words = dense ? dense_words_of(network_.tensors[0], want_.tensors[0])
                               : golden_words(it.inputs[n]);
      dense_inputs += dense;
      ASSERT_EQ(place.in_base[n] % 4, 0u) << where;
      ASSERT_LE(place.in_base[n] + words.size(), device_.act.size()) << where;
      std::copy(words.begin(), words.end(), device_.act.begin() + place.in_base[n]);
    }
    ASSERT_NO_FATAL_FAILURE(run_descriptors(place, where));
    const auto want = golden_words(it.output);
    ASSERT_LE(place.out_base + want.size(), device_.act.size()) << where;
    for (std::size_t w = 0; w < want.size(); ++w) {
      ASSERT_EQ(device_.act[place.out_base + w], want[w]) << where << " word " << w;
    }
    on_device_[static_cast<std::size_t>(it.output)] = true;
    ++layers_on_device;
  }

  /// A LOAD that waits for nothing may be done before the CONV in front of it has started: if it
  /// wrote what that one reads, the result would show it.
  void run_descriptors(const LayerPlace& place, const std::string& where) {
    const std::size_t count = place.descriptors.size() / 16;
    const auto words = [&](std::size_t d) { return place.descriptors.data() + d * 16; };
    const auto is_load = [&](std::size_t d) { return (words(d)[0] & 0xFF) == 1; };
    std::size_t loaded = 0;
    for (std::size_t d = 0; d < count; ++d) {
      while (loaded < count && (loaded <= d + 1 || is_load(loaded))) {
        if (is_load(loaded)) {
          ASSERT_EQ(device_.load(words(loaded)), "") << where;
          ++loads;
        }
        ++loaded;
      }
      if (!is_load(d)) {
        ASSERT_EQ(device_.run(words(d)), "") << where;
      }
    }
  }

  const net::Network& network_;
  const Image& image_;
  const golden::Outcome& want_;
  device::Device device_;
  std::vector<bool> on_device_;
};

void expect_golden(const net::Network& network, std::uint64_t seed, const Options& options,
                   int* on_device) {
  const std::string where = network.name + " seed " + std::to_string(seed);
  const auto file = compile(network, options);
  ASSERT_TRUE(file) << where << ": " << file.error().message;
  const auto program = read(*file);
  ASSERT_TRUE(program) << where << ": " << program.error().message;
  const auto want = golden::run(network, zoo::random_window(network, seed));
  ASSERT_TRUE(want) << where;
  ASSERT_EQ(program->images.size(), options.targets.size());
  for (const Image& image : program->images) {
    ImageRun run(program->network, image, *want);
    ASSERT_NO_FATAL_FAILURE(run.run(where + " on " + image.geometry.name));
    *on_device += run.layers_on_device;
  }
}

/// Two named configurations and two that have every other legal shape.
Options every_shape() {
  const std::vector<Geometry> named = geometries();
  Geometry deep = named[1];
  deep.name = "deep";
  deep.rows = 2;
  deep.columns = 1;
  deep.lanes = 32;
  deep.weight_lines = 8192;
  deep.param_entries = 512;
  Geometry tall = deep;
  tall.name = "tall";
  tall.rows = 16;
  tall.columns = 2;
  return {{named[0], named[1], deep, tall}};
}

TEST(Image, GivesTheGoldenBitsOnRandomConvolutionsAndDenseLayers) {
  zoo::CaseOptions kinds;
  kinds.kinds = {net::LayerKind::kConv, net::LayerKind::kDense};
  kinds.max_macs = 30'000;
  const std::uint64_t cases = std::getenv("TENDON_LONG") != nullptr ? 2'000 : 60;
  int on_device = 0;
  for (std::uint64_t seed = 0; seed < cases; ++seed) {
    ASSERT_NO_FATAL_FAILURE(
        expect_golden(zoo::random_layer_case(seed, kinds), seed, every_shape(), &on_device));
  }
  EXPECT_GT(on_device, static_cast<int>(cases) * 2);
}

TEST(Image, GivesTheGoldenBitsOnMixedKinds) {
  zoo::CaseOptions kinds;
  kinds.max_macs = 20'000;
  const std::uint64_t cases = std::getenv("TENDON_LONG") != nullptr ? 2'000 : 100;
  int on_device = 0;
  for (std::uint64_t seed = 1000; seed < 1000 + cases; ++seed) {
    ASSERT_NO_FATAL_FAILURE(
        expect_golden(zoo::random_layer_case(seed, kinds), seed, every_shape(), &on_device));
  }
  EXPECT_GT(on_device, static_cast<int>(cases));
}

TEST(Image, HoldsTheWholeReferenceNetworkAtEveryWidthOnBase) {
  for (const int bits : {2, 4, 8}) {
    const auto network = zoo::random_network("db1-cnn", {bits}, {bits}, 6);
    ASSERT_TRUE(network) << network.error().message;
    const auto base = find_geometry("base");
    ASSERT_TRUE(base);
    int on_device = 0;
    ASSERT_NO_FATAL_FAILURE(expect_golden(*network, 6, {{*base}}, &on_device));
    EXPECT_EQ(on_device, 5) << bits;
  }
}

TEST(Image, LoadsTheInputWithoutPaddingWhereThatIsFaster) {
  const auto network = zoo::random_network("db1-cnn", {8}, {8}, 6);
  ASSERT_TRUE(network);
  const auto program = read(*compile(*network, {"base"}));
  ASSERT_TRUE(program);
  const auto want = golden::run(*network, zoo::random_window(*network, 6));
  ASSERT_TRUE(want);
  ImageRun run(program->network, program->images[0], *want);
  ASSERT_NO_FATAL_FAILURE(run.run("db1-cnn"));
  EXPECT_EQ(run.dense_inputs, 1);
  // Windows of 70 bytes in 18 words instead of 21: 5 fetches instead of 6, for odd and even
  // positions.
  EXPECT_EQ(program->images[0].layers[0].descriptors.size(), 2u * 16);
}

TEST(Image, StreamsTheWeightsThatDoNotFit) {
  for (const int bits : {2, 4, 8}) {
    const auto network = zoo::random_network("db1-cnn", {8}, {bits}, 6);
    ASSERT_TRUE(network);
    Geometry small = *find_geometry("base");
    for (const int lines : {700, 400, 250}) {
      // With 2-bit codes a piece fills a word of 16 channels: 192 lines, twice.
      if (bits == 2 && lines < 384) continue;
      small.weight_lines = lines;
      const auto program = read(*compile(*network, Options{{small}}));
      ASSERT_TRUE(program) << program.error().message;
      const auto want = golden::run(*network, zoo::random_window(*network, 6));
      ASSERT_TRUE(want);
      ImageRun run(program->network, program->images[0], *want);
      ASSERT_NO_FATAL_FAILURE(run.run("lines " + std::to_string(lines)));
      EXPECT_EQ(run.layers_on_device, 5) << lines;
      EXPECT_GT(run.loads, 1) << lines;
      EXPECT_LE(program->images[0].geometry.weight_lines, lines);
    }
  }
}

TEST(Image, SearchesTheLabelOfManyPositionsInTheLastOnly) {
  const auto network = zoo::random_network("conv1d-64", {2}, {2}, 6);
  ASSERT_TRUE(network);
  const auto program = read(*compile(*network, {"base"}));
  ASSERT_TRUE(program);
  const LayerPlace& place = program->images[0].layers[0];
  EXPECT_EQ(place.descriptors.size(), 2u * 16);
  const auto want = golden::run(*network, zoo::random_window(*network, 6));
  ASSERT_TRUE(want);
  ImageRun run(program->network, program->images[0], *want);
  ASSERT_NO_FATAL_FAILURE(run.run("conv1d-64"));
}

}  // namespace
}  // namespace tendon::compiler
