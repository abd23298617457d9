// SPDX-License-Identifier: MIT
// libFuzzer target for firmware images of the virtual platform.
#include "temporary_folder.hpp"
#include "tlm/elf_image.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tendon::fuzz::TemporaryFolder folder;
  const std::string path = folder.write("firmware.elf", {data, size});
  const auto image = tendon::vp::load_elf(path);
  if (image) (void)image->describe(image->entry);
  if (!image && image.error().message.find(path) == std::string::npos) std::abort();
  return 0;
}
