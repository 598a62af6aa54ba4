#!/usr/bin/env bash
# Deploys all components in the order of what they depend on, by `[deploy]` of the configuration.
#
#   scripts/deploy-orchestrator.sh ENVIRONMENT VERSION [DRY-RUN] [OPTION ...]
#
# DRY-RUN is `true` or `false`. Without it commands are only shown where ENVIRONMENT is `production` and nobody sits
# at a terminal, and run otherwise. Further options go to `gate-check deploy run`, such as `--components=api`.
#
# Calls gate-check, which GATE_CHECK may name. Exit codes are its own: 0 deployed, 1 not, 2 nobody knows, 3 the machine
# failed, 4 another deployment runs.
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
case ${1:-} in
  true | false)
    dry_run=$1
    shift
    ;;
  '' | --*)
    dry_run=false
    if [ "$environment" = production ] && [ ! -t 0 ]; then
      dry_run=true
    fi
    [ -n "${1-x}" ] || shift
    ;;
  *)
    printf 'deploy-orchestrator: error: DRY-RUN is "%s"; expected true or false\n' "$1" >&2
    exit 2
    ;;
esac
tool=${GATE_CHECK:-gate-check}
command -v "$tool" >/dev/null || {
  printf 'deploy-orchestrator: error: there is no "%s" on PATH; install it, or name it in GATE_CHECK\n' "$tool" >&2
  exit 3
}
exec "$tool" deploy run --environment="$environment" --release="$version" --dry-run="$dry_run" "$@"
