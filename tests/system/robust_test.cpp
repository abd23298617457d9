// SPDX-License-Identifier: MIT
// The whole accelerator, shell and core, against software that is wrong and a bus that fails: every
// error code of docs/registers.md, and a reset in every cycle of a job. The next job is right.
#include <fstream>
#include <functional>
#include <map>
#include <regex>

#include "system/raw_chain.hpp"

namespace tendon::system_test {
namespace {

/// What is done to the chain, and what the error registers then say.
struct ErrorCase {
  const char* name;
  std::uint32_t code;
  int tag;  // place in the chain; -1: 0, the descriptor was not read
  std::uint32_t address;
  std::function<void(RawChain&)> spoil;                // before the start
  std::function<void(RawChain&)> under_way = nullptr;  // after it
  const char* reason = nullptr;                        // why it cannot be provoked in these builds
};

std::uint32_t place_of(RawChain::Place place) {
  return RawChain::kBase + static_cast<std::uint32_t>(place) * TENDON_DESC_BYTES;
}

ErrorCase changed(const char* name, std::uint32_t code, RawChain::Place place,
                  std::uint32_t address, std::size_t word, std::uint32_t clear, std::uint32_t set) {
  return {name, code, place, address, [=](RawChain& chain) {
            std::uint32_t& w = chain.descriptor(place)[word];
            w = (w & ~clear) | set;
          }};
}

ErrorCase read_error(const char* name, int tag, std::uint32_t address) {
  return {name, TENDON_ERR_BUS_READ, tag, address,
          [=](RawChain& chain) { chain.memory().fail_read_at(address); }};
}

std::vector<ErrorCase> error_cases(const std::string& config) {
  using P = RawChain;
  const auto geometry = compiler::find_geometry(config);
  EXPECT_TRUE(geometry);
  const auto act_words = static_cast<std::uint32_t>(geometry->act_words);
  const auto lines = static_cast<std::uint32_t>(geometry->weight_lines);
  const auto entries = static_cast<std::uint32_t>(geometry->param_entries);
  const std::uint32_t all = 0xFFFFFFFFu;
  std::vector<ErrorCase> cases = {
      changed("OpcodeOfTheFirst", TENDON_ERR_OPCODE, P::kLoadParams, P::kBase, 0,
              TENDON_DESC_OPCODE_MASK, 0x55),
      changed("OpcodeBehindAnother", TENDON_ERR_OPCODE, P::kConv, place_of(P::kConv), 0,
              TENDON_DESC_OPCODE_MASK, 0),
      changed("BytesOfALoad", TENDON_ERR_FIELD, P::kLoadInput, place_of(P::kLoadInput),
              TENDON_DMA_BYTES_WORD, all, 7),
      changed("MisalignedBusAddress", TENDON_ERR_FIELD, P::kLoadWeights, place_of(P::kLoadWeights),
              TENDON_DMA_BUS_WORD, 0, 4),
      changed("WidthOfAConv", TENDON_ERR_FIELD, P::kConv, 1, 1, 0, 3),
      changed("NoChannels", TENDON_ERR_FIELD, P::kConv, 11, 11, 0xFFFF, 0),
      changed("LoadBehindTheActivations", TENDON_ERR_MEMORY, P::kLoadInput, act_words,
              TENDON_DMA_WORD_WORD, all, act_words),
      changed("StoreBehindTheActivations", TENDON_ERR_MEMORY, P::kStore, act_words,
              TENDON_DMA_WORD_WORD, all, act_words),
      changed("LinesBehindTheWeights", TENDON_ERR_MEMORY, P::kConv, 1u << 30 | lines, 4, 0xFFFF,
              lines),
      changed("EntriesBehindTheParameters", TENDON_ERR_MEMORY, P::kConv, 2u << 30 | entries, 4,
              0xFFFF0000u, entries << 16),
      changed("LoadBelowTheWindow", TENDON_ERR_WINDOW, P::kLoadInput, P::kBase - 16,
              TENDON_DMA_BUS_WORD, all, P::kBase - 16),
      changed("StoreAboveTheWindow", TENDON_ERR_WINDOW, P::kStore, P::kBase + 0x10000,
              TENDON_DMA_BUS_WORD, all, P::kBase + 0x10000),
      {"DescriptorsOutsideTheWindow", TENDON_ERR_WINDOW, -1, P::kBase,
       [](RawChain& chain) { chain.write(TENDON_WIN_BASE_OFFSET, P::kBase + 0x1000); }},
      {"FlippedBitOfADescriptor", TENDON_ERR_CHECK, P::kConv, place_of(P::kConv),
       [](RawChain& chain) { chain.memory().flip_read_bit(place_of(P::kConv) + 41, 2); }},
      read_error("ReadOfTheFirstDescriptor", -1, P::kBase),
      read_error("ReadOfALaterDescriptor", -1, place_of(P::kStore)),
      read_error("ReadOfParameters", P::kLoadParams, P::kParams + 32),
      read_error("ReadOfWeights", P::kLoadWeights, P::kWeights + 512),
      read_error("ReadOfActivations", P::kLoadInput, P::kInput + 16),
      {"WriteOfActivations", TENDON_ERR_BUS_WRITE, P::kStore, P::kOutput,
       [](RawChain& chain) { chain.memory().fail_write_at(P::kOutput + 5); }},
      {"BusThatDoesNotAnswer", TENDON_ERR_WATCHDOG, P::kLoadParams, 0,
       [](RawChain& chain) { chain.write(TENDON_WATCHDOG_OFFSET, 200); },
       [](RawChain& chain) {
         constexpr int kReads = 500;  // a narrow, stalled bus takes long over a descriptor
         for (int i = 0; i < kReads; ++i) {
           if ((chain.read(TENDON_STATUS_OFFSET) & TENDON_STATUS_DMA_BUSY_MASK) != 0) break;
         }
         chain.memory().freeze(true);
         EXPECT_TRUE(chain.wait());
         chain.memory().freeze(false);
       }},
      {"LayerLongerThanTheWatchdog", TENDON_ERR_WATCHDOG, P::kConv, 0,
       [](RawChain& chain) {
         // One row of very many positions, all padding but the first.
         chain.descriptor(P::kConv)[10] = 1u << 16 | 500;
         chain.descriptor(P::kConv)[1] &= ~TENDON_CONV_ARGMAX_MASK;
         chain.descriptor(P::kConv)[TENDON_CONV_OUT_PIX_WORDS_WORD] = 0;
         chain.write(TENDON_WATCHDOG_OFFSET, 100);
       }},
      {"Abort", TENDON_ERR_ABORT, -2, 0, [](RawChain&) {},
       [](RawChain& chain) {
         chain.rtl().run(60);
         chain.write(TENDON_CTRL_OFFSET, TENDON_CTRL_ABORT_MASK);
       }},
      changed("RoundingThatIsNotBuilt", TENDON_ERR_UNSUPPORTED, P::kConv, 1, 1,
              TENDON_CONV_ROUNDING_MASK, 3u << TENDON_CONV_ROUNDING_LSB),
      changed("SpaceThatIsNotBuilt", TENDON_ERR_UNSUPPORTED, P::kLoadInput, place_of(P::kLoadInput),
              TENDON_DMA_SPACE_WORD, all, TENDON_SPACE_TABLE),
      {"Fault", TENDON_ERR_FAULT, 0, 0, nullptr, nullptr,
       "needs FEATURES.PROTECT, which the named configurations are built without"},
  };
  return cases;
}

class RobustTest : public testing::TestWithParam<const char*> {};

void expect_error(RawChain& chain, const ErrorCase& bad) {
  EXPECT_TRUE(chain.rtl().irq());
  EXPECT_EQ(chain.read(TENDON_IRQ_STATUS_OFFSET) & TENDON_IRQ_STATUS_ERROR_MASK,
            TENDON_IRQ_STATUS_ERROR_MASK);
  const std::uint32_t state =
      TENDON_STATUS_BUSY_MASK | TENDON_STATUS_DONE_MASK | TENDON_STATUS_ERROR_MASK;
  EXPECT_EQ(chain.read(TENDON_STATUS_OFFSET) & state, TENDON_STATUS_ERROR_MASK);
  EXPECT_EQ(chain.read(TENDON_ERR_CODE_OFFSET), bad.code);
  EXPECT_EQ(chain.read(TENDON_ERR_ADDR_OFFSET), bad.address);
  if (bad.tag >= -1) {
    EXPECT_EQ(chain.read(TENDON_ERR_TAG_OFFSET),
              bad.tag < 0 ? 0u : RawChain::kFirstTag + static_cast<std::uint32_t>(bad.tag));
  }
}

TEST_P(RobustTest, EveryErrorIsNamedStopsTheChainAndIsRecoveredFrom) {
  for (const std::uint64_t stall : {0, 7}) {
    for (const ErrorCase& bad : error_cases(GetParam())) {
      if (bad.reason != nullptr) continue;
      SCOPED_TRACE(std::string(bad.name) + ", stalls of seed " + std::to_string(stall));
      sim::RtlOptions options;
      options.stall_seed = stall + 1;
      if (stall != 0) options.stall = {40, 40, 40, 40, 40};
      RawChain chain(GetParam(), options);
      ASSERT_EQ(chain.job(), "");
      const Words kept[] = {chain.descriptor(RawChain::kLoadParams),
                            chain.descriptor(RawChain::kLoadWeights),
                            chain.descriptor(RawChain::kLoadInput),
                            chain.descriptor(RawChain::kConv), chain.descriptor(RawChain::kStore)};
      chain.prepare();
      bad.spoil(chain);
      chain.start();
      if (bad.under_way != nullptr) bad.under_way(chain);
      ASSERT_TRUE(chain.wait()) << "no interrupt";
      expect_error(chain, bad);
      // Nothing behind the error runs, and the error stays.
      chain.rtl().run(500);
      EXPECT_TRUE(chain.output_is_noise());
      chain.write(TENDON_DOORBELL_OFFSET, 1);
      EXPECT_EQ(chain.read(TENDON_ERR_CODE_OFFSET), bad.code);
      chain.memory().clear_faults();
      for (std::size_t i = 0; i < std::size(kept); ++i) {
        chain.descriptor(static_cast<RawChain::Place>(i)) = kept[i];
      }
      ASSERT_TRUE(chain.soft_reset());
      EXPECT_EQ(chain.read(TENDON_ERR_CODE_OFFSET), TENDON_ERR_NONE);
      EXPECT_EQ(chain.job(), "");
    }
  }
}

TEST_P(RobustTest, EveryErrorCodeOfTheRegistersHasACase) {
  std::ifstream header(TENDON_REGS_HEADER);
  ASSERT_TRUE(header) << TENDON_REGS_HEADER;
  std::map<unsigned, std::string> codes;
  const std::regex line("#define TENDON_ERR_([A-Z_]+) ([0-9]+)u");
  for (std::string text; std::getline(header, text);) {
    std::smatch found;
    if (std::regex_match(text, found, line)) {
      codes[static_cast<unsigned>(std::stoul(found[2]))] = found[1];
    }
  }
  ASSERT_GE(codes.size(), 11u);
  codes.erase(TENDON_ERR_NONE);
  for (const ErrorCase& one : error_cases(GetParam())) codes.erase(one.code);
  for (const auto& [code, name] : codes) ADD_FAILURE() << "no case for " << code << ", " << name;
}

/// `interrupt` in every cycle of a job: whatever state it meets, the next job is right.
void interrupt_every_cycle(const std::string& config, const sim::RtlOptions& options,
                           const std::function<void(RawChain&)>& interrupt) {
  RawChain chain(config, options);
  ASSERT_EQ(chain.job(), "");
  const std::uint32_t cycles = chain.read(TENDON_CYCLES_OFFSET);
  ASSERT_GT(cycles, 100u);
  for (std::uint32_t at = 0; at <= cycles + 8; ++at) {
    chain.prepare();
    chain.start();
    chain.rtl().run(at);
    interrupt(chain);
    ASSERT_EQ(chain.job(), "") << config << ": interrupted in cycle " << at << " of " << cycles
                               << ", stalls of seed " << options.stall_seed;
  }
}

TEST_P(RobustTest, SoftResetInEveryCycleOfAJob) {
  interrupt_every_cycle(GetParam(), {}, [](RawChain& chain) {
    ASSERT_TRUE(chain.soft_reset());
    EXPECT_EQ(chain.read(TENDON_STATUS_OFFSET), 0u);
  });
}

TEST_P(RobustTest, HardResetInEveryCycleOfAJob) {
  interrupt_every_cycle(GetParam(), {}, [](RawChain& chain) {
    chain.rtl().reset();
    EXPECT_EQ(chain.read(TENDON_STATUS_OFFSET), 0u);
  });
}

TEST_P(RobustTest, AbortInEveryCycleOfAJobUnderStalls) {
  sim::RtlOptions options;
  options.stall = {30, 30, 30, 30, 30};
  options.stall_seed = 11;
  interrupt_every_cycle(GetParam(), options, [](RawChain& chain) {
    chain.write(TENDON_CTRL_OFFSET, TENDON_CTRL_ABORT_MASK);
    ASSERT_TRUE(chain.soft_reset());
  });
}

// One channel after the other, then all, up to nine cycles of ten.
TEST_P(RobustTest, AStallOfAnyChannelChangesNothing) {
  for (unsigned channel = 0; channel < 6; ++channel) {
    for (const unsigned percent : {20u, 60u, 90u}) {
      sim::RtlOptions options;
      const auto share = [&](unsigned n) { return channel == n || channel == 5 ? percent : 0; };
      options.stall = {share(0), share(1), share(2), share(3), share(4)};
      options.lite_stall = percent;
      options.stall_seed = 100 * channel + percent;
      RawChain chain(GetParam(), options);
      for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(chain.job(), "") << "channel " << channel << ", " << percent << " %";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Configurations, RobustTest, testing::Values("tiny", "base"),
                         [](const auto& config) { return std::string(config.param); });

}  // namespace
}  // namespace tendon::system_test
