// SPDX-License-Identifier: MIT
// Broken programs, broken memory, broken windows: each one a named error, no hang, and the next
// good inference is right.

#include <limits>
#include <random>
#include <set>

#include "golden/golden.hpp"
#include "golden/input.hpp"
#include "system/board.hpp"
#include "system/support.hpp"
#include "tendon/tendon_program.h"
#include "tendon/tendon_regs.h"

namespace tendon::system_test {
namespace {

class BadInputTest : public testing::Test {
 protected:
  BadInputTest() : loaded_(zoo_network("db1-cnn", {8, 4, 4, 2, 8}, {8})) {
    windows_ = cli::random_windows(loaded_.network, 4, 21).codes;
  }

  int want(std::size_t window) const {
    const auto outcome = golden::run(loaded_.network, windows_[window]);
    EXPECT_TRUE(outcome);
    return outcome ? outcome->label : -2;
  }

  void expect_right(Program& program, std::size_t window) const {
    const Program::Answer answer = program.run(windows_[window]);
    ASSERT_EQ(answer.status, TENDON_OK) << answer.text;
    EXPECT_EQ(answer.label, want(window));
    EXPECT_EQ(answer.fallback_layers, 0u);
  }

  cli::Loaded loaded_;
  std::vector<std::vector<std::uint8_t>> windows_;
};

/// Engines that load in no time. The others start a processor that reads the program first: soc,
/// with every clock in RTL, takes seconds for that.
std::vector<std::string> quick_engines() {
  std::vector<std::string> out = engine::names();
  std::erase_if(out, [](const std::string& name) { return name == "soc" || name == "shm"; });
  return out;
}

/// Loads damaged bytes into these engines. Returns how many of them refused with a message.
int refusals(const std::vector<std::uint8_t>& program, const std::vector<std::string>& engines) {
  int refused = 0;
  for (const std::string& name : engines) {
    auto made = engine::make(name, {});
    EXPECT_TRUE(made) << made.error().message;
    if (!made) {
      continue;
    }
    const Status status = (*made)->load(program);
    refused += status ? 0 : 1;
    if (!status) {
      EXPECT_GT(status.error().message.size(), name.size() + 10) << "an error without a name";
    }
  }
  return refused;
}

/// Engines of this process: loading is a function call. The others each start a process.
std::vector<std::string> own_engines() {
  std::vector<std::string> out = engine::names();
  std::erase_if(out, [](const std::string& name) {
    return name != "golden" && name != "cpu" && name != "rtl";
  });
  return out;
}

/// Lengths at which a file can have been cut: both sides of every edge of header, section table and
/// sections, and some between.
std::set<std::size_t> cut_lengths(const std::vector<std::uint8_t>& program) {
  tendon_program_header_t header;
  std::memcpy(&header, program.data(), sizeof header);
  const std::size_t table_end =
      sizeof header + header.section_count * sizeof(tendon_program_section_t);
  std::set<std::size_t> edges{0, sizeof header, table_end, program.size()};
  for (std::size_t at = sizeof header; at < table_end; at += sizeof(tendon_program_section_t)) {
    tendon_program_section_t section;
    std::memcpy(&section, program.data() + at, sizeof section);
    edges.insert({at, section.offset, std::size_t{section.offset} + section.bytes});
  }
  std::set<std::size_t> out;
  for (const std::size_t edge : edges) {
    out.insert(edge);
    out.insert(edge + 1);
    if (edge > 0) out.insert(edge - 1);
  }
  std::mt19937_64 random(33);
  for (int i = 0; i < 20; ++i) out.insert(random() % program.size());
  out.erase(out.lower_bound(program.size()), out.end());
  return out;
}

std::vector<std::uint8_t> first_bytes(const std::vector<std::uint8_t>& program, std::size_t count) {
  return {program.begin(), program.begin() + static_cast<std::ptrdiff_t>(count)};
}

TEST_F(BadInputTest, TruncatedProgramsAreRefused) {
  const std::vector<std::string> engines = own_engines();
  const std::set<std::size_t> lengths = cut_lengths(loaded_.program);
  ASSERT_GT(lengths.size(), 40u);
  for (const std::size_t length : lengths) {
    EXPECT_EQ(refusals(first_bytes(loaded_.program, length), engines),
              static_cast<int>(engines.size()))
        << length << " of " << loaded_.program.size() << " bytes";
  }
  EXPECT_EQ(refusals(loaded_.program, engines), 0);
}

TEST_F(BadInputTest, EveryEngineRefusesATruncatedProgramWithBothSizes) {
  // Before it starts a process for it.
  const std::size_t length = loaded_.program.size() / 2;
  for (const std::string& name : engine::names()) {
    auto made = engine::make(name, {});
    ASSERT_TRUE(made) << made.error().message;
    const Status status = (*made)->load(first_bytes(loaded_.program, length));
    ASSERT_FALSE(status) << name;
    for (const std::size_t size : {length, loaded_.program.size()}) {
      EXPECT_NE(status.error().message.find(std::to_string(size)), std::string::npos)
          << status.error().message;
    }
  }
}

TEST_F(BadInputTest, BitFlipsAreRefusedOrChangeNothing) {
  std::mt19937_64 random(31);
  const int flips = is_long() ? 400 : 40;
  const auto want_all = golden::run(loaded_.network, windows_[0]);
  ASSERT_TRUE(want_all);
  int refused = 0;
  for (int i = 0; i < flips; ++i) {
    std::vector<std::uint8_t> damaged = loaded_.program;
    const std::size_t byte = random() % damaged.size();
    const auto bit = static_cast<unsigned>(random() % 8);
    damaged[byte] ^= static_cast<std::uint8_t>(1u << bit);
    // The slow engines run the same reader: they see one of the flips.
    const std::vector<std::string> engines = i == 0 ? engine::names() : quick_engines();
    const int count = refusals(damaged, engines);
    refused += count > 0 ? 1 : 0;
    // Bytes between sections carry nothing: whoever accepts such a file computes the same.
    ASSERT_TRUE(count == 0 || count == static_cast<int>(engines.size()))
        << "byte " << byte << " bit " << bit << ": engines disagree";
    if (count == 0) {
      auto cpu = engine::make("cpu", {});
      ASSERT_TRUE(cpu);
      ASSERT_TRUE((*cpu)->load(damaged));
      const auto result = (*cpu)->run(windows_[0], false);
      ASSERT_TRUE(result);
      EXPECT_EQ(result->label, want_all->label) << "byte " << byte << " bit " << bit;
    }
  }
  EXPECT_GT(refused, flips * 9 / 10);
}

/// Bus addresses of the descriptors of the chain that ran last, from the device's own register.
std::vector<std::uint32_t> descriptors_of_last_chain(Board& board) {
  std::uint32_t at = 0;
  EXPECT_EQ(board.rtl().read_register(TENDON_DESC_BASE_OFFSET, &at), sim::kRespOkay);
  std::vector<std::uint32_t> out;
  for (std::uint32_t word = 0; (word & TENDON_DESC_LAST_MASK) == 0 && out.size() < 64; at += 64) {
    const auto bytes = board.rtl().memory().at(at, 64);
    if (bytes.empty()) {
      ADD_FAILURE() << "no descriptor at " << at;
      break;
    }
    std::memcpy(&word, bytes.data(), sizeof word);
    out.push_back(at);
  }
  return out;
}

TEST_F(BadInputTest, BusErrorsAreNamedAndSurvived) {
  Board board;
  Program program(board.device(), loaded_.program);
  expect_right(program, 0);
  expect_right(program, 1);
  // Every descriptor fetch, and every transfer that a descriptor asks for. Collected first: after a
  // failure the driver builds another chain, with the weights, in the same place.
  std::vector<std::uint32_t> reads, writes;
  for (const std::uint32_t at : descriptors_of_last_chain(board)) {
    std::uint32_t words[3];
    std::memcpy(words, board.rtl().memory().at(at, 64).data(), sizeof words);
    reads.push_back(at);
    const std::uint32_t opcode = words[0] & TENDON_DESC_OPCODE_MASK;
    if (opcode == TENDON_OPCODE_LOAD) {
      reads.push_back(words[TENDON_DMA_BUS_WORD]);
    } else if (opcode == TENDON_OPCODE_STORE) {
      writes.push_back(words[TENDON_DMA_BUS_WORD]);
    }
  }
  ASSERT_GT(reads.size(), loaded_.network.layers.size());
  const auto expect_error_and_recovery = [&](std::uint32_t place) {
    const Program::Answer bad = program.run(windows_[1]);
    board.rtl().memory().clear_faults();
    EXPECT_EQ(bad.status, TENDON_E_DEVICE) << std::hex << place;
    EXPECT_EQ(bad.label, TENDON_POISON_LABEL);
    EXPECT_NE(bad.text.find("code"), std::string::npos) << bad.text;
    expect_right(program, 2);
  };
  for (const std::uint32_t place : reads) {
    board.rtl().memory().fail_read_at(place);
    expect_error_and_recovery(place);
  }
  for (const std::uint32_t place : writes) {
    board.rtl().memory().fail_write_at(place);
    expect_error_and_recovery(place);
  }
}

TEST_F(BadInputTest, DamagedDescriptorsAreRefusedByTheDevice) {
  Board board;
  Program program(board.device(), loaded_.program);
  expect_right(program, 0);
  expect_right(program, 1);
  for (const std::uint32_t at : descriptors_of_last_chain(board)) {
    for (const std::uint32_t byte : {0u, 9u, 22u, 47u, 63u}) {
      board.rtl().memory().flip_read_bit(at + byte, 3);
      const Program::Answer bad = program.run(windows_[1]);
      board.rtl().memory().clear_faults();
      EXPECT_EQ(bad.status, TENDON_E_DEVICE) << "byte " << byte;
      EXPECT_EQ(bad.label, TENDON_POISON_LABEL);
      EXPECT_NE(bad.text.find("code"), std::string::npos) << bad.text;
      expect_right(program, 3);
    }
  }
}

TEST_F(BadInputTest, FrozenBusEndsInATimeOutAndTheNextRunIsRight) {
  Board board;
  Program program(board.device(), loaded_.program, TENDON_POLICY_PREFER);
  expect_right(program, 0);
  board.rtl().memory().freeze(true);
  auto options = sized<tendon_run_options_t>();
  options.timeout_us = 2000;
  auto result = sized<tendon_result_t>();
  const tendon_status_t status =
      tendon_run(program.get(), windows_[1].data(), windows_[1].size(), &options, &result);
  board.rtl().memory().freeze(false);
  // The driver answers from the CPU and says so.
  ASSERT_EQ(status, TENDON_OK) << tendon_strerror(status);
  EXPECT_EQ(result.label, want(1));
  EXPECT_GT(result.fallback_layers, 0u);
  EXPECT_NE(result.device_status, TENDON_OK);
  ASSERT_EQ(tendon_reset(board.device()), TENDON_OK);
  expect_right(program, 2);
}

TEST_F(BadInputTest, WindowsOfTheWrongLengthAreRefusedByEveryEngine) {
  for (const std::string& name : engine::names()) {
    auto made = engine::make(name, {});
    ASSERT_TRUE(made);
    ASSERT_TRUE((*made)->load(loaded_.program));
    for (const int change : {-1, 1, -static_cast<int>(windows_[0].size())}) {
      std::vector<std::uint8_t> window = windows_[0];
      window.resize(static_cast<std::size_t>(static_cast<int>(window.size()) + change));
      const auto result = (*made)->run(window, true);
      ASSERT_FALSE(result) << name;
      EXPECT_NE(result.error().message.find(name), std::string::npos);
    }
    const auto good = (*made)->run(windows_[0], false);
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->label, want(0)) << name;
  }
}

TEST_F(BadInputTest, NotANumberIsRefusedOnBothWaysIn) {
  const auto size = static_cast<std::size_t>(loaded_.network.tensors.front().shape.size());
  std::vector<float> volts(size, 0.01f);
  volts[37] = std::numeric_limits<float>::quiet_NaN();
  const auto coded = golden::code_input(loaded_.network, volts);
  ASSERT_FALSE(coded);
  EXPECT_NE(coded.error().message.find("not a number"), std::string::npos) << coded.error().message;

  Program program(nullptr, loaded_.program, TENDON_POLICY_CPU_ONLY);
  std::vector<std::uint8_t> codes(size);
  EXPECT_EQ(tendon_encode(program.get(), volts.data(), size, codes.data(), nullptr), TENDON_E_ARG);
  volts[37] = 0.01f;
  std::uint32_t saturated = 0;
  ASSERT_EQ(tendon_encode(program.get(), volts.data(), size, codes.data(), &saturated), TENDON_OK);
  const auto good = golden::code_input(loaded_.network, volts);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->codes, codes);
}

}  // namespace
}  // namespace tendon::system_test
