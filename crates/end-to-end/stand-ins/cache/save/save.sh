#!/usr/bin/env bash
# Saves $STAND_IN_PATH in $STAND_IN_CACHE, with the rules of actions/cache v5: an entry belongs to the
# ref of its run and is never changed, so a key that is taken, or a path where nothing is, is a
# warning and no failure.
set -euo pipefail

cache=${STAND_IN_CACHE:?is set by the driver of act}
warn() {
  printf '::warning title=cache (stand-in)::%s\n' "$1"
  exit 0
}

[ -e "$STAND_IN_PATH" ] || warn "there is nothing at $STAND_IN_PATH"
case $STAND_IN_KEY in
  '' | *,*)
    printf '::error title=cache (stand-in)::GitHub refuses this key\n'
    exit 1
    ;;
esac
number=1000
for entry in "$cache"/*/; do
  [ -f "$entry/key" ] || continue
  number=$((number + 1))
  if [ "$(<"$entry/key")" = "$STAND_IN_KEY" ] && [ "$(<"$entry/ref")" = "$GITHUB_REF" ]; then
    warn "the key $STAND_IN_KEY is taken"
  fi
done
entry=$cache/$number
mkdir -p "$entry"
cp -R "$STAND_IN_PATH" "$entry/contents"
printf '%s' "$STAND_IN_PATH" >"$entry/path"
printf '%s' "$GITHUB_REF" >"$entry/ref"
printf '%s' "$STAND_IN_KEY" >"$entry/key"
