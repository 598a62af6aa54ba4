#!/usr/bin/env bash
# Says whether the migrations of a database are valid and can be undone, and that none is changed that ran.
#
#   scripts/db-guardrails.sh [OPTION ...]
#
# Where they are stands in `[gate.migrations]` of the configuration. Options go to `gate-check run`, such as
# `--diff=origin/main...HEAD`. Calls gate-check, which GATE_CHECK may name, and ends as it does.
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
tool=${GATE_CHECK:-gate-check}
command -v "$tool" >/dev/null || {
  printf 'db-guardrails: error: there is no "%s" on PATH; install it, or name it in GATE_CHECK\n' "$tool" >&2
  exit 3
}
exec "$tool" run --gate=migrations "$@"
