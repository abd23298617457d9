// SPDX-License-Identifier: MIT
// libFuzzer target for recordings as MAT files: what is read is a whole recording, or an error that
// names the file.
#include "data/readers.hpp"
#include "temporary_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tendon::fuzz::TemporaryFolder folder;
  const std::string path = folder.write("r.mat", {data, size});
  const auto recording = tendon::data::load(path);
  if (recording && !tendon::data::check(*recording)) std::abort();
  if (!recording && recording.error().message.find(path) == std::string::npos) std::abort();
  return 0;
}
