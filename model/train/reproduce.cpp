// SPDX-License-Identifier: MIT
#include "train/reproduce.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "train/campaign.hpp"

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

/// Jobs with something left to measure, headline groups of all subjects first.
Result<std::vector<Job>> open_jobs(const ReproduceOptions& options, std::size_t& done) {
  const auto lines = choose_lines(options.lines, options.bits);
  if (!lines) return lines.error();
  std::vector<Job> jobs;
  for (const Group& group : groups()) {
    std::vector<Line> own;
    std::copy_if(lines->begin(), lines->end(), std::back_inserter(own),
                 [&](const Line& line) { return line.group == group.id; });
    if (own.empty() || (group.myo && options.myo.empty())) continue;
    const auto subjects = group.myo ? myo_subjects(options.myo) : db1_subjects(options);
    if (!subjects) return subjects.error();
    for (const auto& [name, file] : *subjects) {
      const auto state = read_state(state_file(options.state, group.id, name));
      if (!state) return state.error();
      const bool open = std::any_of(own.begin(), own.end(), [&](const Line& line) {
        return !state->contains("lines") || !(*state)["lines"].contains(line.id);
      });
      if (open) {
        jobs.push_back(
            {group, own, name, file, options.state, options.float_epochs, options.trained_epochs});
      } else {
        ++done;
      }
    }
  }
  return jobs;
}

std::string minutes(double seconds) {
  const auto whole = static_cast<long>(std::lround(seconds));
  return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
}

/// Runs each job in a process of its own: LibTorch's threads and seeds stay apart, and an
/// interrupted or failed job takes nothing with it.
class Pool {
 public:
  Pool(const ReproduceOptions& options, const std::vector<Job>& jobs, std::size_t done,
       const OnLine& line)
      : options_(options), jobs_(jobs), done_(done), total_(done + jobs.size()), line_(line) {}

  Status run() {
    std::size_t next = 0;
    const auto workers = static_cast<std::size_t>(std::max(1, options_.workers));
    while ((next < jobs_.size() && failure_.empty()) || !running_.empty()) {
      if (next < jobs_.size() && failure_.empty() && running_.size() < workers) {
        if (Status status = start(jobs_[next++]); !status) return status;
      } else {
        reap();
      }
    }
    if (!failure_.empty()) return Error{failure_};
    return Unit{};
  }

 private:
  struct Child {
    pid_t id;
    const Job* job;
    int message;  // read end of a pipe with the error text
  };

  Status start(const Job& job) {
    int ends[2];
    if (pipe(ends) != 0) return Error{"no pipe for a worker process"};
    const pid_t id = fork();
    if (id < 0) return Error{"a worker process cannot be started"};
    if (id == 0) {
      close(ends[0]);
      const Status status = run_job(job);
      if (!status) {
        const std::string& text = status.error().message;
        if (write(ends[1], text.data(), text.size()) < 0) _exit(3);
      }
      _exit(status ? 0 : 1);
    }
    close(ends[1]);
    running_.push_back({id, &job, ends[0]});
    return Unit{};
  }

  void reap() {
    int code = 0;
    const pid_t id = wait(&code);
    const auto child = std::find_if(running_.begin(), running_.end(),
                                    [id](const Child& one) { return one.id == id; });
    if (child == running_.end()) return;
    std::string text(4096, '\0');
    const ssize_t size = read(child->message, text.data(), text.size());
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, size)));
    close(child->message);
    const std::string name = child->job->subject + " " + child->job->group.id;
    running_.erase(child);
    if (!WIFEXITED(code) || WEXITSTATUS(code) != 0) {
      failure_ = text.empty() ? name + ": worker process ended by itself" : text;
      return;
    }
    report(name);
  }

  void report(const std::string& name) {
    ++finished_;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    const double left =
        seconds / static_cast<double>(finished_) * static_cast<double>(jobs_.size() - finished_);
    if (line_) {
      line_("[" + std::to_string(done_ + finished_) + "/" + std::to_string(total_) + "] " + name +
            " done, about " + minutes(left) + " left");
    }
  }

  const ReproduceOptions& options_;
  const std::vector<Job>& jobs_;
  std::size_t done_, total_, finished_ = 0;
  const OnLine& line_;
  std::vector<Child> running_;
  std::string failure_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

Status render(const ReproduceOptions& options, const OnLine& line) {
  const auto results = summarize(options.state);
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
  if (Status status = Pool(options, *jobs, done, line).run(); !status) return status;
  return render(options, line);
}

}  // namespace tendon::train
