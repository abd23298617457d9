// SPDX-License-Identifier: MIT
#include "cli/output.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace tendon::cli {
namespace {

TEST(OutputTest, NumbersAreReadable) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(379472), "379,472");
  EXPECT_EQ(grouped(1234567890), "1,234,567,890");
  EXPECT_EQ(percent(0.9431), "94.3 %");
  EXPECT_EQ(fixed(2.0 / 3, 3), "0.667");
}

TEST(OutputTest, TableAlignsColumnsAndCountsCharactersNotBytes) {
  Table table({"layer", "n"});
  table.row({"conv1", "5"});
  table.row({"d\xC3\xA4", "1,000"});
  EXPECT_EQ(table.text(),
            "layer      n\n"
            "------------\n"
            "conv1      5\n"
            "d\xC3\xA4     1,000\n");
}

TEST(OutputTest, FilesComeBackAsWrittenAndFoldersAreMade) {
  const std::string folder = testing::TempDir() + "tendon_output_test";
  std::filesystem::remove_all(folder);
  const std::string path = folder + "/a/b.bin";
  const std::string content("\0\xFFx\n", 4);
  ASSERT_TRUE(write_file(path, content));
  const auto read = read_file(path);
  ASSERT_TRUE(read);
  EXPECT_EQ(std::string(read->begin(), read->end()), content);
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
  std::filesystem::remove_all(folder);
}

TEST(OutputTest, ErrorsNameFileAndReason) {
  const auto missing = read_file("/nonexistent/x.tdn");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "/nonexistent/x.tdn: cannot read: No such file or directory");
  const auto folder = read_file(testing::TempDir());
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("is a folder"), std::string::npos);
  const Status written = write_file("/proc/version/x", "y");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("/proc/version/x"), std::string::npos);
}

TEST(OutputTest, NoJsonFileWithoutAPath) { EXPECT_TRUE(write_json("", Json{{"a", 1}})); }

}  // namespace
}  // namespace tendon::cli
