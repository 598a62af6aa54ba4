//! What the key of a cache is made of.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice as _};
use ecosystems::caches::{Answer, Ecosystem, Machine, Seen, Settings};
use ecosystems::leftovers::{DepInfo, Fingerprint, number, unit};
use repo_model::{MemoryTree, RepoPath};

/// The ecosystem by the first byte, and whether a compiler answers; then the files of a repository, divided
/// by lines of `---`, each with its path in its first line. What is refused has a reason, and what is read
/// is the same twice.
pub fn cache_files(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let count = Ecosystem::ALL.len();
    let Some(ecosystem) = Ecosystem::ALL.get(usize::from(*first) % count) else { return };
    let files = rest.split_str("\n---\n").map(|file| {
        let (path, content) = file.split_once_str("\n").unwrap_or((file, b""));
        (path, content)
    });
    let files = files.filter(|(path, _)| RepoPath::of_git(path).is_ok());
    let tree = MemoryTree::new(files).unwrap_or_default();
    let settings =
        Settings { keeps_dependencies: true, keeps_workspace: true, ..Settings::default() };
    let wants = ecosystem.wants(&tree, &settings);
    let answer = if *first < 128 { Answer::Said(rest.to_vec()) } else { Answer::NotThere };
    let answers = vec![answer; wants.probes.len()];
    let variables: BTreeMap<BString, BString> =
        wants.variables.iter().map(|name| ((*name).into(), "x".into())).collect();
    let machine = Machine::default();
    let seen = Seen {
        tree: &tree,
        variables: &variables,
        answers: &answers,
        beyond: &[],
        machine: &machine,
        settings: &settings,
    };
    let read = ecosystem.read(&seen);
    if let Err(problems) = &read {
        assert!(!problems.is_empty(), "nothing is said of why it is refused");
    }
    assert_eq!(read, ecosystem.read(&seen), "the same files are read in two ways");
}

/// What cargo says beside its products, by which it is told what may be dropped: read the same with and
/// without the name of its product, and what is no hexadecimal number is none.
pub fn leftovers(data: &[u8]) {
    if let Some(info) = DepInfo::read(data) {
        assert!(!info.products.is_empty(), "a file that names no product is none");
        let again = [b"x: /y/z\n".as_slice(), data].concat();
        let more = DepInfo::read(&again).map(|info| info.products.len());
        assert_eq!(more, Some(info.products.len() + 1), "a line is lost beside another");
    }
    if let Some(number) = number(data) {
        let digits = format!("{:016x}", number.swap_bytes());
        assert_eq!(digits.as_bytes(), data, "another number");
    }
    assert_eq!(Fingerprint::read(data), Fingerprint::read(data));
    if let Some((package, hash)) = unit(data) {
        assert!(
            data.starts_with(&[package, b"-", hash].concat()),
            "a unit that is not in the name"
        );
    }
}
