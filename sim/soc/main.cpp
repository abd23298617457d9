// SPDX-License-Identifier: MIT
// tendon-soc: the firmware on a whole system in RTL; --help lists the options, which are those of
// tendon-vp that make sense here. Exit code: that of the firmware; 2: it died; 64: usage or files.
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "soc/soc.hpp"

namespace {

using namespace tendon;

constexpr int kUsage = 64;

int fail(const Error& error) {
  std::fprintf(stderr, "tendon-soc: %s\n", error.message.c_str());
  return kUsage;
}

int run(const vp::VpOptions& options) {
  std::ifstream file(options.firmware, std::ios::binary);
  if (!file) return fail(Error{options.firmware + ": cannot be read"});
  const std::vector<std::uint8_t> image((std::istreambuf_iterator<char>(file)),
                                        std::istreambuf_iterator<char>());
  Result<std::unique_ptr<vp::Session>> session =
      options.serve ? vp::make_pipe_session(options) : vp::make_file_session(options);
  if (!session) return fail(session.error());
  const Result<std::vector<std::uint8_t>> program = (*session)->program();
  if (!program) return fail(program.error());
  const auto soc = soc::Soc::make(image, *program, **session, options);
  if (!soc) return fail(soc.error());
  const int code = (*soc)->run(0);
  const auto cycles = static_cast<unsigned long long>((*soc)->cycles());
  if (options.times) std::fprintf(stderr, "%llu clock cycles\n", cycles);
  if (!options.json.empty()) {
    std::ofstream json(options.json);
    json << "{\"exit_code\": " << code << ", \"clock_cycles\": " << cycles << "}\n";
    if (!json.flush()) return fail(Error{options.json + ": cannot be written"});
  }
  if (!options.timeline.empty()) {
    if (const Status written = (*soc)->timeline().write(options.timeline); !written) {
      return fail(written.error());
    }
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a client that is gone is a failed write
  const auto options = tendon::vp::parse_options(argc, argv, "tendon-soc");
  if (!options) return fail(options.error());
  if (options->help) {
    std::fputs(vp::usage("tendon-soc").c_str(), stdout);
    return 0;
  }
  if (const Status sensible = vp::check_soc_options(*options); !sensible) {
    return fail(sensible.error());
  }
  return run(*options);
}
