//! Trees and patterns that nobody made, the same ones for the same seed.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::picomatch::made_up::Random;

/// Names, the first of which are what most files are called.
const NAMES: &[&[u8]] = &[
    b"a",
    b"b",
    b"a.js",
    b"b.js",
    b"index.ts",
    b"package-lock.json",
    b"Cargo.lock",
    b"src",
    b"lib",
    b"node_modules",
    b".git",
    b".env",
    b".github",
    b"..a",
    b"a-b",
    b"a b",
    b" a",
    b"a ",
    b"A",
    b"#a",
    b"!a",
    b"~",
    b"a[b]c",
    b"[ab]",
    b"[",
    b"]",
    b"{a,b}",
    b"a*",
    b"**",
    b"?",
    b"a\\b",
    b"\\",
    b"+(a)",
    b"a\nb",
    b"$HOME",
    b"a'\"b",
    "é".as_bytes(),
    "e\u{301}".as_bytes(),
    "ß".as_bytes(),
    "日本".as_bytes(),
    "😀".as_bytes(),
    "😀.js".as_bytes(),
    "\u{fffd}".as_bytes(),
    "a\u{fffd}".as_bytes(),
    "\u{a0}".as_bytes(),
    b"a\xff",
    b"\xe9.js",
    b"\xf0\x9f\x98",
    b"0",
    b"9",
    b"z",
];
/// How many of them are called so most of the time.
const USUAL: usize = 16;

/// What the working directory is called.
const TOPS: &[&str] =
    &["w", "w", "w", "w x", "w[1]", "w[", "w]", "w*", "w?", "w\\x", "w{a,b}", "wé😀", ".w", "w!"];

/// Patterns as people write them, and the edges of the dialect.
const PATTERNS: &[&str] = &[
    "**",
    "**/*",
    "*",
    "**/*.js",
    "**/package-lock.json",
    "**/Cargo.lock",
    "src/**",
    "src/**/*.ts",
    "**/src/**",
    "**/node_modules/**",
    "!**/node_modules/**",
    "!**/*.js",
    "!.git",
    "!src/",
    "*/",
    "**/",
    "**/a/**/b",
    "**/**/a",
    "**/**",
    "a/**/**",
    ".*",
    "**/.*",
    ".",
    "./",
    "~",
    "~/**",
    "..",
    "./../a",
    "a/./b",
    "[.]",
    "!",
    "#",
    "# **",
    "\\#a",
    "\\!a",
    "[!a]",
    "[^a]*",
    "[a-c]",
    "[]a]",
    "[]",
    "[",
    "a[",
    "[a",
    "*[",
    "[*]",
    "[?]",
    "[[]*",
    "[a-]",
    "[-a]*",
    "[a",
    "{a,b}",
    "a{,.js}",
    "+(a)",
    "!(a)",
    "@(a|b)",
    "a\\",
    "\\",
    "\\\\",
    "a\\*",
    "\\a",
    "?",
    "??",
    "???",
    "*.*",
    "**.js",
    "***",
    "a**",
    "a//b",
    "//a",
    "**/?",
    "[[:alpha:]]",
    "[z-a]",
    "[!]",
    "*\\.js",
    "\u{feff}a\u{3000}",
    "a\r",
];

/// A tree, with what is asked about it.
pub(super) struct Case {
    pub(super) directory: PathBuf,
    pub(super) home: PathBuf,
    pub(super) patterns: String,
    pub(super) follows: bool,
}

/// Makes a tree in a folder of its own, and patterns that are not refused as disputed.
pub(super) fn case(
    folder: &Path,
    random: &mut Random,
    is_disputed: &dyn Fn(&Case) -> bool,
) -> Case {
    let top = folder.join(TOPS[random.below(TOPS.len())]);
    fs::create_dir_all(&top).unwrap();
    let outside = folder.join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a.js"), "outside").unwrap();
    symlink(&top, outside.join("back")).unwrap();
    let mut folders = vec![top.clone()];
    let mut all = Vec::new();
    for number in 0..4 + random.below(14) {
        let path = folders[random.below(folders.len())].join(name(random));
        let is_made = match random.below(10) {
            0..=4 => !path.exists() && fs::write(&path, format!("{number}\r\n")).is_ok(),
            5..=7 => fs::create_dir(&path).is_ok(),
            _ => symlink(target(&top, &outside, &all, random), &path).is_ok(),
        };
        if is_made {
            if fs::symlink_metadata(&path).unwrap().is_dir() {
                folders.push(path.clone());
            }
            all.push(path);
        }
    }
    let home = if random.below(2) == 0 { top.clone() } else { outside };
    let follows = random.below(2) == 0;
    let mut case = Case { directory: top, home, patterns: String::new(), follows };
    loop {
        let lines = (0..=random.below(4)).map(|_| line(&case.directory, &all, random));
        case.patterns = lines.collect::<Vec<_>>().join("\n");
        if !is_disputed(&case) {
            return case;
        }
    }
}

fn name(random: &mut Random) -> &'static OsStr {
    let end = if random.below(4) == 0 { NAMES.len() } else { USUAL };
    OsStr::from_bytes(NAMES[random.below(end)])
}

/// Where a link leads: to something that is there, to nothing, around in circles, outside.
fn target(top: &Path, outside: &Path, all: &[PathBuf], random: &mut Random) -> OsString {
    match random.below(9) {
        0..=3 if !all.is_empty() => all[random.below(all.len())].clone().into(),
        4 => "nowhere".into(),
        5 => "..".into(),
        6 => ".".into(),
        7 => [outside.to_owned(), outside.join("a.js")][random.below(2)].clone().into(),
        8 => match random.below(8) {
            // A link to itself, if it is called so: every walk over it fails.
            0 => "a".into(),
            1 => "/dev/null".into(),
            2 => "a/nothing".into(),
            _ => "a.js".into(),
        },
        _ => top.into(),
    }
}

/// A line of a list of patterns.
fn line(top: &Path, all: &[PathBuf], random: &mut Random) -> String {
    let mut pattern = if random.below(3) == 0 || all.is_empty() {
        PATTERNS[random.below(PATTERNS.len())].to_owned()
    } else {
        let path = &all[random.below(all.len())];
        let below = path.strip_prefix(top).unwrap().to_string_lossy().into_owned();
        let segments: Vec<String> = below.split('/').map(|name| segment(name, random)).collect();
        let pattern = segments.join("/");
        match random.below(8) {
            0 => format!("./{pattern}"),
            1 => format!("{}/{pattern}", top.to_str().unwrap()),
            // All that is beside the top; `/**` would be the whole machine.
            2 if random.below(4) == 0 => format!("{}/**", top.parent().unwrap().to_str().unwrap()),
            2 => format!("{pattern}/"),
            3 => format!("{pattern}/**"),
            4 => format!("**/{pattern}"),
            _ => pattern,
        }
    };
    match random.below(12) {
        0..=2 => pattern.insert(0, '!'),
        3 => pattern.insert_str(0, "! "),
        4 => pattern = format!(" {pattern}\t"),
        5 if random.below(4) == 0 => pattern.insert_str(0, "!!"),
        _ => {}
    }
    pattern
}

/// A segment that may match a name.
fn segment(name: &str, random: &mut Random) -> String {
    let letters: Vec<char> = name.chars().collect();
    let at = random.below(letters.len());
    let mut changed = String::new();
    match random.below(12) {
        0 => return "*".to_owned(),
        1 => return "**".to_owned(),
        2..=3 => return name.to_owned(),
        4 => return name.chars().map(|_| '?').collect(),
        5 => return name.chars().flat_map(|letter| ['\\', letter]).collect(),
        6 => return format!("{}*", letters[..at].iter().collect::<String>()),
        7 => return format!("*{}", letters[at..].iter().collect::<String>()),
        _ => {}
    }
    for (place, letter) in letters.iter().enumerate() {
        if place != at {
            changed.push(*letter);
            continue;
        }
        match random.below(7) {
            0 => changed.push('?'),
            1 => changed.extend(['[', *letter, ']']),
            2 => changed.extend(['[', *letter, 'x', '-', 'z', ']']),
            3 => changed.push_str("[!x-z]"),
            4 => changed.push_str("[a-c]"),
            5 => changed.extend(['\\', *letter]),
            _ => changed.push_str("[^a]"),
        }
    }
    changed
}
