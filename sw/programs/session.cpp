// SPDX-License-Identifier: MIT
#include "programs/session.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tendon/tendon_hals.h"
#include "tendon/tendon_host.h"

namespace tendon::programs {
namespace {

template <typename T>
T sized() {
  T value = {};
  value.size = sizeof(T);
  return value;
}

tendon_policy_t parse_policy(const char* name) {
  if (std::strcmp(name, "prefer") == 0) return TENDON_POLICY_PREFER;
  if (std::strcmp(name, "require") == 0) return TENDON_POLICY_REQUIRE;
  if (std::strcmp(name, "cpu") == 0) return TENDON_POLICY_CPU_ONLY;
  if (std::strcmp(name, "offload") == 0) return TENDON_POLICY_OFFLOAD;
  die("no policy is called %s", name);
}

tendon_level_t parse_level(const char* name) {
  tendon_level_t level = TENDON_LEVEL_AUTO;
  if (tendon_level_parse(name, &level) != TENDON_OK) die("no kernel level is called %s", name);
  return level;
}

void print_log(void*, tendon_log_level_t level, const char* text) {
  constexpr const char* kNames[] = {"error", "warning", "info"};
  std::fprintf(stderr, "%s: %s\n", kNames[level <= TENDON_LOG_INFO ? level : 0], text);
}

}  // namespace

const char* take_value(int argc, char** argv, int* at) {
  if (*at + 1 >= argc) die("%s wants a value", argv[*at]);
  *at += 2;
  return argv[*at - 1];
}

std::uint64_t parse_number(const char* text, const char* what, std::uint64_t low,
                           std::uint64_t high) {
  char* end = nullptr;
  const unsigned long long value = std::strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || value < low || value > high) {
    die("%s is '%s', want %llu to %llu", what, text, static_cast<unsigned long long>(low),
        static_cast<unsigned long long>(high));
  }
  return value;
}

bool take_option(int argc, char** argv, int* at, SessionOptions* options) {
  const char* name = argv[*at];
  if (std::strcmp(name, "--hal") == 0) {
    options->hal = take_value(argc, argv, at);
  } else if (std::strcmp(name, "--policy") == 0) {
    options->policy = parse_policy(take_value(argc, argv, at));
  } else if (std::strcmp(name, "--level") == 0) {
    options->level = parse_level(take_value(argc, argv, at));
  } else if (std::strcmp(name, "--timeout-us") == 0) {
    options->timeout_us =
        parse_number(take_value(argc, argv, at), "--timeout-us", 1, std::uint64_t{1} << 40);
  } else if (std::strcmp(name, "--verify") == 0) {
    options->flags |= TENDON_RUN_VERIFY;
    ++*at;
  } else if (std::strcmp(name, "--poll") == 0) {
    options->poll = true;
    ++*at;
  } else {
    return false;
  }
  return true;
}

void Session::open_device() {
  char text[256] = "";
  tendon_status_t status = tendon_hal_open(options_.hal, &hal_, text, sizeof(text));
  if (status != TENDON_OK) die("--hal %s: %s: %s", options_.hal, tendon_strerror(status), text);
  // Without a wait the driver reads STATUS again and again.
  if (options_.poll) hal_.irq_wait = [](void*, std::uint64_t) { return TENDON_OK; };
  auto open = sized<tendon_open_options_t>();
  open.log = print_log;
  const std::size_t bytes = tendon_device_size();
  status = tendon_open(&hal_, &open, aligned_memory(bytes), bytes, &device_);
  if (status == TENDON_OK) return;
  if (options_.policy == TENDON_POLICY_REQUIRE) {
    die("--hal %s: %s %s", options_.hal, tendon_strerror(status), tendon_hal_trouble(&hal_));
  }
  std::fprintf(stderr, "warning: %s: %s; everything runs on the processor\n", options_.hal,
               tendon_strerror(status));
}

Session::Session(const char* tdn_path, const SessionOptions& options)
    : Session(tdn_path, read_file(tdn_path), options) {}

Session::Session(const char* tdn_path, const File& tdn, const SessionOptions& options)
    : options_(options), tdn_(tdn) {
  char text[200] = "";
  tendon_status_t status = tendon_program_check(tdn_.data, tdn_.bytes, text, sizeof(text));
  if (status != TENDON_OK) die("%s: %s: %s", tdn_path, tendon_strerror(status), text);
  if (options.hal == nullptr && options.policy == TENDON_POLICY_REQUIRE) {
    die("--policy require without --hal");
  }
  if (options.hal != nullptr && options.policy != TENDON_POLICY_CPU_ONLY) open_device();
  auto load = sized<tendon_load_options_t>();
  load.policy = device_ == nullptr ? TENDON_POLICY_CPU_ONLY : options.policy;
  load.level = options.level;
  status = load.level == TENDON_LEVEL_AUTO ? tendon_host_level(&load.level, text, sizeof(text))
                                           : tendon_host_check(load.level, text, sizeof(text));
  if (status != TENDON_OK) die("%s", text);
  std::size_t bytes = 0;
  status = tendon_program_size(tdn_.data, tdn_.bytes, &load, &bytes);
  if (status == TENDON_OK) {
    status = tendon_program_load(tdn_.data, tdn_.bytes, device_, &load, aligned_memory(bytes),
                                 bytes, &program_);
  }
  auto error = sized<tendon_error_t>();
  if (status != TENDON_OK) {
    const bool known = device_ != nullptr && tendon_device_error(device_, &error) == TENDON_OK;
    die("%s: load: %s%s%s", tdn_path, tendon_strerror(status), known ? ": " : "",
        known ? error.text : "");
  }
  info_ = sized<tendon_program_info_t>();
  status = tendon_program_info(program_, &info_);
  if (status != TENDON_OK) die("%s: %s", tdn_path, tendon_strerror(status));
}

Session::~Session() {
  tendon_program_unload(program_);
  tendon_close(device_);
  tendon_hal_close(&hal_);
}

void Session::start_and_reset(const std::uint8_t* window) {
  int done = 0;
  auto result = sized<tendon_result_t>();
  tendon_status_t status = tendon_submit(program_, window, window_bytes(), nullptr);
  if (status == TENDON_OK) status = tendon_poll(program_, &done);
  if (status == TENDON_OK) status = tendon_reset(device_);
  if (status == TENDON_OK) status = tendon_wait(program_, &result);
  if (status != TENDON_E_CANCELLED) die("reset under a run: %s", tendon_strerror(status));
}

tendon_result_t Session::run(const std::uint8_t* window, std::size_t number, std::uint32_t flags) {
  auto wanted = sized<tendon_run_options_t>();
  wanted.flags = options_.flags | flags;
  wanted.timeout_us = options_.timeout_us;
  auto result = sized<tendon_result_t>();
  const tendon_status_t status = tendon_run(program_, window, window_bytes(), &wanted, &result);
  if (status == TENDON_OK) return result;
  auto error = sized<tendon_error_t>();
  const bool known = tendon_program_error(program_, &error) == TENDON_OK;
  die("window %zu: %s: %s", number, tendon_strerror(status), known ? error.text : "");
}

}  // namespace tendon::programs
