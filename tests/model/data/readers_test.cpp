// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "contains.hpp"
#include "data/data.hpp"
#include "temporary.hpp"

namespace tendon::data {
namespace {

using test::contains;
using test::TemporaryFolder;

Recording small_recording() {
  Recording recording;
  recording.name = "small";
  recording.rate_hz = 100.0;
  recording.channels = 2;
  recording.label = {0, 3, 3, 0};
  recording.repetition = {1, 1, 1, 1};
  recording.samples = {0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 2.5f, 3.0f, 3.5f};
  return recording;
}

std::string message(const Result<Recording>& result) {
  return result ? "no error" : result.error().message;
}

template <typename T>
std::string npy(const std::string& type, const std::string& shape, const std::vector<T>& values) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return bytes;
}

TEST(MatReader, WrittenRecordingComesBackTheSame) {
  const TemporaryFolder folder;
  const std::string path = folder.file("S4_A1_E1.mat");
  const Recording want = small_recording();
  ASSERT_TRUE(write_mat(path, want));
  const auto got = load(path);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->samples, want.samples);
  EXPECT_EQ(got->label, want.label);
  EXPECT_EQ(got->repetition, want.repetition);
  EXPECT_EQ(got->rate_hz, 100.0);
}

TEST(MatReader, RestTakesTheRepetitionOfTheMovementBeforeIt) {
  const TemporaryFolder folder;
  const std::string path = folder.file("r.mat");
  Recording recording = small_recording();
  recording.label = {0, 3, 0, 3};
  recording.repetition = {9, 4, 9, 5};  // rest rows are written as 0, as in DB1
  ASSERT_TRUE(write_mat(path, recording));
  const auto got = load(path);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->repetition, (std::vector<int>{4, 4, 4, 5}));
}

TEST(MatReader, EveryTruncationIsRefused) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_mat(folder.file("whole.mat"), small_recording()));
  const std::string bytes = test::slurp(folder.file("whole.mat"));
  // The last bytes are a checksum of the compressed stream, which zlib does not ask for.
  for (std::size_t size = 0; size + 8 < bytes.size(); size += 7) {
    const std::string path = folder.write("cut.mat", bytes.substr(0, size));
    const auto got = load(path);
    ASSERT_FALSE(got) << "cut to " << size << " of " << bytes.size() << " bytes";
    EXPECT_TRUE(contains(got.error().message, path));
  }
}

TEST(MatReader, NamesFileAndVariableThatIsWrong) {
  const TemporaryFolder folder;
  EXPECT_TRUE(contains(message(load(folder.file("none.mat"))), "no such file"));
  EXPECT_TRUE(contains(message(load(folder.write("text.mat", "hello"))), "not a MAT file"));
}

TEST(CsvReader, ReadsRateChannelsAndValues) {
  const TemporaryFolder folder;
  const auto got = load(folder.write("a.csv",
                                     "# rate_hz=200\nlabel,repetition,left,right\r\n"
                                     "1, 2, 0.5, -1e-3\n\n3,4,1,2\n"));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->rate_hz, 200.0);
  EXPECT_EQ(got->channels, 2);
  EXPECT_EQ(got->label, (std::vector<int>{1, 3}));
  EXPECT_EQ(got->repetition, (std::vector<int>{2, 4}));
  EXPECT_EQ(got->samples, (std::vector<float>{0.5f, -1e-3f, 1.0f, 2.0f}));
}

TEST(CsvReader, NamesLineAndColumnThatIsWrong) {
  const TemporaryFolder folder;
  const std::string head = "label,repetition,left,right\n";
  const auto with = [&](const std::string& rows) {
    return message(load(folder.write("b.csv", rows)));
  };
  EXPECT_TRUE(contains(with("time,left\n"), "line 1"));
  EXPECT_TRUE(contains(with(head + "1,1,0.5\n"), "line 2: 3 columns, the header has 4"));
  EXPECT_TRUE(contains(with(head + "1,1,1,2\nx,1,1,2\n"), "line 3: label"));
  EXPECT_TRUE(contains(with(head + "1,1.5,1,2\n"), "repetition"));
  EXPECT_TRUE(contains(with(head + "1,1,1,nan\n"), "right: not a finite number"));
  EXPECT_TRUE(contains(with(head + "1,300,1,2\n"), "repetition 300"));
  EXPECT_TRUE(contains(with(head), "no samples"));
}

TEST(NpyReader, ReadsFloatsWithLabelsAndRepetitionsBeside) {
  const TemporaryFolder folder;
  folder.write("x.npy", npy<double>("<f8", "(2, 3)", {1, 2, 3, 4, 5, 6}));
  folder.write("x.label.npy", npy<std::int64_t>("<i8", "(2,)", {1, 7}));
  folder.write("x.repetition.npy", npy<std::uint8_t>("|u1", "(2,)", {2, 3}));
  const auto got = load(folder.file("x.npy"));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->channels, 3);
  EXPECT_EQ(got->label, (std::vector<int>{1, 7}));
  EXPECT_EQ(got->repetition, (std::vector<int>{2, 3}));
  EXPECT_EQ(got->samples, (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(NpyReader, NamesWhatIsWrong) {
  const TemporaryFolder folder;
  const auto with = [&](const std::string& bytes) {
    return message(load(folder.write("y.npy", bytes)));
  };
  const std::string good = npy<float>("<f4", "(2, 1)", {1, 2});
  EXPECT_TRUE(contains(with("hello, world"), "not an NPY file"));
  EXPECT_TRUE(contains(with(good.substr(0, good.size() - 1)), "7 bytes of data, 8 expected"));
  EXPECT_TRUE(contains(with(npy<float>("<c8", "(1, 1)", {1, 2})), "'<c8' is not supported"));
  EXPECT_TRUE(contains(with(npy<float>("<f4", "(2,)", {1, 2})), "[time, channel]"));
  EXPECT_TRUE(contains(with(good), "y.label.npy: cannot be opened"));
  folder.write("y.label.npy", npy<float>("<f4", "(2,)", {1, 2.5f}));
  EXPECT_TRUE(contains(with(good), "row 2: 2.500000 is no whole number"));
}

/// A Myo subject of 2 samples a file; sample value = class, counted up per channel.
void write_myo(const TemporaryFolder& folder) {
  for (const char* session : {"training0", "Test0", "Test1"}) {
    for (int i = 0; i < 28; ++i) {
      std::string bytes;
      for (int k = 0; k < 16; ++k) {
        const auto value = static_cast<std::int16_t>(k == 0 ? -128 : i);
        bytes.append(reinterpret_cast<const char*>(&value), 2);
      }
      folder.write(std::string(session) + "/classe_" + std::to_string(i) + ".dat", bytes);
    }
  }
}

TEST(MyoReader, LabelsCyclesAndSessionsComeFromTheFileNames) {
  const TemporaryFolder folder;
  write_myo(folder);
  const auto got = load(folder.text());
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->length(), 3 * 28 * 2);
  EXPECT_EQ(got->channels, 8);
  EXPECT_EQ(got->rate_hz, 200.0);
  const std::size_t row = (28 + 9) * 2;  // Test0, file 9: class 2, second cycle
  EXPECT_EQ(got->label[row], 2);
  EXPECT_EQ(got->repetition[row], 12);
  EXPECT_EQ(got->samples[row * 8], 0.0f);  // -128
  EXPECT_EQ(std::lround(got->samples[row * 8 + 1] * 255.0f), 128 + 9);
}

TEST(MyoReader, NamesTheFileThatIsWrong) {
  const TemporaryFolder folder;
  EXPECT_TRUE(contains(message(load(folder.text())), "no folder training0"));
  write_myo(folder);
  folder.write("Test1/classe_3.dat", "odd");
  EXPECT_TRUE(contains(message(load(folder.text())), "Test1/classe_3.dat: 3 bytes"));
  std::filesystem::remove(folder.file("Test1/classe_3.dat"));
  EXPECT_TRUE(contains(message(load(folder.text())), "classe_3.dat: cannot be opened"));
  folder.write("Test1/classe_3.dat", std::string(15, '\0') + '\x01');
  EXPECT_TRUE(contains(message(load(folder.text())), "256 outside -128..127"));
}

TEST(FindDb1, SortsBySubjectNumberAndSkipsOtherFiles) {
  const TemporaryFolder folder;
  for (const char* name : {"S10_A1_E1.mat", "S2_A1_E1.mat", "S2_A1_E2.mat", "notes.txt"}) {
    folder.write(name, "");
  }
  const auto files = find_db1(folder.text());
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ(db1_subject((*files)[0]), 2);
  EXPECT_EQ(db1_subject((*files)[1]), 10);
  EXPECT_FALSE(find_db1(folder.file("nowhere")));
}

TEST(CheckRecording, NamesRowAndColumnOfANan) {
  Recording recording = small_recording();
  recording.samples[5] = std::nanf("");
  const Status status = check(recording);
  ASSERT_FALSE(status);
  EXPECT_TRUE(contains(status.error().message, "row 3, column 2"));
}

}  // namespace
}  // namespace tendon::data
