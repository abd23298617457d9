// SPDX-License-Identifier: MIT
#include "cli/engine.hpp"

#include <algorithm>
#include <fstream>

#include "cli/engine_driver.hpp"
#include "cli/engine_golden.hpp"
#ifdef TENDON_CLIENTS
#include "tlm/client/vp_client.hpp"
#endif
#ifdef TENDON_SIM
#include "cli/engine_rtl.hpp"
#endif

namespace tendon::engine {

std::vector<std::string> names() {
  std::vector<std::string> out{"golden", "cpu"};
#ifdef TENDON_SIM
  out.push_back("rtl");
#endif
#ifdef TENDON_CLIENTS
  for (const std::string& name : vp::client_names()) out.push_back(name);
#endif
  return out;
}

namespace {

/// What the engine cannot write, though it was asked to.
Status check_traces(const std::string& name, const Options& options) {
  const bool host = name == "golden" || name == "cpu";
  if (!options.timeline.empty() && host) {
    return Error{name + ": no timeline, nothing is simulated; rtl, vp, vp-rtl, soc, shm write one"};
  }
  if (!options.waveform.empty() && (host || name == "vp")) {
    return Error{name + ": no waveform, there is no RTL; rtl, vp-rtl, soc, shm write one"};
  }
  // Written at the end, by another process as a rule: tell now what could not be.
  const std::vector<std::string> known = names();
  if (std::find(known.begin(), known.end(), name) == known.end()) return Unit{};
  for (const std::string& file : {options.timeline, options.waveform}) {
    if (!file.empty() && !std::ofstream(file, std::ios::app)) {
      return Error{file + ": cannot be written"};
    }
  }
  return Unit{};
}

}  // namespace

Result<std::unique_ptr<Engine>> make(const std::string& name, const Options& options) {
  if (const Status possible = check_traces(name, options); !possible) return possible.error();
  if (name == "golden") {
    return std::unique_ptr<Engine>(std::make_unique<GoldenEngine>());
  }
  if (name == "cpu") {
    return std::unique_ptr<Engine>(std::make_unique<DriverEngine>("cpu"));
  }
#ifdef TENDON_SIM
  if (name == "rtl") {
    return make_rtl(options);
  }
#else
  if (name == "rtl") {
    return Error{"engine rtl is not in this build (TENDON_SIM is off)"};
  }
#endif
#ifdef TENDON_CLIENTS
  const std::vector<std::string> clients = vp::client_names();
  if (std::find(clients.begin(), clients.end(), name) != clients.end()) {
    return vp::make_client(name, {.engine = options, .arguments = {}});
  }
#endif
  std::string list;
  for (const std::string& known : names()) {
    list += (list.empty() ? "" : ", ") + known;
  }
  return Error{"no engine \"" + name + "\" (there are " + list + ")"};
}

}  // namespace tendon::engine
