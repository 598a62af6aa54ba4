//! The patterns by which a workspace names its members, as npm (`@npmcli/map-workspaces`), pnpm
//! (<https://pnpm.io/pnpm-workspace_yaml>) and Yarn (<https://yarnpkg.com/configuration/manifest>,
//! "workspaces") read them.
//!
//! All three look for manifests: `packages/**` also means `packages/package.json`. `*` does not match
//! a name that begins with a dot. `!` takes back what the others name, wherever it stands; npm leaves one
//! out that a later pattern would itself be taken back by (`!a/x`, then `a/x`), which is done for all. Where the tools read
//! a pattern in more ways than globset can (`@(a|b)`), more is taken in: a member too many costs an
//! edge that is not there, one too few hides an edge that is.

use std::collections::BTreeSet;

use repo_model::PathPattern;

use crate::workspaces::folders;

/// How many patterns with wildcards a workspace has at most: each is tried on every manifest.
const MOST: usize = 500;

/// The patterns of one workspace.
#[derive(Debug)]
pub(super) struct Patterns(Vec<Pattern>);

#[derive(Debug)]
struct Pattern {
    /// Whether it takes back.
    negated: bool,
    /// It as a path below the root of the repository, its wildcards as letters.
    written: Vec<u8>,
    /// The folder in which the wildcards begin; for a pattern without any, the manifest that is meant.
    root: Vec<u8>,
    /// The rest, if there are wildcards.
    search: Option<PathPattern>,
    /// Whether a name below may begin with a dot, because the pattern says so.
    hidden: bool,
}

/// More manifests would have to be tried than any repository needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// A pattern that cannot be read: which, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotAPattern {
    pub(super) pattern: String,
    pub(super) why: String,
}

impl Patterns {
    /// Reads what a workspace in `folder` says.
    ///
    /// # Errors
    /// When a pattern cannot be read, or there are too many.
    pub(super) fn read(folder: &[u8], written: &[String]) -> Result<Self, NotAPattern> {
        let mut patterns = Vec::new();
        let mut searches = 0;
        for pattern in written {
            let Some(read) = one(folder, pattern)? else { continue };
            searches += usize::from(read.search.is_some());
            if searches > MOST {
                let why = format!("it is one of more than {MOST} with wildcards");
                return Err(NotAPattern { pattern: pattern.clone(), why });
            }
            patterns.push(read);
        }
        Ok(Self(patterns))
    }

    /// The folders of the members. `below` gives those of all manifests in and below a folder.
    ///
    /// # Errors
    /// When more than `tries` manifests would have to be tried, counted for each pattern; `tries` is
    /// less by those that were.
    pub(super) fn members<'f>(
        &self,
        below: impl Fn(&[u8]) -> Vec<&'f [u8]>,
        tries: &mut usize,
    ) -> Result<BTreeSet<&'f [u8]>, TooMany> {
        let mut members = BTreeSet::new();
        let mut taken_back = BTreeSet::new();
        for (at, pattern) in self.0.iter().enumerate() {
            if pattern.negated {
                let later = self.0.get(at..).unwrap_or_default();
                *tries = tries.checked_sub(later.len()).ok_or(TooMany)?;
                if later.iter().any(|it| !it.negated && pattern.matches(&it.written)) {
                    continue;
                }
            }
            let found = below(&pattern.root);
            *tries = tries.checked_sub(found.len()).ok_or(TooMany)?;
            let meant = found.into_iter().filter(|folder| pattern.matches(folder));
            if pattern.negated { taken_back.extend(meant) } else { members.extend(meant) }
        }
        members.retain(|folder| !taken_back.contains(folder));
        Ok(members)
    }
}

impl Pattern {
    /// Whether it means the manifest in this folder.
    fn matches(&self, folder: &[u8]) -> bool {
        let Some(search) = &self.search else { return folder == self.root };
        let Some(rest) = folders::inside(&self.root, folder) else { return false };
        let is_hidden = |name: &[u8]| name.starts_with(b".") || name == b"node_modules";
        if !self.hidden && folders::names_of(rest).any(is_hidden) {
            return false;
        }
        search.matches_below_root(&folders::join(rest, b"package.json"))
    }
}

/// One pattern; nothing for one that names nothing, leaves the repository or takes back more than it
/// says for want of a way to read it.
fn one(folder: &[u8], written: &str) -> Result<Option<Pattern>, NotAPattern> {
    let bare = written.trim_start_matches('!');
    let negated = (written.len() - bare.len()) % 2 == 1;
    let (wide, widened) = widened(bare);
    if negated && widened {
        return Ok(None);
    }
    let refused = |why: String| NotAPattern { pattern: written.to_owned(), why };
    let wide = wide.trim_end_matches('/');
    let Some(written) = folders::resolve(folder, wide.as_bytes()) else { return Ok(None) };
    let search = PathPattern::new(&format!("{wide}/package.json"));
    let search = search.map_err(|error| refused(error.why))?;
    if search.is_search() {
        // What stands before the wildcards may have `./` and `../`; the rest is matched as it is.
        let Some(root) = folders::resolve(folder, search.root().as_bytes()) else {
            return Ok(None);
        };
        let rest = wide.get(search.root().len()..).unwrap_or_default();
        let hidden = rest.starts_with('.') || rest.contains("/.");
        return Ok(Some(Pattern { negated, written, root, search: Some(search), hidden }));
    }
    let root = written.clone();
    Ok(Some(Pattern { negated, written, root, search: None, hidden: true }))
}

/// The pattern with `*` in place of each group of picomatch's extglobs, and whether there was one.
fn widened(pattern: &str) -> (String, bool) {
    let mut kept = String::new();
    let mut depth = 0_usize;
    let mut found = false;
    for letter in pattern.chars() {
        match letter {
            '(' if depth > 0 || kept.ends_with(['@', '!', '+', '*', '?']) => {
                if depth == 0 {
                    kept.pop();
                    kept.push('*');
                    found = true;
                }
                depth += 1;
            }
            ')' if depth > 0 => depth -= 1,
            letter if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    if depth == 0 { (kept, found) } else { (pattern.to_owned(), false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folder: &str, patterns: &[&str], members: &[&str]) {
        let manifests = [
            "",
            "a",
            "a/b",
            "a/b/c",
            "a/.d",
            "a/x",
            "e",
            "s/a",
            "s/b",
            "s/a/c",
            "s/node_modules/q",
        ];
        let patterns: Vec<String> = patterns.iter().map(|it| (*it).to_owned()).collect();
        let patterns = Patterns::read(folder.as_bytes(), &patterns).unwrap();
        let below = |root: &[u8]| {
            let root = root.to_vec();
            let is_below = move |it: &&[u8]| folders::inside(&root, it).is_some();
            manifests.iter().map(|it| it.as_bytes()).filter(is_below).collect::<Vec<_>>()
        };
        let found = patterns.members(below, &mut 1000).unwrap();
        let wanted: BTreeSet<&[u8]> = members.iter().map(|it| it.as_bytes()).collect();
        assert_eq!(found, wanted);
    }

    /// Those without `..` are what `@npmcli/map-workspaces` of npm 11.19.1 says, but for the root.
    #[test]
    fn a_pattern_names_the_folders_of_manifests() {
        check("", &["a/*"], &["a/b", "a/x"]);
        check("", &["./a/*/"], &["a/b", "a/x"]);
        check("", &["a/**"], &["a", "a/b", "a/b/c", "a/x"]);
        check("", &["a/**", "!a/b/**"], &["a", "a/x"]);
        check("", &["!a/x", "a/*"], &["a/b"]);
        check("", &["a/*", "!a/x", "a/x"], &["a/b", "a/x"]);
        check("", &["a/*", "!a/x", "a/*"], &["a/b"]);
        check("", &["a/*", "!a/*", "!!a/x"], &["a/b", "a/x"]);
        check("", &["a/*", "!!!a/x"], &["a/b"]);
        check("", &["a/.*"], &["a/.d"]);
        check("", &["e", "missing"], &["e"]);
        check("s", &["*", "../e"], &["s/a", "s/b", "e"]);
        check("s", &["../a/*"], &["a/b", "a/x"]);
        check("", &["../*"], &[]);
        check("", &["**"], &["", "a", "a/b", "a/b/c", "a/x", "e", "s/a", "s/b", "s/a/c"]);
        check("", &["{a,s}/b"], &["a/b", "s/b"]);
    }

    #[test]
    fn groups_that_are_not_read_take_in_more() {
        check("", &["a/@(b|q(r))"], &["a/b", "a/x"]);
        check("", &["a/*", "!a/@(b)"], &["a/b", "a/x"]);
        assert_eq!(widened("a(b)/+(c"), ("a(b)/+(c".to_owned(), false));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert_eq!(Patterns::read(b"", &["a/[".into()]).unwrap_err().pattern, "a/[");
        let many: Vec<String> = (0..=MOST).map(|at| format!("{at}/*")).collect();
        assert!(Patterns::read(b"", &many).is_err());
        assert!(Patterns::read(b"", &many[1..]).is_ok());
    }
}
