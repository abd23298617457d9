// SPDX-License-Identifier: MIT
// Processing element against plain integer arithmetic, every operand pair of every width pair.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "Vpe16.h"
#include "Vpe32.h"
#include "rtl/coverage.hpp"

namespace tendon {
namespace {

constexpr std::uint64_t kSeed = 77;

struct Widths {
  int act, weight;
};

// One lane's eight activation bits and the unsigned weights of its elements.
struct Lane {
  unsigned byte = 0;
  std::array<unsigned, 4> weights{};
};

// The code that counts as 0: 1 in every two bits.
int middle(int bits) { return ((1 << bits) - 1) / 3; }

template <std::size_t kLanes>
std::uint32_t products(Widths widths, const std::array<Lane, kLanes>& lanes) {
  int sum = 0;
  for (const Lane& lane : lanes) {
    for (int e = 0; e < 8 / widths.act; ++e) {
      const unsigned act = lane.byte >> (e * widths.act) & ((1u << widths.act) - 1);
      sum += (static_cast<int>(act) - middle(widths.act)) *
             (static_cast<int>(lane.weights[static_cast<std::size_t>(e)]) - middle(widths.weight));
    }
  }
  return static_cast<std::uint32_t>(sum);
}

template <class Model, int kLanes>
class Pe {
 public:
  Pe() = default;
  ~Pe() { sim::save_coverage(context_); }
  Pe(const Pe&) = delete;
  Pe& operator=(const Pe&) = delete;

  void add(Widths widths, const std::array<Lane, kLanes>& lanes, bool first) {
    const int per_lane = 8 / widths.act;
    if (first) excess_ = 0;
    // Every brick counts 2 too high.
    const int bricks = kLanes * per_lane * middle(widths.act) * middle(widths.weight);
    excess_ += 2u * static_cast<std::uint32_t>(bricks);
    for (int slice = 0; slice < widths.weight / 2; ++slice) {
      clear();
      for (int l = 0; l < kLanes; ++l) {
        for (int chunk = 0; chunk < 4; ++chunk) {
          const int element = chunk * per_lane / 4;
          put(pe_.act_i, chunk, l, lanes[static_cast<std::size_t>(l)].byte >> (2 * chunk));
          put(pe_.wgt_i, chunk, l,
              lanes[static_cast<std::size_t>(l)].weights[static_cast<std::size_t>(element)] >>
                  (2 * slice));
        }
      }
      step(widths.act == 2 ? 0 : widths.act == 4 ? 1 : 2, slice, first && slice == 0);
    }
  }

  std::uint32_t sum() const { return sum_ - excess_; }

 private:
  template <class Port>
  static void put(Port& port, int chunk, int lane, unsigned bits) {
    const int at = chunk * 2 * kLanes + 2 * lane;
    port[at / 32] |= (bits & 3u) << (at % 32);
  }

  void clear() {
    for (int i = 0; i < 8 * kLanes / 32; ++i) pe_.act_i[i] = pe_.wgt_i[i] = 0;
  }

  void step(int form, int slice, bool first) {
    pe_.valid3_i = 0;
    tick();
    pe_.form2_i = static_cast<std::uint8_t>(form);
    pe_.slice2_i = static_cast<std::uint8_t>(slice);
    tick();
    // A sum ends with a step: what is added in the cycle of clear3_i is forgotten.
    pe_.valid3_i = 1;
    if (first) {
      pe_.clear3_i = 1;
      tick();
      pe_.clear3_i = 0;
    }
    pe_.eval();
    sum_ = pe_.next_o;
    tick();
  }

  void tick() {
    pe_.clk_i = 0;
    pe_.eval();
    pe_.clk_i = 1;
    pe_.eval();
  }

  VerilatedContext context_;
  Model pe_{&context_};
  std::uint32_t sum_ = 0, excess_ = 0;
};

template <class Model, int kLanes>
void every_pair(Widths widths) {
  Pe<Model, kLanes> pe;
  std::mt19937_64 rng(kSeed);
  const unsigned acts = 1u << widths.act, weights = 1u << widths.weight;
  const int per_lane = 8 / widths.act;
  std::vector<std::pair<unsigned, unsigned>> pairs;
  for (unsigned a = 0; a < acts; ++a) {
    for (unsigned w = 0; w < weights; ++w) pairs.emplace_back(a, w);
  }
  // Twice in random order, so that each lane and chunk meets many of them, and sums get long.
  for (int round = 0; round < 2; ++round) {
    std::shuffle(pairs.begin(), pairs.end(), rng);
    std::uint32_t want = 0;
    for (std::size_t at = 0; at < pairs.size();) {
      std::array<Lane, kLanes> lanes{};
      const bool first = at == 0;
      for (Lane& lane : lanes) {
        for (int e = 0; e < per_lane && at < pairs.size(); ++e, ++at) {
          lane.byte |= pairs[at].first << (e * widths.act);
          lane.weights[static_cast<std::size_t>(e)] = pairs[at].second;
        }
      }
      want += products(widths, lanes);
      pe.add(widths, lanes, first);
      ASSERT_EQ(pe.sum(), want) << "seed " << kSeed << " a" << widths.act << " w" << widths.weight
                                << " after pair " << at;
    }
  }
}

class PeTest : public testing::TestWithParam<Widths> {};

TEST_P(PeTest, EveryOperandPairAddsItsProduct) {
  every_pair<Vpe16, 16>(GetParam());
  every_pair<Vpe32, 32>(GetParam());
}

TEST_P(PeTest, LargestOperandsInAllLanesFit) {
  Pe<Vpe16, 16> pe;
  std::array<Lane, 16> lanes{};
  const unsigned weight = (1u << GetParam().weight) - 1;
  for (Lane& lane : lanes) lane = {255, {weight, weight, weight, weight}};
  std::uint32_t want = 0;
  for (int i = 0; i < 300; ++i) {
    want += products(GetParam(), lanes);
    pe.add(GetParam(), lanes, i == 0);
    ASSERT_EQ(pe.sum(), want) << "step " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, PeTest,
                         testing::Values(Widths{8, 8}, Widths{8, 4}, Widths{8, 2}, Widths{4, 8},
                                         Widths{4, 4}, Widths{4, 2}, Widths{2, 8}, Widths{2, 4},
                                         Widths{2, 2}),
                         [](const auto& pair) {
                           return "a" + std::to_string(pair.param.act) + "w" +
                                  std::to_string(pair.param.weight);
                         });

}  // namespace
}  // namespace tendon
