// SPDX-License-Identifier: MIT
// Damaged and illegal program files: each refused with a named error, nothing read outside.
#include <gtest/gtest.h>

#include <cstring>

#include "cpu_program.hpp"
#include "random_network.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::test {
namespace {

constexpr unsigned kSeed = 4711;

class ProgramCheckTest : public testing::Test {
 protected:
  ProgramCheckTest() : random_(kSeed), network_(small_network(random_)) {
    file_ = write_program(network_, {true, true, true, true});
  }

  tendon_status_t check(const std::vector<std::uint8_t>& file) {
    Bytes bytes(file);
    text_[0] = '\0';
    return tendon_program_check(bytes.data(), bytes.size(), text_, sizeof(text_));
  }

  // Entry `index` of the section of this kind, changed and sealed again.
  template <typename T, typename Change>
  std::vector<std::uint8_t> changed(std::uint32_t kind, std::size_t index, Change change) {
    std::vector<std::uint8_t> file = file_;
    tendon_program_header_t header;
    std::memcpy(&header, file.data(), sizeof(header));
    for (std::uint32_t i = 0; i < header.section_count; ++i) {
      tendon_program_section_t section;
      std::memcpy(&section, file.data() + sizeof(header) + i * sizeof(section), sizeof(section));
      if (section.kind != kind) continue;
      T entry;
      std::uint8_t* at = file.data() + section.offset + index * sizeof(T);
      std::memcpy(&entry, at, sizeof(T));
      change(entry);
      std::memcpy(at, &entry, sizeof(T));
    }
    seal_file(file);
    return file;
  }

  template <typename Change>
  void expect_refused_layer(std::size_t index, const char* rule, Change change) {
    EXPECT_EQ(check(changed<tendon_program_layer_t>(TENDON_SECTION_LAYERS, index, change)),
              TENDON_E_FORMAT)
        << rule;
    EXPECT_NE(std::string(text_).find(rule), std::string::npos) << text_;
    EXPECT_NE(std::string(text_).find("layer" + std::to_string(index)), std::string::npos) << text_;
  }

  Random random_;
  net::Network network_;
  std::vector<std::uint8_t> file_;
  char text_[160] = "";
};

TEST_F(ProgramCheckTest, AGoodFilePasses) { EXPECT_EQ(check(file_), TENDON_OK) << text_; }

TEST_F(ProgramCheckTest, EveryTruncationIsRefused) {
  for (std::size_t size = 0; size < file_.size(); ++size) {
    const std::vector<std::uint8_t> cut(file_.begin(),
                                        file_.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_EQ(check(cut), TENDON_E_FORMAT) << size;
    ASSERT_NE(text_[0], '\0') << size;
  }
}

// Bytes between sections are padding, which no CRC covers.
TEST_F(ProgramCheckTest, EveryFlippedBitInsideASectionIsRefused) {
  std::vector<bool> covered(file_.size(), false);
  tendon_program_header_t header;
  std::memcpy(&header, file_.data(), sizeof(header));
  std::size_t end = sizeof(header) + header.section_count * sizeof(tendon_program_section_t);
  for (std::size_t i = 0; i < end; ++i) covered[i] = true;
  for (std::uint32_t i = 0; i < header.section_count; ++i) {
    tendon_program_section_t section;
    std::memcpy(&section, file_.data() + sizeof(header) + i * sizeof(section), sizeof(section));
    for (std::uint32_t k = 0; k < section.bytes; ++k) covered[section.offset + k] = true;
  }
  for (std::size_t i = 0; i < file_.size(); ++i) {
    if (!covered[i]) continue;
    for (int bit = 0; bit < 8; bit += i < end ? 1 : 7) {
      std::vector<std::uint8_t> flipped = file_;
      flipped[i] = static_cast<std::uint8_t>(flipped[i] ^ (1 << bit));
      const tendon_status_t status = check(flipped);
      ASSERT_TRUE(status == TENDON_E_FORMAT || status == TENDON_E_UNSUPPORTED)
          << "byte " << i << " bit " << bit;
    }
  }
}

TEST_F(ProgramCheckTest, AnotherMajorVersionIsUnsupported) {
  std::vector<std::uint8_t> file = file_;
  file[4] = 2;
  seal_file(file);
  EXPECT_EQ(check(file), TENDON_E_UNSUPPORTED);
}

TEST_F(ProgramCheckTest, NullAndMisalignedAreBadArguments) {
  Bytes bytes(file_.size() + 8);
  std::memcpy(bytes.data() + 4, file_.data(), file_.size());
  EXPECT_EQ(tendon_program_check(nullptr, 100, text_, sizeof(text_)), TENDON_E_ARG);
  EXPECT_EQ(tendon_program_check(bytes.data() + 4, file_.size(), nullptr, 0), TENDON_E_ARG);
}

TEST_F(ProgramCheckTest, LayersThatBreakARuleAreNamed) {
  using Layer = tendon_program_layer_t;
  expect_refused_layer(0, "unknown kind", [](Layer& l) { l.kind = 9; });
  expect_refused_layer(0, "rounding", [](Layer& l) { l.rounding = 5; });
  expect_refused_layer(0, "weight grid", [](Layer& l) { l.grid = 2; });
  expect_refused_layer(0, "odd grid", [](Layer& l) { l.grid = 1; });
  expect_refused_layer(0, "reserved", [](Layer& l) { l.reserved[2] = 1; });
  expect_refused_layer(1, "input tensor", [](Layer& l) { l.inputs[0] = 3; });
  expect_refused_layer(1, "second input", [](Layer& l) { l.inputs[1] = 0; });
  expect_refused_layer(1, "output tensor", [](Layer& l) { l.output = 1; });
  expect_refused_layer(0, "output tensor", [](Layer& l) { l.output = 0; });
  expect_refused_layer(2, "fused pool", [](Layer& l) { l.fused_pool = 2; });
  expect_refused_layer(1, "fused pool", [](Layer& l) { l.fused_pool = 0; });
  expect_refused_layer(0, "at least 1", [](Layer& l) { l.column.stride = 0; });
  expect_refused_layer(0, "at least 1", [](Layer& l) { l.column.dilation = 0; });
  expect_refused_layer(0, "output columns", [](Layer& l) { l.column.kernel = 6; });
  expect_refused_layer(0, "window larger", [](Layer& l) { l.column.dilation = 300; });
  expect_refused_layer(0, "output columns", [](Layer& l) { l.column.pad_end = 4; });
  expect_refused_layer(0, "weight bits", [](Layer& l) { l.weight_bits = 3; });
  expect_refused_layer(0, "weight row bytes", [](Layer& l) { l.weight_row_bytes += 4; });
  expect_refused_layer(0, "not on a word", [](Layer& l) { l.weights_offset = 2; });
  expect_refused_layer(3, "behind WEIGHTS", [](Layer& l) { l.weights_offset += 4; });
  expect_refused_layer(3, "behind WEIGHTS", [](Layer& l) { l.weights_offset = 0xFFFFFFFC; });
  expect_refused_layer(3, "requant entries", [](Layer& l) { l.requant_first += 1; });
  expect_refused_layer(3, "requant entries", [](Layer& l) { l.requant_first = 0xFFFFFFFF; });
  expect_refused_layer(3, "requant entries", [](Layer& l) { l.requant_count = 3; });
  expect_refused_layer(0, "clamp", [](Layer& l) { l.lo = -1; });
  expect_refused_layer(0, "clamp", [](Layer& l) { l.hi = 256; });
  expect_refused_layer(0, "clamp", [](Layer& l) { l.lo = 10, l.hi = 9; });
}

TEST_F(ProgramCheckTest, RequantizationThatBreaksARuleIsRefused) {
  using Requant = tendon_program_requant_t;
  const auto refused = [&](auto change) {
    return check(changed<Requant>(TENDON_SECTION_REQUANT, 0, change));
  };
  EXPECT_EQ(refused([](Requant& r) { r.multiplier = 1 << 24; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Requant& r) { r.multiplier = (1 << 23) - 1; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Requant& r) { r.multiplier = -1; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Requant& r) { r.shift = 64; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Requant& r) { r.bias = 1 << 24; }), TENDON_E_FORMAT);
  EXPECT_NE(std::string(text_).find("accumulator bound"), std::string::npos) << text_;
  EXPECT_EQ(refused([](Requant& r) { r.multiplier = 0; }), TENDON_OK);
}

TEST_F(ProgramCheckTest, TensorsThatBreakARuleAreRefused) {
  using Tensor = tendon_program_tensor_t;
  const auto refused = [&](auto change) {
    return check(changed<Tensor>(TENDON_SECTION_TENSORS, 1, change));
  };
  EXPECT_EQ(refused([](Tensor& t) { t.bits = 16; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Tensor& t) { t.is_signed = 2; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Tensor& t) { t.channels = 0; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Tensor& t) { t.rows = t.columns = t.channels = 0xFFFF; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Tensor& t) { t.zero_point = 256; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Tensor& t) { t.zero_point = -1; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Tensor& t) { t.scale = 0.0f; }), TENDON_E_FORMAT);
  EXPECT_EQ(refused([](Tensor& t) { t.name = 0xFFFFFF; }), TENDON_E_FORMAT);
}

TEST_F(ProgramCheckTest, ImagesThatLeaveTheirMemoriesAreRefused) {
  using Info = tendon_program_accel_t;
  using Layer = tendon_program_accel_layer_t;
  const auto info = [&](auto change) {
    return check(changed<Info>(TENDON_SECTION_ACCEL_INFO, 0, change));
  };
  const auto layer = [&](auto change) {
    return check(changed<Layer>(TENDON_SECTION_ACCEL_LAYERS, 1, change));
  };
  EXPECT_EQ(info([](Info& a) { a.rows = 3; }), TENDON_E_FORMAT);
  EXPECT_EQ(info([](Info& a) { a.lanes = 64; }), TENDON_E_FORMAT);
  EXPECT_EQ(info([](Info& a) { a.act_words -= 4; }), TENDON_E_FORMAT);
  EXPECT_EQ(info([](Info& a) { a.weight_lines += 1; }), TENDON_E_FORMAT);
  EXPECT_EQ(info([](Info& a) { a.param_entries -= 1; }), TENDON_E_FORMAT);
  EXPECT_EQ(layer([](Layer& l) { l.desc_first = 4; }), TENDON_E_FORMAT);
  EXPECT_EQ(layer([](Layer& l) { l.desc_count = 0; }), TENDON_E_FORMAT);
  EXPECT_EQ(layer([](Layer& l) { l.desc_count = 0xFFFFFFFF; }), TENDON_E_FORMAT);
  EXPECT_EQ(layer([](Layer& l) { l.in_base[0] = 0xFFFFFFFC; }), TENDON_E_FORMAT);
  EXPECT_EQ(layer([](Layer& l) { l.out_base = 0x10000; }), TENDON_E_FORMAT);
  EXPECT_EQ(layer([](Layer& l) { l.in_base[0] += 2; }), TENDON_E_FORMAT);
  struct Descriptor {
    std::uint32_t words[16];
  };
  const auto descriptor = [&](std::size_t word, std::uint32_t flip) {
    return check(changed<Descriptor>(TENDON_SECTION_ACCEL_DESC, 1, [&](Descriptor& d) {
      d.words[word] ^= flip;
      d.words[15] ^= flip;  // check word right again
    }));
  };
  EXPECT_EQ(descriptor(0, 1), TENDON_E_FORMAT) << "opcode";
  EXPECT_EQ(descriptor(3, 0x8000), TENDON_E_FORMAT) << "in_base";
  EXPECT_EQ(descriptor(3, 0x80000000), TENDON_E_FORMAT) << "out_base";
  EXPECT_EQ(descriptor(4, 0x8000), TENDON_E_FORMAT) << "wgt_base";
  EXPECT_EQ(descriptor(4, 0x80000000), TENDON_E_FORMAT) << "par_base";
  EXPECT_EQ(descriptor(11, 0x80000000), TENDON_E_FORMAT) << "tile_lines";
  // The same descriptor as another kind, with one word changed.
  const auto kind = [&](std::uint32_t opcode, std::size_t word, std::uint32_t value) {
    return check(changed<Descriptor>(TENDON_SECTION_ACCEL_DESC, 1, [&](Descriptor& d) {
      const std::uint32_t before = d.words[0] ^ d.words[word];
      d.words[0] = (d.words[0] & ~0xFFu) | opcode;
      d.words[word] |= value;
      d.words[15] ^= before ^ d.words[0] ^ d.words[word];
    }));
  };
  EXPECT_EQ(kind(TENDON_OPCODE_MAX_POOL, 13, 0), TENDON_OK);
  EXPECT_EQ(kind(TENDON_OPCODE_PACK + 1, 13, 0), TENDON_E_FORMAT) << "opcode";
  EXPECT_EQ(kind(TENDON_OPCODE_MAX_POOL, 4, 0x80000000), TENDON_E_FORMAT) << "par_base";
  EXPECT_EQ(kind(TENDON_OPCODE_ADD, 13, 0xFFFF0000), TENDON_E_FORMAT) << "second operand";
  EXPECT_EQ(kind(TENDON_OPCODE_TABLE, 4, 0xFFFF0000), TENDON_E_FORMAT) << "table";
  EXPECT_EQ(kind(TENDON_OPCODE_PACK, 4, 0x8000), TENDON_E_FORMAT) << "lines that are written";
  EXPECT_EQ(kind(TENDON_OPCODE_PACK, 13, 0xFFFF0000), TENDON_E_FORMAT) << "biases";
}

// Random damage behind right CRCs: refused, or it loads and runs inside its memory (the sanitizer
// build looks on).
TEST_F(ProgramCheckTest, DamageBehindRightChecksumsIsRefusedOrHarmless) {
  const auto window = random_window(network_, random_);
  int accepted = 0;
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::uint8_t> file = file_;
    for (int k = 0; k < 1 + i % 3; ++k) {
      file[random_() % file.size()] = static_cast<std::uint8_t>(random_());
    }
    seal_file(file);
    Bytes bytes(file);
    if (tendon_program_check(bytes.data(), bytes.size(), nullptr, 0) != TENDON_OK) continue;
    LoadedProgram program(file, nullptr, TENDON_POLICY_CPU_ONLY);
    ASSERT_EQ(program.status(), TENDON_OK) << i;
    tendon_result_t result;
    const tendon_status_t status = program.run(window, 0, &result);
    ASSERT_TRUE(status == TENDON_OK || status == TENDON_E_ARG) << i;
    ++accepted;
  }
  EXPECT_GT(accepted, 100) << "most damage hits weights, which may have any value";
}

}  // namespace
}  // namespace tendon::test
