// SPDX-License-Identifier: MIT
// Jobs in worker processes, with progress and the time left.
#pragma once

#include <vector>

#include "train/campaign.hpp"
#include "train/reproduce.hpp"

namespace tendon::train {

/// Runs each job in a process of its own: LibTorch's threads and seeds stay apart, and an
/// interrupted or failed job takes nothing with it. At most `workers` at a time. `line` gets one
/// text per finished step and job. `done`, `total`: jobs finished before and all of them, for the
/// texts. Error: the first failure, after the jobs that were running have ended; those after it
/// are not started.
Status run_jobs(const std::vector<Job>& jobs, int workers, std::size_t done, std::size_t total,
                const OnLine& line);

/// Expected work of a line that is not measured yet, in epochs of db1-cnn on one subject's task A:
/// what the time left is estimated from.
double expected_work(const Line& line, const Group& group, int float_epochs, int trained_epochs);

/// "8 s", "2 min 5 s"
std::string duration(double seconds);

}  // namespace tendon::train
