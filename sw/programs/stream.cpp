// SPDX-License-Identifier: MIT
// stream NET.tdn [INPUT] [options]: labels of a sliding window over samples that arrive one by one.
//
// One line per window: samples read so far, label, class, majority of the last labels, its class,
// microseconds from the window's last sample to the label. A summary goes to stderr at the end.
#include <time.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "programs/samples.hpp"
#include "programs/session.hpp"
#include "programs/vote.hpp"

namespace {

using namespace tendon::programs;

struct Arguments {
  const char* tdn = nullptr;
  const char* input = "-";
  const char* json = nullptr;
  unsigned baud = 0;
  SampleFormat format = SampleFormat::kText;
  std::size_t step = 0;  // 0: a tenth of a window
  std::size_t votes = 5;
  std::uint64_t windows = 0;  // 0: until the input ends
  int timeout_ms = 0;
  bool skip_bad = false;
  SessionOptions session;
};

struct Totals {
  std::uint64_t bad = 0;
  std::uint64_t saturated = 0;
  std::uint64_t redone = 0;
  Latencies latencies{100'000};
};

[[noreturn]] void usage(int code) {
  std::fprintf(
      code == 0 ? stdout : stderr,
      "usage: stream NET.tdn [INPUT] [options]\n"
      "  INPUT            file, pipe or serial device of samples in volts; -: standard input\n"
      "  --baud N         INPUT is a serial device, 8N1\n"
      "  --format NAME    text (default): a line per sample; f32: little-endian floats\n"
      "  --step N         samples from window to window; a tenth of a window if not given\n"
      "  --votes N        labels that vote (default 5)\n"
      "  --windows N      end after so many\n"
      "  --timeout-ms N   an input silent for so long is an error\n"
      "  --skip-bad       a bad line is counted and breaks the window; else it is an error\n"
      "  --json FILE      the summary\n%s",
      kSessionHelp);
  std::exit(code);
}

SampleFormat parse_format(const char* name) {
  if (std::strcmp(name, "text") == 0) return SampleFormat::kText;
  if (std::strcmp(name, "f32") == 0) return SampleFormat::kFloat32;
  die("no format is called %s", name);
}

// False: argv[*at] is none of the options with a number.
bool take_number(int argc, char** argv, int* at, Arguments* a) {
  const char* name = argv[*at];
  const auto number = [&](std::uint64_t high) {
    return parse_number(take_value(argc, argv, at), name, 1, high);
  };
  if (std::strcmp(name, "--baud") == 0) {
    a->baud = static_cast<unsigned>(number(4000000));
  } else if (std::strcmp(name, "--step") == 0) {
    a->step = number(1u << 20);
  } else if (std::strcmp(name, "--votes") == 0) {
    a->votes = number(1000);
  } else if (std::strcmp(name, "--windows") == 0) {
    a->windows = number(std::uint64_t{1} << 60);
  } else if (std::strcmp(name, "--timeout-ms") == 0) {
    a->timeout_ms = static_cast<int>(number(3600 * 1000));
  } else {
    return false;
  }
  return true;
}

Arguments parse(int argc, char** argv) {
  Arguments a;
  int words = 0;
  for (int at = 1; at < argc;) {
    const char* name = argv[at];
    if (std::strcmp(name, "--help") == 0) usage(0);
    if (take_option(argc, argv, &at, &a.session) || take_number(argc, argv, &at, &a)) continue;
    if (std::strcmp(name, "--format") == 0) {
      a.format = parse_format(take_value(argc, argv, &at));
    } else if (std::strcmp(name, "--json") == 0) {
      a.json = take_value(argc, argv, &at);
    } else if (std::strcmp(name, "--skip-bad") == 0) {
      a.skip_bad = true;
      ++at;
    } else if ((name[0] != '-' || name[1] == '\0') && words < 2) {
      (words++ == 0 ? a.tdn : a.input) = name;
      ++at;
    } else {
      std::fprintf(stderr, "stream: no option %s\n", name);
      usage(2);
    }
  }
  if (words == 0) usage(2);
  return a;
}

std::uint64_t now_us() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

/// The last samples, oldest first.
class Window {
 public:
  Window(std::size_t length, std::size_t channels)
      : length_(length), channels_(channels), volts_(length * channels) {}

  // Where the next sample goes.
  float* room() {
    if (filled_ == length_) {
      std::memmove(volts_.data(), volts_.data() + channels_,
                   (length_ - 1) * channels_ * sizeof(float));
      --filled_;
    }
    return volts_.data() + filled_ * channels_;
  }
  void keep() {
    ++filled_;
    ++fresh_;
  }
  void forget() { filled_ = fresh_ = 0; }
  // Full, and `step` samples newer than the last time. The first window is due when it is full.
  bool is_due(std::size_t step) {
    if (filled_ < length_ || (fresh_ < step && fresh_ != length_)) return false;
    fresh_ = 0;
    return true;
  }
  const std::vector<float>& volts() const { return volts_; }
  std::size_t filled() const { return filled_; }

 private:
  std::size_t length_;
  std::size_t channels_;
  std::vector<float> volts_;
  std::size_t filled_ = 0;
  std::size_t fresh_ = 0;
};

void answer(Session& session, const Window& window, const SampleReader& reader, Majority& majority,
            Totals& totals) {
  const std::uint64_t start = now_us();
  static std::vector<std::uint8_t> codes;
  codes.resize(session.window_bytes());
  std::uint32_t saturated = 0;
  const tendon_status_t status = tendon_encode(session.program(), window.volts().data(),
                                               codes.size(), codes.data(), &saturated);
  if (status != TENDON_OK)
    die("window %" PRIu64 ": %s", totals.latencies.count(), tendon_strerror(status));
  const tendon_result_t result = session.run(codes.data(), totals.latencies.count());
  const std::uint64_t us = now_us() - start;
  const std::int32_t vote = majority.add(result.label);
  totals.saturated += saturated;
  totals.redone += result.fallback_layers > 0 ? 1 : 0;
  totals.latencies.add(us);
  std::printf("%" PRIu64 " %" PRId32 " %s %" PRId32 " %s %" PRIu64 "\n", reader.samples(),
              result.label, tendon_class_name(session.program(), result.label), vote,
              tendon_class_name(session.program(), vote), us);
  std::fflush(stdout);
}

void summarize(const Arguments& a, const SampleReader& reader, const Totals& t) {
  const Latencies& l = t.latencies;
  std::fprintf(stderr,
               "%" PRIu64 " samples, %" PRIu64 " windows, %" PRIu64 " bad lines, %" PRIu64
               " codes saturated, %" PRIu64 " windows redone on the processor\n",
               reader.samples(), l.count(), t.bad, t.saturated, t.redone);
  std::fprintf(stderr,
               "latency in us: least %" PRIu64 ", median %" PRIu64 ", 95 %% %" PRIu64
               ", 99 %% %" PRIu64 ", most %" PRIu64 "\n",
               l.quantile(0), l.quantile(50), l.quantile(95), l.quantile(99), l.quantile(100));
  if (a.json == nullptr) return;
  std::FILE* file = std::fopen(a.json, "w");
  if (file == nullptr) die("cannot write %s", a.json);
  std::fprintf(file,
               "{\"samples\": %" PRIu64 ", \"windows\": %" PRIu64 ", \"bad\": %" PRIu64
               ", \"saturated\": %" PRIu64 ", \"redone\": %" PRIu64
               ", \"latency_us\": {\"min\": %" PRIu64 ", \"p50\": %" PRIu64 ", \"p95\": %" PRIu64
               ", \"p99\": %" PRIu64 ", \"max\": %" PRIu64 "}}\n",
               reader.samples(), l.count(), t.bad, t.saturated, t.redone, l.quantile(0),
               l.quantile(50), l.quantile(95), l.quantile(99), l.quantile(100));
  if (std::fclose(file) != 0) die("cannot write %s", a.json);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments a = parse(argc, argv);
  Session session(a.tdn, a.session);
  const auto& info = session.info();
  const std::size_t length = info.rows == 1 ? info.columns : info.rows;
  const std::size_t channels = session.window_bytes() / length;
  const std::size_t step = a.step != 0 ? a.step : (length + 9) / 10;
  SampleReader reader(open_samples(a.input, a.baud), a.format, channels, a.timeout_ms);
  Window window(length, channels);
  Majority majority(a.votes);
  Totals totals;
  while (a.windows == 0 || totals.latencies.count() < a.windows) {
    const auto got = reader.next(window.room());
    if (got == SampleReader::Result::kEnd) break;
    if (got == SampleReader::Result::kBad && a.skip_bad) {
      // What follows is not next to what came before.
      ++totals.bad;
      window.forget();
      majority.forget();
      continue;
    }
    if (got != SampleReader::Result::kSample) die("%s: %s", a.input, reader.problem());
    window.keep();
    if (window.is_due(step)) answer(session, window, reader, majority, totals);
  }
  summarize(a, reader, totals);
  if (totals.latencies.count() == 0) {
    die("%s ended after %zu samples in a row, a window has %zu", a.input, window.filled(), length);
  }
  return 0;
}
