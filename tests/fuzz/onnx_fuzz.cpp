// SPDX-License-Identifier: MIT
// libFuzzer target for ONNX files, quantized and float. A quantized network that is read is legal,
// and comes back the same when it is written again.
#include <cstdlib>

#include "onnx/onnx.hpp"
#include "temporary_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tendon::fuzz::TemporaryFolder folder;
  const auto network = tendon::onnx::decode({data, size});
  if (network) {
    if (!tendon::net::check(*network)) std::abort();
    const auto again = tendon::onnx::encode(*network);
    if (!again) std::abort();
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(again->data());
    const auto reread = tendon::onnx::decode({bytes, again->size()});
    if (!reread || *tendon::onnx::encode(*reread) != *again) std::abort();
  }
  const std::string path = folder.write("network.onnx", {data, size});
  const auto real = tendon::onnx::read_float(path);
  if (!real && real.error().message.find(path) == std::string::npos) std::abort();
  return 0;
}
