// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstdio>

#include "tendon/tendon_regs.h"
#include "walk.hpp"

namespace tendon::bringup {
namespace {

constexpr std::uint32_t kProtocol = 0x31495053;

std::string hex(std::uint32_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%08X", value);
  return text.data();
}

std::uint32_t word_at(const Bytes& bytes, std::size_t index) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) word |= std::uint32_t{bytes[4 * index + i]} << (8 * i);
  return word;
}

Step failed(const char* name, const Answer& answer) {
  return {name, false, std::string(symptom_name(answer.symptom)) + ": " + answer.detail,
          advice_for(answer.symptom)};
}

Step check_link(Link& link, std::uint32_t* memory_bytes) {
  const Answer answer = link.hello();
  if (answer.symptom != Symptom::kNone) return failed("link", answer);
  if (word_at(answer.data, 0) != kProtocol) {
    return {"link", false, "protocol " + hex(word_at(answer.data, 0)) + ", want " + hex(kProtocol),
            "The bridge in this bitstream speaks another protocol: rebuild bitstream or tool."};
  }
  *memory_bytes = word_at(answer.data, 1);
  const std::uint32_t self_test = word_at(answer.data, 3);
  const std::string found = "device memory " + std::to_string(*memory_bytes) + " bytes, clock " +
                            std::to_string(word_at(answer.data, 2) / 1'000'000) + " MHz";
  if ((self_test & 3u) != 3u) {
    return {"link", false, found + ", power-on self-test word " + hex(self_test),
            "The FPGA's own test failed in step " + std::to_string((self_test >> 8) & 0xFFu) +
                ": reload the bitstream; if it stays, check supply and clock."};
  }
  return {"link", true, found, ""};
}

Step check_wires(Link& link) {
  constexpr unsigned kFrames = 8;
  const std::uint64_t repeats_before = link.counts().repeats;
  Bytes data(Link::kMaxData);
  std::uint32_t noise = 1;
  for (unsigned frame = 0; frame < kFrames; ++frame) {
    for (auto& byte : data) {
      noise = noise * 1664525u + 1013904223u;
      byte = static_cast<std::uint8_t>(noise >> 24);
    }
    const Answer answer = link.loop(data);
    if (answer.symptom != Symptom::kNone) return failed("wires", answer);
  }
  const std::uint64_t repeats = link.counts().repeats - repeats_before;
  const std::string found = std::to_string(kFrames * data.size()) + " bytes, " +
                            std::to_string(repeats) + " of " + std::to_string(kFrames) +
                            " frames repeated";
  if (repeats > 0) return {"wires", false, found, advice_for(Symptom::kEchoErrors)};
  return {"wires", true, found, ""};
}

Step check_identity(Link& link) {
  struct Register {
    const char* name;
    std::uint32_t offset;
    std::uint32_t value = 0;
  };
  std::array<Register, 6> registers = {Register{"ID", TENDON_ID_OFFSET},
                                       Register{"VERSION", TENDON_VERSION_OFFSET},
                                       Register{"CAPS", TENDON_CAPS_OFFSET},
                                       Register{"ACT_WORDS", TENDON_ACT_WORDS_OFFSET},
                                       Register{"WGT_LINES", TENDON_WGT_LINES_OFFSET},
                                       Register{"PAR_ENTRIES", TENDON_PAR_ENTRIES_OFFSET}};
  for (Register& reg : registers) {
    const Answer answer = link.read_register(reg.offset, &reg.value);
    if (answer.symptom != Symptom::kNone) return failed("identity", answer);
    // What is no Tendon may not have the other registers.
    if (reg.offset == TENDON_ID_OFFSET && reg.value != TENDON_ID_RESET) break;
  }
  if (registers[0].value != TENDON_ID_RESET) {
    return {"identity", false, "ID " + hex(registers[0].value) + ", want " + hex(TENDON_ID_RESET),
            "The link is right, but behind it is no Tendon: wrong bitstream in the flash, or the "
            "wrong device on this chip select."};
  }
  if (registers[1].value >> TENDON_VERSION_MAJOR_LSB != TENDON_VERSION_RESET >> 16) {
    return {"identity", false, "VERSION " + hex(registers[1].value),
            "Bitstream and tool are of different major versions: rebuild one of them."};
  }
  const std::uint32_t caps = registers[2].value;
  return {"identity", true,
          std::to_string(caps & 0xFFu) + "x" + std::to_string((caps >> 8) & 0xFFu) + "x" +
              std::to_string((caps >> 16) & 0xFFu) + ", activations " +
              std::to_string(registers[3].value) + " words, weights " +
              std::to_string(registers[4].value) + " lines, parameters " +
              std::to_string(registers[5].value) + " entries",
          ""};
}

Step check_registers(Link& link) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint32_t one = 1u << (bit % 32);
    const std::uint32_t value = bit < 32 ? one : ~one;
    std::uint32_t back = 0;
    Answer answer = link.write_register(TENDON_SCRATCH_OFFSET, value);
    if (answer.symptom == Symptom::kNone) {
      answer = link.read_register(TENDON_SCRATCH_OFFSET, &back);
    }
    if (answer.symptom != Symptom::kNone) return failed("registers", answer);
    if (back != value) {
      return {"registers", false, "SCRATCH reads " + hex(back) + ", written " + hex(value),
              "The FPGA's logic does not keep a register: clock faster than this bitstream allows, "
              "supply, or a damaged bitstream."};
    }
  }
  return {"registers", true, "SCRATCH keeps 64 walking patterns", ""};
}

/// Every word holds its own address, then the inverse: a stuck data bit shows at once, a stuck or
/// shorted address line as a word that holds another one's address.
Step check_memory(Link& link, std::uint32_t memory_bytes) {
  for (const std::uint32_t invert : {0u, 0xFFFFFFFFu}) {
    Bytes data(memory_bytes);
    for (std::uint32_t i = 0; i < memory_bytes; ++i) {
      data[i] =
          static_cast<std::uint8_t>(((i / 4 * 0x01010101u + i / 4 * 4) ^ invert) >> (8 * (i % 4)));
    }
    Answer answer = link.write_memory(0, data);
    if (answer.symptom != Symptom::kNone) return failed("memory", answer);
    answer = link.read_memory(0, memory_bytes);
    if (answer.symptom != Symptom::kNone) return failed("memory", answer);
    const auto wrong = std::mismatch(data.begin(), data.end(), answer.data.begin());
    if (wrong.first != data.end()) {
      const auto address = static_cast<std::uint32_t>(wrong.first - data.begin()) / 4 * 4;
      return {"memory", false,
              "word at " + hex(address) + " reads " + hex(word_at(answer.data, address / 4)) +
                  ", written " + hex(word_at(data, address / 4)),
              "A memory block of the FPGA does not keep data: clock faster than this bitstream "
              "allows, supply, or a damaged bitstream."};
    }
  }
  return {"memory", true,
          std::to_string(memory_bytes) + " bytes keep their address and its inverse", ""};
}

}  // namespace

std::string advice_for(Symptom symptom) {
  switch (symptom) {
    case Symptom::kIo:
      return "The operating system did not transfer the frame: does the device node exist, is "
             "spidev "
             "enabled for this bus, is its buffer at least 4096 bytes?";
    case Symptom::kNoFirstByte:
      return "Nobody drives MISO: MISO and MOSI exchanged, pinmux of the SPI pins, chip select on "
             "another pin, no ground, FPGA without supply or bitstream (is its done LED on?).";
    case Symptom::kShorted:
      return "MISO is connected to MOSI: remove the loop-back wire, look for a solder bridge.";
    case Symptom::kEchoDead:
      return "The FPGA sees a constant MOSI: wire or pinmux of MOSI (the processor's TX pin).";
    case Symptom::kEchoShifted:
      return "Every byte is one bit off: SPI mode must be 0 (clock polarity 0, phase 0).";
    case Symptom::kEchoErrors:
      return "Single bits are wrong: lower the SPI clock, shorten the wires, add a ground wire "
             "beside "
             "SCK.";
    case Symptom::kNoReply:
      return "The wires are right but the FPGA's logic stands: its clock (oscillator, PLL, jumper) "
             "or a reset that is held.";
    case Symptom::kHeaderDamaged:
    case Symptom::kDataDamaged:
      return "Bits are lost on the way to the FPGA: lower the SPI clock, shorten SCK and MOSI, add "
             "a "
             "ground wire.";
    case Symptom::kReplyDamaged:
      return "Bits are lost on the way from the FPGA: lower the SPI clock (MISO comes half a "
             "period "
             "after SCK), shorten MISO, add a ground wire.";
    case Symptom::kOverrun:
      return "Device memory does not keep up: SPI clock more than 1.5 times the FPGA's clock, or a "
             "run that never ends: reset the FPGA.";
    case Symptom::kBusError:
    case Symptom::kRefused:
      return "The bridge answers but does not know this access: bitstream and tool do not belong "
             "together.";
    case Symptom::kNone:
      break;
  }
  return "";
}

bool walk_hardware(Link& link, const StepSink& sink) {
  std::uint32_t memory_bytes = 0;
  const std::array<std::function<Step()>, 5> steps = {
      [&] { return check_link(link, &memory_bytes); }, [&] { return check_wires(link); },
      [&] { return check_identity(link); }, [&] { return check_registers(link); },
      [&] { return check_memory(link, memory_bytes); }};
  return std::all_of(steps.begin(), steps.end(), [&](const auto& step) {
    const Step result = step();
    sink(result);
    return result.passed;
  });
}

}  // namespace tendon::bringup
