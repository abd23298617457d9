// SPDX-License-Identifier: MIT
// Shared by the Markdown and the HTML of the results.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tendon::train {

struct Section {
  std::string set, title, note;
};
/// The sets of lines in the order of the page.
const std::vector<Section>& sections();

std::string fixed(double value, int digits);
/// A fraction in percent, without the sign.
std::string percent(const nlohmann::json& fraction, int digits);
/// For text inside HTML or SVG.
std::string escape(const std::string& text);

inline constexpr const char* kColumns[] = {
    "network",    "task", "weight bits", "activation bits", "method",  "payload KB", "cycles",
    "accuracy %", "drop", "per trial %", "labels equal %",  "seconds", "subjects"};
/// One row of a table of networks, as kColumns.
std::vector<std::string> cells(const nlohmann::json& row);
/// One row of the front: network, method, payload KB, cycles, accuracy %, drop.
std::vector<std::string> front_cells(const nlohmann::json& row);
inline constexpr const char* kAttemptColumns[] = {"what", "tuning %",   "gain",    "test %",
                                                  "gain", "sd of gain", "seconds", "subjects"};
std::vector<std::string> attempt_cells(const nlohmann::json& row);

inline constexpr const char* kAttemptsNote =
    "Trained without repetition 6, on which they are judged (tuning); the test repetitions are "
    "reported beside it. Gains are against the first line on the same subjects. A network that has "
    "seen one repetition less is weaker than those above.";
inline constexpr const char* kFrontNote =
    "Integer networks of task A, measured on all subjects, that no other one beats in accuracy, "
    "bytes and cycles (of the compiler's model of the accelerator, configuration base).";
inline constexpr const char* kSensitivityNote =
    "Mean divergence KL(float, quantized) of the outputs in nats with one tensor at the given "
    "width "
    "and all others at 8 bits, mean of the subjects; beside it half the mean squared weight error "
    "times the trace of the Hessian.";

/// Sentences: smallest network, agreement of labels, rest false activations, time per subject.
std::vector<std::string> facts(const nlohmann::json& results);

/// Accuracy against payload, and against cycles: rows measured on every subject only.
std::string size_picture(const nlohmann::json& results);
std::string cycles_picture(const nlohmann::json& results);
/// Weights by divergence and by the Hessian, outputs by divergence.
std::string sensitivity_picture(const nlohmann::json& entries);
/// One row per subject: float and the smallest headline network.
std::string subject_picture(const nlohmann::json& results);

}  // namespace tendon::train
