#!/usr/bin/env bash
# Copies artifacts from $STAND_IN_STORE to $STAND_IN_PATH, with the rules of download-artifact v4
# and later: one by name must be there, those by pattern may be none.
set -euo pipefail

fail() {
  printf '::error title=download-artifact (stand-in)::%s\n' "$1"
  exit 1
}

store=${STAND_IN_STORE:?is set by the driver of act}
target=$STAND_IN_PATH
mkdir -p "$target"
if [ -n "$STAND_IN_NAME" ]; then
  [ -d "$store/$STAND_IN_NAME" ] || fail "there is no artifact named $STAND_IN_NAME"
  cp -R "$store/$STAND_IN_NAME/." "$target/"
  exit
fi
[ -n "$STAND_IN_PATTERN" ] || fail 'this stand-in needs a name or a pattern'
for artifact in "$store"/*/; do
  artifact=${artifact%/}
  name=${artifact##*/}
  # The pattern is the workflow's own, and it is meant as one.
  # shellcheck disable=SC2254
  case $name in $STAND_IN_PATTERN) ;; *) continue ;; esac
  if [ "$STAND_IN_MERGE" = true ]; then
    cp -R "$artifact/." "$target/"
  else
    mkdir -p "$target/$name"
    cp -R "$artifact/." "$target/$name/"
  fi
done
