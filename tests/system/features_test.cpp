// SPDX-License-Identifier: MIT
// FEATURES says what is built: the compiler counts on it, and what is missing is refused.
#include <array>
#include <cstring>

#include "compiler/program.hpp"
#include "system/board.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::system_test {
namespace {

class FeaturesTest : public testing::TestWithParam<const char*> {
 protected:
  std::uint32_t read(std::uint32_t offset) {
    const tendon_hal_t hal = board_.rtl().hal();
    std::uint32_t value = 0;
    EXPECT_EQ(hal.reg_read(hal.ctx, offset, &value), TENDON_OK);
    return value;
  }

  void write(std::uint32_t offset, std::uint32_t value) {
    const tendon_hal_t hal = board_.rtl().hal();
    EXPECT_EQ(hal.reg_write(hal.ctx, offset, value), TENDON_OK);
  }

  // A smallest legal convolution in the given mode, by itself.
  void run(std::uint32_t kind_word) {
    const tendon_hal_t hal = board_.rtl().hal();
    std::array<std::uint32_t, TENDON_DESC_WORDS> words{};
    words[0] = TENDON_OPCODE_CONV | TENDON_DESC_LAST_MASK;
    words[1] = kind_word;
    words[TENDON_CONV_IN_ROWS_WORD] = 1u << 16 | 1u;
    words[TENDON_CONV_SEG_WORDS_WORD] = 1u << 24 | 1u << 16 | 1u;
    words[TENDON_CONV_OUT_COLS_WORD] = 1u << 16 | 1u;
    words[TENDON_CONV_OUT_CHANNELS_WORD] = 1u << 16 | 1u;
    words[TENDON_DESC_CHECK_WORD] = 0xFFFFFFFFu;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) words[TENDON_DESC_CHECK_WORD] ^= words[i];
    tendon_dma_t dma{};
    ASSERT_EQ(hal.dma_alloc(hal.ctx, TENDON_DESC_BYTES, &dma), TENDON_OK);
    std::memcpy(dma.cpu, words.data(), TENDON_DESC_BYTES);
    ASSERT_EQ(hal.dma_sync(hal.ctx, &dma, 0, TENDON_DESC_BYTES, TENDON_DMA_TO_DEVICE), TENDON_OK);
    write(TENDON_WIN_BASE_OFFSET, dma.bus & TENDON_WIN_BASE_PAGE_MASK);
    write(TENDON_WIN_LIMIT_OFFSET, (dma.bus + dma.bytes - 1) & TENDON_WIN_LIMIT_PAGE_MASK);
    write(TENDON_DESC_BASE_OFFSET, dma.bus);
    write(TENDON_DOORBELL_OFFSET, 1);
    constexpr int kReads = 1000;  // each takes some cycles
    for (int i = 0; i < kReads && (read(TENDON_STATUS_OFFSET) & TENDON_STATUS_BUSY_MASK) != 0;) ++i;
    hal.dma_free(hal.ctx, &dma);
  }

  Board board_{GetParam()};
};

TEST_P(FeaturesTest, AreThoseThatTheCompilerCountsOn) {
  const auto geometry = compiler::find_geometry(GetParam());
  ASSERT_TRUE(geometry);
  const std::uint32_t features = read(TENDON_FEATURES_OFFSET);
  EXPECT_EQ(features & ~TENDON_FEATURES_DRAIN_COLUMNS_MASK, geometry->features);
  EXPECT_EQ(features >> TENDON_FEATURES_DRAIN_COLUMNS_LSB & 0xF, 2u);
}

TEST_P(FeaturesTest, ARoundingModeThatIsMissingIsRefusedAndTheErrorStays) {
  const std::uint32_t features = read(TENDON_FEATURES_OFFSET);
  for (std::uint32_t mode = 0; mode < 5; ++mode) {
    SCOPED_TRACE("rounding " + std::to_string(mode));
    ASSERT_NO_FATAL_FAILURE(run(mode << TENDON_CONV_ROUNDING_LSB));
    const bool built = (features >> (TENDON_FEATURES_ROUND_FLOAT_LSB + mode) & 1) != 0;
    const std::uint32_t status = read(TENDON_STATUS_OFFSET);
    EXPECT_EQ(status & TENDON_STATUS_BUSY_MASK, 0u);
    EXPECT_EQ((status & TENDON_STATUS_DONE_MASK) != 0, built);
    EXPECT_EQ((status & TENDON_STATUS_ERROR_MASK) != 0, !built);
    if (built) continue;
    EXPECT_EQ(read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_UNSUPPORTED);
    // Sticky: only a reset ends it.
    write(TENDON_DOORBELL_OFFSET, 1);
    EXPECT_EQ(read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_UNSUPPORTED);
    write(TENDON_CTRL_OFFSET, TENDON_CTRL_SOFT_RESET_MASK);
    while ((read(TENDON_STATUS_OFFSET) & TENDON_STATUS_RESETTING_MASK) != 0) {
    }
    EXPECT_EQ(read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_NONE);
  }
}

INSTANTIATE_TEST_SUITE_P(Configurations, FeaturesTest, testing::Values("tiny", "base", "wide"),
                         [](const auto& config) { return std::string(config.param); });

}  // namespace
}  // namespace tendon::system_test
