// SPDX-License-Identifier: MIT
// Result<T>: a value or an Error with a message for the user. The names follow std::expected, so
// that C++23 later is one alias.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace tendon {

struct Error {
  std::string message;  // names what was wrong, and both values where there are two
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

/// For operations that give nothing back.
struct Unit {};
using Status = Result<Unit>;

/// Broken invariant of ours, never of a user: prints both sides and aborts, in release too.
template <typename A, typename B>
void check_equal(const A& a, const B& b, const char* what, const char* file, int line) {
  if (!(a == b)) {
    std::fprintf(stderr, "%s:%d: check failed: %s (%s, %s)\n", file, line, what,
                 std::to_string(a).c_str(), std::to_string(b).c_str());
    std::abort();
  }
}

}  // namespace tendon

#define TENDON_CHECK_EQ(a, b) ::tendon::check_equal((a), (b), #a " == " #b, __FILE__, __LINE__)
#define TENDON_CHECK(condition)                                                                  \
  ::tendon::check_equal(static_cast<int>(static_cast<bool>(condition)), 1, #condition, __FILE__, \
                        __LINE__)
