// SPDX-License-Identifier: MIT
// Every engine that simulates writes a timeline of its run; the others say who does.
#include <filesystem>
#include <fstream>
#include <set>

#include "cli/engine.hpp"
#include "cli/output.hpp"
#include "support.hpp"

namespace tendon {
namespace {

namespace fs = std::filesystem;

struct Case {
  const char* engine;
  std::vector<std::string> rows;
};

std::string trace_file(const char* name) {
  return (fs::path(testing::TempDir()) / (std::to_string(getpid()) + name)).string();
}

class EngineTraceTest : public testing::TestWithParam<Case> {};

TEST_P(EngineTraceTest, TimelineHasTheRowsThatTheEngineCanSee) {
  const auto network = vp_test::mixed();
  const std::string path = trace_file("trace.json");
  engine::Options options;
  options.timeline = path;
  {
    auto engine = engine::make(GetParam().engine, options);
    ASSERT_TRUE(engine.has_value()) << engine.error().message;
    ASSERT_TRUE((*engine)->load(network.program).has_value());
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      ASSERT_TRUE((*engine)->run(zoo::random_window(network.network, seed), false).has_value());
    }
  }
  std::ifstream stream(path);
  const auto trace = cli::Json::parse(stream, nullptr, false);
  fs::remove(path);
  ASSERT_FALSE(trace.is_discarded());
  std::set<std::string> rows, names;
  std::vector<double> raised;
  double end = 0;
  for (const auto& event : trace["traceEvents"]) {
    if (event["ph"] == "M") {
      if (event["name"] == "thread_name") rows.insert(event["args"]["name"].get<std::string>());
      continue;
    }
    names.insert(event["name"].get<std::string>());
    if (event["name"] == "raised") raised.push_back(event["ts"].get<double>());
    EXPECT_GE(event["ts"].get<double>(), 0);
    EXPECT_GE(event.value("dur", 0.0), 0);
    end = std::max(end, event["ts"].get<double>() + event.value("dur", 0.0));
  }
  for (const std::string& row : GetParam().rows) {
    EXPECT_EQ(rows.count(row), 1u) << GetParam().engine << " has no row " << row;
  }
  EXPECT_EQ(names.count("read ID = 0x544e444e"), 1u);
  ASSERT_EQ(raised.size(), 2u) << "one interrupt a window, the one that nobody took back too";
  EXPECT_GT(raised[1] - raised[0], 20) << "a window of 3,000 cycles at 100 MHz";
  EXPECT_GT(end, 2 * 20) << "two windows of 3,000 cycles at 100 MHz";
}

INSTANTIATE_TEST_SUITE_P(
    Engines, EngineTraceTest,
    testing::Values(Case{"vp",
                         {"processor", "registers", "accelerator fetch", "accelerator dma",
                          "accelerator compute", "accelerator stalls", "interrupt line"}}
#ifdef TENDON_SIM
                    ,
                    Case{"rtl",
                         {"windows", "driver", "registers", "accelerator chain",
                          "accelerator bus read", "interrupt line"}},
                    Case{"vp-rtl",
                         {"processor", "registers", "accelerator chain", "accelerator bus read",
                          "interrupt line"}},
                    Case{"shm",
                         {"driver", "registers", "accelerator chain", "accelerator bus read",
                          "interrupt line"}}
#ifdef TENDON_SOC
                    ,
                    Case{"soc",
                         {"processor", "registers", "accelerator chain", "accelerator bus read",
                          "interrupt line"}}
#endif
#endif
                    ),
    [](const auto& each) {
      std::string name = each.param.engine;
      std::erase(name, '-');
      return name;
    });

TEST(EngineTraceTest, EnginesWithoutATimelineOrWaveformNameThoseThatHaveOne) {
  engine::Options timeline, waveform;
  timeline.timeline = waveform.waveform = trace_file("never");
  for (const char* name : {"golden", "cpu"}) {
    const auto refused = engine::make(name, timeline);
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_NE(refused.error().message.find("vp-rtl"), std::string::npos);
  }
  for (const char* name : {"golden", "cpu", "vp"}) {
    const auto refused = engine::make(name, waveform);
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_NE(refused.error().message.find("vp-rtl"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(timeline.timeline));
}

TEST(EngineTraceTest, AFileThatCannotBeWrittenIsToldBeforeAnythingRuns) {
  engine::Options timeline;
  timeline.timeline = (fs::temp_directory_path() / "no-such-folder" / "trace.json").string();
  for (const char* name : {"vp", "soc"}) {
    const auto refused = engine::make(name, timeline);
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_NE(refused.error().message.find("no-such-folder"), std::string::npos)
        << refused.error().message;
  }
}

#ifdef TENDON_SIM
TEST(EngineTraceTest, EnginesWithRtlWriteAWaveform) {
  const auto network = vp_test::mixed();
  for (const char* name : {"rtl", "vp-rtl", "shm"}) {
    const std::string path = trace_file("waves.fst");
    engine::Options options;
    options.waveform = path;
    {
      auto engine = engine::make(name, options);
      ASSERT_TRUE(engine.has_value()) << engine.error().message;
      ASSERT_TRUE((*engine)->load(network.program).has_value());
      ASSERT_TRUE((*engine)->run(zoo::random_window(network.network, 1), false).has_value());
    }
    ASSERT_TRUE(fs::exists(path)) << name;
    EXPECT_GT(fs::file_size(path), 10'000u) << name;
    fs::remove(path);
  }
}
#endif

}  // namespace
}  // namespace tendon
