# How install.ps1 fetches: addresses, proxies, redirects, tries and limits. It is a part of that script, which
# has the limits and hears of troubles, and is read into it.

# https, and nothing that a URL does not hold. Without encryption only on this machine, and only
# where the user has named such a place, as tests do.
function Test-Allowed([string] $address) {
    $parts = $null
    if ($address -cnotmatch '\A[\x21-\x7e]+\z' -or
        -not [Uri]::TryCreate($address, [UriKind]::Absolute, [ref] $parts)) {
        return $false
    }
    return $address -cmatch $HTTPS -or ($base -cmatch $LOOPBACK -and $address -cmatch $LOOPBACK)
}

# The proxy for an address: that of the environment, as curl takes it, or none. This machine is reached
# directly, whatever a proxy might call 127.0.0.1.
function Get-Proxy([Uri] $address) {
    if ($address.IsLoopback -or $address.Scheme -cne 'https') { return $null }
    $named = ''
    $variable = ''
    foreach ($variable in 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY') {
        $named = Get-Setting $variable
        if ($named -cne '') { break }
    }
    if ($named -ceq '') { return $null }
    $exceptions = Get-Setting 'no_proxy'
    if ($exceptions -ceq '') { $exceptions = Get-Setting 'NO_PROXY' }
    $name = ($address.Host -creplace '[\[\]]', '').ToLowerInvariant()
    foreach ($exception in $exceptions.ToLowerInvariant() -csplit '[\s,]+') {
        $rule = $exception -creplace '\A\*?\.', ''
        if ($rule -ceq '') { continue }
        if ($rule -ceq '*' -or $rule -ceq $name -or $rule -ceq "${name}:$($address.Port)" -or
            $name.EndsWith(".$rule", [StringComparison]::Ordinal)) {
            return $null
        }
    }
    if (-not $named.Contains('://')) { $named = "http://$named" }
    $parts = $null
    if (-not [Uri]::TryCreate($named, [UriKind]::Absolute, [ref] $parts)) {
        Stop-Install 3 "the variable $variable is no address of a proxy; expected http://host:port"
    }
    $proxy = [Net.WebProxy]::new("$($parts.Scheme)://$($parts.Authority)")
    if ($parts.UserInfo -cne '') {
        $user, $password = $parts.UserInfo -csplit ':', 2
        $proxy.Credentials = [Net.NetworkCredential]::new([Uri]::UnescapeDataString($user), [Uri]::UnescapeDataString([string] $password))
    }
    return $proxy
}

# TLS 1.2, and 1.3 where the system has it switched on: asked for elsewhere, it is refused as a whole.
function Get-Protocols {
    $system = [Environment]::OSVersion
    $isWindows11 = $system.Platform -eq [PlatformID]::Win32NT -and $system.Version.Build -ge 20348
    if ($isWindows11 -or (Get-System) -ceq 'Linux') { return 3072 + 12288 }
    return 3072
}

# One request: status (0 without an answer), where it sends on to, the body, and what went wrong.
# Redirects are left to us: so each address is looked at before it is asked.
function Invoke-Request([Uri] $address) {
    $answer = @{ status = 0; location = ''; body = $null; wrong = ''; large = $false }
    $proxy = Get-Proxy $address
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $handler = $null
    $client = $null
    $response = $null
    try {
        if ($PSVersionTable.PSEdition -ceq 'Desktop') {
            [void] [Reflection.Assembly]::Load('System.Net.Http, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b03f5f7f11d50a3a')
            [Net.ServicePointManager]::SecurityProtocol = [Enum]::ToObject([Net.SecurityProtocolType], (Get-Protocols))
        }
        $handler = [Net.Http.HttpClientHandler]::new()
        if ($PSVersionTable.PSEdition -cne 'Desktop') {
            $handler.SslProtocols = [Enum]::ToObject([Security.Authentication.SslProtocols], (Get-Protocols))
        }
        $handler.AllowAutoRedirect = $false
        $handler.UseCookies = $false
        $handler.UseProxy = $null -ne $proxy
        if ($null -ne $proxy) { $handler.Proxy = $proxy }
        $client = [Net.Http.HttpClient]::new($handler)
        $client.Timeout = [Threading.Timeout]::InfiniteTimeSpan
        $request = [Net.Http.HttpRequestMessage]::new([Net.Http.HttpMethod]::Get, $address)
        [void] $request.Headers.TryAddWithoutValidation('User-Agent', 'signalbox')
        $sending = $client.SendAsync($request, [Net.Http.HttpCompletionOption]::ResponseHeadersRead)
        if (-not $sending.Wait(1000 * ($CONNECT_SECONDS + $STALL_SECONDS))) {
            $answer.wrong = "no answer within $($CONNECT_SECONDS + $STALL_SECONDS) seconds"
            return $answer
        }
        $response = $sending.Result
        $answer.status = [int] $response.StatusCode
        if ($null -ne $response.Headers.Location) {
            $answer.location = $response.Headers.Location.OriginalString
        }
        if ($answer.status -ne 200) { return $answer }
        $null = Read-Body $response $watch $answer
    } catch {
        $cause = Get-Cause $_
        $answer.wrong = $cause.Message
        # What a proxy says before there is a tunnel comes as words alone.
        $refused = [regex]::Match($cause.Message, "['(]([45][0-9][0-9])[')]")
        if ($answer.status -eq 0 -and $null -ne $proxy -and $refused.Success) {
            $answer.status = [int] $refused.Groups[1].Value
        }
    } finally {
        if ($null -ne $response) { $response.Dispose() }
        if ($null -ne $client) { $client.Dispose() }
        if ($null -ne $handler) { $handler.Dispose() }
    }
    return $answer
}

# The body, as far as it comes in time and is no larger than it may be. A read is waited for, not
# cancelled: there are bodies of .NET that cannot be.
function Read-Body($response, $watch, $answer) {
    $length = $response.Content.Headers.ContentLength
    if ($null -ne $length -and $length -ge 1024 * $LARGEST_KIB) {
        $answer.large = $true
        return
    }
    $opening = $response.Content.ReadAsStreamAsync()
    $opening.Wait()
    $stream = $opening.Result
    $body = [IO.MemoryStream]::new()
    $buffer = [byte[]]::new(65536)
    $since = $watch.ElapsedMilliseconds
    $fresh = 0
    $reading = $stream.ReadAsync($buffer, 0, $buffer.Length)
    while ($true) {
        $until = [Math]::Min([long] ($since + 1000 * $STALL_SECONDS), [long] (1000 * $TRY_SECONDS))
        if ($reading.Wait([int] [Math]::Max([long] 0, [long] ($until - $watch.ElapsedMilliseconds)))) {
            $count = $reading.Result
            if ($count -eq 0) { break }
            if ($body.Length + $count -ge 1024 * $LARGEST_KIB) {
                $answer.large = $true
                return
            }
            $body.Write($buffer, 0, $count)
            $fresh += $count
            $reading = $stream.ReadAsync($buffer, 0, $buffer.Length)
        }
        if ($watch.ElapsedMilliseconds -lt $until) { continue }
        if ($watch.ElapsedMilliseconds -ge 1000 * $TRY_SECONDS -or $fresh -lt $STALL_BYTES * $STALL_SECONDS) {
            $answer.wrong = "too slow: $($body.Length) bytes in $([int] $watch.Elapsed.TotalSeconds) seconds"
            return
        }
        $since = $watch.ElapsedMilliseconds
        $fresh = 0
    }
    if ($null -ne $length -and $length -ne $body.Length) {
        $answer.wrong = "cut off: $($body.Length) of $length bytes"
        return
    }
    $answer.body = $body.ToArray()
}

# Where a redirect leads, in full; empty where it says nothing that is understood.
function Get-Redirect([Uri] $address, [string] $location) {
    if ($location -cmatch '\A//') { return '' }
    if ($location -cmatch '\A/') { return "$($address.Scheme)://$($address.Authority)$location" }
    return $location
}

# One try: the bytes, or nothing and why not. Says in $passing whether another try may help.
function Receive-Once([string] $first, [string] $hash) {
    $address = $first
    $redirects = 0
    $script:passing = $false
    while ($true) {
        $answer = Invoke-Request ([Uri] $address)
        # The rest of the address may be a permission to read.
        $shown = ($address -csplit '\?')[0]
        if ($answer.large) {
            Stop-Install 2 "$shown is larger than $LARGEST_KIB KiB; expected a binary with SHA-256 $hash. Nothing of it was kept. $WAYS_OUT"
        }
        $status = $answer.status
        if ($null -ne $answer.body) { return , $answer.body }
        if (301, 302, 303, 307, 308 -contains $status) {
            $redirects++
            $location = Get-Redirect ([Uri] $address) $answer.location
            $next = ($location -csplit '\?')[0]
            if ($redirects -gt $MOST_REDIRECTS) {
                Set-Trouble 3 "$first is redirected more than $MOST_REDIRECTS times, at last to $next"
                return $null
            }
            if (-not (Test-Allowed $location)) {
                Set-Trouble 3 "$shown is redirected to `"$next`"; expected an https address"
                return $null
            }
            $address = $location
            continue
        }
        $script:passing = $status -eq 0 -or $status -eq 200 -or $status -eq 408 -or $status -eq 429 -or ($status -ge 500 -and $status -le 599)
        if ($status -eq 0 -or $status -eq 200) {
            Set-Trouble 3 "$shown cannot be fetched: .NET says `"$(Get-Start $answer.wrong 300)`""
        } else {
            Set-Trouble 3 "$shown cannot be fetched: expected HTTP status 200, got $status"
        }
        return $null
    }
}

function Receive-Asset([string] $address, [string] $hash) {
    $tries = 0
    $watch = [Diagnostics.Stopwatch]::StartNew()
    foreach ($pause in "$PAUSES last" -csplit ' ') {
        $bytes = Receive-Once $address $hash
        if ($null -ne $bytes) { return , $bytes }
        $tries++
        if (-not $passing -or $pause -ceq 'last' -or $watch.Elapsed.TotalSeconds -ge $TRY_SECONDS) { break }
        [Threading.Thread]::Sleep(1000 * [int] $pause)
    }
    if ($tries -ne 1) { Set-Trouble $whyExit "$why; tried $tries times" }
    return $null
}
