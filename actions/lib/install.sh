#!/usr/bin/env bash
# Finds the binary of a tool for an action's step, and prints its absolute path as one line.
#
#   install.sh <tool>
#
# Everything for people goes to standard error, where the runner reads workflow commands too. In
# this order: the folder that SIGNALBOX_BIN_DIR names, a verified download, a build from the source
# tree that the action was checked out with. SIGNALBOX_BUILD says whether a build may happen:
# never (the default), fallback, always.
#
# Exit codes: 0 found; 2 it cannot be told which binary to trust; 3 the machine failed.
#
# To be started as `bash -p`, which takes no functions, BASH_ENV or SHELLOPTS from the environment:
# a function that an earlier step exported must not stand in for a program.
# Works with bash 3.2 (macOS). Source of the escapes: GitHub's "Workflow commands".
set -euo pipefail
case $- in
  *p*) ;;
  *) printf '::error title=signalbox::install.sh was not started with "bash -p"\n' >&2 && exit 2 ;;
esac
unset BASH_ENV ENV
IFS=$' \t\n'

readonly TOOLS='change-detector cache-key shard-splitter gpu-matcher gate-check'

# A workflow command's data on one line.
escaped() {
  local text=$1
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  printf '%s' "$text"
}

say() { # level, message
  printf '::%s title=signalbox::%s\n' "$1" "$(escaped "$2")" >&2
}

fail() { # exit code, message
  say error "$2"
  exit "$1"
}

# The folder of this script, without links.
here() {
  local folder
  folder=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P) ||
    fail 3 'the folder of install.sh cannot be entered; see the permissions of the actions folder of the runner'
  printf '%s' "$folder"
}

check_tool() {
  local known
  for known in $TOOLS; do
    [ "$known" = "$1" ] && return
  done
  fail 2 "there is no tool \"$1\"; expected one of: $TOOLS"
}

# SIGNALBOX_BIN_DIR: somebody's own build. It is said aloud, because no checksum was looked at.
from_folder() {
  local folder=$SIGNALBOX_BIN_DIR binary
  case $folder in
    *$'\n'* | *$'\r'*) fail 2 "SIGNALBOX_BIN_DIR is \"$folder\"; expected a path without line breaks" ;;
    /* | [A-Za-z]:[\\/]*) ;;
    *) fail 2 "SIGNALBOX_BIN_DIR is \"$folder\"; expected an absolute path" ;;
  esac
  binary=$folder/$1
  [ "${RUNNER_OS:-}" = Windows ] && binary=$binary.exe
  [ -f "$binary" ] && [ -x "$binary" ] ||
    fail 2 "SIGNALBOX_BIN_DIR has no program \"$binary\"; build it there, or unset the variable"
  say warning "running $binary from SIGNALBOX_BIN_DIR; nothing was verified"
  printf '%s\n' "$binary"
}

# The root of the source tree: a release tree has lib/ at its root, main has actions/lib/.
source_root() {
  local lib=$1 root
  for root in "$lib/.." "$lib/../.."; do
    if [ -f "$root/Cargo.toml" ] && [ -d "$root/crates/$2" ]; then
      (cd -P -- "$root" && pwd -P)
      return
    fi
  done
  fail 2 "there is no source of $2 around \"$lib\"; use a release of this action, or set SIGNALBOX_BIN_DIR"
}

# Builds the tool from the tree that the action's pin names, so that the pin decides what runs.
from_source() {
  local tool=$1 root target
  command -v cargo >/dev/null 2>&1 ||
    fail 3 "cargo is not on PATH, so $tool cannot be built; install Rust in a step before (https://rustup.rs), or use a release of this action"
  root=$(source_root "$(here)" "$tool")
  # In the tree of this pin, which the runner fetches anew for each job: what another pin or another
  # job has built, or planted, is never taken for it.
  target=$root/target
  printf '::group::building %s from %s\n' "$tool" "$(escaped "$root")" >&2
  # What the job sets for its own builds is not meant for this one.
  if ! (cd -- "$root" && unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS \
    CARGO_BUILD_TARGET CARGO_BUILD_TARGET_DIR CARGO_TARGET_DIR && cargo build --release --locked --package "$tool" --bin "$tool" \
    --target-dir "$target" >&2); then
    printf '::endgroup::\n' >&2
    fail 3 "building $tool from \"$root\" failed; cargo's own words are in the group above"
  fi
  printf '::endgroup::\n' >&2
  local binary=$target/release/$tool
  [ "${RUNNER_OS:-}" = Windows ] && binary=$binary.exe
  [ -f "$binary" ] && [ -x "$binary" ] ||
    fail 3 "cargo built $tool somewhere else than \"$binary\"; is build.target set in a configuration of cargo?"
  printf '%s\n' "$binary"
}

# The place of the verified download: a release tree carries checksums.txt beside this script.
# Answers 1 when there is nothing to download; never runs anything that was not verified.
from_release() {
  local lib=$1
  [ -f "$lib/checksums.txt" ] || return 1
  fail 2 "this tree has $lib/checksums.txt, but this version of install.sh cannot download yet; set build: always or SIGNALBOX_BIN_DIR"
}

main() {
  [ $# -eq 1 ] || fail 2 "usage: install.sh <tool>; expected one of: $TOOLS"
  local tool=$1 build=${SIGNALBOX_BUILD:-never}
  check_tool "$tool"
  case $build in
    never | fallback | always) ;;
    *) fail 2 "the input \"build\" is \"$build\"; expected never, fallback or always" ;;
  esac
  if [ -n "${SIGNALBOX_BIN_DIR:-}" ]; then
    from_folder "$tool"
    return
  fi
  if [ "$build" = always ]; then
    from_source "$tool"
    return
  fi
  from_release "$(here)" && return
  if [ "$build" = fallback ]; then
    say notice "this tree has no prebuilt $tool, so it is built from source"
    from_source "$tool"
    return
  fi
  fail 2 "this tree has no prebuilt $tool: use a release of this action, or set the input build to always (needs Rust), or set SIGNALBOX_BIN_DIR to a folder with your own build"
}

main "$@"
