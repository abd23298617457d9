#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# soak_test.sh SOAK FOLDER: a small soak has the same bits, goes on where it stopped, and stops at a
# difference with the case kept.
set -euo pipefail
soak=$1
folder=$2
rm -rf "$folder"

die() {
  echo "soak_test: $*"
  exit 1
}

# figure KEY: of the series so far
figure() { sed -nE "s/^  \"$1\": ([0-9]+),?$/\1/p" "$folder/5.json"; }

"$soak" --folder "$folder" --seed 5 --layers 120 || die "engines differ"
[ "$(figure layers)" -ge 120 ] || die "$(figure layers) layers, wanted 120"
[ "$(figure layers_on_accelerator)" -ge 40 ] || die "hardly a layer ran on the accelerator"
stopped_at=$(figure next)

"$soak" --folder "$folder" --seed 5 --layers 10
head -n "$((stopped_at - 5))" "$folder/5.log" | tail -n 1 | grep -q "^$((stopped_at - 1)) " ||
  die "the log does not name seed $((stopped_at - 1)) in its place"
sed -n "$((stopped_at - 4))p" "$folder/5.log" | grep -q "^$stopped_at " ||
  die "the second run did not go on at seed $stopped_at"

bad=$(figure next)
status=0
"$soak" --folder "$folder" --seed 5 --layers 50 --spoil "$bad" >"$folder/out.txt" || status=$?
[ "$status" -eq 1 ] || die "exit code $status for a difference, wanted 1"
grep -q "^DIFFERENT" "$folder/out.txt" || die "a difference is not told"
[ -s "$folder/case-$bad.tdn" ] || die "the case was not kept"
grep -q "rtl, window 0" "$folder/case-$bad.txt" || die "engine and window are not named"
[ "$(figure mismatches)" -eq 1 ] && [ "$(figure next)" -eq "$bad" ] || die "wrong state"
"$soak" --folder "$folder" --only "$bad" || die "seed $bad differs on its own"
echo "soak_test: passed"
