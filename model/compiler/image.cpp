// SPDX-License-Identifier: MIT
#include "compiler/image.hpp"

#include <algorithm>
#include <optional>

#include "compiler/cycles.hpp"
#include "compiler/memory_plan.hpp"
#include "compiler/parts.hpp"
#include "compiler/stream.hpp"
#include "tendon/tendon_program.h"

namespace tendon::compiler {
namespace {

struct Candidate {
  std::optional<LayerCode> code;
  std::uint32_t reason = TENDON_REASON_NONE;
};

class ImageMaker {
 public:
  ImageMaker(const net::Network& network, const Geometry& geometry)
      : network_(network), g_(geometry) {}

  Image make() {
    lower_all();
    const auto cost = [&](std::size_t i) {
      int sum = words(network_.layers[i].output);
      for (const int tensor : network_.layers[i].inputs) sum += words(tensor);
      return sum;
    };
    // A layer that leaves for want of activation memory makes room for other weights: decide anew.
    for (std::vector<Candidate> all = candidates_;;) {
      stream_until_weights_fit();
      collect_intervals();
      if (const std::optional<int> used = place(intervals_, g_.act_words)) {
        act_words_ = *used;
        return emit();
      }
      const std::size_t layer = *largest(cost);
      all[layer].code.reset();
      all[layer].reason = TENDON_REASON_MEMORY;
      candidates_ = all;
    }
  }

 private:
  void lower_all() {
    int input_readers = 0;
    for (const net::Layer& layer : network_.layers) {
      input_readers += static_cast<int>(std::count(layer.inputs.begin(), layer.inputs.end(), 0));
    }
    for (const net::Layer& layer : network_.layers) {
      LayerContext context{network_, layer, &layer == &network_.layers.back(), false};
      context.may_repack = layer.inputs[0] == 0 && input_readers == 1;
      auto made = best_code(context, g_);
      Candidate candidate;
      if (auto* code = std::get_if<LayerCode>(&made)) {
        candidate.code = std::move(*code);
      } else {
        candidate.reason = std::get<std::uint32_t>(made);
      }
      candidates_.push_back(std::move(candidate));
    }
  }

  void to_cpu(std::size_t layer) {
    candidates_[layer].code.reset();
    candidates_[layer].reason = TENDON_REASON_MEMORY;
  }

  /// The layer on the accelerator with the largest cost, if there is one.
  template <typename Cost>
  std::optional<std::size_t> largest(Cost cost) const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (candidates_[i].code && (!found || cost(i) > cost(*found))) found = i;
    }
    return found;
  }

  LayerContext context(std::size_t layer) const {
    return {network_, network_.layers[layer], layer + 1 == network_.layers.size(), false};
  }

  /// Lines of the resident layers, and of the two buffers that the streamed ones take at least.
  int lines_needed() const {
    int resident = 0, buffer = 0;
    for (const Candidate& candidate : candidates_) {
      if (!candidate.code) continue;
      if (candidate.code->streamed) {
        buffer = std::max(buffer, smallest_piece(candidate.code->parts[0].job, g_));
      } else {
        resident += candidate.code->lines(g_);
      }
    }
    return resident + 2 * buffer;
  }

  int entries_needed() const {
    int entries = 0;
    for (const Candidate& candidate : candidates_)
      entries += candidate.code ? candidate.code->entries(g_) : 0;
    return entries;
  }

  /// Streams the largest layers until the rest stays on chip; what fits neither way goes to the
  /// CPU.
  void stream_until_weights_fit() {
    while (entries_needed() > g_.param_entries) {
      to_cpu(*largest([&](std::size_t i) { return candidates_[i].code->entries(g_); }));
    }
    while (lines_needed() > g_.weight_lines) {
      const auto resident_lines = [&](std::size_t i) {
        return candidates_[i].code->streamed ? -1 : candidates_[i].code->lines(g_);
      };
      const std::size_t layer = *largest(resident_lines);
      if (resident_lines(layer) < 0) {  // all are streamed: the largest piece has to go
        to_cpu(*largest(
            [&](std::size_t i) { return smallest_piece(candidates_[i].code->parts[0].job, g_); }));
        continue;
      }
      if (has_own_opcode(network_.layers[layer].kind)) {  // its lines are no constants
        to_cpu(layer);
        continue;
      }
      LayerCode whole;
      whole.streamed = true;
      whole.parts.resize(1);
      whole.parts[0].job = whole_job(context(layer), g_);
      if (2 * smallest_piece(whole.parts[0].job, g_) > g_.weight_lines) {
        to_cpu(layer);
      } else {
        candidates_[layer].code = std::move(whole);
      }
    }
    cut_into_pieces();
  }

  /// Both buffers as large as the resident layers leave room for.
  void cut_into_pieces() {
    resident_lines_ = 0;
    is_streaming_ = false;
    for (const Candidate& candidate : candidates_) {
      if (candidate.code && !candidate.code->streamed) resident_lines_ += candidate.code->lines(g_);
    }
    buffer_lines_ = (g_.weight_lines - resident_lines_) / 2;
    for (Candidate& candidate : candidates_) {
      if (!candidate.code || !candidate.code->streamed) continue;
      candidate.code = in_pieces(candidate.code->parts[0].job, buffer_lines_, g_);
      is_streaming_ = true;
    }
  }

  int words(int tensor) const {
    return padded_words(network_.tensors[static_cast<std::size_t>(tensor)]);
  }

  /// One interval per tensor that an accelerator layer touches. A stored output is read after its
  /// layer, so it lives through the layer behind.
  void collect_intervals() {
    intervals_.clear();
    interval_of_.assign(network_.tensors.size(), -1);
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!candidates_[i].code) continue;
      const int at = static_cast<int>(i);
      for (const int tensor : network_.layers[i].inputs) use(tensor, at, at);
      use(network_.layers[i].output, at, at + 1);
      Interval& output = interval(network_.layers[i].output);
      output.words = std::max(output.words, candidates_[i].code->out_words());
    }
  }

  void use(int tensor, int first, int last) {
    int& index = interval_of_[static_cast<std::size_t>(tensor)];
    if (index < 0) {
      index = static_cast<int>(intervals_.size());
      intervals_.push_back({words(tensor), first, last, -1});
    }
    interval(tensor).last = std::max(interval(tensor).last, last);
  }

  Interval& interval(int tensor) {
    return intervals_[static_cast<std::size_t>(interval_of_[static_cast<std::size_t>(tensor)])];
  }

  Image emit() {
    image_.geometry = g_;
    image_.geometry.features = 0;
    image_.geometry.weight_lines = image_.geometry.param_entries = 0;
    const int lines = resident_lines_;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      LayerPlace place;
      place.reason = candidates_[i].reason;
      if (candidates_[i].code) emit_layer(i, *candidates_[i].code, place);
      image_.layers.push_back(std::move(place));
    }
    image_.geometry.act_words = act_words_;
    image_.geometry.weight_lines = lines + (is_streaming_ ? 2 * buffer_lines_ : 0);
    image_.load_cycles = static_cast<std::uint32_t>((image_.weights.size() + image_.params.size()) /
                                                    static_cast<std::size_t>(g_.bus_bytes));
    image_.weights.insert(image_.weights.end(), streamed_.begin(), streamed_.end());
    return std::move(image_);
  }

  void emit_layer(std::size_t index, const LayerCode& code, LayerPlace& place) {
    const net::Layer& layer = network_.layers[index];
    const int in_base = interval(layer.inputs[0]).base;
    const int out_base = interval(layer.output).base;
    place.on_accelerator = true;
    place.flags = (code.dense_input ? TENDON_ACCEL_DENSE_INPUT : 0) |
                  (code.streamed ? TENDON_ACCEL_STREAMED : 0);
    place.in_base[0] = static_cast<std::uint32_t>(in_base);
    const int in2_base = layer.inputs.size() > 1 ? interval(layer.inputs[1]).base : 0;
    place.in_base[1] = static_cast<std::uint32_t>(in2_base);
    place.out_base = static_cast<std::uint32_t>(out_base);
    if (index == 0 || !candidates_[index - 1].code) {
      const net::Tensor& in = network_.tensors[static_cast<std::size_t>(layer.inputs[0])];
      chain_ = {};
      chain_.loaded_bytes =
          static_cast<std::uint64_t>(code.dense_input ? dense_words(in) : padded_words(in)) * 4;
      chain_.loaded_word = in_base;
    }
    std::vector<Places> places;
    for (const Part& part : code.parts) {
      Places at;
      at.in_base = (part.job.op == Op::kPack ? in2_base : in_base) + part.in_offset;
      at.in2_base = in2_base;
      at.out_base = out_base + part.out_offset;
      at.tag = static_cast<int>(index);
      at.wgt_base = code.streamed       ? add_piece(part.job, index, place)
                    : part.lines_of < 0 ? add_lines(part.job)
                                        : places[static_cast<std::size_t>(part.lines_of)].wgt_base;
      at.par_base = part.params_of < 0 ? add_params(part.job)
                                       : places[static_cast<std::size_t>(part.params_of)].par_base;
      places.push_back(at);
      std::vector<std::uint32_t> words = descriptor(part.job, g_, at);
      if (code.streamed) wait_for_piece(words);
      place.descriptors.insert(place.descriptors.end(), words.begin(), words.end());
      place.predicted_cycles += cycles_of(words);
      image_.geometry.features |= features(part.job, layer.kind);
    }
  }

  int add_lines(const ConvJob& job) {
    const int base = image_.geometry.weight_lines;
    const std::vector<std::uint8_t> lines = weight_lines(job, g_);
    image_.weights.insert(image_.weights.end(), lines.begin(), lines.end());
    image_.geometry.weight_lines += job.lines(g_);
    return base;
  }

  /// Loads a piece into the buffer whose turn it is; returns its first line.
  int add_piece(const ConvJob& job, std::size_t layer, LayerPlace& place) {
    const int base = resident_lines_ + (pieces_++ % 2) * buffer_lines_;
    const auto offset = static_cast<std::uint32_t>(resident_lines_ * g_.line_bytes()) +
                        static_cast<std::uint32_t>(streamed_.size());
    const std::vector<std::uint32_t> words =
        stream_load(offset, base, job.lines(g_), static_cast<int>(layer), g_);
    place.descriptors.insert(place.descriptors.end(), words.begin(), words.end());
    const std::vector<std::uint8_t> lines = weight_lines(job, g_);
    streamed_.insert(streamed_.end(), lines.begin(), lines.end());
    chain_.streamed_bytes = lines.size();
    return base;
  }

  int add_params(const ConvJob& job) {
    const int base = image_.geometry.param_entries;
    for (const std::uint32_t word : param_entries(job, g_)) {
      for (unsigned shift = 0; shift < 32; shift += 8) {
        image_.params.push_back(static_cast<std::uint8_t>(word >> shift));
      }
    }
    image_.geometry.param_entries += job.entries(g_);
    return base;
  }

  /// Of the next descriptor of the chain, with its start.
  std::uint32_t cycles_of(const std::vector<std::uint32_t>& words) {
    const std::uint64_t own = predict(words, chain_, g_).total();
    const std::uint64_t cycles = own + predict_start(words, chain_, g_);
    ++chain_.index;
    chain_.previous = own;
    chain_.streamed_bytes = 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(cycles, 0xFFFFFFFFu));
  }

  const net::Network& network_;
  const Geometry& g_;
  std::vector<Candidate> candidates_;
  std::vector<Interval> intervals_;
  std::vector<int> interval_of_;  // by tensor; -1: not in activation memory
  int act_words_ = 0;
  ChainPlace chain_;
  Image image_;
  int resident_lines_ = 0, buffer_lines_ = 0;
  bool is_streaming_ = false;
  int pieces_ = 0;                      // loaded so far
  std::vector<std::uint8_t> streamed_;  // behind the resident lines in the image
};

}  // namespace

Image make_image(const net::Network& network, const Geometry& geometry) {
  return ImageMaker(network, geometry).make();
}

}  // namespace tendon::compiler
