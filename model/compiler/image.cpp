// SPDX-License-Identifier: MIT
#include "compiler/image.hpp"

#include <algorithm>
#include <optional>

#include "compiler/cycles.hpp"
#include "compiler/lowered.hpp"
#include "compiler/memory_plan.hpp"
#include "net/pack.hpp"
#include "tendon/tendon_program.h"

namespace tendon::compiler {
namespace {

struct Candidate {
  std::optional<ConvJob> job;
  std::uint32_t reason = TENDON_REASON_NONE;
};

class ImageMaker {
 public:
  ImageMaker(const net::Network& network, const Geometry& geometry)
      : network_(network), g_(geometry) {}

  Image make() {
    lower_all();
    drop_until_weights_fit();
    drop_until_tensors_fit();
    return emit();
  }

 private:
  void lower_all() {
    for (const net::Layer& layer : network_.layers) {
      auto lowered = lower(network_, layer, &layer == &network_.layers.back(), g_);
      Candidate candidate;
      if (auto* job = std::get_if<ConvJob>(&lowered)) {
        candidate.job = std::move(*job);
      } else {
        candidate.reason = std::get<std::uint32_t>(lowered);
      }
      candidates_.push_back(std::move(candidate));
    }
  }

  void to_cpu(std::size_t layer) {
    candidates_[layer].job.reset();
    candidates_[layer].reason = TENDON_REASON_MEMORY;
  }

  /// The layer on the accelerator with the largest cost, if there is one.
  template <typename Cost>
  std::optional<std::size_t> largest(Cost cost) const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (candidates_[i].job && (!found || cost(i) > cost(*found))) found = i;
    }
    return found;
  }

  void drop_until_weights_fit() {
    for (;;) {
      std::int64_t lines = 0, entries = 0;
      for (const Candidate& candidate : candidates_) {
        if (!candidate.job) continue;
        lines += candidate.job->lines(g_);
        entries += candidate.job->tiles(g_);
      }
      if (lines <= g_.weight_lines && entries <= g_.param_entries) return;
      const bool by_lines = lines > g_.weight_lines;
      to_cpu(*largest([&](std::size_t i) {
        return by_lines ? candidates_[i].job->lines(g_) : candidates_[i].job->tiles(g_);
      }));
    }
  }

  int words(int tensor) const {
    const net::Tensor& t = network_.tensors[static_cast<std::size_t>(tensor)];
    return t.shape.rows * t.shape.columns * net::words_per_row(t.shape.channels, t.bits);
  }

  /// One interval per tensor that an accelerator layer touches. A stored output is read after its
  /// layer, so it lives through the layer behind.
  void collect_intervals() {
    intervals_.clear();
    interval_of_.assign(network_.tensors.size(), -1);
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!candidates_[i].job) continue;
      const int at = static_cast<int>(i);
      for (const int tensor : network_.layers[i].inputs) use(tensor, at, at);
      use(network_.layers[i].output, at, at + 1);
    }
  }

  void use(int tensor, int first, int last) {
    int& index = interval_of_[static_cast<std::size_t>(tensor)];
    if (index < 0) {
      index = static_cast<int>(intervals_.size());
      intervals_.push_back({words(tensor), first, last, -1});
    }
    Interval& interval = intervals_[static_cast<std::size_t>(index)];
    interval.last = std::max(interval.last, last);
  }

  void drop_until_tensors_fit() {
    for (;;) {
      collect_intervals();
      const std::optional<int> used = place(intervals_, g_.act_words);
      if (used) {
        act_words_ = *used;
        return;
      }
      to_cpu(*largest([&](std::size_t i) {
        int sum = words(network_.layers[i].output);
        for (const int tensor : network_.layers[i].inputs) sum += words(tensor);
        return sum;
      }));
    }
  }

  int base(int tensor) const {
    return intervals_[static_cast<std::size_t>(interval_of_[static_cast<std::size_t>(tensor)])]
        .base;
  }

  Image emit() {
    Image image;
    image.geometry = g_;
    image.geometry.features = 0;
    Places places;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      LayerPlace place;
      place.reason = candidates_[i].reason;
      if (candidates_[i].job) {
        const net::Layer& layer = network_.layers[i];
        const ConvJob& job = *candidates_[i].job;
        places.in_base = base(layer.inputs[0]);
        places.out_base = base(layer.output);
        places.tag = static_cast<int>(i);
        append(job, places, i, image, place);
        image.geometry.features |= features(job, layer.kind);
        places.wgt_base += job.lines(g_);
        places.par_base += job.tiles(g_);
      }
      image.layers.push_back(std::move(place));
    }
    image.geometry.act_words = act_words_;
    image.geometry.weight_lines = places.wgt_base;
    image.geometry.param_entries = places.par_base;
    image.load_cycles = static_cast<std::uint32_t>((image.weights.size() + image.params.size()) /
                                                   static_cast<std::size_t>(g_.bus_bytes));
    return image;
  }

  /// Of a layer's descriptor with its start; keeps track of the chain it stands in.
  std::uint32_t cycles_of(const std::vector<std::uint32_t>& descriptor, std::size_t layer) {
    if (layer == 0 || !candidates_[layer - 1].job) chain_ = {};
    if (chain_.index == 0) {
      chain_.loaded_bytes = static_cast<std::uint64_t>(words(network_.layers[layer].inputs[0])) * 4;
    }
    const std::uint64_t own = predict(descriptor, g_).total();
    const std::uint64_t cycles = own + predict_start(descriptor, chain_, g_);
    ++chain_.index;
    chain_.previous = own;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(cycles, 0xFFFFFFFFu));
  }

  void append(const ConvJob& job, const Places& places, std::size_t layer, Image& image,
              LayerPlace& place) {
    place.on_accelerator = true;
    place.descriptors = descriptor(job, g_, places);
    place.predicted_cycles = cycles_of(place.descriptors, layer);
    place.in_base[0] = static_cast<std::uint32_t>(places.in_base);
    place.out_base = static_cast<std::uint32_t>(places.out_base);
    const std::vector<std::uint8_t> lines = weight_lines(job, g_);
    image.weights.insert(image.weights.end(), lines.begin(), lines.end());
    for (const std::uint32_t word : param_entries(job, g_)) {
      for (unsigned shift = 0; shift < 32; shift += 8) {
        image.params.push_back(static_cast<std::uint8_t>(word >> shift));
      }
    }
  }

  const net::Network& network_;
  const Geometry& g_;
  std::vector<Candidate> candidates_;
  std::vector<Interval> intervals_;
  std::vector<int> interval_of_;  // by tensor; -1: not in activation memory
  int act_words_ = 0;
  ChainPlace chain_;
};

}  // namespace

Image make_image(const net::Network& network, const Geometry& geometry) {
  return ImageMaker(network, geometry).make();
}

}  // namespace tendon::compiler
