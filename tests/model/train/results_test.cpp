// SPDX-License-Identifier: MIT
// Lines, state and tables; none of it needs LibTorch.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "../data/contains.hpp"
#include "../data/temporary.hpp"
#include "train/campaign.hpp"

namespace tendon::train {
namespace {

using nlohmann::json;
using test::contains;

json entry(double accuracy, int bytes) {
  return {{"accuracy", accuracy}, {"trial_accuracy", 1.0},  {"windows", 100},
          {"seconds", 2.0},       {"payload_bytes", bytes}, {"confusion", {{9, 1}, {0, 10}}}};
}

/// Two subjects with a float, a post-trained and a trained line.
void write_state(const std::string& folder) {
  const std::pair<const char*, double> subjects[] = {{"S10", 0.90}, {"S2", 0.96}};
  for (const auto& [name, accuracy] : subjects) {
    json lines;
    lines["float"] = entry(accuracy, 252404);
    lines["w8/4/4/2/8-a8-ptq"] = entry(accuracy - 0.01, 21749);
    json trained = entry(accuracy - 0.004, 21749);
    trained["checked"] = 100;
    trained["equal_labels"] = 99;
    lines["w8/4/4/2/8-a8-qat"] = trained;
    ASSERT_TRUE(write_text(state_file(folder, "A-db1-cnn", name),
                           json{{"lines", lines}, {"float_seconds", 30.0}}.dump()));
  }
}

const json* find_row(const json& results, const std::string& id) {
  for (const json& row : results["networks"]) {
    if (row["id"] == id) return &row;
  }
  return nullptr;
}

TEST(Lines, HaveUniqueNamesAndKnownGroups) {
  std::set<std::string> names, known;
  for (const Group& group : groups()) known.insert(group.id);
  for (const Line& line : all_lines()) {
    EXPECT_TRUE(names.insert(line.group + ":" + line.id).second) << line.group << " " << line.id;
    EXPECT_TRUE(known.contains(line.group)) << line.group;
  }
}

TEST(Lines, ChoiceByNameAndByBits) {
  const auto headline = choose_lines({}, {});
  ASSERT_TRUE(headline);
  EXPECT_EQ(headline->size(), 4u);
  const auto own = choose_lines({}, {"8/8/2/2/8:4/4/4/4"});
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->back().weights, "8/8/2/2/8");
  EXPECT_EQ(own->back().activations, "4/4/4/4");
  const auto unknown = choose_lines({"nonsense"}, {});
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(contains(unknown.error().message, "known: all, headline"));
  EXPECT_FALSE(choose_lines({}, {"8/8/3"}));
}

TEST(Summary, MeansDeviationsAndDropsAreThoseOfTheState) {
  const test::TemporaryFolder folder;
  write_state(folder.text());
  const auto results = summarize(folder.text());
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_EQ((*results)["subjects"], json({"S2", "S10"}));
  const json* row = find_row(*results, "A-db1-cnn:w8/4/4/2/8-a8-ptq");
  ASSERT_NE(row, nullptr);
  EXPECT_NEAR((*row)["accuracy_mean"].get<double>(), 0.92, 1e-12);
  EXPECT_NEAR((*row)["accuracy_sd"].get<double>(), 0.06 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR((*row)["float_drop"].get<double>(), 0.01, 1e-12);
  EXPECT_EQ((*row)["payload_bytes"], 21749);
  EXPECT_EQ((*row)["weight_bits"], "8/4/4/2/8");
  EXPECT_EQ((*row)["task"], "A");
  const json* trained = find_row(*results, "A-db1-cnn:w8/4/4/2/8-a8-qat");
  ASSERT_NE(trained, nullptr);
  EXPECT_NEAR((*trained)["label_agreement"].get<double>(), 0.99, 1e-12);
}

TEST(Summary, AnEmptyOrDamagedStateIsNamed) {
  const test::TemporaryFolder folder;
  EXPECT_FALSE(summarize(folder.text()));
  const std::string path = state_file(folder.text(), "A-db1-cnn", "S2");
  ASSERT_TRUE(write_text(path, "{\"lines\": "));
  const auto results = summarize(folder.text());
  ASSERT_FALSE(results);
  EXPECT_TRUE(contains(results.error().message, path + ": damaged"));
}

TEST(Summary, AssignmentsOfTheUserHaveTheirOwnTable) {
  const test::TemporaryFolder folder;
  write_state(folder.text());
  const std::string path = state_file(folder.text(), "A-db1-cnn", "S2");
  json state = *read_state(path);
  state["lines"]["w8/8/2/2/8-a4/4/4/8-qat"] = entry(0.9, 20000);
  state["lines"]["nonsense"] = entry(0.9, 20000);
  ASSERT_TRUE(write_text(path, state.dump()));
  const auto results = summarize(folder.text());
  ASSERT_TRUE(results) << results.error().message;
  const json* own = find_row(*results, "A-db1-cnn:w8/8/2/2/8-a4/4/4/8-qat");
  ASSERT_NE(own, nullptr);
  EXPECT_EQ((*own)["set"], "own");
  EXPECT_EQ((*own)["activation_bits"], "4/4/4/8");
  EXPECT_EQ((*results)["networks"].size(), 4u);
}

TEST(Summary, PicturesAndFrontHoldOnlyRowsOfEverySubject) {
  const test::TemporaryFolder folder;
  write_state(folder.text());
  const std::string path = state_file(folder.text(), "A-db1-cnn", "S2");
  json state = *read_state(path);
  state["lines"]["w4-a8-ptq"] = entry(0.99, 9000);  // on one of two subjects
  ASSERT_TRUE(write_text(path, state.dump()));
  const auto results = summarize(folder.text());
  ASSERT_TRUE(results) << results.error().message;
  const json* part = find_row(*results, "A-db1-cnn:w4-a8-ptq");
  ASSERT_NE(part, nullptr);
  EXPECT_FALSE((*part)["in_picture"]);
  ASSERT_EQ((*results)["front"].size(), 1u) << "the trained line beats the post-trained one";
  EXPECT_EQ((*results)["front"][0]["id"], "A-db1-cnn:w8/4/4/2/8-a8-qat");
  const std::string html = to_html(*results);
  EXPECT_EQ(html.find("<title>db1-cnn w4 a8"), std::string::npos);
  EXPECT_TRUE(contains(html, "measured on fewer subjects: db1-cnn w4 a8, post-training (1)"));
}

TEST(Summary, AttemptsAreDifferencesOnTheSameSubjects) {
  const test::TemporaryFolder folder;
  write_state(folder.text());
  const auto attempt = [](double tune, double accuracy) {
    return json{{"tune_accuracy", tune}, {"accuracy", accuracy}, {"seconds", 3.0}};
  };
  const auto write = [&](const std::string& subject, const json& lines) {
    ASSERT_TRUE(write_text(state_file(folder.text(), "A-attempts", subject),
                           json{{"lines", lines}}.dump()));
  };
  write("S2", {{"base", attempt(0.8, 0.9)}, {"long", attempt(0.82, 0.89)}});
  write("S10", {{"base", attempt(0.6, 0.7)}});
  const auto results = summarize(folder.text());
  ASSERT_TRUE(results) << results.error().message;
  const json& rows = (*results)["attempts"];
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1]["id"], "long");
  EXPECT_EQ(rows[1]["subjects"], json({"S2"}));
  EXPECT_NEAR(rows[1]["gain_mean"].get<double>(), -0.01, 1e-12);
  EXPECT_NEAR(rows[1]["tuning_gain_mean"].get<double>(), 0.02, 1e-12);
}

TEST(Rendering, WritesAllThreeFilesWithTheSameFigures) {
  const test::TemporaryFolder folder;
  write_state(folder.text());
  ReproduceOptions options;
  options.state = folder.text();
  options.results = folder.file("out/db1");
  options.render_only = true;
  const Status status = reproduce_db1(options, {});
  ASSERT_TRUE(status) << status.error().message;
  const std::string markdown = test::slurp(options.results + ".md");
  EXPECT_TRUE(contains(markdown, "| 21.75 | - | 92.00 +- 4.24 | 1.00 |"));
  EXPECT_TRUE(contains(markdown, "are equal on 99.000 % of 200 test windows"));
  EXPECT_TRUE(contains(markdown, "Processor time per subject: 30 s for the float network"));
  const std::string html = test::slurp(options.results + ".html");
  EXPECT_TRUE(contains(html, "<td>92.00 +- 4.24"));
  EXPECT_EQ(html.find("http"), std::string::npos) << "the page must need nothing from outside";
  EXPECT_FALSE(json::parse(test::slurp(options.results + ".json"), nullptr, false).is_discarded());
}

}  // namespace
}  // namespace tendon::train
