// SPDX-License-Identifier: MIT
// Recordings and windows: everything between a file on disk and the volts a network is fed with.
// Nothing here knows networks. Recordings are never written into the repository.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "net/result.hpp"

namespace tendon::data {

/// One recording session of one subject.
struct Recording {
  std::string name;      // file or generator, for messages: "S1_A1_E1.mat"
  double rate_hz = 0.0;  // samples per second
  int channels = 0;
  float offset = 0.0f;          // what 0 V of the electrode reads; bipolar recordings: mid-scale
  std::vector<float> samples;   // [time, channel], volts
  std::vector<int> label;       // per sample; 0 = rest (DB1) or neutral (Myo)
  std::vector<int> repetition;  // per sample, from 1; Myo: 1.. training0, 11.. Test0, 21.. Test1
  int length() const { return static_cast<int>(label.size()); }
};

/// Reads a recording by what `path` is:
///   *.mat    NinaPro DB1: variables emg [N, 10], restimulus [N], rerepetition [N] (MAT v5 and
///   v7.3).
///            Label = restimulus; rest rows get the repetition of the movement before them (the
///            first rest: of the movement after it). 100 Hz.
///   *.csv    first line `label,repetition,NAME,...`, one column per channel, volts; 100 Hz unless
///   a
///            line `# rate_hz=200` comes first.
///   *.npy    float array [time, channel] in volts with STEM.label.npy and STEM.repetition.npy
///            (integers [time]) beside it; 100 Hz.
///   folder   a Myo subject, {training0,Test0,Test1}/classe_<i>.dat: label = i mod 7, 200 Hz,
///            (value + 128) / 255 as "volts", offset 128 / 255.
/// Error: names the file and the variable, column or line, and both values where there are two:
/// missing, damaged or truncated file, wrong shape or type, NaN or infinity, label or repetition
/// outside 0..255.
Result<Recording> load(const std::string& path);

/// The DB1 files `S<subject>_A1_E1.mat` of a folder, by subject number; or `path` itself if it is a
/// file. Error: no such folder, or none in it.
Result<std::vector<std::string>> find_db1(const std::string& path);

/// Subject number of a DB1 file name, -1 when the name is another one.
int db1_subject(const std::string& path);

/// Checks sizes, rate, NaN and label ranges of a recording made by hand. Error: as load().
Status check(const Recording& recording);

/// Writes a recording as a NinaPro-like MAT v5 file (emg, restimulus, rerepetition).
/// Error: the file cannot be written, or `recording` fails check().
Status write_mat(const std::string& path, const Recording& recording);

/// Which labels are classes: windows of other labels are dropped; class index = position.
struct Task {
  std::string name;
  std::vector<int> labels;
  std::vector<std::string> classes;  // one text per label
};

/// "A" five fingers {1,3,5,7,11}; "B" rest + {1,3,5,11}; "C" all 12 movements (DB1 exercise 1);
/// "myo5" {0,2,4,5,6}; "myo7" all seven. Error: unknown name; lists the known ones.
Result<Task> find_task(const std::string& name);

/// Split by repetition, since neighbouring windows are nearly equal and a random split leaks.
/// `tune` (one of the training repetitions) is what early stopping, allocation and other choices
/// may look at; the test repetitions decide nothing.
struct Protocol {
  std::string name;
  std::vector<int> train;
  std::vector<int> test;
  int tune = 0;
  int thin = 5;  // training windows start at every sample; an epoch takes one of `thin` neighbours
};

/// train 1,3,4,6,8,9,10, test 2,5,7, tune 6.
Protocol db1_protocol();
/// train: session training0 (1..4), test: Test0 and Test1 (11..14, 21..24), tune 4; thin 10.
Protocol myo_protocol();

struct WindowOptions {
  int length = 25;  // samples
  int step = 5;     // samples between the starts of two windows
};

/// Windows of one label and one repetition each, in the order of time. [window, time, channel]
struct Windows {
  std::string source;  // recording name
  Task task;
  int length = 0;
  int channels = 0;
  float offset = 0.0f;  // as Recording::offset
  std::vector<float> volts;
  std::vector<int> label;  // class index
  std::vector<int> repetition;
  std::vector<int> trial;  // number of the uninterrupted segment, for votes per trial
  int count() const { return static_cast<int>(label.size()); }
  std::size_t size() const {
    return static_cast<std::size_t>(length) * static_cast<std::size_t>(channels);
  }
  std::span<const float> window(int index) const {
    return std::span<const float>(volts).subspan(static_cast<std::size_t>(index) * size(), size());
  }
};

/// Cuts the segments of constant label and repetition into windows; a segment shorter than a window
/// gives none. Error: a class without any window (names class, label and recording), bad options.
Result<Windows> cut(const Recording& recording, const Task& task, const WindowOptions& options);

/// The windows of some repetitions. Error: a class of the task has none there (names both).
Result<Windows> select(const Windows& windows, std::span<const int> repetitions);

/// The windows of one protocol. Training windows start at every sample, so that an epoch can take
/// a random one of five neighbours (a time shift); those that measure start at every fifth.
struct Sets {
  Windows train;  // training repetitions
  Windows fit;    // the same without the tuning repetition
  Windows tune;   // the tuning repetition
  Windows test;
};
struct SetOptions {
  int length = 25;    // samples
  int step = 5;       // of tune and test
  int fine_step = 1;  // of train and fit
};
/// Cuts a recording by repetitions. Error: as cut() and select().
Result<Sets> cut_sets(const Recording& recording, const Task& task, const Protocol& protocol,
                      const SetOptions& options);

/// A random split for comparability with papers that use one. It leaks: neighbours share samples.
struct Split {
  Windows train, test;
};
Split random_split(const Windows& windows, double test_fraction, std::uint64_t seed);

/// Puts the windows of `more` behind those of `windows`. Error: task, length or channels differ.
Status append(Windows& windows, const Windows& more);

/// A 10-channel envelope recording at 100 Hz in the manner of DB1 exercise 1: 12 movements, 10
/// repetitions, 5 s each with 3 s rest. See synthetic.cpp for the model and its limits.
struct SyntheticOptions {
  std::uint64_t seed = 1;   // one seed = one "subject": electrode and muscle geometry, habits
  int movements = 12;       // 1..12
  int repetitions = 10;     // 1..20
  double difficulty = 1.0;  // scales variability between repetitions and noise, 0..3
};

/// Same options, same samples on every machine. Error: an option outside its range.
Result<Recording> synthetic(const SyntheticOptions& options);

}  // namespace tendon::data
