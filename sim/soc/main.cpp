// SPDX-License-Identifier: MIT
// tendon-soc: the firmware on a whole system in RTL. Options are those of tendon-vp that make sense
// here: --firmware (flat binary), --program, --windows, --window-bytes, --repeat, --poll, --cpu,
// --tensors, --counters, --reset, --quiet, --serve, --times. Exit code: that of the firmware; 2: it
// died; 64: usage or files.
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
  const auto soc = soc::Soc::make(image, *program, **session, options.setup);
  if (!soc) return fail(soc.error());
  const int code = (*soc)->run(0);
  if (options.times) {
    std::fprintf(stderr, "%llu clock cycles\n", static_cast<unsigned long long>((*soc)->cycles()));
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a client that is gone is a failed write
  const auto options = tendon::vp::parse_options(argc, argv);
  return options ? run(*options) : fail(options.error());
}
