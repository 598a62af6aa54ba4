#Requires -Version 5.1
# Finds the binary of a tool for an action's step on Windows, and answers with its absolute path.
#
#   install.ps1 <tool>
#
# It decides as install.sh does, and says the same: tests hold the words, limits and patterns of the two
# against each other. Everything for people goes to standard error, where the runner reads workflow
# commands too. In this order: the folder that SIGNALBOX_BIN_DIR names, the prebuilt binary of the
# release, a build from the source tree that the action was checked out with. SIGNALBOX_BUILD says
# whether a build may happen: never (the default), fallback, always.
#
# What is prebuilt is trusted for one reason: its SHA-256 stands in checksums.txt beside this script,
# in the tree that the user's pin names. A cached file is hashed again at each use. So neither the
# server, nor a mirror (SIGNALBOX_BASE_URL), nor a proxy, nor whoever wrote into the cache decides
# what runs. No token is taken, no API is asked.
#
# Exit codes: 0 found; 2 it cannot be told which binary to trust; 3 the machine or the network failed.
#
# To be started with `-NoProfile`, so that no alias and no function of the job's stands in for one here.
# Windows PowerShell 5.1 and pwsh 7, for tests on Linux and macOS too. Nothing but the language and .NET: a command
# of a module could be another module's, because PSModulePath is the job's.
# Source of the escapes: GitHub's "Workflow commands".
Microsoft.PowerShell.Core\Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSDefaultParameterValues = @{}

$TOOLS = 'change-detector cache-key shard-splitter gpu-matcher gate-check'
$TARGETS = 'x86_64-unknown-linux-musl aarch64-unknown-linux-musl x86_64-apple-darwin aarch64-apple-darwin x86_64-pc-windows-msvc aarch64-pc-windows-msvc'

# A test that waits less long writes other values into its copy of these lines: there is no variable
# that does so.
$PAUSES = '1 3 9'       # seconds before the second, third and fourth try
$CONNECT_SECONDS = 10   # to reach the server
$STALL_BYTES = 1024     # a second, or less, and
$STALL_SECONDS = 20     # for so long: given up
$TRY_SECONDS = 300      # for one try; no other is begun after so long
$LARGEST_KIB = 16384    # the largest binary of ours has less than half
$MOST_REDIRECTS = 5     # GitHub needs one

$WAYS_OUT = 'Ways out: set the input build to always (needs Rust), set the input base-url to a mirror of the release, or set SIGNALBOX_BIN_DIR to a folder with your own build'

$LOOPBACK = '\Ahttp://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?(/|\z)'
$HTTPS = '\Ahttps://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/|\z)'

$lib = $PSScriptRoot
. ([IO.Path]::Combine($lib, 'download.ps1'))
$stderr = [Console]::OpenStandardError()

# The functions answer in these. One that cannot go on, and leaves the choice to a fallback, says why
# with Set-Trouble; what looks like an attack, or a broken release, ends in Stop-Install. Nothing that
# falls out of a function on the way is taken for an answer: see the end.
$found = ''
$why = ''
$whyExit = 2
$whyLevel = 'warning'
$base = ''
$work = ''
$passing = $false

# As bytes: the console's encoding may lack what a path has.
function Write-Line([string] $text) {
    $bytes = [Text.Encoding]::UTF8.GetBytes($text + "`n")
    $stderr.Write($bytes, 0, $bytes.Length)
    $stderr.Flush()
}

# A workflow command's data on one line, without what would change how the log is read: control
# characters, and those that turn the direction of writing.
function Get-Escaped([string] $text) {
    $text = $text.Replace('%', '%25').Replace("`r", '%0D').Replace("`n", '%0A')
    return [regex]::Replace($text, '[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]', '?')
}

function Write-Annotation([string] $level, [string] $message) {
    Write-Line "::$level title=signalbox::$(Get-Escaped $message)"
}

function Stop-Install([int] $code, [string] $message) {
    Write-Annotation 'error' $message
    exit $code
}

function Set-Trouble([int] $code, [string] $message) {
    $script:whyExit = $code
    $script:why = $message
}

# A variable of the job; one that is not set is empty, as it is on Windows in any case.
function Get-Setting([string] $name) {
    return [string] [Environment]::GetEnvironmentVariable($name)
}

function Get-Start([string] $text, [int] $length) {
    return $text.Substring(0, [Math]::Min($length, $text.Length))
}

# What an exception of .NET was about, below those that only carry it.
function Get-Cause($problem) {
    return $problem.Exception.GetBaseException()
}

# none, link, folder, file; or unknown, where it cannot be looked at. No link is followed, and everything
# that stands for something else is a link: a junction as much as a symbolic one.
function Get-Kind([string] $path) {
    try {
        $attributes = [int] [IO.File]::GetAttributes($path)
    } catch {
        $cause = Get-Cause $_
        if ($cause -is [IO.FileNotFoundException] -or $cause -is [IO.DirectoryNotFoundException]) {
            return 'none'
        }
        return 'unknown'
    }
    if (($attributes -band [int] [IO.FileAttributes]::ReparsePoint) -ne 0) { return 'link' }
    if (($attributes -band [int] [IO.FileAttributes]::Directory) -ne 0) { return 'folder' }
    return 'file'
}

# What the machine is, as a runner names it. A runner says so; a person's machine is asked.
function Get-System {
    $system = Get-Setting 'RUNNER_OS'
    if ($system -cne '') { return $system }
    if ([Environment]::OSVersion.Platform -eq [PlatformID]::Win32NT) { return 'Windows' }
    if ([IO.Directory]::Exists('/System/Library')) { return 'macOS' }
    return 'Linux'
}

function Get-Machine {
    $machine = Get-Setting 'RUNNER_ARCH'
    if ($machine -cne '') { return $machine }
    return [string] [Runtime.InteropServices.RuntimeInformation]::OSArchitecture
}

# The ending of a program's name.
function Get-Ending {
    if ((Get-System) -ceq 'Windows') { return '.exe' }
    return ''
}

function Test-Absolute([string] $path) {
    if ([IO.Path]::DirectorySeparatorChar -ceq '/') { return $path -cmatch '\A/' }
    return $path -cmatch '\A[A-Za-z]:[\\/]'
}

# SIGNALBOX_BIN_DIR: somebody's own build. It is said aloud, because no checksum was looked at.
function Find-InFolder([string] $tool) {
    $folder = Get-Setting 'SIGNALBOX_BIN_DIR'
    if ($folder -cmatch '[\r\n]') {
        Stop-Install 2 "SIGNALBOX_BIN_DIR is `"$folder`"; expected a path without line breaks"
    }
    if (-not (Test-Absolute $folder)) {
        Stop-Install 2 "SIGNALBOX_BIN_DIR is `"$folder`"; expected an absolute path"
    }
    $binary = [IO.Path]::Combine($folder, $tool + (Get-Ending))
    if (-not [IO.File]::Exists($binary)) {
        Stop-Install 2 "SIGNALBOX_BIN_DIR has no program `"$binary`"; build it there, or unset the variable"
    }
    Write-Annotation 'warning' "running $binary from SIGNALBOX_BIN_DIR; nothing was verified"
    $script:found = $binary
}

# The root of the source tree: a release tree has lib/ at its root, main has actions/lib/.
function Get-SourceRoot([string] $tool) {
    foreach ($up in '..', '../..') {
        $root = [IO.Path]::GetFullPath([IO.Path]::Combine($lib, $up))
        if ([IO.File]::Exists([IO.Path]::Combine($root, 'Cargo.toml')) -and
            [IO.Directory]::Exists([IO.Path]::Combine($root, 'crates', $tool))) {
            return $root
        }
    }
    Stop-Install 2 "there is no source of $tool around `"$lib`"; use a release of this action, or set SIGNALBOX_BIN_DIR"
}

# The first program of this name on the job's PATH. What has no absolute path is passed over: it would
# be another one in another folder.
function Find-OnPath([string] $name) {
    foreach ($folder in (Get-Setting 'PATH') -csplit [regex]::Escape([string] [IO.Path]::PathSeparator)) {
        if (-not (Test-Absolute $folder)) { continue }
        $program = [IO.Path]::Combine($folder, $name)
        if ([IO.File]::Exists($program)) { return $program }
    }
    return ''
}

# Runs a program to its end, with its words on standard error, and answers with its exit code.
function Invoke-Program([string] $program, [string[]] $words, [string] $folder, [string[]] $without) {
    $start = [Diagnostics.ProcessStartInfo]::new($program)
    # No word here ends in a backslash or holds a quote: they are names of ours and full paths.
    $start.Arguments = '"' + ($words -join '" "') + '"'
    $start.UseShellExecute = $false
    $start.RedirectStandardOutput = $true
    if ($folder -cne '') { $start.WorkingDirectory = $folder }
    foreach ($name in $without) { [void] $start.EnvironmentVariables.Remove($name) }
    $process = [Diagnostics.Process]::Start($start)
    try {
        $process.StandardOutput.BaseStream.CopyTo($stderr)
        $process.WaitForExit()
        return $process.ExitCode
    } finally {
        $process.Dispose()
    }
}

# Builds the tool from the tree that the action's pin names, so that the pin decides what runs.
function Build-FromSource([string] $tool) {
    $cargo = Find-OnPath ('cargo' + (Get-Ending))
    if ($cargo -ceq '') {
        Stop-Install 3 "cargo is not on PATH, so $tool cannot be built; install Rust in a step before (https://rustup.rs), or use a release of this action"
    }
    $root = Get-SourceRoot $tool
    # In the tree of this pin, which the runner fetches anew for each job: what another pin or another
    # job has built, or planted, is never taken for it.
    $target = [IO.Path]::Combine($root, 'target')
    Write-Line "::group::building $tool from $(Get-Escaped $root)"
    # What the job sets for its own builds is not meant for this one.
    $without = 'RUSTFLAGS', 'CARGO_ENCODED_RUSTFLAGS', 'CARGO_BUILD_RUSTFLAGS', 'CARGO_BUILD_TARGET', 'CARGO_BUILD_TARGET_DIR', 'CARGO_TARGET_DIR'
    $words = 'build', '--release', '--locked', '--package', $tool, '--bin', $tool, '--target-dir', $target
    try {
        $code = Invoke-Program $cargo $words $root $without
    } finally {
        Write-Line '::endgroup::'
    }
    if ($code -ne 0) {
        Stop-Install 3 "building $tool from `"$root`" failed; cargo's own words are in the group above"
    }
    $binary = [IO.Path]::Combine($target, 'release', $tool + (Get-Ending))
    if (-not [IO.File]::Exists($binary)) {
        Stop-Install 3 "cargo built $tool somewhere else than `"$binary`"; is build.target set in a configuration of cargo?"
    }
    $script:found = $binary
}

# Which of the six targets this machine is; empty where it is none.
function Get-Target {
    $system = Get-System
    $machine = Get-Machine
    $shown = "$system on $machine"
    $processor = ''
    if ('X64', 'x86_64', 'amd64' -ccontains $machine) { $processor = 'x86_64' }
    if ('ARM64', 'Arm64', 'aarch64', 'arm64' -ccontains $machine) { $processor = 'aarch64' }
    if ($processor -cne '') {
        if ($system -ceq 'Linux') { return "$processor-unknown-linux-musl" }
        if ($system -ceq 'macOS') { return "$processor-apple-darwin" }
        if ($system -ceq 'Windows') { return "$processor-pc-windows-msvc" }
    }
    Set-Trouble 2 "there is no prebuilt binary for $shown (RUNNER_OS, RUNNER_ARCH); there is one for each of: $TARGETS"
    return ''
}

# The text of a file, or nothing where it cannot be read.
function Read-Text([string] $file) {
    try {
        return [IO.File]::ReadAllText($file)
    } catch {
        return $null
    }
}

# The hash of an asset, in the format of sha256sum; empty where there is none. Generated with the
# release, so a line that is not understood is no line to step over.
function Get-Hash([string] $file, [string] $asset) {
    $text = Read-Text $file
    if ($null -eq $text) {
        Stop-Install 2 "`"$file`" is not a file that can be read; check out the action again. $WAYS_OUT"
    }
    $hash = ''
    $number = 0
    $lines = 0
    foreach ($whole in $text -csplit '\n') {
        $number++
        $line = $whole -creplace '\r\z', ''
        if ($line.Length -eq 0 -or $line -cmatch '\A#') { continue }
        $lines++
        $wanted = [regex]::Match($line, '\A([0-9A-Fa-f]{64}) [ *]([A-Za-z0-9._-]+)\z')
        if (-not $wanted.Success) {
            Stop-Install 2 "line $number of `"$file`" is `"$(Get-Start $line 100)`"; expected 64 hexadecimal digits, two spaces and a name. The release is damaged. $WAYS_OUT"
        }
        if ($wanted.Groups[2].Value -cne $asset) { continue }
        $next = $wanted.Groups[1].Value.ToLowerInvariant()
        if ($hash -cne '' -and $hash -cne $next) {
            Stop-Install 2 "`"$file`" has two hashes for $asset, $hash and $next; expected one. The release is damaged. $WAYS_OUT"
        }
        $hash = $next
    }
    if ($lines -eq 0) {
        Stop-Install 2 "`"$file`" has no line; expected one for each binary. The release is damaged. $WAYS_OUT"
    }
    if ($hash -ceq '') {
        Set-Trouble 2 "this release has no prebuilt ${asset}: `"$file`" has no line for it"
    }
    return $hash
}

# Which release this tree is: version and repository. Read by a pattern: it is data, and nothing of it
# is run.
function Get-Release([string] $file) {
    $text = Read-Text $file
    if ($null -eq $text) {
        Stop-Install 2 "`"$file`" is not a file that can be read, so it is unknown which release to fetch. $WAYS_OUT"
    }
    $version = ''
    $repository = ''
    foreach ($line in $text -csplit '\n') {
        $fact = [regex]::Match(($line -creplace '\r\z', ''), '\A(version|repository)=([0-9A-Za-z._+/-]+)\z')
        if (-not $fact.Success) { continue }
        $value = $fact.Groups[2].Value
        if ($fact.Groups[1].Value -ceq 'version') {
            $version = "$version $value".Trim()
        } else {
            $repository = "$repository $value".Trim()
        }
    }
    $semantic = '\A[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?\z'
    $slug = '\A[A-Za-z0-9-]+/[A-Za-z0-9._-]+\z'
    if (-not ($version -cmatch $semantic -and $repository -cmatch $slug -and $repository -cnotmatch '/\.\.?\z')) {
        Stop-Install 2 "`"$file`" says version `"$version`" and repository `"$repository`"; expected one of each, as 1.2.3 and owner/name. $WAYS_OUT"
    }
    return @{ version = $version; repository = $repository }
}

# Where the assets of this release are. Never by way of the server that the job runs on: the action
# may come from github.com through GitHub Connect.
function Set-Base([string] $repository) {
    $script:base = Get-Setting 'SIGNALBOX_BASE_URL'
    if ($base -ceq '') {
        $script:base = "https://github.com/$repository/releases/download"
        return
    }
    if ($base -cnotmatch '[?#]' -and (Test-Allowed $base)) {
        $script:base = $base -creplace '/+\z', ''
        return
    }
    # A password that should not be there is not shown either.
    $shown = "`"$base`""
    if ($base.Contains('@')) { $shown = 'an address with "@"' }
    Stop-Install 2 "the input base-url is $shown; expected https://host/path without user name, query and fragment (http only for 127.0.0.1, [::1] and localhost)"
}

function Get-Sha256($data) {
    $algorithm = [Security.Cryptography.SHA256]::Create()
    try {
        return [BitConverter]::ToString($algorithm.ComputeHash($data)).Replace('-', '').ToLowerInvariant()
    } finally {
        $algorithm.Dispose()
    }
}

# The SHA-256 of a file; empty where it cannot be read.
function Get-FileSha256([string] $file) {
    try {
        # What runs may be read, and may be moved away meanwhile; it may not be written.
        $stream = [IO.File]::Open($file, [IO.FileMode]::Open, [IO.FileAccess]::Read, [IO.FileShare] 'Read, Delete')
        try {
            return Get-Sha256 $stream
        } finally {
            $stream.Dispose()
        }
    } catch {
        return ''
    }
}

# The folder for this binary below the one that a variable names; empty where it may not be used. Who
# links our folder to another one writes there by our hand.
function Get-Folder([string] $variable, [string] $hash, [string] $name) {
    $root = Get-Setting $variable
    if ($root -ceq '') { return '' }
    if ($root -cmatch '[\x00-\x1f\x7f]') {
        Set-Trouble 3 "$variable holds a line break or another control character"
        return ''
    }
    if (-not (Test-Absolute $root)) {
        Set-Trouble 3 "$variable is `"$root`", which is no absolute path"
        return ''
    }
    $ours = [IO.Path]::Combine($root, 'signalbox')
    $folder = [IO.Path]::Combine($ours, $hash)
    foreach ($part in $ours, $folder) {
        $kind = Get-Kind $part
        if ($kind -ceq 'link') {
            Set-Trouble 3 "`"$part`" is a link"
            return ''
        }
        if ($kind -cne 'none' -and $kind -cne 'folder') {
            Set-Trouble 3 "`"$part`" is not a folder"
            return ''
        }
    }
    if ((Get-Kind ([IO.Path]::Combine($folder, $name))) -ceq 'folder') {
        Set-Trouble 3 "`"$folder/$name`" is a folder"
        return ''
    }
    return $folder
}

# Removes a folder of ours and what is in it.
function Remove-Folder([string] $folder) {
    try {
        [IO.Directory]::Delete($folder, $true)
    } catch {
        # What is still held is removed by a later job.
        return
    }
}

# What jobs that were killed have left; none takes a day.
function Clear-Leftovers([string] $folder) {
    foreach ($left in [IO.Directory]::GetDirectories($folder, '.new-*')) {
        $age = [DateTime]::UtcNow - [IO.Directory]::GetLastWriteTimeUtc($left)
        if ($age.TotalDays -gt 1 -and (Get-Kind $left) -ceq 'folder') { Remove-Folder $left }
    }
}

# Makes a folder of our own beside the place of the file: so that putting it there is one rename, which
# no other job sees half done.
function Open-Work([string] $folder) {
    $script:work = [IO.Path]::Combine($folder, '.new-' + [Guid]::NewGuid().ToString('N'))
    try {
        [void] [IO.Directory]::CreateDirectory($work)
        Clear-Leftovers $folder
        return $true
    } catch {
        Set-Trouble 3 "`"$folder`" cannot be written"
        return $false
    }
}

# Puts verified bytes in their place, and looks once more at what stands there then.
function Save-Binary([byte[]] $bytes, [string] $hash, [string] $place) {
    try {
        $made = [IO.Path]::Combine($work, [IO.Path]::GetFileName($place))
        [IO.File]::WriteAllBytes($made, $bytes)
        if ([IO.Path]::DirectorySeparatorChar -ceq '/') {
            [void] (Invoke-Program '/bin/chmod' @('755', $made) '' @())
        }
        # A link is replaced, not followed.
        if ((Get-Kind $place) -ceq 'link') { [IO.File]::Delete($place) }
        foreach ($turn in 1..5) {
            try {
                if ([IO.File]::Exists($place)) {
                    [IO.File]::Replace($made, $place, [NullString]::Value)
                } else {
                    [IO.File]::Move($made, $place)
                }
                break
            } catch {
                # Another job's runs there, or was quicker, or what looks for viruses holds it.
                if ((Get-FileSha256 $place) -ceq $hash) { break }
                [Threading.Thread]::Sleep(200)
            }
        }
    } catch {
        Set-Trouble 3 "`"$place`" cannot be written: $((Get-Cause $_).Message)"
        return $false
    }
    if ((Get-Kind $place) -ceq 'file' -and (Get-FileSha256 $place) -ceq $hash) { return $true }
    Set-Trouble 3 "`"$place`" cannot be written"
    return $false
}

# The verified binary of this release: from the cache, else fetched.
function Find-Released([string] $tool) {
    $list = [IO.Path]::Combine($lib, 'checksums.txt')
    if ((Get-Kind $list) -ceq 'none') {
        $script:whyLevel = 'notice'
        Set-Trouble 2 "this tree has no prebuilt $tool"
        return
    }
    $release = Get-Release ([IO.Path]::Combine($lib, 'release.env'))
    Set-Base $release.repository
    $target = Get-Target
    if ($target -ceq '') { return }
    $name = $tool
    if ($target.Contains('windows')) { $name = "$tool.exe" }
    $asset = "$tool-$target" + $name.Substring($tool.Length)
    $hash = Get-Hash $list $asset
    if ($hash -ceq '') { return }

    $troubles = ''
    foreach ($variable in 'RUNNER_TOOL_CACHE', 'RUNNER_TEMP') {
        $folder = Get-Folder $variable $hash $name
        if ($folder -ceq '') { continue }
        $place = [IO.Path]::Combine($folder, $name)
        $kind = Get-Kind $place
        if ($kind -ceq 'none') { continue }
        if ($kind -ceq 'link') {
            $troubles += "; the cached `"$place`" was a link, so it was not used"
            continue
        }
        $actual = Get-FileSha256 $place
        if ($actual -ceq $hash) {
            $script:found = $place
            return
        }
        if ($actual -ceq '') { $actual = 'that cannot be read' }
        $troubles += "; the cached `"$place`" had SHA-256 $actual, expected $hash, so it was not used"
    }

    $bytes = $null
    foreach ($variable in 'RUNNER_TOOL_CACHE', 'RUNNER_TEMP') {
        if ((Get-Setting $variable) -ceq '') { continue }
        $folder = Get-Folder $variable $hash $name
        if ($folder -cne '' -and (Open-Work $folder)) {
            try {
                if ($null -eq $bytes) {
                    # %2B: what a server makes of a "+" in a path is not certain.
                    $bytes = Receive-Asset "$base/v$($release.version.Replace('+', '%2B'))/$asset" $hash
                    if ($null -eq $bytes) { return }
                    $actual = Get-Sha256 $bytes
                    if ($actual -cne $hash) {
                        Stop-Install 2 "$asset of $base has SHA-256 $actual, expected $hash; it is not the binary that was released, so nothing of it was kept. $WAYS_OUT"
                    }
                }
                $place = [IO.Path]::Combine($folder, $name)
                if (Save-Binary $bytes $hash $place) {
                    $script:found = $place
                    if ($troubles -cne '') {
                        Write-Annotation 'warning' "$tool was verified and put into `"$folder`"$troubles"
                    }
                    return
                }
            } finally {
                Remove-Folder $work
            }
        }
        $troubles += "; $why"
    }
    if ($troubles -ceq '') { $troubles = '; RUNNER_TOOL_CACHE and RUNNER_TEMP are not set' }
    Set-Trouble 3 "there is no folder for the binary: $($troubles.Substring(2))"
}

function Find-Binary([object[]] $words) {
    if ($words.Length -ne 1) {
        Stop-Install 2 "usage: install.ps1 <tool>; expected one of: $TOOLS"
    }
    $tool = [string] $words[0]
    # -contains passes over characters that have no width.
    if ($tool -cnotmatch '\A[a-z-]+\z' -or ($TOOLS -csplit ' ') -cnotcontains $tool) {
        Stop-Install 2 "there is no tool `"$tool`"; expected one of: $TOOLS"
    }
    $build = Get-Setting 'SIGNALBOX_BUILD'
    if ($build -ceq '') { $build = 'never' }
    if ('never', 'fallback', 'always' -cnotcontains $build) {
        Stop-Install 2 "the input `"build`" is `"$build`"; expected never, fallback or always"
    }
    if ((Get-Setting 'SIGNALBOX_BIN_DIR') -cne '') {
        Find-InFolder $tool
        return
    }
    if ($build -ceq 'always') {
        Build-FromSource $tool
        return
    }
    Find-Released $tool
    if ($found -cne '') { return }
    if ($build -ceq 'fallback') {
        Write-Annotation $whyLevel "$why, so $tool is built from source"
        Build-FromSource $tool
        return
    }
    Stop-Install $whyExit "$why. $WAYS_OUT"
}

try {
    $null = Find-Binary $args
} catch {
    Stop-Install 3 "install.ps1 failed at line $($_.InvocationInfo.ScriptLineNumber): $((Get-Cause $_).Message). $WAYS_OUT"
}
$found
exit 0
