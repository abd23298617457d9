// SPDX-License-Identifier: MIT
// tendon data: what recordings hold, and whether they are whole.

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "data/data.hpp"

namespace tendon::cli {
namespace {

struct CheckOptions {
  std::vector<std::string> paths;
  std::string json;
};

/// Folders of DB1 files are opened, everything else is one recording.
Result<std::vector<std::string>> recordings_of(const std::vector<std::string>& paths) {
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    if (std::filesystem::is_directory(path) &&
        !std::filesystem::is_directory(path + "/training0")) {
      const auto files = data::find_db1(path);
      if (!files) {
        return files.error();
      }
      out.insert(out.end(), files->begin(), files->end());
    } else {
      out.push_back(path);
    }
  }
  return out;
}

Json summary(const data::Recording& recording) {
  std::map<int, std::uint64_t> labels;
  std::set<int> repetitions;
  for (int i = 0; i < recording.length(); ++i) {
    ++labels[recording.label[static_cast<std::size_t>(i)]];
    repetitions.insert(recording.repetition[static_cast<std::size_t>(i)]);
  }
  float least = 0, most = 0;
  for (const float volts : recording.samples) {
    least = std::min(least, volts);
    most = std::max(most, volts);
  }
  return {{"name", recording.name},
          {"samples", recording.length()},
          {"channels", recording.channels},
          {"rate_hz", recording.rate_hz},
          {"labels", labels.size()},
          {"repetitions", repetitions.size()},
          {"min", least},
          {"max", most}};
}

Status check(const CheckOptions& options) {
  const auto paths = recordings_of(options.paths);
  if (!paths) {
    return paths.error();
  }
  Json json;
  json["recordings"] = Json::array();
  Table table({"recording", "samples", "channels", "Hz", "labels", "repetitions", "min", "max"});
  Progress progress("reading", paths->size());
  for (const std::string& path : *paths) {
    const auto recording = data::load(path);
    if (!recording) {
      return recording.error();
    }
    const Json one = summary(*recording);
    table.row({one.at("name"), grouped(one.at("samples")), std::to_string(recording->channels),
               fixed(recording->rate_hz, 0), std::to_string(one.at("labels").get<int>()),
               std::to_string(one.at("repetitions").get<int>()), fixed(one.at("min"), 3),
               fixed(one.at("max"), 3)});
    json["recordings"].push_back(one);
    progress.step();
  }
  std::printf("%s%zu recordings, all whole\n", table.text().c_str(), paths->size());
  return write_json(options.json, json);
}

struct SynthesizeOptions {
  data::SyntheticOptions synthetic;
  std::string out;
  std::string json;
};

Status synthesize(const SynthesizeOptions& options) {
  const auto recording = data::synthetic(options.synthetic);
  if (!recording) {
    return recording.error();
  }
  if (const Status written = data::write_mat(options.out, *recording); !written) {
    return written;
  }
  std::printf("%s: %d samples of %d channels\n", options.out.c_str(), recording->length(),
              recording->channels);
  return write_json(options.json, summary(*recording));
}

}  // namespace

void add_data(CLI::App& app, Session& session) {
  CLI::App* data = app.add_subcommand("data", "Look at recordings, or make synthetic ones");
  data->require_subcommand(1);

  CLI::App* checking =
      data->add_subcommand("check", "Read recordings whole and say what is in them");
  auto options = std::make_shared<CheckOptions>();
  checking
      ->add_option("PATH", options->paths,
                   "recordings (.mat, .csv, .npy, Myo folders) or folders of NinaPro DB1 files")
      ->required()
      ->check(CLI::ExistingPath);
  checking->add_option("--json", options->json, "write the figures to FILE");
  checking->callback([options, &session] { session.status = check(*options); });

  CLI::App* making = data->add_subcommand("synthesize", "Write a synthetic recording as .mat");
  auto making_options = std::make_shared<SynthesizeOptions>();
  making->add_option("OUT", making_options->out, "file to write")->required();
  making->add_option("--seed", making_options->synthetic.seed, "one seed is one subject")
      ->capture_default_str();
  making
      ->add_option("--difficulty", making_options->synthetic.difficulty,
                   "variability and noise, 0 to 3")
      ->capture_default_str();
  making->add_option("--json", making_options->json, "write the figures to FILE");
  making->callback([making_options, &session] { session.status = synthesize(*making_options); });
}

}  // namespace tendon::cli
