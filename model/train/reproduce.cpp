// SPDX-License-Identifier: MIT
#include "train/reproduce.hpp"

#include <algorithm>
#include <filesystem>

#include "train/campaign.hpp"
#include "train/pool.hpp"

namespace tendon::train {
namespace {

namespace fs = std::filesystem;

/// Subjects by name with their recordings, in order.
Result<std::vector<std::pair<std::string, std::string>>> db1_subjects(
    const ReproduceOptions& options) {
  const auto files = data::find_db1(options.data);
  if (!files) return files.error();
  std::vector<std::pair<std::string, std::string>> subjects;
  for (const std::string& file : *files) {
    const int number = data::db1_subject(file);
    const auto& wanted = options.subjects;
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), number) != wanted.end()) {
      subjects.emplace_back("S" + std::to_string(number), file);
    }
  }
  for (const int number : options.subjects) {
    const std::string name = "S" + std::to_string(number);
    if (std::none_of(subjects.begin(), subjects.end(),
                     [&](const auto& subject) { return subject.first == name; })) {
      return Error{options.data + ": no file " + name + "_A1_E1.mat"};
    }
  }
  return subjects;
}

Result<std::vector<std::pair<std::string, std::string>>> myo_subjects(const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> subjects;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (fs::is_directory(entry.path() / "training0")) {
      subjects.emplace_back(entry.path().filename().string(), entry.path().string());
    }
  }
  if (subjects.empty()) return Error{folder + ": no Myo subject in it"};
  std::sort(subjects.begin(), subjects.end());
  return subjects;
}

bool needs_pretraining(const Job& job) {
  const Group& group = job.group.taught ? groups().front() : job.group;
  if (!group.attempts) return group.recipe.start == "folder";
  return std::any_of(job.lines.begin(), job.lines.end(), [](const Line& line) {
    const auto& all = attempts();
    return line.method == Method::kAttempt &&
           std::any_of(all.begin(), all.end(), [&](const Attempt& attempt) {
             return attempt.id == line.id && attempt.recipe.start == "folder";
           });
  });
}

/// What has to be there before the jobs of single subjects start.
Result<std::vector<Job>> pretraining_jobs(const ReproduceOptions& options,
                                          const std::vector<Job>& jobs) {
  std::vector<Job> first;
  for (const Job& job : jobs) {
    const bool known = std::any_of(first.begin(), first.end(), [&](const Job& other) {
      return other.pretrained == job.pretrained;
    });
    if (known || !needs_pretraining(job) || fs::exists(job.pretrained)) continue;
    const auto files = data::find_db1(options.data);
    if (!files) return files.error();
    Job all = job;
    if (job.group.taught) all.group = groups().front();
    all.subject = "all";
    all.pool = *files;
    first.push_back(std::move(all));
  }
  return first;
}

/// Jobs with something left to measure, the headline's group of all subjects first.
Result<std::vector<Job>> open_jobs(const ReproduceOptions& options, std::size_t& done) {
  const auto lines = choose_lines(options.lines, options.bits);
  if (!lines) return lines.error();
  std::vector<Job> jobs;
  for (const Group& group : groups()) {
    std::vector<Line> own;
    std::copy_if(lines->begin(), lines->end(), std::back_inserter(own),
                 [&](const Line& line) { return line.group == group.id; });
    if (own.empty() || (group.myo && options.myo.empty())) continue;
    const Group& start = group.taught ? groups().front() : group;
    const auto subjects = group.myo ? myo_subjects(options.myo) : db1_subjects(options);
    if (!subjects) return subjects.error();
    for (const auto& [name, file] : *subjects) {
      const auto state = read_state(state_file(options.state, group.id, name));
      if (!state) return state.error();
      const bool open = std::any_of(own.begin(), own.end(), [&](const Line& line) {
        return !state->contains("lines") || !(*state)["lines"].contains(line.id);
      });
      if (open) {
        jobs.push_back({group,
                        own,
                        name,
                        file,
                        options.state,
                        options.float_epochs,
                        options.trained_epochs,
                        pretrained_file(options.state, start.id),
                        {}});
      } else {
        ++done;
      }
    }
  }
  return jobs;
}

Status render(const ReproduceOptions& options, const OnLine& line) {
  const auto results = summarize(options.state, options.cycles);
  if (!results) return results.error();
  const std::pair<std::string, std::string> files[] = {{".json", results->dump(1) + "\n"},
                                                       {".md", to_markdown(*results)},
                                                       {".html", to_html(*results)}};
  for (const auto& [extension, text] : files) {
    if (Status status = write_text(options.results + extension, text); !status) return status;
  }
  if (line) line("wrote " + options.results + ".{json,md,html}");
  return Unit{};
}

}  // namespace

Status reproduce_db1(const ReproduceOptions& options, const OnLine& line) {
  if (options.render_only) return render(options, line);
  if (!available()) return Error{"this build has no LibTorch; only --render-only works"};
  std::size_t done = 0;
  const auto jobs = open_jobs(options, done);
  if (!jobs) return jobs.error();
  if (line && done > 0) {
    line(std::to_string(done) + " of " + std::to_string(done + jobs->size()) +
         " jobs were finished before");
  }
  const auto first = pretraining_jobs(options, *jobs);
  if (!first) return first.error();
  if (Status status = run_jobs(*first, 1, 0, first->size(), line); !status) return status;
  const std::size_t total = done + jobs->size();
  if (Status status = run_jobs(*jobs, options.workers, done, total, line); !status) return status;
  return render(options, line);
}

}  // namespace tendon::train
