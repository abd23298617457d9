// SPDX-License-Identifier: MIT
#include "cli/measure.hpp"

namespace tendon::cli {
namespace {

std::uint64_t sum_of_causes(const engine::Counters& c) {
  return c.active + c.wait_weights + c.wait_activations + c.wait_writeback + c.descriptor +
         c.drain + c.dma;
}

Status check_sum(const std::string& what, std::uint64_t parts, std::uint64_t whole) {
  if (parts == whole) {
    return Unit{};
  }
  return Error{what + " is " + std::to_string(whole) + ", but its parts add up to " +
               std::to_string(parts)};
}

std::string deviation(std::uint64_t predicted, std::uint64_t measured) {
  if (predicted == 0 || measured == 0) {
    return "";
  }
  const double part = static_cast<double>(predicted) / static_cast<double>(measured) - 1.0;
  return (part >= 0 ? "+" : "") + percent(part);
}

/// Multiplications whose results are used: positions that a fused pool drops are not computed.
std::uint64_t computed_macs(const net::Network& network, const net::Layer& layer) {
  const std::int64_t nominal = net::macs(network, layer);
  if (layer.kind != net::LayerKind::kConv) {
    return static_cast<std::uint64_t>(nominal);
  }
  const net::Shape& in = network.tensors[static_cast<std::size_t>(layer.inputs[0])].shape;
  return static_cast<std::uint64_t>(nominal / layer.column.out(in.columns) *
                                    net::computed_columns(network, layer));
}

double ratio(double part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : part / static_cast<double>(whole);
}

}  // namespace

double Array::peak(int activation_bits, int weight_bits) const {
  return static_cast<double>(rows * columns * lanes) * (8.0 / activation_bits) /
         (weight_bits / 2.0);
}

Result<Measure> measure(const net::Network& network, const engine::RunResult& run,
                        const std::vector<std::uint64_t>& predicted, const Array& array) {
  if (run.layers.size() != network.layers.size() || predicted.size() != network.layers.size()) {
    return Error{"measure: network of " + std::to_string(network.layers.size()) +
                 " layers, run of " + std::to_string(run.layers.size()) + ", prediction for " +
                 std::to_string(predicted.size())};
  }
  Measure out;
  out.total = run.total;
  std::uint64_t cycles = 0;
  double needed = 0;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const net::Layer& layer = network.layers[i];
    LayerMeasure one;
    one.name = layer.name;
    one.shape = net::to_string(network.tensors[static_cast<std::size_t>(layer.output)].shape);
    one.activation_bits = network.tensors[static_cast<std::size_t>(layer.inputs[0])].bits;
    one.weight_bits = layer.weights.empty() ? 0 : layer.weight_bits;
    one.macs = computed_macs(network, layer);
    one.predicted_cycles = predicted[i];
    one.counters = run.layers[i].counters;
    one.on_accelerator = run.layers[i].on_accelerator;
    if (const Status sum = check_sum("cycles of layer " + layer.name, sum_of_causes(one.counters),
                                     one.counters.cycles);
        !sum) {
      return sum.error();
    }
    const double layer_needed =
        one.weight_bits == 0
            ? 0.0
            : static_cast<double>(one.macs) / array.peak(one.activation_bits, one.weight_bits);
    one.utilization = ratio(layer_needed, one.counters.cycles);
    needed += one.on_accelerator ? layer_needed : 0.0;
    cycles += one.counters.cycles;
    out.macs += one.macs;
    out.predicted_cycles += one.predicted_cycles;
    out.layers.push_back(std::move(one));
  }
  if (const Status sum = check_sum("cycles of the network", cycles, out.total.cycles); !sum) {
    return sum.error();
  }
  if (const Status sum =
          check_sum("cycles of the network", sum_of_causes(out.total), out.total.cycles);
      !sum) {
    return sum.error();
  }
  out.utilization = ratio(needed, out.total.cycles);
  return out;
}

Json to_json(const engine::Counters& counters) {
  return {{"active", counters.active},
          {"wait_weights", counters.wait_weights},
          {"wait_activations", counters.wait_activations},
          {"wait_writeback", counters.wait_writeback},
          {"descriptor", counters.descriptor},
          {"drain", counters.drain},
          {"dma", counters.dma}};
}

Json to_json(const LayerMeasure& layer) {
  return {{"name", layer.name},
          {"shape", layer.shape},
          {"cycles", layer.counters.cycles},
          {"macs", layer.macs},
          {"utilization", layer.utilization},
          {"activation_bits", layer.activation_bits},
          {"weight_bits", layer.weight_bits},
          {"predicted_cycles", layer.predicted_cycles},
          {"on_accelerator", layer.on_accelerator},
          {"stalls", to_json(layer.counters)}};
}

Json total_to_json(const Measure& measure) {
  return {{"cycles", measure.total.cycles},
          {"macs", measure.macs},
          {"utilization", measure.utilization},
          {"predicted_cycles", measure.predicted_cycles},
          {"stalls", to_json(measure.total)}};
}

std::string to_text(const Measure& measure) {
  Table table({"layer", "act", "wgt", "MAC", "cycles", "utilization", "active", "weights", "acts",
               "write", "setup", "drain", "dma", "predicted", "off by"});
  const auto row = [&table](const std::string& name, int activation_bits, int weight_bits,
                            std::uint64_t macs, const engine::Counters& c, double utilization,
                            std::uint64_t predicted) {
    const auto bits = [](int n) { return n == 0 ? std::string("") : std::to_string(n); };
    table.row({name, bits(activation_bits), bits(weight_bits), grouped(macs), grouped(c.cycles),
               percent(utilization), grouped(c.active), grouped(c.wait_weights),
               grouped(c.wait_activations), grouped(c.wait_writeback), grouped(c.descriptor),
               grouped(c.drain), grouped(c.dma), grouped(predicted),
               deviation(predicted, c.cycles)});
  };
  for (const LayerMeasure& layer : measure.layers) {
    row(layer.name, layer.activation_bits, layer.weight_bits, layer.macs, layer.counters,
        layer.utilization, layer.predicted_cycles);
  }
  row("total", 0, 0, measure.macs, measure.total, measure.utilization, measure.predicted_cycles);
  return table.text();
}

}  // namespace tendon::cli
