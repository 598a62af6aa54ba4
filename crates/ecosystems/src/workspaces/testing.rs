//! What the tests of the ecosystems share: files of two sides, and what a reading of them says in words.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use diagnostics::Problem;
use repo_model::{Kind, MemoryTree};

use super::{NeedKind, Reach, Reading, Sides};

/// Texts by their paths.
pub(super) type Files<'a> = BTreeMap<&'a str, &'a str>;

/// What happens to a file: a new text, or nothing to delete it.
pub(super) type Edit<'a> = (&'a str, Option<&'a str>);

/// A tree of these files. A text that begins with `->` is a link to what follows.
pub(super) fn tree(files: &Files<'_>) -> MemoryTree {
    let text = |text: &str| text.strip_prefix("->").unwrap_or(text).to_owned();
    let mut tree = MemoryTree::new(files.iter().map(|(path, it)| (*path, text(it)))).unwrap();
    for (path, _) in files.iter().filter(|(_, text)| text.starts_with("->")) {
        tree = tree.with_kind(path.as_bytes(), Kind::Symlink);
    }
    tree
}

pub(super) fn edited<'a>(files: &Files<'a>, edits: &[Edit<'a>]) -> Files<'a> {
    let mut files = files.clone();
    for (path, text) in edits {
        match text {
            Some(text) => files.insert(path, text),
            None => files.remove(path),
        };
    }
    files
}

/// A reading of both sides, which is sorted as it promises.
pub(super) fn compared(
    base: &MemoryTree,
    head: &MemoryTree,
    read: impl FnOnce(&Sides<'_>) -> Result<Reading, Box<Problem>>,
) -> Result<Reading, Box<Problem>> {
    let changes = base.changes_to(head);
    let reading = read(&Sides { base: Some(base), head, changes: &changes })?;
    assert!(reading.packages.is_sorted_by_key(|it| (&it.name, &it.folder)));
    assert!(reading.touches.is_sorted_by_key(|it| (it.package, Reverse(it.reach))));
    assert!(reading.known.is_sorted() && reading.gone.is_sorted());
    Ok(reading)
}

/// The names of the packages, in order.
pub(super) fn names(reading: &Reading) -> Vec<&str> {
    reading.packages.iter().map(|it| it.name.as_str()).collect()
}

/// Which package needs which, and what for.
pub(super) fn needs(reading: &Reading) -> Vec<(&str, Vec<(&str, NeedKind)>)> {
    let names = names(reading);
    let needs = |at: usize| reading.packages[at].needs.iter().map(|it| (names[it.on], it.kind));
    names.iter().enumerate().map(|(at, name)| (*name, needs(at).collect())).collect()
}

/// `name: lint`, `name: own` or `name: all`, for every touch.
pub(super) fn touches(reading: &Reading) -> Vec<String> {
    let said = reading.touches.iter().map(|touch| {
        let reach = match touch.reach {
            Reach::Lint => "lint",
            Reach::Own => "own",
            Reach::Dependents => "all",
        };
        format!("{}: {reach}", reading.packages[touch.package].name)
    });
    said.collect()
}
