#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/verification.md against the tests in the tree: every test that a claim names exists, every
# test belongs to a claim. A test is named `Suite.Case`, `Suite.*` or by its CTest name.
set -euo pipefail
cd "$1"
plan=${2:-docs/verification.md}

# Names of all tests: TEST(Suite, Case) even when broken over lines, add_test(NAME x), and x_fuzz of
# tendon_fuzzer(NAME x).
tests=$(
  git ls-files 'tests/*.cpp' | xargs cat | tr '\n' ' ' |
    grep -oE '\b(TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP)\( *[A-Za-z0-9_]+, *[A-Za-z0-9_]+' |
    sed -E 's/.*\( *([A-Za-z0-9_]+), *([A-Za-z0-9_]+)/\1.\2/'
  git ls-files 'tests/*CMakeLists.txt' | xargs cat | tr '\n' ' ' |
    grep -oE '\b(add_test|tendon_fuzzer)\( *NAME +[A-Za-z0-9_]+' |
    sed -E 's/^tendon_fuzzer.* (.*)/\1_fuzz/; s/.* //'
)
# Names in the last column of the tables, between back quotes.
claimed=$(sed -nE 's/^\|.*\|(.*)\|$/\1/p' "$plan" | grep -oE '`[^`]+`' | tr -d '`' | sort -u)

bad=0
while read -r name; do
  if ! grep -qxE "$(sed -E 's/\./\\./g; s/\*/.*/g' <<<"$name")" <<<"$tests"; then
    echo "$plan names $name, but there is no such test"
    bad=1
  fi
done <<<"$claimed"
patterns=$(sed -E 's/\./\\./g; s/\*/.*/g' <<<"$claimed")
while read -r name; do
  echo "$name belongs to no claim of $plan"
  bad=1
done < <(grep -vxEf <(printf '%s\n' "$patterns") <<<"$tests" | sort -u)
[ "$bad" -eq 0 ] && echo "$(wc -l <<<"$tests") tests, every one belongs to a claim"
exit "$bad"
