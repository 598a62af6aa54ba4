#!/usr/bin/env bash
# Starts the workflow that builds services by hand, and keeps who wanted it and why.
#
#   scripts/ci-remote.sh [SERVICE] [NOTES]
#
# SERVICE is one service, several with commas between them, or `all`, which it is without one. NOTES stand in the run's
# name and in what it keeps. WORKFLOW names the workflow's file (ci-remote.yml), REF the branch (the one that is checked
# out). Needs `gh`, logged in. In a Makefile:
#
#   ci-remote: ; scripts/ci-remote.sh "$(SERVICE)" "$(NOTES)"
#
# Exit codes: 0 started; 2 wrong usage; 3 `gh` or git failed.
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p;}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
die() {
  printf 'ci-remote: error: %s\n' "$1" >&2
  exit "$2"
}
[ $# -le 2 ] || die 'expected at most a service and notes; quote notes of several words' 2
service=${1:-all} notes=${2:-}
[[ $service =~ ^[A-Za-z0-9._,/-]+$ ]] || die "the service \"$service\" is no name; expected letters, digits and ._,/-" 2
[ ${#notes} -le 500 ] || die 'the notes have more than 500 characters; say less, and link to the rest' 2
command -v gh >/dev/null || die 'there is no gh on PATH; see https://cli.github.com' 3
ref=${REF:-$(git symbolic-ref --quiet --short HEAD)} || die 'no branch is checked out; name one in REF' 2
gh workflow run "${WORKFLOW:-ci-remote.yml}" --ref "$ref" --raw-field "service=$service" --raw-field "notes=$notes" ||
  die 'gh could not start it; see its words above' 3
printf 'Started for %s on %s. See it with: gh run list --workflow %s\n' "$service" "$ref" "${WORKFLOW:-ci-remote.yml}"
