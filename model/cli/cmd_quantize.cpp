// SPDX-License-Identifier: MIT
// tendon quantize: a float network to 2, 4 and 8 bits, by hand or under a budget, with or without
// further training.

#include <cstdio>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/network_file.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/source.hpp"
#include "onnx/onnx.hpp"
#include "quant/quant.hpp"
#include "train/results_text.hpp"
#include "train/train.hpp"

namespace tendon::cli {
namespace {

struct Options {
  std::string in;
  SourceOptions source;
  std::string weights = "8";
  std::string activations = "8";
  std::string config = "base";
  quant::Options bits;
  quant::Budget budget;
  bool allocate_activations = false;
  bool show_sensitivity = false;
  bool qat = false;
  train::QatOptions training;
  std::string out = "network.onnx";
  std::string json;
  std::string svg;
};

struct Work {
  quant::FloatNetwork network;
  Source source;
  Json json;
};

/// Windows that quantization may look at: without the tuning repetition when the float network was
/// trained without it, so that the tuning repetition stays a judge.
const data::Windows& known(const Work& work) {
  const bool judged = !work.network.repetitions.empty() &&
                      quant::held_out(work.network, work.source.tune).has_value();
  return judged ? work.source.fit : work.source.train;
}

/// --max-drop needs a judge. Error: says how to get a network that has not seen it.
Status check_judge(const Options& options, const Work& work) {
  if (!options.budget.max_drop) {
    return Unit{};
  }
  const std::string how = "; train it with `tendon train --hold-out` or --early-stop";
  if (work.network.repetitions.empty()) {
    return Error{options.in + ": does not say on which repetitions it was trained" + how};
  }
  const Status judged = quant::held_out(work.network, work.source.tune);
  return judged ? judged : Status(Error{options.in + ": " + judged.error().message + how});
}

bool has_budget(const quant::Budget& budget) {
  return budget.bytes || budget.cycles || budget.max_drop;
}

Json to_json(const quant::Candidate& candidate) {
  return {{"weight_bits", quant::bits_to_text(candidate.weight_bits)},
          {"activation_bits", quant::bits_to_text(candidate.activation_bits)},
          {"payload_bytes", candidate.bytes},
          {"cycles", candidate.cycles},
          {"predicted_kl", candidate.predicted_kl},
          {"accuracy", candidate.accuracy}};
}

std::string to_text(const quant::Sensitivity& sensitivity) {
  Table table({"tensor", "bits", "KL (nats)", "Hessian"});
  for (const quant::SensitivityEntry& entry : sensitivity.entries) {
    table.row({entry.layer + (entry.weights ? " weights" : " output"), std::to_string(entry.bits),
               fixed(entry.kl, 5), entry.weights ? fixed(entry.hessian, 5) : ""});
  }
  return table.text();
}

std::string to_text(const quant::Allocation& allocation) {
  Table table({"weights", "activations", "bytes", "cycles", "KL (nats)", "tuning accuracy"});
  for (const quant::Candidate& candidate : allocation.pareto) {
    table.row(
        {quant::bits_to_text(candidate.weight_bits), quant::bits_to_text(candidate.activation_bits),
         grouped(static_cast<std::uint64_t>(candidate.bytes)),
         grouped(static_cast<std::uint64_t>(candidate.cycles)), fixed(candidate.predicted_kl, 4),
         candidate.accuracy < 0 ? "-" : percent(candidate.accuracy)});
  }
  return table.text();
}

/// The front as a picture: accuracy on the tuning windows against bytes and against cycles.
Status write_picture(const std::string& path, const quant::Allocation& allocation) {
  if (path.empty()) {
    return Unit{};
  }
  nlohmann::json rows{{"networks", nlohmann::json::array()}};
  for (const quant::Candidate& candidate : allocation.pareto) {
    if (candidate.accuracy < 0) {
      continue;
    }
    rows["networks"].push_back({{"name", quant::bits_to_text(candidate.weight_bits) + " a" +
                                             quant::bits_to_text(candidate.activation_bits)},
                                {"method", "post-training"},
                                {"in_picture", true},
                                {"payload_bytes", candidate.bytes},
                                {"cycles", candidate.cycles},
                                {"accuracy_mean", candidate.accuracy}});
  }
  std::string text = train::size_picture(rows);
  const std::string below = train::cycles_picture(rows);
  const std::string outer =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"700\" height=\"750\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"700\" height=\"750\" "
      "fill=\"white\"/>\n";
  text = outer + text +
         (below.empty() ? "" : "<g transform=\"translate(0 375)\">" + below + "</g>") + "</svg>\n";
  return write_file(path, text);
}

/// A progress line for work that counts its own steps.
quant::OnStep counted(const std::string& what, std::optional<Progress>& progress) {
  return [what, &progress](int done, int total) {
    if (done == 1) {
      progress.emplace(what, static_cast<std::uint64_t>(total));
    }
    progress->step();
  };
}

/// Sensitivity when it is wanted or an allocation needs it; the allocation's bits into `bits`.
Status choose_bits(const Options& options, Work& work, quant::Options& bits) {
  if (!has_budget(options.budget) && !options.show_sensitivity) {
    return Unit{};
  }
  std::optional<Progress> measuring, running;
  const auto sensitivity =
      quant::sensitivity(work.network, known(work), bits, 400, counted("sensitivity", measuring));
  if (!sensitivity) {
    return sensitivity.error();
  }
  std::printf("%s\n", to_text(*sensitivity).c_str());
  for (const quant::SensitivityEntry& entry : sensitivity->entries) {
    work.json["sensitivity"].push_back({{"layer", entry.layer},
                                        {"tensor", entry.weights ? "weights" : "output"},
                                        {"bits", entry.bits},
                                        {"kl", entry.kl},
                                        {"hessian", entry.hessian}});
  }
  if (!has_budget(options.budget)) {
    return Unit{};
  }
  const auto allocation = quant::allocate(
      work.network, *sensitivity, known(work), work.source.tune, bits, options.budget,
      [&options](const net::Network& network) { return predicted_cycles(network, options.config); },
      options.allocate_activations, counted("candidates", running));
  if (!allocation) {
    return allocation.error();
  }
  std::printf("%s\n%s assignments examined; chosen: weights %s, activations %s\n",
              to_text(*allocation).c_str(),
              grouped(static_cast<std::uint64_t>(allocation->examined)).c_str(),
              quant::bits_to_text(allocation->chosen.weight_bits).c_str(),
              quant::bits_to_text(allocation->chosen.activation_bits).c_str());
  for (const quant::Candidate& candidate : allocation->pareto) {
    work.json["pareto"].push_back(to_json(candidate));
  }
  work.json["chosen"] = to_json(allocation->chosen);
  if (const Status drawn = write_picture(options.svg, *allocation); !drawn) {
    return drawn;
  }
  bits.weight_bits = allocation->chosen.weight_bits;
  bits.activation_bits = allocation->chosen.activation_bits;
  return Unit{};
}

Result<net::Network> make_integer(const Options& options, Work& work, const quant::Options& bits) {
  if (!options.qat) {
    return quant::quantize(work.network, known(work), bits);
  }
  std::optional<Progress> progress;
  const auto on_epoch = [&progress](const train::Progress& state) {
    if (!progress) {
      progress.emplace("training " + state.what, static_cast<std::uint64_t>(state.epochs));
    }
    progress->note("loss " + fixed(state.loss, 3));
    progress->step();
    return true;
  };
  train::QatOptions training = options.training;
  training.thin = work.source.protocol.thin;
  auto result =
      train::train_quantized(work.network, bits, known(work), work.source.test, training, on_epoch);
  if (!result) {
    return result.error();
  }
  work.json["qat"] = {{"epochs", options.training.epochs},
                      {"seconds", result->seconds},
                      {"agreement", result->agreement},
                      {"checked", result->checked},
                      {"frozen", result->frozen}};
  std::printf("fake-quantized and integer labels agree on %s of %d test windows\n",
              percent(result->agreement, 2).c_str(), result->checked);
  return std::move(result->network);
}

Status finish(const Options& options, Work& work, const net::Network& network) {
  const auto before = quant::evaluate(work.network, work.source.test);
  const auto after = quant::evaluate(network, work.source.test);
  if (!before || !after) {
    return before ? after.error() : before.error();
  }
  if (const Status written = onnx::write(options.out, network); !written) {
    return written;
  }
  const std::int64_t bytes = net::payload_bytes(network);
  std::vector<int> weight_bits, activation_bits;
  for (const net::Layer& layer : network.layers) {
    if (!layer.weights.empty()) {
      weight_bits.push_back(layer.weight_bits);
      activation_bits.push_back(network.tensors[static_cast<std::size_t>(layer.inputs[0])].bits);
    }
  }
  std::printf("%s\nfloat %s, weights %s, activations %s: %s of %d test windows, %s bytes\n%s\n",
              work.source.text.c_str(), percent(before->accuracy, 2).c_str(),
              quant::bits_to_text(weight_bits).c_str(),
              quant::bits_to_text(activation_bits).c_str(), percent(after->accuracy, 2).c_str(),
              after->windows, grouped(static_cast<std::uint64_t>(bytes)).c_str(),
              options.out.c_str());
  work.json["network"] = network.name;
  work.json["source"] = work.source.text;
  work.json["weight_bits"] = quant::bits_to_text(weight_bits);
  work.json["activation_bits"] = quant::bits_to_text(activation_bits);
  work.json["payload_bytes"] = bytes;
  work.json["windows"] = after->windows;
  work.json["accuracy_float"] = before->accuracy;
  work.json["accuracy"] = after->accuracy;
  work.json["trial_accuracy"] = after->trial_accuracy;
  work.json["out"] = options.out;
  return write_json(options.json, work.json);
}

Status quantize(const Options& options) {
  auto network = onnx::read_float(options.in);
  if (!network) {
    return Error{options.in + ": " + network.error().message};
  }
  auto source = load_source(options.source, network->description.length);
  if (!source) {
    return source.error();
  }
  quant::Options bits = options.bits;
  const auto weights = quant::parse_bits(options.weights);
  const auto activations = quant::parse_bits(options.activations);
  if (!weights || !activations) {
    return weights ? activations.error() : weights.error();
  }
  bits.weight_bits = *weights;
  bits.activation_bits = *activations;

  Work work{std::move(*network), std::move(*source), Json::object()};
  if (const Status judged = check_judge(options, work); !judged) {
    return judged;
  }
  if (const Status chosen = choose_bits(options, work, bits); !chosen) {
    return chosen;
  }
  const auto integer = make_integer(options, work, bits);
  return integer ? finish(options, work, *integer) : Status(integer.error());
}

void add_bit_options(CLI::App& command, Options& options) {
  command.add_option("--bits,--weights", options.weights, "weight bits per layer, 8/4/4/2/8")
      ->capture_default_str();
  command
      .add_option("--activations", options.activations, "bits of every layer's output but the last")
      ->capture_default_str();
  const std::map<std::string, net::WeightGrid> grids{{"odd", net::WeightGrid::kOdd},
                                                     {"twos", net::WeightGrid::kTwos}};
  command.add_option("--grid", options.bits.two_bit_grid, "2-bit weights: odd {-3,-1,1,3} or twos")
      ->transform(CLI::CheckedTransformer(grids));
  const std::map<std::string, net::Rounding> roundings{{"float", net::Rounding::kFloat},
                                                       {"even", net::Rounding::kEven},
                                                       {"up", net::Rounding::kUp},
                                                       {"tflite", net::Rounding::kTflite},
                                                       {"floor", net::Rounding::kFloor}};
  command.add_option("--rounding", options.bits.rounding, "requantization (docs/numerics.md)")
      ->transform(CLI::CheckedTransformer(roundings));
  const std::map<std::string, quant::Range> ranges{{"percentile", quant::Range::kPercentile},
                                                   {"mse", quant::Range::kMse}};
  command.add_option("--range", options.bits.range, "how activation ranges are found")
      ->transform(CLI::CheckedTransformer(ranges));
}

void add_budget_options(CLI::App& command, Options& options) {
  command.add_option("--budget-bytes", options.budget.bytes, "choose bits: payload at most");
  command.add_option("--budget-cycles", options.budget.cycles,
                     "choose bits: predicted cycles per window at most");
  command.add_option(
      "--max-drop", options.budget.max_drop,
      "choose bits: smallest that loses at most so many points on the tuning windows");
  command.add_flag("--allocate-activations", options.allocate_activations,
                   "choose activation bits as well");
  command.add_option("--config", options.config, "accelerator for --budget-cycles")
      ->capture_default_str();
  command.add_option("--svg", options.svg, "draw the front to FILE (with a budget)");
  command.add_flag("--sensitivity", options.show_sensitivity,
                   "print what every layer loses at 2, 4 and 8 bits");
}

}  // namespace

void add_quantize(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("quantize", "Quantize a float network to 2, 4 and 8 bits");
  auto options = std::make_shared<Options>();
  command->add_option("FLOAT", options->in, "float network (.onnx) of `tendon train`")
      ->required()
      ->check(CLI::ExistingFile);
  add_source_options(*command, options->source);
  add_bit_options(*command, *options);
  add_budget_options(*command, *options);
  command->add_flag("--qat", options->qat, "train on at these bits (needs LibTorch)");
  command->add_option("--epochs", options->training.epochs, "epochs of --qat")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("--seed", options->training.seed, "seed of --qat")->capture_default_str();
  command->add_option("--threads", options->training.threads, "threads of LibTorch")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_option("-o,--out", options->out, "ONNX file to write")->capture_default_str();
  command->add_option("--json", options->json, "write the figures to FILE");
  command->callback([options, &session] { session.status = quantize(*options); });
}

}  // namespace tendon::cli
