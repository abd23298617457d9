// SPDX-License-Identifier: MIT
// tendon-standalone-image FIRMWARE NETWORK FOLDER
//
// Memories of system `standalone` as $readmemh takes them, 32 bits a line: FOLDER/ram.hex (the
// firmware) and FOLDER/flash.hex (the network compiled for `tiny`, windows of the synthetic
// recording, and what the golden model says of them: sw/firmware/standalone.h). FOLDER/expected.txt
// holds the lines that the board prints for the windows. Exit code 1: a file cannot be read or does
// not fit.

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "compiler/program.hpp"
#include "data/data.hpp"
#include "firmware/standalone.h"
#include "golden/golden.hpp"
#include "golden/input.hpp"
#include "onnx/onnx.hpp"

namespace {

using namespace tendon;
using Bytes = std::vector<std::uint8_t>;

constexpr int kWindows = 10;
constexpr std::size_t kRamBytes = TENDON_STANDALONE_RAM;
constexpr std::size_t kFlashBytes = TENDON_STANDALONE_FLASH;

void pad(Bytes& bytes, std::size_t multiple) {
  bytes.resize((bytes.size() + multiple - 1) / multiple * multiple);
}

template <typename T>
void append(Bytes& bytes, const T& value) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof value);
}

Result<Bytes> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{path + ": cannot be read"};
  return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

Status write_hex(const std::string& path, Bytes bytes, std::size_t room) {
  if (bytes.size() > room) {
    return Error{path + ": " + std::to_string(bytes.size()) + " bytes, the memory has " +
                 std::to_string(room)};
  }
  bytes.resize(room);
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return Error{path + ": cannot be written"};
  for (std::size_t i = 0; i < room; i += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, &bytes[i], sizeof word);
    std::fprintf(file, "%08x\n", word);
  }
  std::fclose(file);
  return Unit{};
}

/// `kWindows` windows of the synthetic recording, spread evenly over its test repetitions.
Result<std::vector<Bytes>> windows_of(const net::Network& network) {
  const auto recording = data::synthetic({});
  if (!recording) return recording.error();
  const auto task = data::find_task("A");
  if (!task) return task.error();
  data::SetOptions options;
  options.length = network.tensors.front().shape.columns;
  const auto sets = data::cut_sets(*recording, *task, data::db1_protocol(), options);
  if (!sets) return sets.error();
  std::vector<Bytes> windows;
  for (int i = 0; i < kWindows; ++i) {
    const auto coded =
        golden::code_input(network, sets->test.window(i * sets->test.count() / kWindows));
    if (!coded) return coded.error();
    windows.push_back(coded->codes);
  }
  return windows;
}

std::uint32_t signature(const golden::Codes& codes) {
  std::uint32_t sum = STANDALONE_SIGNATURE_START;
  for (const auto code : codes) {
    sum = (sum ^ static_cast<std::uint16_t>(code)) * STANDALONE_SIGNATURE_PRIME;
  }
  return sum;
}

struct Flash {
  Bytes bytes;
  std::string expected;
};

Result<Flash> make_flash(const net::Network& network) {
  const auto program = compiler::compile(network, std::vector<std::string>{"tiny"});
  if (!program) return program.error();
  const auto windows = windows_of(network);
  if (!windows) return windows.error();
  standalone_header_t header{};
  header.magic = STANDALONE_MAGIC;
  header.windows = kWindows;
  header.window_bytes = static_cast<std::uint32_t>(windows->front().size());
  header.layers = static_cast<std::uint32_t>(network.layers.size());
  if (header.layers > STANDALONE_LAYERS) return Error{"more layers than signatures"};
  Flash flash;
  Bytes labels, codes;
  for (const Bytes& window : *windows) {
    const auto outcome = golden::run(network, window);
    if (!outcome) return outcome.error();
    for (std::uint32_t i = 0; codes.empty() && i < header.layers; ++i) {
      const auto output = static_cast<std::size_t>(network.layers[i].output);
      header.signature[i] = signature(outcome->tensors[output]);
    }
    append(labels, static_cast<std::int32_t>(outcome->label));
    codes.insert(codes.end(), window.begin(), window.end());
    pad(codes, 4);
    flash.expected += std::to_string(outcome->label) + " " +
                      network.classes[static_cast<std::size_t>(outcome->label)] + "\n";
  }
  flash.bytes = *program;
  pad(flash.bytes, 64);
  append(flash.bytes, header);
  flash.bytes.insert(flash.bytes.end(), labels.begin(), labels.end());
  flash.bytes.insert(flash.bytes.end(), codes.begin(), codes.end());
  return flash;
}

Status run(const std::string& firmware, const std::string& onnx, const std::string& folder) {
  const auto image = read(firmware);
  if (!image) return image.error();
  const auto network = onnx::read(onnx);
  if (!network) return network.error();
  const auto flash = make_flash(*network);
  if (!flash) return flash.error();
  if (const Status done = write_hex(folder + "/ram.hex", *image, kRamBytes); !done) return done;
  if (const Status done = write_hex(folder + "/flash.hex", flash->bytes, kFlashBytes); !done) {
    return done;
  }
  std::ofstream(folder + "/expected.txt") << flash->expected;
  return Unit{};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: tendon-standalone-image FIRMWARE NETWORK FOLDER\n");
    return 1;
  }
  const Status done = run(argv[1], argv[2], argv[3]);
  if (done) return 0;
  std::fprintf(stderr, "tendon-standalone-image: %s\n", done.error().message.c_str());
  return 1;
}
