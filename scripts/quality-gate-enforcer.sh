#!/usr/bin/env bash
# Runs all gates of the configuration on this machine, before a commit or a push, as CI will.
#
#   scripts/quality-gate-enforcer.sh [OPTION ...]
#
# Options go to `gate-check run`, such as `--gate=compile,tests` or `--mode=warn`. Calls gate-check, which GATE_CHECK may
# name. Where EVIDENCE names a command, it is run first: the one that makes the reports. Where that command fails, the
# reports may be those of an earlier run: the gates say what they find, and the script never ends with 0. A tool whose
# exit code only repeats what its report says is given `|| true`.
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
made=0
if [ -n "${EVIDENCE:-}" ]; then
  bash -euo pipefail -c "$EVIDENCE" || made=$?
fi
[ "$made" -ne 0 ] || exec "$tool" run "$@"

code=0
"$tool" run "$@" || code=$?
printf 'quality-gate-enforcer: error: the command of EVIDENCE ended with %s, so reports may be those of an earlier run;\n' "$made" >&2
printf '  see its words above; where a tool has only said what its report says too, give it "|| true"\n' >&2
[ "$code" -ne 0 ] || code=2
exit "$code"
