#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fetches the two emulators that Debian 12 itself does not have, into a folder of their own; the
# machine's package sources stay as they are.
#
#   emulators.sh DIR      qemu 10 (bookworm-backports; XThead) and qemu-user-static 5.2 (bullseye;
#                         RVV 0.7.1). Prints, for each, its path or why it is not there.
#
# DIR/qemu-xthead and DIR/qemu-rvv071 are scripts that run a static riscv64 program on a processor
# that has these instructions. Exit code 0 also when one is missing: callers look for the scripts.
set -euo pipefail

dir=$(mkdir -p "$1" && cd "$1" && pwd)
mirror=${TENDON_DEBIAN_MIRROR:-http://deb.debian.org/debian}

# fetch SUITE PACKAGE: downloads and unpacks one package under DIR/SUITE
fetch() {
  local suite=$1 package=$2 root=$dir/$1
  mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$root/files"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
    "$mirror" "$suite" > "$root/sources.list"
  : > "$root/status"
  local options=(-o Dir::Etc::sourcelist="$root/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists="$root/lists" -o Dir::State::status="$root/status"
    -o Dir::Cache="$root/cache" -o APT::Sandbox::User=root
    -o Acquire::http::Timeout=20 -o Acquire::Retries=1)
  # Joined: where fetch is a condition, a failure does not end it.
  apt-get "${options[@]}" -qq --error-on=any update &&
    (cd "$root" && apt-get "${options[@]}" -qq download "$package") &&
    dpkg -x "$root/$package"_*.deb "$root/files"
}

# offer NAME SUITE PACKAGE PROGRAM CPU: makes DIR/NAME, or says why not
offer() {
  local name=$1 suite=$2 package=$3 program=$4 cpu=$5
  if [ ! -x "$dir/$name" ]; then
    if ! fetch "$suite" "$package" > "$dir/$name.log" 2>&1; then
      # The first error is the cause; it becomes the last line, which is what others show.
      local cause
      cause=$(grep -m 1 '^E: ' "$dir/$name.log" || tail -n 1 "$dir/$name.log")
      printf '%s\n' "$cause" >> "$dir/$name.log"
      printf '%s: not available: %s from %s: %s\n' "$name" "$package" "$suite" "$cause"
      return
    fi
    printf '#!/bin/sh\nexec "%s" -cpu %s "$@"\n' "$dir/$suite/files/usr/bin/$program" "$cpu" \
      > "$dir/$name"
    chmod +x "$dir/$name"
  fi
  printf '%s: %s\n' "$name" "$dir/$name"
}

offer qemu-xthead bookworm-backports qemu-user qemu-riscv64 thead-c906
offer qemu-rvv071 bullseye qemu-user-static qemu-riscv64-static \
  rv64,x-v=true,vext_spec=v0.7.1,vlen=128
