// SPDX-License-Identifier: MIT
// Descriptions as text, one layer a line.
#include <charconv>
#include <sstream>

#include "quant/float_network.hpp"

namespace tendon::quant {
namespace {

/// The words of one line; takes numbers with a message that names the word.
class Words {
 public:
  explicit Words(const std::string& line) : in_(line.substr(0, line.find('#'))) {}
  bool next(std::string& word) { return static_cast<bool>(in_ >> word); }
  template <typename T>
  Status number(const std::string& what, T& value) {
    std::string word;
    if (!next(word)) return Error{"a number is missing behind " + what};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) {
      return Error{"no number behind " + what + ": " + word};
    }
    return Unit{};
  }

 private:
  std::istringstream in_;
};

Status parse_options(Words& words, LayerDescription& layer) {
  const bool conv = layer.kind == FloatKind::kConv;
  for (std::string word; words.next(word);) {
    Status status = Unit{};
    if (word == "relu") {
      layer.relu = true;
    } else if (word == "dropout") {
      status = words.number(word, layer.dropout);
    } else if (conv && word == "bn") {
      layer.batch_norm = true;
    } else if (conv && word == "kernel") {
      status = words.number(word, layer.kernel);
    } else if (conv && word == "stride") {
      status = words.number(word, layer.stride);
    } else if (conv && word == "dilation") {
      status = words.number(word, layer.dilation);
    } else if (conv && word == "pad") {
      status = words.number(word, layer.pad);
    } else if (conv && word == "pool") {
      status = words.number(word, layer.pool);
    } else {
      return Error{"unknown word " + word};
    }
    if (!status) return status;
  }
  return Unit{};
}

Status parse_line(const std::string& line, Description& description) {
  Words words(line);
  std::string first;
  if (!words.next(first)) return Unit{};
  if (first == "network") {
    return words.next(description.name) ? Status(Unit{}) : Status(Error{"the name is missing"});
  }
  if (first == "input") {
    const Status status = words.number("input", description.length);
    return status ? words.number("input", description.channels) : status;
  }
  LayerDescription layer;
  if (first == "conv") {
    layer.kind = FloatKind::kConv;
  } else if (first == "dense") {
    layer.kind = FloatKind::kDense;
  } else if (first == "average") {
    layer.kind = FloatKind::kGlobalAverage;
  } else {
    return Error{"unknown word " + first};
  }
  int number = 1;
  for (const LayerDescription& other : description.layers) number += other.kind == layer.kind;
  layer.name = first + std::to_string(number);
  if (layer.kind != FloatKind::kGlobalAverage) {
    if (Status status = words.number(first, layer.outputs); !status) return status;
    if (Status status = parse_options(words, layer); !status) return status;
  }
  description.layers.push_back(std::move(layer));
  return Unit{};
}

}  // namespace

Result<Description> parse_description(const std::string& text) {
  Description description{"network", 0, 0, {}};
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (const Status status = parse_line(line, description); !status) {
      return Error{"line " + std::to_string(number) + ": " + status.error().message};
    }
  }
  if (const auto all = shapes(description); !all) return all.error();
  return description;
}

std::string to_text(const Description& description) {
  std::ostringstream out;
  out << "network " << description.name << "\ninput " << description.length << ' '
      << description.channels << '\n';
  for (const LayerDescription& layer : description.layers) {
    if (layer.kind == FloatKind::kGlobalAverage) {
      out << "average\n";
      continue;
    }
    const bool conv = layer.kind == FloatKind::kConv;
    out << (conv ? "conv " : "dense ") << layer.outputs;
    if (conv) out << " kernel " << layer.kernel;
    if (conv && layer.stride != 1) out << " stride " << layer.stride;
    if (conv && layer.dilation != 1) out << " dilation " << layer.dilation;
    if (conv && layer.pad != 0) out << " pad " << layer.pad;
    if (conv && layer.pool != 1) out << " pool " << layer.pool;
    if (layer.batch_norm) out << " bn";
    if (layer.relu) out << " relu";
    if (layer.dropout > 0) out << " dropout " << layer.dropout;
    out << '\n';
  }
  return std::move(out).str();
}

}  // namespace tendon::quant
