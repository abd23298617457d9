// SPDX-License-Identifier: MIT
// Which mutant of a netlist is awake: the number in TENDON_MUTANT, 0 is none. Called once per
// model, by the netlist.
#include <cstdlib>

extern "C" int tendon_mutant() {
  const char* const text = std::getenv("TENDON_MUTANT");
  return text == nullptr ? 0 : std::atoi(text);
}
