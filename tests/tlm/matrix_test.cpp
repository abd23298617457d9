// SPDX-License-Identifier: MIT
// tendon engines: what it counts, and that it notices what is wrong.
#include "cli/engine_matrix.hpp"

#include <cstdlib>

#include "cli/source.hpp"
#include "support.hpp"

namespace tendon {
namespace {

class EngineMatrixTest : public testing::Test {
 protected:
  /// Windows of a real recording with TENDON_DB1, random codes without.
  Result<std::vector<cli::MatrixRow>> matrix(const net::Network& network,
                                             const std::vector<std::uint8_t>& program,
                                             const cli::MatrixOptions& options) {
    cli::SourceOptions source;
    if (const char* folder = std::getenv("TENDON_DB1")) {
      source.data = folder;
      source.subject = 1;
    }
    const auto windows = cli::test_windows(source, network, 3);
    if (!windows) return windows.error();
    return cli::engine_matrix(network, program, windows->codes, options, [](const std::string&) {});
  }

  void expect_same_bits(const vp_test::Compiled& network, std::uint64_t consecutive) {
    const auto rows = matrix(network.network, network.program, options_);
    ASSERT_TRUE(rows.has_value()) << rows.error().message;
    ASSERT_EQ(rows->size(), 2 * options_.engines.size() - 1);
    for (const cli::MatrixRow& row : *rows) {
      SCOPED_TRACE(row.engine + " " + row.way);
      EXPECT_EQ(row.trouble, "");
      EXPECT_EQ(row.windows, 3u);
      EXPECT_EQ(row.differences, 0u);
      EXPECT_EQ(row.compared_values, rows->front().compared_values);
      EXPECT_EQ(row.consecutive, consecutive);
      EXPECT_EQ(row.resets, row.engine == "cpu" || row.engine == "rtl" ? 0u : 2u);
      EXPECT_GT(row.inferences_per_second, 0);
      EXPECT_GT(row.inferences_per_cpu_second, 0);
      EXPECT_EQ(row.window_cycles > 0, row.engine != "cpu");
    }
  }

  cli::MatrixOptions options_ = {.engines = {}, .consecutive = 20, .resets = 2, .speed_seconds = 0};
};

TEST_F(EngineMatrixTest, EveryEngineGivesTheSameBitsByInterruptAndPolling) {
  const auto network = vp_test::mixed();
  options_.engines = {"cpu", "vp"};
#ifdef TENDON_SIM
  options_.engines.insert(options_.engines.end(), {"rtl", "vp-rtl", "shm"});
#endif
  expect_same_bits(network, 20);
}

TEST_F(EngineMatrixTest, AnEngineThatRefusesIsARowWithItsTrouble) {
  const auto network = vp_test::mixed("tiny");  // no image for base
  options_.engines = {"cpu", "vq"};
  const auto rows = matrix(network.network, network.program, options_);
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  EXPECT_EQ(rows->front().trouble, "");
  EXPECT_NE(rows->back().trouble.find("vq"), std::string::npos) << rows->back().trouble;
  EXPECT_NE(cli::to_text(*rows).find("vq"), std::string::npos);
}

}  // namespace
}  // namespace tendon
