//! The scratch store: a bare repository of our own that sees everything in the user's clone, and into
//! which alone anything is fetched.
//!
//! It borrows the clone's objects (gitrepository-layout(5), `objects/info/alternates`) and starts with
//! its refs and its boundary, so that a fetch asks for nothing that is there. The clone keeps its refs,
//! its `shallow` file, its configuration and its objects as they were.
//!
//! What the clone's configuration says about servers and credentials goes along in variables
//! (git-config(1), `GIT_CONFIG_COUNT`): never on a command line, which others can see, nor on the disk.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use bstr::{BStr, BString, ByteSlice as _};
use tempfile::TempDir;

use crate::Settings;
use crate::disk;
use crate::launch::{self, Network};
use crate::output::{Reference, Setting};

/// What the remote is called in the scratch store, whatever its name is in the clone.
pub(crate) const REMOTE: &str = "signalbox";

/// Sections whose settings say how a server is reached (git-config(1)).
const SECTIONS: &[&str] = &["credential.", "http.", "protocol.", "url."];

/// Single settings that do.
const KEYS: &[&str] = &["core.askpass", "core.gitproxy", "core.sshcommand", "ssh.variant"];

/// Settings of a remote that do; the others say what to do with refs.
const OF_REMOTE: &[&str] =
    &["proxy", "proxyauthmethod", "serveroption", "uploadpack", "url", "vcs"];

/// How deep stores borrow from stores: as deep as git looks itself.
const DEPTH: usize = 5;

/// What of the user's clone the scratch store is made from.
pub(crate) struct Clone<'a> {
    /// Where its objects are.
    pub(crate) objects: PathBuf,
    /// The boundary at which its history ends; nothing where it ends by itself.
    pub(crate) shallow: Vec<u8>,
    /// Its refs.
    pub(crate) references: &'a [Reference],
    /// The commit that is checked out, if there is one.
    pub(crate) head: Option<&'a str>,
}

/// The store. It is gone with this value.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
    /// Where a path of the clone's configuration is relative to.
    from: PathBuf,
    servers: Vec<(BString, BString)>,
}

impl Scratch {
    /// Where a new store is to be, before git has made it.
    pub(crate) fn at(
        settings: &Settings,
        from: &Path,
        config: &[Setting],
        remote: &BStr,
    ) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("signalbox-git-");
        let folder = match &settings.temporary {
            Some(temporary) => builder.tempdir_in(temporary)?,
            None => builder.tempdir()?,
        };
        Ok(Self { folder, from: from.to_owned(), servers: servers(config, remote) })
    }

    /// The command that makes it.
    pub(crate) fn init(&self, settings: &Settings, is_sha256: bool) -> Command {
        let mut command = self.command(settings, Network::Closed);
        let format = if is_sha256 { "--object-format=sha256" } else { "--object-format=sha1" };
        // Without a template there are no hooks; with files for refs they can be written here.
        command.env("GIT_DEFAULT_REF_FORMAT", "files");
        command.args(["init", "--quiet", "--bare", "--template=", format]);
        command
    }

    /// Shows it the user's clone.
    pub(crate) fn fill(&self, clone: &Clone<'_>) -> io::Result<()> {
        let folder = self.folder.path();
        let mut borrowed = Vec::new();
        for store in stores(&clone.objects)? {
            borrowed.extend_from_slice(&quoted(store.as_os_str().as_encoded_bytes()));
            borrowed.push(b'\n');
        }
        disk::write(&folder.join("objects/info/alternates"), &borrowed)?;
        if !clone.shallow.is_empty() {
            disk::write(&folder.join("shallow"), &clone.shallow)?;
        }
        let mut references: Vec<&Reference> = clone.references.iter().collect();
        references.sort_by(|one, other| one.name.cmp(&other.name));
        let mut packed = Vec::new();
        for reference in references {
            packed.extend_from_slice(format!("{} ", reference.id).as_bytes());
            packed.extend_from_slice(&reference.name);
            packed.push(b'\n');
        }
        disk::write(&folder.join("packed-refs"), &packed)?;
        match clone.head {
            Some(head) => disk::write(&folder.join("HEAD"), format!("{head}\n").as_bytes()),
            None => Ok(()),
        }
    }

    /// A git in it, that has not been started.
    pub(crate) fn command(&self, settings: &Settings, network: Network) -> Command {
        let mut command = launch::command(settings, &self.from, network);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_CONFIG_PARAMETERS"] {
            command.env_remove(name);
        }
        // The clone's own list holds what these files say, and a header given twice is refused by
        // servers.
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let mut key = String::new();
        for (at, (name, value)) in self.servers.iter().enumerate() {
            key.clear();
            let _ = write!(key, "GIT_CONFIG_KEY_{at}");
            command.env(&key, of_bytes(name));
            key.clear();
            let _ = write!(key, "GIT_CONFIG_VALUE_{at}");
            command.env(&key, of_bytes(value));
        }
        command.env("GIT_CONFIG_COUNT", self.servers.len().to_string());
        let mut git_dir = OsString::from("--git-dir=");
        git_dir.push(self.folder.path());
        command.arg(git_dir);
        command
    }

    /// The file that names its boundary.
    pub(crate) fn shallow(&self) -> PathBuf {
        self.folder.path().join("shallow")
    }
}

/// The settings that say how the remote is reached.
fn servers(config: &[Setting], remote: &BStr) -> Vec<(BString, BString)> {
    let mut servers = Vec::new();
    for setting in config {
        let key = setting.key.as_bstr();
        let of_remote = || {
            let is_one = |variable: &&&str| setting.between("remote", variable) == Some(remote);
            OF_REMOTE.iter().find(is_one)
        };
        let is_passed =
            SECTIONS.iter().any(|it| key.starts_with_str(it)) || KEYS.iter().any(|it| key == *it);
        let name: BString = if is_passed {
            key.into()
        } else if let Some(variable) = of_remote() {
            format!("remote.{REMOTE}.{variable}").into()
        } else {
            continue;
        };
        let value = setting.value.clone().unwrap_or_else(|| "true".into());
        servers.push((name, value));
    }
    let mut add = |name: String, value: &str| servers.push((name.into(), value.into()));
    // What a filter left out may be asked for later.
    add(format!("remote.{REMOTE}.promisor"), "true");
    // The one file of the user's that a fetch would write.
    add("http.savecookies".to_owned(), "false");
    servers
}

/// The folder of objects, and those from which it borrows, at any depth. Git follows relative ones at
/// the first depth only, so all of them are named here.
fn stores(objects: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![disk::whole_path(objects)?];
    let mut at = 0;
    let mut depth = vec![0];
    while let (Some(store), Some(here)) = (found.get(at).cloned(), depth.get(at).copied()) {
        at += 1;
        let Some(list) = disk::read(&store.join("info/alternates"))? else { continue };
        if here == DEPTH {
            continue;
        }
        for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
            let path = store.join(of_bytes(&unquoted(line)));
            // One that is not there holds nothing; git says so too, and goes on.
            let Ok(path) = disk::whole_path(&path) else { continue };
            if !found.contains(&path) {
                found.push(path);
                depth.push(here + 1);
            }
        }
    }
    Ok(found)
}

/// A path as a line of `alternates` (git's "quoted C style", as in git-config(1), `core.quotePath`).
fn quoted(path: &[u8]) -> Vec<u8> {
    if !path.iter().any(|byte| matches!(byte, b'\n' | b'"' | b'\\')) {
        return path.to_vec();
    }
    let mut line = vec![b'"'];
    for byte in path {
        match byte {
            b'\n' => line.extend_from_slice(b"\\n"),
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', *byte]),
            byte => line.push(*byte),
        }
    }
    line.push(b'"');
    line
}

/// The path that such a line means.
fn unquoted(line: &[u8]) -> Vec<u8> {
    let inner = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inner) = inner else { return line.to_vec() };
    let mut path = Vec::new();
    let mut rest = inner;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            path.push(*first);
            continue;
        }
        let octal =
            rest.get(..3).filter(|digits| digits.iter().all(|it| (b'0'..=b'7').contains(it)));
        if let Some(digits) = octal {
            let value = digits
                .iter()
                .fold(0_u8, |sum, digit| sum.wrapping_mul(8).wrapping_add(digit - b'0'));
            path.push(value);
            rest = rest.get(3..).unwrap_or_default();
            continue;
        }
        let Some((letter, after)) = rest.split_first() else { break };
        rest = after;
        path.push(match letter {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            other => *other,
        });
    }
    path
}

#[cfg(unix)]
pub(crate) fn of_bytes(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
pub(crate) fn of_bytes(bytes: &[u8]) -> OsString {
    OsString::from(bytes.to_str_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn setting(key: &str, value: &str) -> Setting {
        Setting { key: key.into(), value: Some(value.into()) }
    }

    #[test]
    fn only_what_reaches_a_server_goes_along() {
        let config = [
            setting("alias.fetch", "!touch x"),
            setting("core.sshcommand", "ssh -i key"),
            setting("core.hookspath", "hooks"),
            setting("filter.lfs.process", "git-lfs"),
            setting("http.https://github.com/.extraheader", "AUTHORIZATION: basic secret"),
            setting("remote.up.stream.url", "../x.git"),
            setting("remote.up.stream.fetch", "+refs/heads/*:refs/remotes/up.stream/*"),
            setting("remote.other.url", "https://example.org"),
            setting("url.https://h/.insteadof", "git@h:"),
        ];
        let passed = servers(&config, "up.stream".into());
        let names: Vec<&str> = passed.iter().map(|(key, _)| key.to_str().unwrap()).collect();
        assert_eq!(
            names,
            [
                "core.sshcommand",
                "http.https://github.com/.extraheader",
                "remote.signalbox.url",
                "url.https://h/.insteadof",
                "remote.signalbox.promisor",
                "http.savecookies",
            ]
        );
    }

    #[test]
    fn stores_that_borrow_from_stores_are_all_found() {
        let scratch = testkit::Scratch::new();
        scratch.write("a/info/alternates", "# two\n../b\n../none\n");
        scratch.write("b/info/alternates", format!("\"{}\"\n../a\n", scratch.at("c").display()));
        scratch.write("c/x", "");
        let found = stores(&scratch.at("a")).unwrap();
        assert_eq!(found, ["a", "b", "c"].map(|name| scratch.at(name)));
    }

    proptest! {
        #[test]
        fn a_path_is_quoted_and_read_again(path in proptest::collection::vec(1_u8..=255, 1..20)) {
            prop_assume!(path.first() != Some(&b'"'));
            let line = quoted(&path);
            prop_assert!(!line.contains(&b'\n'));
            prop_assert_eq!(unquoted(&line), path);
        }
    }
}
