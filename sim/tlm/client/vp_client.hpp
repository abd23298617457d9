// SPDX-License-Identifier: MIT
// Engines that live in a process of their own: the virtual platform (tendon-vp) and the whole-RTL
// system (tendon-soc). This library holds neither SystemC nor Unicorn nor Verilated code; it starts
// the process with --serve and talks to it over two pipes (wire.hpp).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/engine.hpp"

namespace tendon::vp {

struct ClientOptions {
  engine::Options engine;
  std::vector<std::string> arguments;  // more of tendon-vp's options, as given
};

/// Engines of this build: "vp" (loosely timed accelerator) and "vp-rtl" (Verilated RTL) with
/// TENDON_TLM, "soc" (whole system in RTL) with TENDON_SOC, "shm" (the
/// board's binary under qemu-riscv64, RTL behind shared memory) with TENDON_TLM and TENDON_SIM.
std::vector<std::string> client_names();

/// One of client_names() with the firmware of this build.
/// The process starts with load(), one per program; a second load() starts a new one. What it has
/// to say (bus errors, forgotten cache maintenance) comes on standard error. Error: unknown name.
Result<std::unique_ptr<engine::Engine>> make_client(const std::string& name,
                                                    const ClientOptions& options);

/// Engine "shm". Error: no region or no server.
Result<std::unique_ptr<engine::Engine>> make_shm_client(const ClientOptions& options);

/// Any server of wire.hpp: `command` is the program and its arguments,
/// `flags` VP_FLAG_* of every window.
std::unique_ptr<engine::Engine> make_process_engine(std::string name,
                                                    std::vector<std::string> command,
                                                    std::uint32_t flags);

/// VP_FLAG_* of every window under these options.
std::uint32_t window_flags(const engine::Options& options);

}  // namespace tendon::vp
