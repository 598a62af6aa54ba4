#!/usr/bin/env bash
# Builds two packages of this repository, and leaves in the folder STAND_IN_STORE what cargo said of each
# product (messages), the milliseconds that it took, and the downloads that were there before and after.
set -euo pipefail

downloads() {
  mkdir -p "$CARGO_HOME/registry/cache"
  find "$CARGO_HOME/registry/cache" -name '*.crate' | wc -l
}

downloads > "$STAND_IN_STORE/before"
start=$(date +%s%N)
cargo build --locked --package diagnostics --package shard-splitter \
  --message-format=json-render-diagnostics > "$STAND_IN_STORE/messages"
printf '%s\n' "$((($(date +%s%N) - start) / 1000000))" > "$STAND_IN_STORE/milliseconds"
downloads > "$STAND_IN_STORE/after"
