#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `tendon train` and `tendon quantize` from the command line: budgets, explicit bits, refusals.
# Synthetic recording, seed 1; every network is trained for 3 epochs (seed 1).
set -euo pipefail
tendon=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

fail() {
  echo "failed: $1"
  sed 's/^/  /' out
  failed=1
}
runs() { "$tendon" "$@" >out 2>&1 || fail "tendon $*"; }
refuses() {  # refuses TEXT ARG...: non-zero exit and TEXT in the message
  local text=$1
  shift
  if "$tendon" "$@" >out 2>&1; then fail "no error from tendon $*"; fi
  grep -qF -- "$text" out || fail "\"$text\" is not in the message of tendon $*"
}
number() { sed -n "s/^ *\"$2\": \([0-9.-]*\),*$/\1/p" "$1" | tail -n 1; }
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a <= b) }' || fail "$1 > $2: $3"; }

runs train --network db1-small --epochs 3 -o all.onnx --json all.json
runs train --network db1-small --epochs 3 --hold-out -o held.onnx
runs train --network db1-small --epochs 3 --early-stop -o stop.onnx --json stop.json
grep -q '"epoch_kept": [123],' stop.json || fail "the epoch that was kept is not told"
runs train --network db1-small --epochs 1 --start held.onnx --teachers all.onnx,held.onnx -o on.onnx

runs quantize all.onnx --bits 8/4/4/2/8 --json bits.json
grep -q '"weight_bits": "8/4/4/2/8"' bits.json || fail "explicit bits"
runs quantize all.onnx --bits 4 --activations 8/4/4/8 --json bits.json
grep -q '"activation_bits": "8/8/4/4/8"' bits.json || fail "explicit activation bits"
refuses "3" quantize all.onnx --bits 3
refuses "2 weight bits given, 5 needed" quantize all.onnx --bits 8/4

runs quantize all.onnx --budget-bytes 9000 --json bytes.json --svg front.svg
at_most "$(number bytes.json payload_bytes)" 9000 "payload against its budget"
grep -q '</svg>' front.svg || fail "the picture of the front"
grep -q '"pareto": \[' bytes.json || fail "the front as JSON"
refuses "the smallest possible is" quantize all.onnx --budget-bytes 100

most=$(grep -o '"cycles": [0-9]*' bytes.json | sort -k 2 -n | tail -n 1 | cut -d ' ' -f 2)
runs quantize all.onnx --budget-cycles "$((most * 3 / 4))" --json cycles.json
at_most "$(number cycles.json cycles)" "$((most * 3 / 4))" "cycles against their budget"
refuses "the fastest" quantize all.onnx --budget-cycles 10

runs quantize held.onnx --max-drop 3 --json drop.json
refuses "was trained on repetition 6" quantize all.onnx --max-drop 3
refuses "the smallest possible drop is" quantize held.onnx --max-drop -101

runs quantize all.onnx --bits 4/4/4/2/8 --qat --epochs 3 --json qat.json
at_most 0.999 "$(number qat.json agreement)" "labels of training and golden model"

exit $failed
