#!/usr/bin/env bash
# Writes the notes of a release from the messages of its commits: new features, bug fixes, breaking changes with their
# migration, and how to deploy.
#
#   scripts/release-notes.sh VERSION [SINCE] [OPTION ...]
#
# SINCE is the release before; without it, the last tag. Options go to `gate-check release-notes`, such as
# `--notes-file=FILE` and `--deployment-notes=FILE`. Calls gate-check, which GATE_CHECK may name, and ends as it does.
set -euo pipefail

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"; }
case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  '' | -*)
    usage >&2
    exit 2
    ;;
esac
version=$1
shift
since=()
case ${1:-} in
  '' | -*) ;;
  *)
    since=("--since=$1")
    shift
    ;;
esac
tool=${GATE_CHECK:-gate-check}
command -v "$tool" >/dev/null || {
  printf 'release-notes: error: there is no "%s" on PATH; install it, or name it in GATE_CHECK\n' "$tool" >&2
  exit 3
}
exec "$tool" release-notes --title="$version" "${since[@]}" "$@"
