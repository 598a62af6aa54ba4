//! What this machine is.

use std::ffi::OsString;
use std::path::Path;
use std::thread::{self, JoinHandle};

use bstr::ByteSlice as _;
use ecosystems::caches::Machine;
use runner_protocol::{Failure, Out};

use super::disk;
use super::files::home;

/// The most bytes that `getconf` and `os-release` have.
const LARGEST: u64 = 64 << 10;

/// The C library, as it is found out.
pub(crate) type Libc = JoinHandle<Result<Option<String>, Failure>>;

/// Begins to find out which C library there is: that takes another process.
pub(crate) fn expect_libc() -> Libc {
    thread::spawn(|| if cfg!(target_os = "linux") { libc() } else { Ok(None) })
}

/// The machine that this runs on, with a repository. On a runner its own words for system and processor count, so that a
/// container on it is called the same.
pub(crate) fn machine(libc: Libc, top: &Path, out: &Out) -> Result<Machine, Failure> {
    let given = |name| {
        let word = out.variables(&|it: &[u8]| it == str::as_bytes(name)).into_values().next()?;
        Some(word.to_str_lossy().to_lowercase())
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "x86",
        other => other,
    };
    let is_linux = cfg!(target_os = "linux");
    let home = home(out);
    Ok(Machine {
        os: given("RUNNER_OS").unwrap_or_else(|| std::env::consts::OS.to_owned()),
        arch: given("RUNNER_ARCH").unwrap_or_else(|| arch.to_owned()),
        libc: libc.join().unwrap_or(Ok(None))?,
        distribution: if is_linux { distribution()? } else { None },
        home_from_workspace: home.as_deref().and_then(|home| super::workspace::from_it(home, out)),
        home: home.map(|home| home.into_os_string().into_encoded_bytes()),
        repository: top.as_os_str().as_encoded_bytes().to_vec(),
    })
}

/// The C library with its version. Source: getconf(1), `GNU_LIBC_VERSION`, which musl's does not know.
fn libc() -> Result<Option<String>, Failure> {
    let asked = [OsString::from("GNU_LIBC_VERSION")];
    let said = system::run("getconf", &asked, Path::new("."), LARGEST);
    if let Ok(said) = said
        && said.code == Some(0)
    {
        return Ok(Some(said.stdout.to_str_lossy().trim().to_owned()));
    }
    // musl's loader is named after it and the processor (musl documentation, "Introduction to musl").
    let arch = std::env::consts::ARCH;
    let musl = format!("/lib/ld-musl-{arch}.so.1");
    let is_musl = system::exists(Path::new(&musl))
        .map_err(|failure| disk(&failure, "the C library", "see the permissions of /lib"))?;
    Ok(is_musl.then(|| "musl".to_owned()))
}

/// The distribution with its version. Source: os-release(5).
fn distribution() -> Result<Option<String>, Failure> {
    let path = Path::new("/etc/os-release");
    let help = "see the permissions of /etc";
    if !system::exists(path).map_err(|failure| disk(&failure, "the system's name", help))? {
        return Ok(None);
    }
    let bytes = system::read_file(path, LARGEST)
        .map_err(|failure| disk(&failure, "the system's name", help))?;
    let value = |key: &str| {
        let line = bytes.lines().find_map(|line| line.strip_prefix(key.as_bytes()))?;
        let value = line.trim_with(|letter| letter == '"' || letter == '\'');
        Some(value.to_str_lossy().into_owned()).filter(|value| !value.is_empty())
    };
    Ok(value("ID=").map(|id| match value("VERSION_ID=") {
        Some(version) => format!("{id} {version}"),
        None => id,
    }))
}
