// SPDX-License-Identifier: MIT
// System `standalone` at its pins, with the memories that go into the bitstream: the self-test
// passes, every window gets the golden model's label, and what is broken is named on the serial
// line.

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "Vtendon_standalone.h"
#include "Vtendon_standalone___024root.h"

namespace tendon {
namespace {

constexpr unsigned kClocksPerBit = 8;        // as the model was built
constexpr std::uint64_t kMost = 40'000'000;  // cycles: ten times what a round takes
constexpr const char* kFolder = TENDON_STANDALONE_FOLDER;

class Board {
 public:
  Board() {
    top_->clk_i = 0;
    top_->rst_ni = 1;
    top_->eval();
    top_->rst_ni = 0;
    for (int i = 0; i < 8; ++i) tick();
    top_->rst_ni = 1;
  }

  Vtendon_standalone& top() { return *top_; }
  auto& ram() { return top_->rootp->tendon_standalone__DOT__u_soc__DOT__u_ram__DOT__mem; }
  auto& flash() { return top_->rootp->tendon_standalone__DOT__u_soc__DOT__flash_mem; }

  void tick() {
    top_->clk_i = 1;
    top_->eval();
    top_->clk_i = 0;
    top_->eval();
    ++cycles_;
  }

  /// Runs until the line that begins with `begin` is complete; everything printed so far. Calls
  /// `each` after every clock.
  template <typename Each>
  std::string until(const std::string& begin, const Each& each) {
    std::size_t line = 0;  // where the current line starts
    while (cycles_ < kMost) {
      tick();
      each();
      if (!listen() || text_.back() != '\n') continue;
      if (text_.compare(line, begin.size(), begin) == 0) break;
      line = text_.size();
    }
    return text_;
  }
  std::string until(const std::string& begin) {
    return until(begin, [] {});
  }

 private:
  // The serial line, sampled in the middle of each bit; true: a character came. Carriage returns
  // are dropped.
  bool listen() {
    const bool line = top_->uart_tx_o != 0;
    if (left_ == 0) {
      if (line) return false;
      left_ = 10;
      count_ = kClocksPerBit / 2;
      byte_ = 0;
      return false;
    }
    if (--count_ != 0) return false;
    count_ = kClocksPerBit;
    const unsigned bit = 10 - left_--;
    if (bit >= 1 && bit <= 8 && line) byte_ |= 1u << (bit - 1);
    if (left_ != 0 || byte_ == '\r') return false;
    text_ += static_cast<char>(byte_);
    return true;
  }

  std::unique_ptr<Vtendon_standalone> top_ = std::make_unique<Vtendon_standalone>();
  std::uint64_t cycles_ = 0;
  unsigned left_ = 0, count_ = 0, byte_ = 0;
  std::string text_;
};

std::string expected_labels() {
  std::ifstream file(std::string(kFolder) + "/expected.txt");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::size_t bytes_of_program(Board& board) { return board.flash()[2]; }

TEST(StandaloneTest, PrintsTheGoldenModelsLabelsAndPasses) {
  Board board;
  const std::string labels = expected_labels();
  ASSERT_FALSE(labels.empty());
  EXPECT_EQ(
      board.until("self-test"),
      "tendon standalone\nmemory: ok\nidentity: ok\nregisters: ok\nwindows: ok\nlayers: ok\n" +
          labels + "self-test: ok\n");
  for (int i = 0; i < 1000; ++i) board.tick();  // behind the line the pin
  EXPECT_EQ(board.top().passed_o, 1);
  EXPECT_EQ(board.top().failed_o, 0);
}

TEST(StandaloneTest, StuckMemoryBitIsNamed) {
  Board board;
  const std::string text = board.until("self-test", [&board] { board.ram()[40'000] |= 16u; });
  EXPECT_NE(text.find("memory: FAILED"), std::string::npos) << text;
  EXPECT_NE(text.find("self-test: FAILED"), std::string::npos) << text;
  EXPECT_EQ(board.top().failed_o, 1);
}

TEST(StandaloneTest, WrongCodesOfTheDeviceAreNamed) {
  Board board;
  const std::size_t header = (bytes_of_program(board) + 63) / 64 * 16;
  ASSERT_EQ(board.flash()[header], 0x4E495754u);
  board.flash()[header + 4 + 1] ^= 1u;  // the signature of layer 1
  const std::string text = board.until("layers");
  EXPECT_NE(text.find("layer 1 differs\nlayers: FAILED"), std::string::npos) << text;
  EXPECT_EQ(board.top().failed_o, 1);
}

TEST(StandaloneTest, DamagedProgramIsRefused) {
  Board board;
  board.flash()[1000] ^= 0x100u;
  const std::string text = board.until("self-test");
  EXPECT_NE(text.find("tendon: load: "), std::string::npos) << text;
  EXPECT_NE(text.find("self-test: FAILED"), std::string::npos) << text;
}

}  // namespace
}  // namespace tendon
