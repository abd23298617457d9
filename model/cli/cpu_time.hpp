// SPDX-License-Identifier: MIT
#pragma once

namespace tendon::cli {

/// Processor seconds of this process and of its children that still run, user and system, in steps
/// of 10 ms. Unlike wall clock they do not grow when the machine has other work. Linux.
double cpu_seconds_with_children();

}  // namespace tendon::cli
