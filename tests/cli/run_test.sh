#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The run script: exit codes, help, installing with and without rights, the tally. Programs that
# would change the machine are replaced by fakes that write down how they were called.
set -euo pipefail
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

check() {  # check WHAT COMMAND...: the command must succeed
  local what=$1
  shift
  if ! "$@"; then
    echo "failed: $what"
    echo "--- status $status, output:"
    cat "$work/out"
    failed=1
  fi
}

status=0
call() {  # call ARG...: ./run ARG...; output in $work/out
  status=0
  "$tree/run" "$@" >"$work/out" 2>&1 </dev/null || status=$?
}

says() { grep -qF -- "$1" "$work/out"; }
last_line_is() { [ "$(tail -n 1 "$work/out")" = "$1" ]; }
status_is() { [ "$status" -eq "$1" ]; }

# A tree of its own, so that nothing touches the build folder of the real one.
tree=$work/tree
mkdir -p "$tree"
cp "$root/run" "$tree/"

call
check "no command gives the help" status_is 0
check "help names demo and test" says "test [REGEX]"
call nonsense
check "an unknown command exits 2" status_is 2
check "and is named" says "no such command: nonsense"
check "and gives the help" says "demo"

# --- readme ------------------------------------------------------------------------------------
mkdir -p "$tree/docs/results"
cat >"$tree/docs/results/db1.md" <<'END'
## Task A: five fingers

| network | task | weight | activation | method | payload KB | cycles | accuracy % | drop | more |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| net | A | 8 | 8 | post-training | 1.00 | 12 | 90.00 +- 1.00 | 0.10 | 3 |

## Task B

| net | B | 8 | 8 | post-training | 1.00 | 12 | 80.00 +- 1.00 | 0.10 | 3 |
END
printf '%s\n' before '<!-- output: db1 -->' old '<!-- end -->' after >"$tree/README.md"
call readme db1
check "readme takes the table of task A only" status_is 0
check "with the columns that matter" grep -qxF \
  '| net | 8 | 8 | post-training | 1.00 | 12 | 90.00 +- 1.00 | 0.10 |' "$tree/README.md"
check "and nothing else" [ "$(wc -l <"$tree/README.md")" -eq 7 ]
call readme nonsense
check "an unknown output is named" says "no such output: nonsense"

# --- packages ---------------------------------------------------------------------------------
fake=$work/bin
mkdir -p "$fake"
make_fake() {
  printf '#!/bin/sh\n%s\n' "$2" >"$fake/$1"
  chmod +x "$fake/$1"
}
# Nothing but what the script may use, so that a real sudo is out of sight.
for tool in bash sh env awk sed tr tail grep cat rm mkdir dirname chmod; do
  ln -s "$(command -v "$tool")" "$fake/$tool"
done
make_fake dpkg-query '[ "$4" != verilator ] && echo -n installed'
make_fake cmake 'echo "cmake $*"; exit 1'
# Installing works only after an update; every call leaves a line.
make_fake apt-get "echo \"\$*\" >>$work/apt
if [ \"\$1\" = update ]; then : >$work/updated; fi
[ -f $work/updated ]"
real_path=$PATH
export PATH=$fake

make_fake id 'echo 1000'
call demo
check "without root and sudo it stops" status_is 1
check "the missing package is printed" says "Debian packages to install: verilator"
check "and what to do is said" says "as root run: apt-get install verilator"

make_fake id 'echo 0'
rm -f "$work/apt" "$work/updated"
call demo
PATH=$real_path
# A refused install updates the lists and tries again.
calls=$(cut -d' ' -f1 "$work/apt" | tr '\n' ' ')
check "apt-get was called as install, update, install" [ "$calls" = "install update install " ]
check "only the missing package is installed" grep -q 'no-install-recommends verilator$' "$work/apt"
export PATH=$fake
rm -f "$work/apt"
call demo
PATH=$real_path
check "a good install fetches no lists" [ "$(grep -c update "$work/apt")" -eq 0 ]
check "a failed configure exits 1" status_is 1

# --- check-packages -----------------------------------------------------------------------------
(cd "$tree" && git init -q .)
printf 'find_package(GTest 1.12 REQUIRED)\npkg_check_modules(ZLIB REQUIRED zlib>=1.2)\n' \
  >"$tree/CMakeLists.txt"
call check-packages
check "listed names pass" status_is 0
printf 'find_package(Boost REQUIRED)\n' >>"$tree/CMakeLists.txt"
call check-packages
check "an unlisted package fails" status_is 1
check "and is named with its place" says "CMakeLists.txt:3: Boost"
printf 'pkg_check_modules(X IMPORTED_TARGET libfoo)\nfind_program(tool NAMES frobnicate)\n' \
  >"$tree/CMakeLists.txt"
call check-packages
check "so is a pkg-config module" says "CMakeLists.txt:1: libfoo"
check "so is a program" says "CMakeLists.txt:2: frobnicate"
printf 'subprocess.run(["bash", "-c", "true"])\nsubprocess.run(["quuxtool", "-x"])\n' \
  >"$tree/tool.py"
call check-packages
check "so is a program that a script starts" says "tool.py:2: quuxtool"
check "but not what is always there" bash -c "! grep -q bash '$work/out'"
rm -f "$tree/tool.py"
tree=$root
call check-packages
check "the real list is complete" status_is 0

# --- tally --------------------------------------------------------------------------------------
cat >"$work/a.xml" <<'XML'
<testcase name="A.Pass" classname="A.Pass" time="0" status="run">
<testcase name="A.Skip" classname="A.Skip" time="0" status="notrun">
  <skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
  <system-out>/x.cpp:4: Skipped
TENDON_DB1 is not set
</system-out>
  </testcase>
XML
sed 's/<testcase name="A.Pass.*/&<\/testcase>/' -i "$work/a.xml"
call tally "$work/a.xml"
check "skipped tests are no failure" status_is 0
check "the reason is printed" says "skipped: A.Skip: TENDON_DB1 is not set"
check "the sum is the last line" last_line_is "1 passed, 0 failed, 1 skipped"
cat >"$work/b.xml" <<'XML'
<testcase name="B.Fail" classname="B.Fail" time="0" status="fail"></testcase>
<testcase name="b_NOT_BUILT" time="0" status="notrun">
  <skipped message="Unable to find executable"/></testcase>
XML
call tally "$work/a.xml" "$work/b.xml"
check "a failure anywhere fails" status_is 1
check "a test that was not built is a failure" last_line_is "1 passed, 2 failed, 1 skipped"
: >"$work/empty.xml"
call tally "$work/empty.xml"
check "no test at all is a failure" status_is 1

exit "$failed"
