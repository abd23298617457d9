// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "tendon/tendon_regs.h"
#include "trace/register_names.hpp"

namespace tendon::sim {
namespace {

TEST(RegisterNamesTest, AccessesAreToldWithNamesAndFields) {
  EXPECT_EQ(describe_access(true, TENDON_IRQ_EN_OFFSET, 3, true),
            "write IRQ_EN = 0x00000003 (DONE ERROR)");
  EXPECT_EQ(describe_access(false, TENDON_CAPS_OFFSET, 0x10100404, true),
            "read CAPS = 0x10100404 (ROWS=4 COLUMNS=4 LANES=16 BUS_BYTES=16)");
  EXPECT_EQ(describe_access(false, TENDON_STATUS_OFFSET, 0, true), "read STATUS = 0x00000000");
}

TEST(RegisterNamesTest, LogLinesAndHolesHaveNamesToo) {
  EXPECT_EQ(register_name(TENDON_LOG_CYCLES_OFFSET + 3 * 32 + 28), "LOG_DMA[3]");
  EXPECT_EQ(describe_access(true, 0x0F0, 1, false), "write 0x0f0: SLVERR");
}

}  // namespace
}  // namespace tendon::sim
