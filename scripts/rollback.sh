#!/usr/bin/env bash
# Takes back what a deployment brought out, in the exact reverse of its order.
#
#   scripts/rollback.sh ENVIRONMENT VERSION [OPTION ...]
#
# VERSION is the one that was deployed. Options are those of that deployment, such as `--components=api` and
# `--state-file=FILE`: its state says what is out. Calls gate-check, which GATE_CHECK may name. Exit codes: 0 all is as it was
# before, 1 something could not be taken back, 2 nobody knows, 3 the machine failed, 4 a deployment runs.
set -euo pipefail

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"; }
case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
esac
[ $# -ge 2 ] || {
  usage >&2
  exit 2
}
environment=$1 version=$2
shift 2
tool=${GATE_CHECK:-gate-check}
command -v "$tool" >/dev/null || {
  printf 'rollback: error: there is no "%s" on PATH; install it, or name it in GATE_CHECK\n' "$tool" >&2
  exit 3
}
exec "$tool" deploy run --environment="$environment" --release="$version" --take-back "$@"
