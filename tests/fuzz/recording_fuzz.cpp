// SPDX-License-Identifier: MIT
// libFuzzer target for recordings as CSV, NPY and Myo folders. The first byte chooses; of NPY the
// next ones are the sizes of the label and repetition files that follow the samples.
#include <algorithm>

#include "data/data.hpp"
#include "temporary_folder.hpp"

namespace {

using tendon::fuzz::View;

void check(const std::string& path) {
  const auto recording = tendon::data::load(path);
  if (recording && !tendon::data::check(*recording)) std::abort();
  if (!recording && recording.error().message.empty()) std::abort();
}

View take(View& rest, std::size_t bytes) {
  const View taken = rest.first(std::min(bytes, rest.size()));
  rest = rest.subspan(taken.size());
  return taken;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tendon::fuzz::TemporaryFolder folder;
  View rest(data, size);
  if (rest.size() < 3) return 0;
  const View choice = take(rest, 3);
  if (choice[0] % 4 == 0) {
    check(folder.write("r.csv", rest));
  } else if (choice[0] % 4 == 1) {
    folder.write("r.label.npy", take(rest, choice[1] * 4u));
    folder.write("r.repetition.npy", take(rest, choice[2] * 4u));
    check(folder.write("r.npy", rest));
  } else {
    // Folders of a subject with one file for movement 0 and the rest of the input for movement 1.
    for (const char* session : {"training0", "Test0", "Test1"}) {
      std::filesystem::create_directories(folder.path() + "/myo/" + session);
      folder.write(std::string("myo/") + session + "/classe_0.dat", take(rest, choice[1]));
      folder.write(std::string("myo/") + session + "/classe_1.dat", rest);
    }
    check(folder.path() + "/myo");
  }
  return 0;
}
