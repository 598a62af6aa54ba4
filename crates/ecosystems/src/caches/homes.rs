//! Where tools keep their downloads: by the operating system, the environment and settings, in the form
//! that actions/cache takes.

use super::{Machine, Seen};
use crate::workspaces::folders;

/// A folder of downloads on each system, below the home folder.
pub(super) struct Default {
    pub(super) linux: &'static str,
    pub(super) macos: &'static str,
    pub(super) windows: &'static str,
}

impl Default {
    /// Where it is, as actions/cache takes it.
    pub(super) fn path(&self, seen: &Seen<'_>) -> Vec<u8> {
        let below = match seen.machine.os.as_str() {
            "macos" => self.macos,
            "windows" => self.windows,
            _ => self.linux,
        };
        [b"~/", below.as_bytes()].concat()
    }
}

/// A folder that somebody set, as actions/cache takes it: with `~` for the home folder and from the root of
/// the repository where it is in it, so that it is the same text on each machine (a cache is only found by
/// the same text: actions/cache, "Cache version"). A relative one is meant from `folder`.
pub(super) fn place(seen: &Seen<'_>, folder: &[u8], set: &[u8]) -> Vec<u8> {
    let machine = seen.machine;
    let path = slashes(machine, set);
    for home in [&b"~"[..], b"${HOME}", b"$HOME"] {
        if let Some(below) = folders::inside(home, &path) {
            return inside(b"~", &String::from_utf8_lossy(&normal(below)));
        }
    }
    let top = normal(&slashes(machine, &machine.repository));
    let is_absolute = path.starts_with(b"/") || matches!(path.as_slice(), [_, b':', ..]);
    let path = if is_absolute { path } else { [&top, &b"/"[..], folder, b"/", &path].concat() };
    let path = normal(&path);
    if let Some(below) = folders::inside(&top, &path).filter(|below| !below.is_empty())
        && (!top.is_empty() || !is_absolute)
    {
        return below.strip_prefix(b"/").unwrap_or(below).to_vec();
    }
    let home = machine.home.as_deref().map(|home| normal(&slashes(machine, home)));
    let home = home.filter(|home| !home.is_empty() && home != b"/");
    match home.and_then(|home| folders::inside(&home, &path).map(<[u8]>::to_vec)) {
        Some(below) => [&b"~/"[..], &below].concat(),
        None => path,
    }
}

/// The same, if it is a folder of its own: nothing for the repository or the home folder, of which
/// everything would be kept, and for a folder around them.
pub(super) fn own_place(seen: &Seen<'_>, folder: &[u8], set: &[u8]) -> Option<Vec<u8>> {
    let found = place(seen, folder, set);
    let machine = seen.machine;
    let whole = |path: &[u8]| normal(&slashes(machine, path));
    let repository = whole(&machine.repository);
    let home = machine.home.as_deref().map(whole);
    let absolute = match (found.strip_prefix(b"~/"), &home) {
        (Some(below), Some(home)) => [home.as_slice(), b"/", below].concat(),
        (Some(_), None) => found.clone(),
        (None, _) if found.starts_with(b"/") => found.clone(),
        (None, _) => [repository.as_slice(), b"/", &found].concat(),
    };
    let absolute = whole(&absolute);
    let is_around = |path: &[u8]| absolute == b"/" || folders::inside(&absolute, path).is_some();
    let is_all = is_around(&repository) || home.as_deref().is_some_and(is_around);
    (!is_all).then_some(found)
}

/// A path of this machine with `/` between its parts.
pub(super) fn slashes(machine: &Machine, path: &[u8]) -> Vec<u8> {
    let is_windows = machine.os == "windows";
    let slash = |byte: &u8| if is_windows && *byte == b'\\' { b'/' } else { *byte };
    path.iter().map(slash).collect()
}

/// A path without `.`, `..`, doubled `/`, and without `/` at its end.
pub(super) fn normal(path: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in folders::names_of(path) {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    if path.starts_with(b"/") { [b"/", joined.as_slice()].concat() } else { joined }
}

/// `below` in the folder `path`.
pub(super) fn inside(path: &[u8], below: &str) -> Vec<u8> {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    [path, b"/", below.as_bytes()].concat()
}

/// The folder for what may be lost: `$XDG_CACHE_HOME`, where a tool obeys it on this system, otherwise
/// nothing (XDG Base Directory Specification 0.8).
pub(super) fn xdg(seen: &Seen<'_>, variable: &str, on_macos: bool) -> Option<Vec<u8>> {
    let is_obeyed = match seen.machine.os.as_str() {
        "windows" => false,
        "macos" => on_macos,
        _ => true,
    };
    let set = seen.variable(variable).filter(|_| is_obeyed)?;
    // A relative one is invalid, and to be left out.
    set.starts_with(b"/").then(|| place(seen, b"", set))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bstr::BString;
    use repo_model::MemoryTree;

    use super::*;
    use crate::caches::Settings;

    /// An empty repository on a machine.
    #[track_caller]
    fn seen_on(machine: &Machine, look: impl FnOnce(&Seen<'_>)) {
        look(&Seen {
            tree: &MemoryTree::default(),
            variables: &BTreeMap::new(),
            answers: &[],
            beyond: &[],
            machine,
            settings: &Settings::default(),
        });
    }

    #[track_caller]
    fn check(os: &str, home: &str, set: &str, wanted: &str) {
        let machine = Machine {
            os: os.to_owned(),
            home: Some(home.into()),
            repository: b"/home/me/code/r".to_vec(),
            ..Machine::default()
        };
        seen_on(&machine, |seen| {
            assert_eq!(BString::from(place(seen, b"web", set.as_bytes())), wanted);
        });
    }

    #[test]
    fn no_place_is_the_whole_repository_or_home() {
        let machine = Machine {
            home: Some(b"/home/me".to_vec()),
            repository: b"/home/me/code/r".to_vec(),
            ..Machine::default()
        };
        seen_on(&machine, |seen| {
            let own = |set: &str| own_place(seen, b"web", set.as_bytes()).map(BString::from);
            for set in
                ["..", "../..", "~", "~/", "~/code", "/", "/home", "/home/me/code/r/", "$HOME"]
            {
                assert_eq!(own(set), None, "{set}");
            }
            assert_eq!(own("."), Some("web".into()));
            assert_eq!(own("../../x"), Some("~/code/x".into()));
            assert_eq!(own("/opt"), Some("/opt".into()));
        });
    }

    #[test]
    fn a_folder_is_written_the_same_on_each_machine() {
        check("linux", "/home/me", "/home/me/.npm", "~/.npm");
        check("linux", "/home/me", "/home/meme/.npm", "/home/meme/.npm");
        check("linux", "/home/me", "~/x/", "~/x");
        check("linux", "/home/me", "${HOME}/x", "~/x");
        check("linux", "/home/me", "/opt/cache", "/opt/cache");
        check("linux", "/home/me", "cache", "web/cache");
        check("linux", "/home/me", "../cache", "cache");
        check("linux", "/home/me", "../../cache", "~/code/cache");
        check("linux", "/home/me", "/home/me/code/r/.cache", ".cache");
        check("linux", "", "/x", "/x");
        check("windows", "C:\\profile", "C:\\profile\\x", "~/x");
        check("windows", "C:\\profile", "D:\\x", "D:/x");
    }
}
