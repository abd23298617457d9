// SPDX-License-Identifier: MIT
// libFuzzer target for what `stream` and `classify` read: samples as text and as binary numbers.
// The first byte gives format and channels. Whatever comes, each sample is whole and finite, and
// the reader comes to the end.
#include <fcntl.h>

#include <cmath>
#include <cstdlib>

#include "programs/samples.hpp"
#include "temporary_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tendon::programs::SampleFormat;
  using tendon::programs::SampleReader;
  static const tendon::fuzz::TemporaryFolder folder;
  if (size == 0) return 0;
  const std::string path = folder.write("samples", {data + 1, size - 1});
  const std::size_t channels = 1 + data[0] % 16u;
  const auto format = data[0] < 128 ? SampleFormat::kText : SampleFormat::kFloat32;
  SampleReader reader(open(path.c_str(), O_RDONLY | O_CLOEXEC), format, channels, 1000);
  auto* sample = static_cast<float*>(std::malloc(channels * sizeof(float)));  // not a float more
  for (std::size_t i = 0;; ++i) {
    const SampleReader::Result result = reader.next(sample);
    if (result == SampleReader::Result::kEnd) break;
    if (result == SampleReader::Result::kSample) {
      for (std::size_t c = 0; c < channels; ++c) {
        if (!std::isfinite(sample[c])) std::abort();
      }
    } else if (result != SampleReader::Result::kBad || reader.problem()[0] == '\0') {
      std::abort();
    }
    if (i > size) std::abort();  // each call takes at least a byte
  }
  std::free(sample);
  return 0;
}
