// SPDX-License-Identifier: MIT
// Synthetic surface EMG in the manner of NinaPro DB1 exercise 1.
//
// Model: 14 muscles lie round the forearm, each a pool of 24 motor units recruited by size
// (thresholds and amplitudes grow quadratically, firing 8..30 per second above the threshold). A
// movement drives a few muscles: a prime mover, its neighbours, a stabilizer. The mean square at an
// electrode is the sum over the muscles of coupling(distance)^2 * sum(amplitude^2 * rate); its root
// is the envelope, which fluctuates as the RMS of a Gaussian signal over about 0.2 s does. Between
// repetitions effort, muscle balance, timing and electrode position vary. Electrodes 1-8 are
// equally spaced, 9 and 10 sit on the finger flexors. Output: volts, steps of 2.44 mV, 0..4.665 V.
//
// Limits: no conduction, no crosstalk filter of tissue, no fatigue, no movement artefacts, no lost
// electrode; one session; movements differ only in muscle balance. Classes are therefore easier to
// separate than in people, and no accuracy on these data says anything about people: they show
// that a chain of tools works, not how well EMG can be classified.
#include <algorithm>
#include <array>
#include <cmath>

#include "data/data.hpp"

namespace tendon::data {
namespace {

constexpr int kChannels = 10;
constexpr int kMuscles = 14;
constexpr int kUnits = 24;
constexpr double kRate = 100.0;
constexpr double kStep = 4.665 / 1911.0;  // converter step, volts
constexpr double kFullScale = 4.665;

/// splitmix64; the normal deviate is a sum of 12 uniforms, exact on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  double uniform() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }
  double normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::uint64_t state_;
};

/// First-order low-pass noise of unit variance.
class Fluctuation {
 public:
  explicit Fluctuation(double seconds) : keep_(1.0 - 1.0 / (seconds * kRate)) {}
  double next(Random& random) {
    value_ = keep_ * value_ + std::sqrt(1.0 - keep_ * keep_) * random.normal();
    return value_;
  }

 private:
  double keep_;
  double value_ = 0.0;
};

/// Mean square of a muscle of unit size at a drive of 0..1: size principle.
double muscle_power(double drive) {
  double power = 0.0;
  for (int k = 0; k < kUnits; ++k) {
    const double rank = (k + 1.0) / kUnits;
    const double threshold = 0.7 * rank * rank;
    if (drive <= threshold) break;
    const double amplitude = 0.15 + 0.85 * rank * rank;
    const double rate = std::min(30.0, 8.0 + 40.0 * (drive - threshold));
    power += amplitude * amplitude * rate / 30.0;
  }
  return power;
}

/// Distance on the circle of one turn.
double distance(double a, double b) {
  const double d = std::abs(a - b - std::floor(a - b));
  return std::min(d, 1.0 - d);
}

struct Subject {
  std::array<double, kMuscles> angle{}, size{}, depth{};
  std::array<double, kChannels> electrode{}, gain{}, noise{};
  std::array<std::array<double, kMuscles>, 13> drive{};  // by movement, 0 = rest
};

Subject make_subject(Random& random, int movements) {
  Subject subject;
  for (std::size_t m = 0; m < kMuscles; ++m) {
    subject.angle[m] = (static_cast<double>(m) + 0.35 * random.normal()) / kMuscles;
    subject.size[m] = 0.5 + 0.9 * random.uniform();
    subject.depth[m] = 0.05 + 0.05 * random.uniform();
  }
  for (std::size_t c = 0; c < kChannels; ++c) {
    subject.electrode[c] = c < 8 ? static_cast<double>(c) / 8.0 : (c == 8 ? 0.19 : 0.69);
    subject.gain[c] = 0.5 + 0.8 * random.uniform();
    subject.noise[c] = 0.004 + 0.006 * random.uniform();
  }
  for (int movement = 1; movement <= movements; ++movement) {
    auto& drive = subject.drive[static_cast<std::size_t>(movement)];
    for (double& d : drive) d = 0.02 + 0.06 * random.uniform();
    const int prime = (movement * 5 + (random.uniform() < 0.5 ? 0 : 1)) % kMuscles;
    const int stabilizer = static_cast<int>(random.uniform() * kMuscles);
    const auto add = [&](int muscle, double amount) {
      drive[static_cast<std::size_t>((muscle + kMuscles) % kMuscles)] += amount;
    };
    add(prime, 0.45 + 0.25 * random.uniform());
    add(prime + 1, 0.10 + 0.20 * random.uniform());
    add(prime - 1, 0.10 + 0.20 * random.uniform());
    add(stabilizer, 0.15 + 0.15 * random.uniform());
  }
  for (double& d : subject.drive[0]) d = 0.01;
  return subject;
}

/// What differs from one repetition to the next.
struct Repetition {
  std::array<double, kMuscles> drive{};
  double shift = 0.0;                                // of all electrodes, turns
  int rise = 30, hold = 300, fall = 30, rest = 300;  // samples
};

Repetition make_repetition(const Subject& subject, int movement, double difficulty,
                           Random& random) {
  Repetition repetition;
  const double effort = std::clamp(1.0 + 0.22 * difficulty * random.normal(), 0.35, 1.8);
  for (std::size_t m = 0; m < kMuscles; ++m) {
    const double balance = std::clamp(1.0 + 0.30 * difficulty * random.normal(), 0.1, 2.5);
    repetition.drive[m] = subject.drive[static_cast<std::size_t>(movement)][m] * effort * balance;
  }
  repetition.shift = 0.012 * difficulty * random.normal();
  repetition.rise = 15 + static_cast<int>(35 * random.uniform());
  repetition.hold = 180 + static_cast<int>(170 * random.uniform());
  repetition.fall = 15 + static_cast<int>(35 * random.uniform());
  repetition.rest = 250 + static_cast<int>(100 * random.uniform());
  return repetition;
}

/// Smooth 0..1..0 course of a contraction at sample t.
double course(const Repetition& repetition, int t) {
  const auto smooth = [](double x) {
    const double c = std::clamp(x, 0.0, 1.0);
    return c * c * (3.0 - 2.0 * c);
  };
  const int down = repetition.rise + repetition.hold;
  return smooth((t + 1.0) / repetition.rise) * (1.0 - smooth((t - down + 1.0) / repetition.fall));
}

class Session {
 public:
  Session(const SyntheticOptions& options, Recording& recording)
      : random_(options.seed * 0xD1342543DE82EF95u + 1),
        difficulty_(options.difficulty),
        subject_(make_subject(random_, options.movements)),
        effort_(1.0),
        recording_(recording) {
    channel_.assign(kChannels, Fluctuation(0.15));
  }

  void perform(int movement, int number) {
    const Repetition repetition = make_repetition(subject_, movement, difficulty_, random_);
    const auto coupling = couplings(repetition.shift);
    const int active = repetition.rise + repetition.hold + repetition.fall;
    for (int t = 0; t < active + repetition.rest; ++t) {
      const double wander = std::max(0.2, 1.0 + 0.10 * difficulty_ * effort_.next(random_));
      sample(repetition, coupling, t < active ? course(repetition, t) * wander : 0.0);
      recording_.label.push_back(t < active ? movement : 0);
      recording_.repetition.push_back(number);
    }
  }

 private:
  using Couplings = std::array<std::array<double, kMuscles>, kChannels>;

  /// Amplitude falls with the square of the distance beyond the muscle's depth.
  Couplings couplings(double shift) const {
    Couplings coupling{};
    for (std::size_t c = 0; c < kChannels; ++c) {
      for (std::size_t m = 0; m < kMuscles; ++m) {
        const double d = distance(subject_.electrode[c] + shift, subject_.angle[m]);
        const double x = d / subject_.depth[m];
        coupling[c][m] = subject_.size[m] / (1.0 + x * x);
      }
    }
    return coupling;
  }

  void sample(const Repetition& repetition, const Couplings& coupling, double level) {
    std::array<double, kMuscles> power{};
    for (std::size_t m = 0; m < kMuscles; ++m) {
      power[m] = muscle_power(0.01 + repetition.drive[m] * level);
    }
    for (std::size_t c = 0; c < kChannels; ++c) {
      double square = 0.0;
      for (std::size_t m = 0; m < kMuscles; ++m) {
        square += coupling[c][m] * coupling[c][m] * power[m];
      }
      const double jitter = std::max(0.1, 1.0 + 0.22 * difficulty_ * channel_[c].next(random_));
      const double volts = subject_.gain[c] * std::sqrt(square) * jitter +
                           subject_.noise[c] * difficulty_ * random_.normal();
      const double steps = std::floor(std::clamp(volts, 0.0, kFullScale) / kStep + 0.5);
      recording_.samples.push_back(static_cast<float>(steps * kStep));
    }
  }

  Random random_;
  double difficulty_;
  Subject subject_;
  Fluctuation effort_;
  std::vector<Fluctuation> channel_;
  Recording& recording_;
};

}  // namespace

Result<Recording> synthetic(const SyntheticOptions& options) {
  if (options.movements < 1 || options.movements > 12) {
    return Error{std::to_string(options.movements) + " movements, 1..12 allowed"};
  }
  if (options.repetitions < 1 || options.repetitions > 20) {
    return Error{std::to_string(options.repetitions) + " repetitions, 1..20 allowed"};
  }
  if (!(options.difficulty >= 0.0 && options.difficulty <= 3.0)) {
    return Error{"difficulty " + std::to_string(options.difficulty) + ", 0..3 allowed"};
  }
  Recording recording;
  recording.name = "synthetic seed " + std::to_string(options.seed);
  recording.rate_hz = kRate;
  recording.channels = kChannels;
  Session session(options, recording);
  for (int movement = 1; movement <= options.movements; ++movement) {
    for (int number = 1; number <= options.repetitions; ++number) session.perform(movement, number);
  }
  return recording;
}

}  // namespace tendon::data
