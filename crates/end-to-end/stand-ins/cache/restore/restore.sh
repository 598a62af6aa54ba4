#!/usr/bin/env bash
# Restores $STAND_IN_PATH from $STAND_IN_CACHE, with the rules of actions/cache v5: the very key, else
# the newest entry whose key begins with the first of the restore keys that fits one. Only entries of
# the same path count, and of this ref, the base's or the default branch.
set -euo pipefail

cache=${STAND_IN_CACHE:?is set by the driver of act}
path=$STAND_IN_PATH
case $path in
  *[\*\?$'\n'~]*)
    printf '::error title=cache (stand-in)::this stand-in takes one path and no pattern\n'
    exit 1
    ;;
esac

found=''
# Entries are numbered in the order in which they were saved: the last that fits is the newest.
look_for() { # a key's beginning, or `exactly` and a key
  local entry key
  for entry in "$cache"/*/; do
    [ -f "$entry/key" ] || continue
    case $(<"$entry/ref") in
      "$GITHUB_REF" | "refs/heads/${GITHUB_BASE_REF:-main}" | refs/heads/main) ;;
      *) continue ;;
    esac
    [ "$(<"$entry/path")" = "$path" ] || continue
    key=$(<"$entry/key")
    if [ "$1" = exactly ]; then
      [ "$key" = "$2" ] || continue
    else
      [ "${key#"$2"}" != "$key" ] || continue
    fi
    found=$entry
  done
}

look_for exactly "$STAND_IN_KEY"
while [ -z "$found" ] && IFS= read -r beginning; do
  [ -z "$beginning" ] || look_for beginning "$beginning"
done <<<"$STAND_IN_RESTORE_KEYS"

printf 'cache-primary-key=%s\n' "$STAND_IN_KEY" >>"$GITHUB_OUTPUT"
[ -n "$found" ] || exit 0
key=$(<"$found/key")
printf 'cache-matched-key=%s\n' "$key" >>"$GITHUB_OUTPUT"
hit=false
[ "$key" != "$STAND_IN_KEY" ] || hit=true
printf 'cache-hit=%s\n' "$hit" >>"$GITHUB_OUTPUT"
mkdir -p "$(dirname "$path")"
if [ -d "$found/contents" ]; then
  mkdir -p "$path"
  cp -R "$found/contents/." "$path/"
else
  cp "$found/contents" "$path"
fi
