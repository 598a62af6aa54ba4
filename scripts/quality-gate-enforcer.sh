#!/usr/bin/env bash
# Runs all gates of the configuration on this machine, before a commit or a push, as CI will.
#
#   scripts/quality-gate-enforcer.sh [OPTION ...]
#
# Options go to `gate-check run`, such as `--gate=compile,tests` or `--mode=warn`. Calls gate-check, which GATE_CHECK may
# name. Where EVIDENCE names a command, it is run first: the one that makes the reports.
#
# Exit codes are those of gate-check: 0 it may pass, 1 something blocks, 2 evidence is missing, 3 the machine failed.
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
tool=${GATE_CHECK:-gate-check}
command -v "$tool" >/dev/null || {
  printf 'quality-gate-enforcer: error: there is no "%s" on PATH; install it, or name it in GATE_CHECK\n' "$tool" >&2
  exit 3
}
if [ -n "${EVIDENCE:-}" ]; then
  # A tool that fails says so in its report, which the gate reads.
  bash -euo pipefail -c "$EVIDENCE" || printf 'quality-gate-enforcer: the command of EVIDENCE failed; the gates say what that means\n' >&2
fi
exec "$tool" run "$@"
