//! Files that a person's recipe names.

use std::path::Path;

use bstr::ByteSlice as _;
use cache_identity::Digest;
use diagnostics::{Foreign, Piece, Place, Problem, text};
use ecosystems::caches::Ingredient;
use repo_model::text_lines::as_committed;
use repo_model::{Entry, Glob, Kind, RepoPath, Tree};

/// The most bytes of a file that git does not know.
const LARGEST: u64 = 64 << 20;

/// Adds the files that the patterns name, each by what it holds. The last pattern that matches a path
/// decides; one that takes out is written with `!`. A path without signs of a pattern may also name a file
/// that git does not know.
pub(super) fn read(
    patterns: Vec<Glob>,
    (tree, top): (&dyn Tree, &Path),
    allow_empty: bool,
    ingredient: &mut Ingredient,
    problems: &mut Vec<Problem>,
) {
    let patterns: Vec<(Glob, bool)> = patterns
        .into_iter()
        .filter_map(|it| Some((it.without_negation().ok()?, it.is_negated())))
        .collect();
    let mut matched = vec![false; patterns.len()];
    for file in tree.entries() {
        let path = file.path.as_bytes();
        let mut counts = false;
        for ((glob, takes_out), matched) in patterns.iter().zip(&mut matched) {
            if glob.is_match(path) {
                counts = !takes_out;
                *matched = true;
            }
        }
        let names = |(glob, _): &(Glob, bool)| {
            let below = glob.as_str().as_bytes().strip_prefix(path);
            below.is_some_and(|below| matches!(below.first(), None | Some(b'/')))
        };
        if counts && patterns.iter().any(names) && leads_to_folder(file, top) {
            problems.push(linked(path));
        } else if counts && is_there(file, top) {
            add(file, tree, ingredient, problems);
        }
    }
    for ((glob, takes_out), matched) in patterns.iter().zip(matched) {
        if matched || *takes_out {
            continue;
        }
        let beside = beside(glob.as_str(), top);
        match beside {
            Some(Ok(bytes)) => ingredient.hidden(glob.as_str(), digest(&bytes)),
            Some(Err(problem)) => problems.push(*problem),
            None if allow_empty => {}
            None => problems.push(
                Problem::error(text![
                    "the recipe names files that are not there: ",
                    Foreign::from(glob.as_str())
                ])
                .label("expected at least one file that git knows, from the root of the repository")
                .help("correct the pattern, or say `allow-empty: true`"),
            ),
        }
    }
}

/// Whether a file that git knows is on disk.
fn is_there(file: &Entry, top: &Path) -> bool {
    let path = file.path.as_bytes().to_path();
    path.is_ok_and(|path| system::exists(&top.join(path)).unwrap_or(true))
}

/// Whether a file that git knows is a link to a folder.
fn leads_to_folder(file: &Entry, top: &Path) -> bool {
    let path = file.path.as_bytes().to_path();
    file.kind == Kind::Symlink && path.is_ok_and(|path| top.join(path).is_dir())
}

fn linked(path: &[u8]) -> Problem {
    Problem::error("the recipe names a link to a folder, and no file in that folder would count")
        .at(Place::file(path))
        .label("expected files, or a pattern for those of the folder itself")
        .help("name the folder that it leads to")
}

fn add(file: &Entry, tree: &dyn Tree, it: &mut Ingredient, problems: &mut Vec<Problem>) {
    let path = file.path.as_bytes();
    if file.kind == Kind::Submodule {
        it.shown(path, file.id.map_or_else(String::new, |id| id.to_string()));
        return;
    }
    match tree.read(&[file]) {
        Ok(read) => it.hidden(path, digest(&read.concat())),
        Err(error) => problems.push(
            Problem::error("a file that the recipe names cannot be read")
                .at(Place::file(path))
                .label(Piece::said(&error.why))
                .help("see its permissions, and whether it is checked out"),
        ),
    }
}

/// What a file holds that git does not know, if the pattern is a path.
fn beside(pattern: &str, top: &Path) -> Option<Result<Vec<u8>, Box<Problem>>> {
    if pattern.contains(['*', '?', '[', ']', '{', '}', '(', ')', '!', '+', '@', '\\']) {
        return None;
    }
    let path = RepoPath::normalized(pattern.as_bytes()).ok()?;
    let path = top.join(path.as_bytes().to_path().ok()?);
    if !path.is_file() {
        return None;
    }
    Some(system::read_file(&path, LARGEST).map_err(|failure| {
        let problem = Problem::error("a file that the recipe names cannot be read")
            .at(Place::file(pattern))
            .label(Piece::said(&failure.source))
            .help("see its permissions");
        Box::new(problem)
    }))
}

/// The digest of what a file holds, with lines as git keeps them, so that a checkout of Windows is the same.
fn digest(bytes: &[u8]) -> Vec<u8> {
    Digest::of([as_committed(bytes).as_ref()]).0.to_vec()
}
