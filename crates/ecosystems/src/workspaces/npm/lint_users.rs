//! Whoever needs a package with settings or rules of linters is linted when that changes.
//!
//! Other packages are linted for changes of their own only. Which packages hold such settings is seen from
//! their names, which the tools ask for: `eslint-config-x` and `@x/eslint-plugin`
//! (<https://eslint.org/docs/latest/extend/shareable-configs>), `stylelint-config-x`, `@x/prettier-config`.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Problem, text};
use repo_model::RepoPath;

use super::model::Model;
use crate::workspaces::Reach;
use crate::workspaces::draft::Draft;

/// Words in names of such packages.
const WORDS: [&str; 8] =
    ["biome", "commitlint", "config", "configs", "eslint", "lint", "prettier", "stylelint"];

/// How many changed paths of such a package are told to who needs it.
const MOST_PATHS: usize = 100;

/// How many touches there are at most.
const MOST_TOUCHES: usize = 100_000;

/// Touches those who need a touched package with settings of linters, directly or through another one.
pub(super) fn find(head: &Model, draft: &mut Draft) {
    let has_settings = |at: usize| {
        let name = head.packages.get(at).and_then(|it| it.manifest.name.as_deref());
        let mut words = name.unwrap_or_default().split(|letter: char| !letter.is_alphanumeric());
        words.any(|word| WORDS.contains(&word))
    };
    let mut changed: BTreeMap<usize, Vec<RepoPath>> = BTreeMap::new();
    for (at, path) in draft.passed_on().filter(|(at, _)| has_settings(*at)) {
        let paths = changed.entry(at).or_default();
        if paths.len() < MOST_PATHS {
            paths.push(path.clone());
        }
    }
    if changed.is_empty() {
        return;
    }
    let users = draft.users();
    let users = |at: usize| users.get(at).into_iter().flatten().copied();
    let mut left = MOST_TOUCHES;
    for (at, paths) in changed {
        let name = head.packages.get(at).map(super::name).unwrap_or_default();
        let what = text![Foreign::from(name.as_str()), " may say how it is linted"];
        let mut seen = BTreeSet::from([at]);
        let mut next: Vec<usize> = users(at).collect();
        while let Some(user) = next.pop() {
            let Some(less) = left.checked_sub(paths.len()) else {
                draft.problem(
                    Problem::warning("more packages share settings of linters than are looked at")
                        .help("lint all packages in such a change"),
                );
                return;
            };
            left = less;
            if !seen.insert(user) {
                continue;
            }
            for path in &paths {
                draft.touch(user, Reach::Lint, path, Some(what.clone()));
            }
            if has_settings(user) {
                next.extend(users(user));
            }
        }
    }
}
