#!/usr/bin/env bash
# Finds the binary of a tool for an action's step, and prints its absolute path as one line.
#
#   install.sh <tool>
#
# Everything for people goes to standard error, where the runner reads workflow commands too. In
# this order: the folder that SIGNALBOX_BIN_DIR names, the prebuilt binary of the release, a build
# from the source tree that the action was checked out with. SIGNALBOX_BUILD says whether a build
# may happen: never (the default), fallback, always.
#
# What is prebuilt is trusted for one reason: its SHA-256 stands in checksums.txt beside this script,
# in the tree that the user's pin names. A cached file is hashed again at each use. So neither the
# server, nor a mirror (SIGNALBOX_BASE_URL), nor a proxy, nor whoever wrote into the cache decides
# what runs. No token is taken, no API is asked.
#
# Exit codes: 0 found; 2 it cannot be told which binary to trust; 3 the machine or the network failed.
#
# To be started as `bash -p`, which takes no functions, BASH_ENV or SHELLOPTS from the environment:
# a function that an earlier step exported must not stand in for a program.
# Works with bash 3.2 (macOS). Source of the escapes: GitHub's "Workflow commands".
set -euo pipefail
set +o posix
case $- in
  *p*) ;;
  *) printf '::error title=signalbox::install.sh was not started with "bash -p"\n' >&2 && exit 2 ;;
esac
# What is left of what a job can set about a shell: the last four would change how this one works.
unset BASH_ENV ENV EXECIGNORE FUNCNEST BASH_COMPAT TMOUT
IFS=$' \t\n'

readonly TOOLS='change-detector cache-key shard-splitter gpu-matcher gate-check'
readonly TARGETS='x86_64-unknown-linux-musl aarch64-unknown-linux-musl x86_64-apple-darwin aarch64-apple-darwin x86_64-pc-windows-msvc aarch64-pc-windows-msvc'

# Programs are looked for here alone: what a job puts on its PATH may have any name. A test that
# takes programs away, or waits less long, writes other values into its copy of these lines: there is
# no variable that does so.
readonly HELPERS=/usr/bin:/bin:/usr/sbin:/sbin:/mingw64/bin:/clangarm64/bin:/run/current-system/sw/bin:/usr/local/bin
readonly PAUSES='1 3 9'       # seconds before the second, third and fourth try
readonly CONNECT_SECONDS=10   # to reach the server
readonly STALL_BYTES=1024     # a second, or less, and
readonly STALL_SECONDS=20     # for so long: given up
readonly TRY_SECONDS=300      # for one try; no other is begun after so long
readonly LARGEST_KIB=16384    # the largest binary of ours has less than half
readonly MOST_REDIRECTS=5     # GitHub needs one

# What this process hands on to cargo, which is the user's.
readonly users_path=${PATH-} users_locale=${LC_ALL-}
PATH=$HELPERS
LC_ALL=C

readonly WAYS_OUT='Ways out: set the input build to always (needs Rust), set the input base-url to a mirror of the release, or set SIGNALBOX_BIN_DIR to a folder with your own build'

# A workflow command's data on one line, without what would change how the log is read: control
# characters, and those that turn the direction of writing (U+061C, U+200E, U+200F, U+202A to
# U+202E, U+2066 to U+2069).
escaped() {
  local LC_ALL=C text=$1
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  text=${text//[[:cntrl:]]/?}
  text=${text//$'\xd8\x9c'/?}
  text=${text//$'\xe2\x80'[$'\x8e\x8f\xaa\xab\xac\xad\xae']/?}
  text=${text//$'\xe2\x81'[$'\xa6\xa7\xa8\xa9']/?}
  printf '%s' "$text"
}

say() { # level, message
  printf '::%s title=signalbox::%s\n' "$1" "$(escaped "$2")" >&2
}

fail() { # exit code, message
  say error "$2"
  exit "$1"
}

# The folder of this script.
case ${BASH_SOURCE[0]} in
  */*) lib=${BASH_SOURCE[0]%/*}/ ;;
  *) lib=./ ;;
esac
readonly lib

# The same without links.
here() {
  local folder
  folder=$(cd -P -- "$lib" && pwd -P) ||
    fail 3 'the folder of install.sh cannot be entered; see the permissions of the actions folder of the runner'
  printf '%s' "$folder"
}

check_tool() {
  local known
  for known in $TOOLS; do
    [ "$known" = "$1" ] && return
  done
  fail 2 "there is no tool \"$1\"; expected one of: $TOOLS"
}

# SIGNALBOX_BIN_DIR: somebody's own build. It is said aloud, because no checksum was looked at.
from_folder() {
  local folder=$SIGNALBOX_BIN_DIR binary
  case $folder in
    *$'\n'* | *$'\r'*) fail 2 "SIGNALBOX_BIN_DIR is \"$folder\"; expected a path without line breaks" ;;
    /* | [A-Za-z]:[\\/]*) ;;
    *) fail 2 "SIGNALBOX_BIN_DIR is \"$folder\"; expected an absolute path" ;;
  esac
  binary=$folder/$1
  [ "${RUNNER_OS:-}" = Windows ] && binary=$binary.exe
  [ -f "$binary" ] && [ -x "$binary" ] ||
    fail 2 "SIGNALBOX_BIN_DIR has no program \"$binary\"; build it there, or unset the variable"
  say warning "running $binary from SIGNALBOX_BIN_DIR; nothing was verified"
  printf '%s\n' "$binary"
}

# The root of the source tree: a release tree has lib/ at its root, main has actions/lib/.
source_root() {
  local folder=$1 root
  for root in "$folder/.." "$folder/../.."; do
    if [ -f "$root/Cargo.toml" ] && [ -d "$root/crates/$2" ]; then
      (cd -P -- "$root" && pwd -P)
      return
    fi
  done
  fail 2 "there is no source of $2 around \"$folder\"; use a release of this action, or set SIGNALBOX_BIN_DIR"
}

# Builds the tool from the tree that the action's pin names, so that the pin decides what runs.
from_source() {
  local tool=$1 root target
  PATH=$users_path
  if [ -n "$users_locale" ]; then LC_ALL=$users_locale; else unset LC_ALL; fi
  command -v cargo >/dev/null 2>&1 ||
    fail 3 "cargo is not on PATH, so $tool cannot be built; install Rust in a step before (https://rustup.rs), or use a release of this action"
  root=$(source_root "$(here)" "$tool") || exit
  # In the tree of this pin, which the runner fetches anew for each job: what another pin or another
  # job has built, or planted, is never taken for it.
  target=$root/target
  printf '::group::building %s from %s\n' "$tool" "$(escaped "$root")" >&2
  # What the job sets for its own builds is not meant for this one.
  if ! (cd -- "$root" && unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS \
    CARGO_BUILD_TARGET CARGO_BUILD_TARGET_DIR CARGO_TARGET_DIR && cargo build --release --locked --package "$tool" --bin "$tool" \
    --target-dir "$target" >&2); then
    printf '::endgroup::\n' >&2
    fail 3 "building $tool from \"$root\" failed; cargo's own words are in the group above"
  fi
  printf '::endgroup::\n' >&2
  local binary=$target/release/$tool
  [ "${RUNNER_OS:-}" = Windows ] && binary=$binary.exe
  [ -f "$binary" ] && [ -x "$binary" ] ||
    fail 3 "cargo built $tool somewhere else than \"$binary\"; is build.target set in a configuration of cargo?"
  printf '%s\n' "$binary"
}

# The functions below answer in these. A function that cannot go on, and leaves the choice to a
# fallback, says why and returns 1; what looks like an attack, or a broken release, ends here.
found='' target='' hash='' version='' repository='' base='' folder='' hasher='' actual='' why='' why_exit=2 why_level=warning

cannot() { # exit code, why
  why_exit=$1
  why=$2
  return 1
}

# Which of the six targets this machine is.
find_target() {
  local system=${RUNNER_OS:-} machine=${RUNNER_ARCH:-} shown
  [ -n "$system" ] || system=$(uname -s 2>/dev/null) || system=unknown
  [ -n "$machine" ] || machine=$(uname -m 2>/dev/null) || machine=unknown
  shown="$system on $machine"
  case $machine in
    X64 | x86_64 | amd64) machine=x86_64 ;;
    ARM64 | aarch64 | arm64) machine=aarch64 ;;
    *) system=none ;;
  esac
  case $system in
    Linux) target=$machine-unknown-linux-musl ;;
    macOS | Darwin) target=$machine-apple-darwin ;;
    Windows | MINGW* | MSYS* | CYGWIN*) target=$machine-pc-windows-msvc ;;
    *) cannot 2 "there is no prebuilt binary for $shown (RUNNER_OS, RUNNER_ARCH); there is one for each of: $TARGETS" ;;
  esac
}

# The hash of an asset, in the format of sha256sum. Generated with the release, so a line that is
# not understood is no line to step over.
find_hash() { # file, asset
  local line number=0 lines=0 wanted='^([0-9A-Fa-f]{64}) [ *]([A-Za-z0-9._-]+)$' next
  [ -f "$1" ] && [ -r "$1" ] ||
    fail 2 "\"$1\" is not a file that can be read; check out the action again. $WAYS_OUT"
  hash=''
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    line=${line%$'\r'}
    case $line in '' | '#'*) continue ;; esac
    lines=$((lines + 1))
    [[ $line =~ $wanted ]] ||
      fail 2 "line $number of \"$1\" is \"${line:0:100}\"; expected 64 hexadecimal digits, two spaces and a name. The release is damaged. $WAYS_OUT"
    [ "${BASH_REMATCH[2]}" = "$2" ] || continue
    next=${BASH_REMATCH[1]}
    case $next in *[ABCDEF]*) next=$(printf '%s' "$next" | tr ABCDEF abcdef) ;; esac
    [ -z "$hash" ] || [ "$hash" = "$next" ] ||
      fail 2 "\"$1\" has two hashes for $2, $hash and $next; expected one. The release is damaged. $WAYS_OUT"
    hash=$next
  done <"$1"
  [ "$lines" -gt 0 ] || fail 2 "\"$1\" has no line; expected one for each binary. The release is damaged. $WAYS_OUT"
  [ -n "$hash" ] || cannot 2 "this release has no prebuilt $2: \"$1\" has no line for it"
}

# Which release this tree is. Read by a pattern: it is data, and nothing of it is run.
find_release() { # file
  local line fact='^(version|repository)=([0-9A-Za-z._+/-]+)$'
  version='' repository=''
  [ -f "$1" ] && [ -r "$1" ] ||
    fail 2 "\"$1\" is not a file that can be read, so it is unknown which release to fetch. $WAYS_OUT"
  while IFS= read -r line || [ -n "$line" ]; do
    [[ ${line%$'\r'} =~ $fact ]] || continue
    case ${BASH_REMATCH[1]} in
      version) version=$version${version:+ }${BASH_REMATCH[2]} ;;
      repository) repository=$repository${repository:+ }${BASH_REMATCH[2]} ;;
    esac
  done <"$1"
  local semantic='^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$' slug='^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$'
  [[ $version =~ $semantic ]] && [[ $repository =~ $slug ]] && [[ ! $repository =~ /\.\.?$ ]] ||
    fail 2 "\"$1\" says version \"$version\" and repository \"$repository\"; expected one of each, as 1.2.3 and owner/name. $WAYS_OUT"
}

readonly LOOPBACK='^http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?(/|$)'
readonly HTTPS='^https://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/|$)'

# https, and nothing that a URL does not hold. Without encryption only on this machine, and only
# where the user has named such a place, as tests do.
is_allowed() { # address
  case $1 in *[![:graph:]]*) return 1 ;; esac
  [[ $1 =~ $HTTPS ]] || { [[ $base =~ $LOOPBACK ]] && [[ $1 =~ $LOOPBACK ]]; }
}

# Where the assets of this release are. Never by way of the server that the job runs on: the action
# may come from github.com through GitHub Connect.
find_base() {
  base=${SIGNALBOX_BASE_URL:-}
  if [ -z "$base" ]; then
    base=https://github.com/$repository/releases/download
    return
  fi
  local shown="\"$base\""
  # A password that should not be there is not shown either.
  case $base in *@*) shown='an address with "@"' ;; esac
  case $base in
    *[?#]*) ;;
    *)
      if is_allowed "$base"; then
        while [ "${base%/}" != "$base" ]; do base=${base%/}; done
        return
      fi
      ;;
  esac
  fail 2 "the input base-url is $shown; expected https://host/path without user name, query and fragment (http only for 127.0.0.1, [::1] and localhost)"
}

# The quickest first: openssl uses what the processor has for it, and shasum is a script.
find_hasher() {
  for hasher in openssl sha256sum shasum none; do
    command -v "$hasher" >/dev/null 2>&1 && return
  done
  cannot 3 "there is no sha256sum, shasum or openssl in $HELPERS, so nothing that is prebuilt can be verified; install one of them"
}

# Sets actual to the SHA-256 of a file, or to nothing where it cannot be read.
hash_of() { # file
  local line
  actual=''
  line=$(
    unset PERL5OPT PERL5LIB PERLLIB PERL5DB OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES
    exec 2>/dev/null <"$1" || exit
    case $hasher in
      (sha256sum) exec sha256sum ;; # bash 3.2 needs the first bracket here
      (shasum) exec shasum -a 256 ;;
      (openssl) exec openssl dgst -sha256 ;;
    esac
  ) || return 0
  case $hasher in
    openssl) line=${line##* } ;; # SHA2-256(stdin)= 0123...
    *) line=${line%% *} ;;       # 0123...  -
  esac
  [ ${#line} -ne 64 ] || actual=$line
}

has_hash() { # file
  hash_of "$1"
  [ "$actual" = "$hash" ]
}

# Whether the folder for this binary below the one that a variable names may be used; says where it
# is, or why not. Who links our folder to another one writes there by our hand.
find_folder() { # the variable, the file's name
  local root=${!1:-} part
  case $root in [A-Za-z]:*) root=${root//$'\\'/\/} ;; esac
  case $root in
    '') return 1 ;;
    *[[:cntrl:]]*) cannot 3 "$1 holds a line break or another control character" || return ;;
    /* | [A-Za-z]:/*) ;;
    *) cannot 3 "$1 is \"$root\", which is no absolute path" || return ;;
  esac
  folder=$root/signalbox/$hash
  for part in "$root/signalbox" "$folder"; do
    [ ! -L "$part" ] || cannot 3 "\"$part\" is a link" || return
    [ ! -e "$part" ] || [ -d "$part" ] || cannot 3 "\"$part\" is not a folder" || return
  done
  [ -L "$folder/$2" ] || [ ! -d "$folder/$2" ] || cannot 3 "\"$folder/$2\" is a folder"
}

# Whether a verified file can be run, and only its owner can change it after we have looked.
is_sound() { # file
  [ -x "$1" ] || return 1
  case $(ls -ld -- "$1" 2>/dev/null) in -????w* | -???????w*) return 1 ;; esac
}

# Removes what was begun, at the end and when the job is cancelled.
work='' child='' users_umask=''
clean() {
  [ -z "$child" ] || kill "$child" 2>/dev/null || :
  [ -z "$work" ] || rm -rf -- "$work"
}

# What follows is the user's again: a build, with what the job has set.
hand_over() {
  clean
  trap - EXIT HUP INT TERM
  [ -z "$users_umask" ] || umask "$users_umask"
}

# Starts a program that fetches, in the background, so that a cancelled job need not wait for it. It
# can write so much and no more; its words go to log, and its answer to said, in the work folder.
start() { # file for the body, program and its words
  rm -f -- "$1" "$work/said" "$work/log"
  shift
  (
    ulimit -c 0 2>/dev/null || :
    ulimit -f "$LARGEST_KIB" 2>/dev/null || :
    # What these name would be configuration of somebody else.
    unset CURL_HOME WGETRC SYSTEM_WGETRC OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES
    exec "$@"
  ) >"$work/said" 2>"$work/log" </dev/null &
  child=$!
}

ended() {
  code=0
  { wait "$child"; } 2>/dev/null || code=$?
  child=''
}

# One request with curl. Redirects are left to us: so each address is looked at before it is asked.
# A proxy is the network's business, and takes no part in what is trusted; but this machine is
# reached directly, whatever the proxy might call 127.0.0.1.
ask_curl() { # address, file
  local -a words=(-q --globoff --silent --show-error --fail --tlsv1.2 --output "$2"
    --connect-timeout "$CONNECT_SECONDS" --max-time "$TRY_SECONDS"
    --speed-limit "$STALL_BYTES" --speed-time "$STALL_SECONDS"
    --max-filesize "$((LARGEST_KIB * 1024))"
    --write-out '%{http_code} %{http_connect} %{redirect_url}')
  case $1 in
    https:*) words[${#words[@]}]='--proto' && words[${#words[@]}]='=https' ;;
    *) words=("${words[@]}" --proto '=http' --noproxy '*') ;;
  esac
  start "$2" curl "${words[@]}" --url "$1"
  ended
  local tunnel=''
  read -r status tunnel location <"$work/said" || :
  case $status in '' | 000) status=${tunnel:-000} ;; esac
  # What is cut, slow or not reached may be well in a moment; what is not understood will not.
  case $code in
    5 | 6 | 7 | 16 | 18 | 28 | 35 | 52 | 55 | 56 | 92) passing=true ;;
  esac
}

# The same with wget, whose words are read because it has no other way to tell. BusyBox has a wget
# that takes few options: it follows redirects as it likes, and only the hash stands against them. Its
# option -T makes that of Debian 12 crash. What takes too long is ended by timeout, which every system
# has that has no curl; without it, GNU's still ends what stalls.
ask_wget() { # address, file
  local -a words
  local line kind
  kind=$(wget --version 2>&1) || :
  case $kind in
    *BusyBox*) words=(wget -O "$2") ;;
    *)
      words=(wget --no-config --no-hsts --no-netrc --no-cookies --no-verbose --server-response
        --max-redirect=0 --tries=1 --dns-timeout="$CONNECT_SECONDS"
        --connect-timeout="$CONNECT_SECONDS" --read-timeout="$STALL_SECONDS" -O "$2")
      [[ $1 =~ ^https: ]] || words[${#words[@]}]='--no-proxy'
      ;;
  esac
  ! command -v timeout >/dev/null 2>&1 || words=(timeout "$TRY_SECONDS" "${words[@]}")
  start "$2" "${words[@]}" "$1"
  ended
  local answered='HTTP/[0-9.]+ ([0-9]{3})' moved='^ *[Ll]ocation: ([^ ]+)$'
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    if [[ $line =~ $answered ]]; then
      status=${BASH_REMATCH[1]} location=''
    elif [[ $line =~ $moved ]]; then
      location=${BASH_REMATCH[1]}
    fi
  done <"$work/log"
  [ "$code" -ne 0 ] || [ "$status" != 000 ] || status=200
  case $location in
    //*) location='' ;;
    /*) [[ $1 =~ ^[a-z]+://[^/]+ ]] && location=${BASH_REMATCH[0]}$location ;;
  esac
  # 1: BusyBox, whatever it was; 4: the network; 124, 143: took too long, as GNU and BusyBox say it;
  # 141: BusyBox, when the server hung up.
  case $code in
    4 | 124 | 141 | 143) passing=true ;;
    1) [ "$status" != 000 ] || passing=true ;;
  esac
}

size_of() { # file
  if [ -f "$1" ]; then wc -c <"$1"; else echo 0; fi
}

# One try: the file, or why not, and whether another try may help.
fetch_once() { # address, file
  local address=$1 redirects=0 code=0 status location words shown line
  while :; do
    status=000 location='' passing=false
    "ask_$fetcher" "$address" "$2"
    # The rest of the address may be a permission to read.
    shown=${address%%'?'*}
    if [ "$code" -eq 63 ] || [ "$(size_of "$2")" -ge $((LARGEST_KIB * 1024)) ]; then
      fail 2 "$shown is larger than $LARGEST_KIB KiB; expected a binary with SHA-256 $hash. Nothing of it was kept. $WAYS_OUT"
    fi
    case $status in
      200)
        if [ "$code" -eq 0 ]; then
          [ -f "$2" ] || : >"$2" # of nothing, curl makes no file
          return 0
        fi
        ;;
      30[12378])
        redirects=$((redirects + 1))
        [ "$redirects" -le "$MOST_REDIRECTS" ] ||
          cannot 3 "$1 is redirected more than $MOST_REDIRECTS times, at last to ${location%%'?'*}" || return
        is_allowed "$location" ||
          cannot 3 "$shown is redirected to \"${location%%'?'*}\"; expected an https address" || return
        address=$location
        continue
        ;;
      408 | 429 | 5[0-9][0-9]) passing=true ;;
      4[0-9][0-9]) passing=false ;;
    esac
    words=''
    while IFS= read -r line || [ -n "$line" ]; do
      [ -z "${line//[[:space:]]/}" ] || words=$line
      case $line in curl:* | wget:*) break ;; esac # what follows is advice
    done <"$work/log"
    case $status in
      000 | 200) cannot 3 "$shown cannot be fetched: $fetcher ended with exit code $code, \"${words:0:300}\"" ;;
      *) cannot 3 "$shown cannot be fetched: expected HTTP status 200, got $status" ;;
    esac
    return 1
  done
}

fetch() { # address, file
  local pause tries=0 fetcher passing
  SECONDS=0
  for fetcher in curl wget none; do
    command -v "$fetcher" >/dev/null 2>&1 && break
  done
  [ "$fetcher" != none ] || cannot 3 "there is no curl or wget in $HELPERS, so $1 cannot be fetched; install one of them" || return
  for pause in $PAUSES last; do
    fetch_once "$1" "$2" && return 0
    tries=$((tries + 1))
    $passing && [ "$pause" != last ] && [ "$SECONDS" -lt "$TRY_SECONDS" ] || break
    sleep "$pause"
  done
  [ "$tries" -eq 1 ] || why="$why; tried $tries times"
  return 1
}

# Makes a folder of our own beside the place of the file: so that putting it there is one rename,
# which no other job sees half done.
open_work() {
  [ -z "$work" ] || rm -rf -- "$work"
  mkdir -p -- "$folder" 2>/dev/null &&
    work=$(mktemp -d "$folder/.new-XXXXXX" 2>/dev/null) ||
    cannot 3 "\"$folder\" cannot be written" || return
  # What jobs that were killed have left; none takes a day.
  find "$folder" -maxdepth 1 -type d -name '.new-*' -mmin +1440 -exec rm -rf -- {} + 2>/dev/null || :
}

# Puts what the work folder has in its place, and looks once more at what stands there then.
put() { # the file's name
  chmod 755 "$work/$1" || cannot 3 "the mode of \"$work/$1\" cannot be set" || return
  # A link to a folder would take the file in.
  [ ! -L "$folder/$1" ] || rm -f -- "$folder/$1"
  mv -f -- "$work/$1" "$folder/$1" 2>/dev/null || : # another job's may run there, on Windows
  rm -rf -- "$work"
  work=''
  [ ! -L "$folder/$1" ] && [ -f "$folder/$1" ] && has_hash "$folder/$1" ||
    cannot 3 "\"$folder/$1\" cannot be written" || return
  [ -x "$folder/$1" ] || cannot 3 "\"$folder/$1\" cannot be run; is the disk mounted with noexec?"
}

# The verified binary of this release: from the cache, else fetched.
from_release() { # tool
  local tool=$1 name asset place sound='' not='' troubles=''
  if [ ! -e "${lib}checksums.txt" ] && [ ! -L "${lib}checksums.txt" ]; then
    why_level=notice
    cannot 2 "this tree has no prebuilt $tool" || return
  fi
  find_release "${lib}release.env"
  find_base
  find_target || return
  name=$tool
  case $target in *windows*) name=$tool.exe ;; esac
  asset=$tool-$target${name#"$tool"}
  find_hash "${lib}checksums.txt" "$asset" || return
  find_hasher || return

  for place in RUNNER_TOOL_CACHE RUNNER_TEMP; do
    find_folder "$place" "$name" || continue
    found=$folder/$name
    [ -e "$found" ] || [ -L "$found" ] || continue
    if [ -L "$found" ]; then
      not="was a link"
    elif has_hash "$found"; then
      is_sound "$found" && return 0
      sound=$found
    else
      not="had SHA-256 ${actual:-that cannot be read}, expected $hash"
    fi
    [ -z "$not" ] || troubles="$troubles; the cached \"$found\" $not, so it was not used"
    not=''
  done

  users_umask=$(umask)
  umask 022
  trap clean EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  for place in RUNNER_TOOL_CACHE RUNNER_TEMP; do
    if [ -z "${!place:-}" ]; then
      continue
    elif find_folder "$place" "$name" && open_work; then
      if [ -z "$sound" ] || ! cp -- "$sound" "$work/$name" 2>/dev/null || ! has_hash "$work/$name"; then
        # %2B: what a server makes of a "+" in a path is not certain.
        fetch "$base/v${version//+/%2B}/$asset" "$work/$name" || return
      fi
      has_hash "$work/$name" ||
        fail 2 "$asset of $base has SHA-256 ${actual:-that cannot be read}, expected $hash; it is not the binary that was released, so nothing of it was kept. $WAYS_OUT"
      if put "$name"; then
        found=$folder/$name
        [ -z "$troubles" ] || say warning "$tool was verified and put into \"$folder\"${troubles}"
        return 0
      fi
    fi
    troubles="$troubles; $why"
  done
  troubles=${troubles#; }
  cannot 3 "there is no folder for the binary: ${troubles:-RUNNER_TOOL_CACHE and RUNNER_TEMP are not set}"
}

main() {
  [ $# -eq 1 ] || fail 2 "usage: install.sh <tool>; expected one of: $TOOLS"
  local tool=$1 build=${SIGNALBOX_BUILD:-never}
  check_tool "$tool"
  case $build in
    never | fallback | always) ;;
    *) fail 2 "the input \"build\" is \"$build\"; expected never, fallback or always" ;;
  esac
  if [ -n "${SIGNALBOX_BIN_DIR:-}" ]; then
    from_folder "$tool"
    return
  fi
  if [ "$build" = always ]; then
    from_source "$tool"
    return
  fi
  if from_release "$tool"; then
    printf '%s\n' "$found"
    return
  fi
  if [ "$build" = fallback ]; then
    say "$why_level" "$why, so $tool is built from source"
    hand_over
    from_source "$tool"
    return
  fi
  fail "$why_exit" "$why. $WAYS_OUT"
}

main "$@"
