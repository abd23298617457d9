// SPDX-License-Identifier: MIT
#include "train/pool.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>

namespace tendon::train {
namespace {

constexpr char kStep = 's', kFailure = 'f';  // first byte of a message from a worker

/// One message is one write below PIPE_BUF, so it arrives whole or not at all.
void send(int end, char kind, std::string text) {
  text.resize(std::min<std::size_t>(text.size(), 3000));
  std::replace(text.begin(), text.end(), '\n', ' ');
  const std::string message = kind + text + "\n";
  if (write(end, message.data(), message.size()) < 0) _exit(3);
}

class Pool {
 public:
  Pool(const std::vector<Job>& jobs, int workers, std::size_t done, std::size_t total,
       const OnLine& line)
      : jobs_(jobs),
        workers_(static_cast<std::size_t>(std::max(1, workers))),
        done_(done),
        total_(total),
        line_(line) {
    for (const Job& job : jobs) work_ += work_of(job);
  }

  Status run() {
    std::size_t next = 0;
    while ((next < jobs_.size() && failure_.empty()) || !running_.empty()) {
      if (next < jobs_.size() && failure_.empty() && running_.size() < workers_) {
        if (Status status = start(jobs_[next++]); !status) return status;
      } else {
        listen();
      }
    }
    if (!failure_.empty()) return Error{failure_};
    return Unit{};
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Child {
    pid_t id;
    const Job* job;
    int end;  // of a pipe, for reading
    Time begin;
    double left;  // expected work not reported yet
    std::string text;
    std::string failure;
  };

  static double seconds_since(Time begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  static double work_of(const Job& job) {
    double sum = 0.0;
    for (const Line& one : job.lines) {
      sum += expected_work(one, job.group, job.float_epochs, job.trained_epochs);
    }
    return sum;
  }

  Status start(const Job& job) {
    int ends[2];
    if (pipe(ends) != 0) return Error{"no pipe for a worker process"};
    const pid_t id = fork();
    if (id < 0) return Error{"a worker process cannot be started"};
    if (id == 0) {
      close(ends[0]);
      // A killed command leaves no worker behind that would write into the state of the next one.
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const Status status =
          run_job(job, [&](const std::string& step) { send(ends[1], kStep, step); });
      if (!status) send(ends[1], kFailure, status.error().message);
      _exit(status ? 0 : 1);
    }
    close(ends[1]);
    running_.push_back({id, &job, ends[0], std::chrono::steady_clock::now(), work_of(job), {}, {}});
    return Unit{};
  }

  /// Waits for a message or the end of a worker.
  void listen() {
    std::vector<pollfd> ends;
    for (const Child& child : running_) ends.push_back({child.end, POLLIN, 0});
    if (poll(ends.data(), ends.size(), -1) < 0) return;
    for (std::size_t i = ends.size(); i-- > 0;) {
      if (ends[i].revents == 0) continue;
      char bytes[4096];
      const ssize_t size = read(running_[i].end, bytes, sizeof bytes);
      if (size > 0) {
        running_[i].text.append(bytes, static_cast<std::size_t>(size));
        take_messages(running_[i]);
      } else {
        reap(i);
      }
    }
  }

  void take_messages(Child& child) {
    for (std::size_t end; (end = child.text.find('\n')) != std::string::npos;) {
      const std::string message = child.text.substr(1, end - 1);
      const char kind = child.text[0];
      child.text.erase(0, end + 1);
      if (kind == kFailure) {
        child.failure = message;
        continue;
      }
      for (const Line& one : child.job->lines) {
        if (one.id != message) continue;
        const double work = expected_work(one, child.job->group, child.job->float_epochs,
                                          child.job->trained_epochs);
        child.left -= work;
        finished_work_ += work;
      }
      say(child.job->subject + " " + child.job->group.id + " " + message);
    }
  }

  void reap(std::size_t index) {
    const Child child = running_[index];
    close(child.end);
    int code = 0;
    waitpid(child.id, &code, 0);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(index));
    const std::string name = child.job->subject + " " + child.job->group.id;
    if (!WIFEXITED(code) || WEXITSTATUS(code) != 0) {
      if (failure_.empty()) {
        failure_ =
            child.failure.empty() ? name + ": worker process ended by itself" : child.failure;
      }
      return;
    }
    finished_work_ += child.left;
    ++finished_;
    say(name + " done in " + duration(seconds_since(child.begin)));
  }

  void say(const std::string& what) {
    if (!line_) return;
    std::string text =
        "[" + std::to_string(done_ + finished_) + "/" + std::to_string(total_) + "] " + what;
    if (finished_work_ > 0.0) {
      text += ", about " +
              duration(seconds_since(begin_) / finished_work_ * (work_ - finished_work_)) + " left";
    }
    line_(text);
  }

  const std::vector<Job>& jobs_;
  std::size_t workers_, done_, total_, finished_ = 0;
  const OnLine& line_;
  double work_ = 0.0, finished_work_ = 0.0;
  std::vector<Child> running_;
  std::string failure_;
  Time begin_ = std::chrono::steady_clock::now();
};

/// Multiplications of a network against those of db1-cnn, roughly.
double relative_size(const std::string& network) {
  if (network == "db1-wide") return 4.0;
  if (network == "db1-gap") return 1.6;
  if (network == "db1-tiny") return 0.4;
  return network == "db1-small" ? 0.7 : 1.0;
}

}  // namespace

Status run_jobs(const std::vector<Job>& jobs, int workers, std::size_t done, std::size_t total,
                const OnLine& line) {
  return Pool(jobs, workers, done, total, line).run();
}

std::string duration(double seconds) {
  const auto whole = static_cast<long>(std::lround(std::max(0.0, seconds)));
  if (whole < 60) return std::to_string(whole) + " s";
  return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
}

double expected_work(const Line& line, const Group& group, int float_epochs, int trained_epochs) {
  const Recipe* recipe = &group.recipe;
  if (line.method == Method::kAttempt) {
    const auto& all = attempts();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Attempt& one) { return one.id == line.id; });
    recipe = &found->recipe;
  }
  const double classes = group.task == "C" ? 2.5 : 1.0;
  const double own = relative_size(recipe->network) * classes;
  switch (line.method) {
    case Method::kPostTraining:
      return 3.0;
    case Method::kSensitivity:
      return 40.0;
    case Method::kTrained:
      return 3.0 * own * trained_epochs;
    case Method::kFloat:
    case Method::kAttempt:
      break;
  }
  const double epochs = float_epochs > 0 ? float_epochs : recipe->options.epochs;
  const double teachers = relative_size(recipe->teacher_network) * recipe->teachers;
  return own * epochs + classes * teachers * (std::min(60.0, epochs) + 0.4 * epochs);
}

}  // namespace tendon::train
