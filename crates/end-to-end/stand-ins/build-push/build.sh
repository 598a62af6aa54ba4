#!/usr/bin/env bash
# Reads the names of the caches, and leaves an empty folder for each that is written.
set -euo pipefail

scope() { # of a line, whose end may be $2
  local form="^type=gha,scope=([A-Za-z0-9._-]+)$2\$"
  [[ $1 =~ $form ]] || { printf '::error title=build-push (stand-in)::no cache: %s\n' "$1"; exit 1; }
  name=${BASH_REMATCH[1]}
}

[ -f "$STAND_IN_FILE" ] || { printf '::error title=build-push (stand-in)::no file: %s\n' "$STAND_IN_FILE"; exit 1; }
if [ -n "$STAND_IN_TAGS" ]; then
  printf 'build %s %s push=%s %s\n' "$STAND_IN_FILE" "$STAND_IN_TAGS" "$STAND_IN_PUSH" "${STAND_IN_GIVEN//$'\n'/ }" >> "$STAND_IN_STORE/told.txt"
fi
printf 'digest=sha256:%s\n' "$(printf %s "$STAND_IN_TAGS" | sha256sum | cut -d' ' -f1)" >> "$GITHUB_OUTPUT"
found=''
while IFS= read -r line; do
  [ -n "$line" ] || continue
  scope "$line" ''
  if [ -z "$found" ] && [ -d "$STAND_IN_CACHE/$name" ]; then found=$name; fi
done <<< "$STAND_IN_FROM"
printf 'found=%s\n' "$found" >> "$GITHUB_OUTPUT"
while IFS= read -r line; do
  [ -n "$line" ] || continue
  scope "$line" ,mode=max
  mkdir -p "$STAND_IN_CACHE/$name"
done <<< "$STAND_IN_TO"
