// SPDX-License-Identifier: MIT
// The program file: nothing is lost, everything wrong is refused, and the library on the board
// agrees.
#include "compiler/program.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>

#include "compiler/bytes.hpp"
#include "tendon/tendon.h"
#include "tendon/tendon_program.h"
#include "zoo/zoo.hpp"

namespace tendon::compiler {
namespace {

void expect_same_axis(const net::Axis& a, const net::Axis& b, const std::string& where) {
  EXPECT_EQ(a.kernel, b.kernel) << where;
  EXPECT_EQ(a.stride, b.stride) << where;
  EXPECT_EQ(a.dilation, b.dilation) << where;
  EXPECT_EQ(a.pad_begin, b.pad_begin) << where;
  EXPECT_EQ(a.pad_end, b.pad_end) << where;
}

void expect_same_layer(const net::Layer& a, const net::Layer& b, const std::string& where) {
  EXPECT_EQ(a.name, b.name) << where;
  EXPECT_EQ(a.kind, b.kind) << where;
  EXPECT_EQ(a.inputs, b.inputs) << where;
  EXPECT_EQ(a.output, b.output) << where;
  expect_same_axis(a.row, b.row, where);
  expect_same_axis(a.column, b.column, where);
  EXPECT_EQ(a.weight_bits, b.weight_bits) << where;
  EXPECT_EQ(a.grid, b.grid) << where;
  EXPECT_EQ(a.weights, b.weights) << where;
  EXPECT_EQ(a.weight_scales, b.weight_scales) << where;
  EXPECT_EQ(a.bias, b.bias) << where;
  EXPECT_EQ(a.rounding, b.rounding) << where;
  EXPECT_EQ(a.requant, b.requant) << where;
  EXPECT_EQ(a.lo, b.lo) << where;
  EXPECT_EQ(a.hi, b.hi) << where;
  EXPECT_EQ(a.fused_pool, b.fused_pool) << where;
  EXPECT_EQ(a.table, b.table) << where;
}

void expect_same_network(const net::Network& a, const net::Network& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.classes, b.classes) << a.name;
  EXPECT_EQ(a.input_coding.gain, b.input_coding.gain) << a.name;
  EXPECT_EQ(a.input_coding.table, b.input_coding.table) << a.name;
  ASSERT_EQ(a.tensors.size(), b.tensors.size()) << a.name;
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    EXPECT_EQ(a.tensors[i].name, b.tensors[i].name) << a.name;
    EXPECT_EQ(a.tensors[i].shape, b.tensors[i].shape) << a.name;
    EXPECT_EQ(a.tensors[i].bits, b.tensors[i].bits) << a.name;
    EXPECT_EQ(a.tensors[i].is_signed, b.tensors[i].is_signed) << a.name;
    EXPECT_EQ(a.tensors[i].scale, b.tensors[i].scale) << a.name;
    EXPECT_EQ(a.tensors[i].zero_point, b.tensors[i].zero_point) << a.name;
  }
  ASSERT_EQ(a.layers.size(), b.layers.size()) << a.name;
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    expect_same_layer(a.layers[i], b.layers[i], a.name + " layer " + a.layers[i].name);
  }
}

net::Network example() {
  auto network = zoo::random_network("db1-cnn", {8, 4, 4, 2, 8}, {8}, 2);
  network->layers[1].weight_scales.assign(network->layers[1].bias.size(), 0.125f);
  return *network;
}

Bytes example_file() { return *compile(example(), {"base", "tiny"}); }

TEST(Program, ReadsBackEverythingThatWasWritten) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const net::Network network = zoo::random_layer_case(seed);
    const auto file = compile(network, {"base"});
    ASSERT_TRUE(file) << seed << ": " << file.error().message;
    const auto program = read(*file);
    ASSERT_TRUE(program) << seed << ": " << program.error().message;
    expect_same_network(network, program->network);
  }
  const auto program = read(example_file());
  ASSERT_TRUE(program) << program.error().message;
  expect_same_network(example(), program->network);
  ASSERT_EQ(program->images.size(), 2u);
  EXPECT_EQ(program->images[0].geometry.name, "base");
  EXPECT_EQ(program->images[1].geometry.rows, 1);
}

TEST(Program, SameNetworkHasTheSameIdWhateverTheTargets) {
  const auto cpu_only = compile(example(), std::vector<std::string>{});
  ASSERT_TRUE(cpu_only);
  EXPECT_EQ(read(*cpu_only)->network_id, read(example_file())->network_id);
  net::Network other = example();
  other.layers[0].bias[0] += 1;
  EXPECT_NE(read(*compile(other, {"base"}))->network_id, read(example_file())->network_id);
}

TEST(Program, IsReadInPlaceByTheLibraryOfTheBoard) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto file = compile(zoo::random_layer_case(seed), {"base", "tiny", "wide"});
    ASSERT_TRUE(file);
    std::vector<std::uint64_t> aligned((file->size() + 63) / 8 + 8);
    auto* start = reinterpret_cast<std::uint8_t*>(aligned.data());
    start += (64 - reinterpret_cast<std::uintptr_t>(start) % 64) % 64;
    std::memcpy(start, file->data(), file->size());
    char text[256] = "";
    EXPECT_EQ(tendon_program_check(start, file->size(), text, sizeof(text)), TENDON_OK)
        << "seed " << seed << ": " << text;
  }
}

TEST(Program, EveryTruncationIsRefused) {
  const Bytes file = example_file();
  for (std::size_t size = 0; size < file.size(); size += size < 4096 ? 1 : 61) {
    EXPECT_FALSE(read(std::span(file).first(size))) << size;
  }
}

TEST(Program, EveryFlippedBitInUseIsRefused) {
  constexpr unsigned kSeed = 11;
  const Bytes file = example_file();
  std::mt19937 random(kSeed);
  const auto section_of = [&](std::size_t byte) {  // whether a CRC covers it
    const auto header = load<tendon_program_header_t>(file, 0);
    std::size_t covered = 64 + header.section_count * sizeof(tendon_program_section_t);
    if (byte < covered) return true;
    for (std::uint32_t i = 0; i < header.section_count; ++i) {
      const auto s =
          load<tendon_program_section_t>(file, 64 + i * sizeof(tendon_program_section_t));
      if (byte >= s.offset && byte < s.offset + s.bytes) return true;
    }
    return false;
  };
  for (int i = 0; i < 3000; ++i) {
    const std::size_t byte = i < 700 ? static_cast<std::size_t>(i) : random() % file.size();
    if (!section_of(byte)) continue;
    Bytes bad = file;
    bad[byte] = static_cast<std::uint8_t>(bad[byte] ^ (1u << random() % 8));
    EXPECT_FALSE(read(bad)) << "byte " << byte << " seed " << kSeed;
  }
}

/// Right CRCs over wrong contents: what a fuzzer or an enemy would write.
Bytes with_right_crcs(Bytes file) {
  auto header = load<tendon_program_header_t>(file, 0);
  const std::size_t count = std::min<std::size_t>(header.section_count, 32);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = 64 + i * sizeof(tendon_program_section_t);
    if (at + sizeof(tendon_program_section_t) > file.size()) return file;
    auto section = load<tendon_program_section_t>(file, at);
    if (std::uint64_t{section.offset} + section.bytes > file.size()) continue;
    section.crc = crc32(0, std::span(file).subspan(section.offset, section.bytes));
    std::memcpy(file.data() + at, &section, sizeof(section));
  }
  header.header_crc = 0;
  std::memcpy(file.data(), &header, sizeof(header));
  const std::size_t covered = std::min(file.size(), 64 + count * sizeof(tendon_program_section_t));
  header.header_crc = crc32(0, std::span(file).first(covered));
  std::memcpy(file.data(), &header, sizeof(header));
  return file;
}

TEST(Program, WrongContentsUnderRightCrcsNeverCrashTheReader) {
  constexpr unsigned kSeed = 12;
  const std::uint64_t cases = std::getenv("TENDON_LONG") != nullptr ? 200'000 : 4'000;
  std::mt19937 random(kSeed);
  std::vector<Bytes> files;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    zoo::CaseOptions small;
    small.max_macs = 2000;
    files.push_back(*compile(zoo::random_layer_case(seed, small), {"base"}));
  }
  std::uint64_t refused = 0;
  for (std::uint64_t i = 0; i < cases; ++i) {
    Bytes file = files[i % files.size()];
    const std::size_t edits = 1 + random() % 4;
    for (std::size_t e = 0; e < edits; ++e) {
      // Mostly the tables, where every byte means something.
      const std::size_t reach =
          random() % 4 == 0 ? file.size() : std::min<std::size_t>(file.size(), 1600);
      const std::size_t byte = 8 + random() % (reach - 8);
      const std::uint8_t values[] = {0, 1, 0x7F, 0x80, 0xFF, static_cast<std::uint8_t>(random())};
      file[byte] = values[random() % 6];
    }
    refused += read(with_right_crcs(file)) ? 0 : 1;
  }
  EXPECT_GT(refused, cases / 4) << "seed " << kSeed;
}

TEST(Program, ClaimsThatTheWeightsDoNotProveAreRefused) {
  Bytes file = example_file();
  const auto layers = [&] {
    for (std::size_t i = 0;; ++i) {
      const auto s =
          load<tendon_program_section_t>(file, 64 + i * sizeof(tendon_program_section_t));
      if (s.kind == TENDON_SECTION_LAYERS) return s;
    }
  }();
  auto layer = load<tendon_program_layer_t>(file, layers.offset);
  layer.accumulator_bound -= 1;
  std::memcpy(file.data() + layers.offset, &layer, sizeof(layer));
  const auto program = read(with_right_crcs(file));
  ASSERT_FALSE(program);
  EXPECT_TRUE(program.error().message.find("accumulator bound") != std::string::npos)
      << program.error().message;
}

TEST(Compile, RefusesIllegalNetworksNamesAndTargets) {
  net::Network network = example();
  network.layers[0].lo = -1;
  const auto illegal = compile(network, {"base"});
  ASSERT_FALSE(illegal);
  EXPECT_TRUE(illegal.error().message.find("'conv1'") != std::string::npos)
      << illegal.error().message;
  network = example();
  network.classes[0] = std::string("a\0b", 3);
  EXPECT_FALSE(compile(network, {"base"}));
  const auto unknown = compile(example(), {"huge"});
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().message.find("tiny, base, wide") != std::string::npos)
      << unknown.error().message;
  Options many;
  many.targets.assign(5, *find_geometry("base"));
  EXPECT_FALSE(compile(example(), many));
}

TEST(Compile, LayersThatDoNotFitStayOnTheCpuWithTheReason) {
  Geometry small = *find_geometry("base");
  small.weight_lines = 64;  // two buffers for one word of dense1's channels take 96
  net::Network network = *zoo::random_network("db1-cnn", {8}, {8}, 2);
  const auto image = [&](const net::Network& n, const Geometry& g) {
    return read(*compile(n, Options{{g}}))->images[0];
  };
  EXPECT_EQ(image(network, small).layers[3].reason, TENDON_REASON_MEMORY);
  EXPECT_TRUE(image(network, small).layers[2].on_accelerator);
  Geometry narrow = *find_geometry("base");
  narrow.act_words = 300;
  EXPECT_EQ(image(network, narrow).layers[2].reason, TENDON_REASON_MEMORY);
  EXPECT_TRUE(image(network, narrow).layers[4].on_accelerator);
  Geometry plain = *find_geometry("base");
  plain.features &= ~0x100u;  // no rounding mode float
  EXPECT_EQ(image(network, plain).layers[0].reason, TENDON_REASON_ROUNDING);
  network.layers[2].fused_pool = 3;
  network.tensors[3].shape.columns = 8;
  network.layers[3].weights.resize(64 * 8 * 64);
  EXPECT_EQ(image(network, *find_geometry("base")).layers[2].reason, TENDON_REASON_RANGE);
}

TEST(Compile, MemoryMapNamesEveryLayerAndTarget) {
  const Bytes file = example_file();
  const std::string map = memory_map(*read(file), file.size());
  for (const char* word :
       {"conv1", "conv2", "conv3", "dense1", "dense2", "base", "tiny", "21749"}) {
    EXPECT_TRUE(map.find(word) != std::string::npos) << word << " in\n" << map;
  }
}

}  // namespace
}  // namespace tendon::compiler
