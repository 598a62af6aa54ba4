//! Packages of other ecosystems than cargo's, and the rules about packages.

use bstr::ByteSlice as _;
use diagnostics::Problem;
use ecosystems::rules::Rules;
use ecosystems::workspaces::{Reading, Sides, foundry, go, npm};
use repo_model::{ChangeSet, MemoryTree, RepoPath};

/// The files of two sides of a repository, divided by lines of `---`, each with its path in its first
/// line, those of the base behind `base:`. What is read of packages names places that are there, does not
/// depend on the way it is asked, and finds no touch where nothing changed.
pub fn package_manifests(data: &[u8]) {
    let (mut base, mut head) = (Vec::new(), Vec::new());
    for file in data.split_str("\n---\n") {
        let (path, content) = file.split_once_str("\n").unwrap_or((file, b""));
        match path.strip_prefix(b"base:") {
            Some(path) => base.push((path, content)),
            None => head.push((path, content)),
        }
    }
    let is_path = |(path, _): &(&[u8], &[u8])| RepoPath::of_git(path).is_ok();
    let tree = |files: Vec<(&[u8], &[u8])>| {
        MemoryTree::new(files.into_iter().filter(is_path)).unwrap_or_default()
    };
    let (base, head) = (tree(base), tree(head));
    let differing = base.changes_to(&head);
    for read in READERS {
        let sides = Sides { base: Some(&base), head: &head, changes: &differing };
        let Ok(found) = read(&sides) else { continue };
        check_reading(&found);
        assert_eq!(read(&sides).as_ref(), Ok(&found));
        let same = Sides { base: Some(&head), head: &head, changes: &ChangeSet::default() };
        let Ok(same) = read(&same) else { panic!("the head was read before") };
        assert_eq!(same.packages, found.packages);
        assert!(same.touches.is_empty() && same.known.is_empty() && same.gone.is_empty());
    }
}

/// Reads packages of one kind.
type PackageReader = fn(&Sides<'_>) -> Result<Reading, Box<Problem>>;

const READERS: &[PackageReader] = &[
    npm::read,
    foundry::read,
    |sides| go::read(sides, go::Unit::Module),
    |sides| go::read(sides, go::Unit::Package),
];

fn check_reading(found: &Reading) {
    let count = found.packages.len();
    let needs = found.packages.iter().enumerate().flat_map(|(at, it)| {
        assert!(it.needs.is_sorted_by(|one, other| one < other), "each need once");
        it.needs.iter().map(move |need| (at, need.on))
    });
    needs.for_each(|(from, on)| assert!(from != on && on < count));
    assert!(found.packages.is_sorted_by_key(|it| (&it.name, &it.folder)));
    assert!(found.touches.iter().all(|touch| touch.package < count));
    assert!(found.known.is_sorted_by(|one, other| one < other));
}

/// A file of rules in all but the last line, a path in that: every mistake has a place.
pub fn rules_file(data: &[u8]) {
    let (file, path) = data.rsplit_once_str("\n").unwrap_or((data, b""));
    match Rules::read(b"rules.toml", file) {
        Ok(rules) => {
            let _ = (rules.apply(path, true), rules.apply(path, false));
        }
        Err(problems) => {
            assert!(!problems.is_empty() && problems.iter().all(|it| it.place.is_some()));
        }
    }
}
