#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# soft_errors_test.sh SOFT_ERRORS FOLDER: flipped bits reach the design, every fault is counted
# once, a series goes on where it stopped, and a fault repeated alone does the same again.
set -euo pipefail
command=$1
folder=$2
rm -rf "$folder"

die() {
  echo "soft_errors_test: $*"
  exit 1
}

"$command" --folder "$folder" --seed 3 --count 60 >/dev/null
"$command" --folder "$folder" --seed 3 --count 100 >"$folder/table.txt"
cat "$folder/table.txt"
# name, faults, one column per effect
read -r _ faults masked rest < <(grep '^all  ' "$folder/table.txt")
[ "$faults" -eq 100 ] || die "$faults faults, wanted 100"
sum=$masked
for count in $rest; do sum=$((sum + count)); done
[ "$sum" -eq 100 ] || die "the effects add up to $sum"
[ "$masked" -lt 97 ] || die "$masked of 100 flips changed nothing: do they reach the registers?"
[ "$(grep -c . "$folder/3.log")" -eq $((100 - masked)) ] || die "the log lacks a fault"

# The first fault of the log alone.
read -r index effect where _ <"$folder/3.log"
"$command" --seed 3 --only "$index" >"$folder/only.txt"
grep -qF "fault $index: $where" "$folder/only.txt" && grep -q ": $effect\$" "$folder/only.txt" ||
  die "fault $index was '$effect', alone: $(cat "$folder/only.txt")"

# Started anew, the series is the same.
"$command" --folder "$folder/again" --seed 3 --count 60 >/dev/null
head -n "$(grep -c . "$folder/again/3.log")" "$folder/3.log" | cmp - "$folder/again/3.log" ||
  die "the same seed gave other effects"
echo "soft_errors_test: passed"
