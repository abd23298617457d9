// SPDX-License-Identifier: MIT
// Programs under emulators, two of which may be missing on a machine without a network.
#pragma once

#include <string>

namespace tendon::test {

inline const std::string kQemu = "qemu-riscv64";
inline const std::string kQemuRvv10 = "qemu-riscv64 -cpu rv64,v=true,vlen=128,vext_spec=v1.0";
/// What sw/count/emulators.sh filled: TENDON_EMULATORS of the environment, or the build's folder.
std::string emulator_folder();
inline const std::string kQemuXthead = emulator_folder() + "/qemu-xthead";
inline const std::string kQemuRvv071 = emulator_folder() + "/qemu-rvv071";

/// Why this emulator is not there; empty when it is, or is one of the system's.
std::string missing(const std::string& emulator);

struct Output {
  int code;          // as of pclose()
  std::string text;  // stdout and stderr
};

/// Runs a command of the shell.
Output output_of(const std::string& command);

}  // namespace tendon::test
