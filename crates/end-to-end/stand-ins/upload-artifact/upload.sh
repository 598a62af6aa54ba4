#!/usr/bin/env bash
# Copies $STAND_IN_PATH into $STAND_IN_STORE/$STAND_IN_NAME, with the rules of upload-artifact v4
# and later: a file stands at the artifact's root, a folder gives its contents, a name is taken once.
set -euo pipefail

fail() {
  printf '::error title=upload-artifact (stand-in)::%s\n' "$1"
  exit 1
}

store=${STAND_IN_STORE:?is set by the driver of act}
name=$STAND_IN_NAME
path=$STAND_IN_PATH
case $name in
  '' | *[\":\<\>\|\*\?$'\r'$'\n'\\/]*) fail "the artifact's name has a character that GitHub refuses" ;;
esac
case $path in
  *[\*\?$'\n']*) fail 'this stand-in takes one path and no pattern' ;;
esac
case $STAND_IN_MISSING in
  error) ;;
  ignore) [ -e "$path" ] || exit 0 ;;
  *) fail 'this stand-in knows only if-no-files-found: error and ignore' ;;
esac
[ -e "$path" ] || fail "there is nothing at $path"
# mkdir without -p answers for two uploads at once: only one makes the folder.
mkdir "$store/$name" 2>/dev/null || fail "an artifact named $name is there already"
if [ -d "$path" ]; then
  cp -R "$path/." "$store/$name/"
else
  cp "$path" "$store/$name/"
fi
