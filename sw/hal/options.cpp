// SPDX-License-Identifier: MIT
#include "hal/options.hpp"

#include <cstdlib>
#include <cstring>

namespace tendon::hal {
namespace {

// Start and length of word `index`; nullptr behind the last.
const char* find(const char* text, int index, std::size_t* length) {
  for (; index > 0; --index) {
    text = std::strchr(text, ',');
    if (text == nullptr) return nullptr;
    ++text;
  }
  *length = std::strcspn(text, ",");
  return text;
}

bool copy(const char* from, std::size_t length, char* buffer, std::size_t bytes) {
  if (length == 0 || length >= bytes) return false;
  std::memcpy(buffer, from, length);
  buffer[length] = '\0';
  return true;
}

// Length of `name` when the word is name=..., else 0.
std::size_t matches(const char* word, std::size_t length, const char* name) {
  const std::size_t size = std::strlen(name);
  return length > size && std::memcmp(word, name, size) == 0 && word[size] == '=' ? size : 0;
}

}  // namespace

bool parse_number(const char* text, std::uint64_t* value) {
  if (*text < '0' || *text > '9') return false;
  char* end = nullptr;
  const bool hex = text[0] == '0' && text[1] == 'x';
  const unsigned long long number = std::strtoull(text, &end, hex ? 16 : 10);
  if (*end != '\0') return false;
  *value = number;
  return true;
}

bool Options::word(int index, char* buffer, std::size_t bytes) const {
  std::size_t length = 0;
  const char* at = find(text_, index, &length);
  if (at == nullptr || std::memchr(at, '=', length) != nullptr) return false;
  return copy(at, length, buffer, bytes);
}

bool Options::number(int index, std::uint64_t* value) const {
  char text[24];
  return word(index, text, sizeof(text)) && parse_number(text, value);
}

bool Options::value(const char* name, char* buffer, std::size_t bytes) const {
  std::size_t length = 0;
  for (int i = 0; const char* at = find(text_, i, &length); ++i) {
    const std::size_t skip = matches(at, length, name);
    if (skip != 0) return copy(at + skip + 1, length - skip - 1, buffer, bytes);
  }
  return true;
}

bool Options::value(const char* name, std::uint64_t* number) const {
  char text[24] = "";
  if (!value(name, text, sizeof(text))) return false;
  return text[0] == '\0' || parse_number(text, number);
}

bool Options::only(const char* const* names) const {
  std::size_t length = 0;
  for (int i = 0; const char* at = find(text_, i, &length); ++i) {
    if (std::memchr(at, '=', length) == nullptr) continue;
    bool known = false;
    for (const char* const* name = names; *name != nullptr; ++name) {
      known |= matches(at, length, *name) != 0;
    }
    if (!known) return false;
  }
  return true;
}

}  // namespace tendon::hal
