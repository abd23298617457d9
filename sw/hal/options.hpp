// SPDX-License-Identifier: MIT
// The part of a URI behind the scheme: words with commas between them.
#pragma once

#include <cstdint>
#include <memory>

#include "hal/hal.hpp"

namespace tendon::hal {

/// `PATH,name=value,...` or `NUMBER,NUMBER,...`, as it stands in the URI.
class Options {
 public:
  explicit Options(const char* text) : text_(text) {}

  /// Copies word `index` (0: the first) if it is no name=value. False: there is none, or it does
  /// not fit.
  bool word(int index, char* buffer, std::size_t bytes) const;
  bool number(int index, std::uint64_t* value) const;

  /// name=value; *value is unchanged when the name does not occur. False: it occurs and its value
  /// does not fit, or is no number.
  bool value(const char* name, char* buffer, std::size_t bytes) const;
  bool value(const char* name, std::uint64_t* number) const;

  /// True when every name=value has one of these names (nullptr ends the list).
  bool only(const char* const* names) const;

 private:
  const char* text_;
};

/// Decimal or 0x..., the whole text.
bool parse_number(const char* text, std::uint64_t* value);

/// The HALs. nullptr: *status and *text say why.
std::unique_ptr<Hal> open_shm(const Options& options, tendon_status_t* status, Text* text);
std::unique_ptr<Hal> open_memory(const Options& options, tendon_status_t* status, Text* text);
std::unique_ptr<Hal> open_uio(const Options& options, tendon_status_t* status, Text* text);
std::unique_ptr<Hal> open_spi(const Options& options, tendon_status_t* status, Text* text);

}  // namespace tendon::hal
