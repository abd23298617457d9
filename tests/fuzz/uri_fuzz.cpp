// SPDX-License-Identifier: MIT
// libFuzzer target for the part of a HAL's URI behind the scheme.
#include <cstring>
#include <string>

#include "hal/options.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const tendon::hal::Options options(text.c_str());
  const std::size_t length = std::strlen(text.c_str());
  char word[24];
  for (int i = 0; i < 4; ++i) {
    std::uint64_t number = 0;
    if (options.word(i, word, sizeof(word)) && std::strlen(word) > length) std::abort();
    (void)!options.number(i, &number);
  }
  std::uint64_t speed = 7;
  word[0] = '\0';
  if (options.value("mode", word, sizeof(word)) && std::strlen(word) > length) std::abort();
  if (!text.starts_with("speed=") && text.find(",speed=") == std::string::npos &&
      options.value("speed", &speed) && speed != 7) {
    std::abort();
  }
  static const char* const names[] = {"mode", "speed", nullptr};
  (void)!options.only(names);
  std::uint64_t number = 0;
  (void)!tendon::hal::parse_number(text.c_str(), &number);
  return 0;
}
