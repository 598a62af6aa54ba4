#!/usr/bin/env bash
# Reads the names of the caches, and leaves an empty folder for each that is written.
set -euo pipefail

scope() { # of a line, whose end may be $2
  local form="^type=gha,scope=([A-Za-z0-9._-]+)$2\$"
  [[ $1 =~ $form ]] || { printf '::error title=build-push (stand-in)::no cache: %s\n' "$1"; exit 1; }
  name=${BASH_REMATCH[1]}
}

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
