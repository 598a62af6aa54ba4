//! The patterns of `workspace.members`, with the meaning that the crate `glob` gives them, which is what
//! cargo asks (its `members_paths`; The Cargo Book, "The members and exclude fields").
//!
//! Each part of a path is matched by itself: `*`, `?`, `[ab]` and `[!a-c]` stay within a part, a part
//! `**` is any number of parts. Braces are letters. A `*` matches names that begin with a dot.

/// A pattern, part by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MemberGlob {
    parts: Vec<Part>,
}

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// `**`: any number of parts.
    Many,
    /// A name.
    Name(Vec<u8>),
    /// A name with wildcards.
    Wild(Vec<Token>),
}

impl MemberGlob {
    /// The pattern `written` in the manifest of the folder `root`; nothing if it leaves the repository.
    pub(super) fn new(root: &[u8], written: &str) -> Option<Self> {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        let root = root.split(|byte| *byte == b'/');
        for part in root.chain(written.as_bytes().split(|byte| *byte == b'/')) {
            match part {
                b"" | b"." => {}
                b".." => {
                    parts.pop()?;
                }
                part => parts.push(part.to_vec()),
            }
        }
        Some(Self { parts: parts.into_iter().map(Part::new).collect() })
    }

    /// The one folder that it names, if it has no wildcards.
    pub(super) fn folder(&self) -> Option<Vec<u8>> {
        let names = self.names();
        if names.len() == self.parts.len() { Some(names.join(&b'/')) } else { None }
    }

    /// The folder in which, or which itself, all that it means is: its parts before the first wildcard.
    pub(super) fn beginning(&self) -> Vec<u8> {
        self.names().join(&b'/')
    }

    fn names(&self) -> Vec<&[u8]> {
        self.parts.iter().map_while(Part::name).collect()
    }

    /// Whether it means the folder.
    pub(super) fn matches(&self, folder: &[u8]) -> bool {
        let parts: Vec<&[u8]> =
            folder.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).collect();
        wild_match(&self.parts, &parts, |pattern| *pattern == Part::Many, Part::matches)
    }
}

impl Part {
    fn new(written: Vec<u8>) -> Self {
        if written == b"**" {
            Self::Many
        } else if written.iter().any(|byte| matches!(byte, b'*' | b'?' | b'[')) {
            Self::Wild(tokens(&written))
        } else {
            Self::Name(written)
        }
    }

    fn name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            Self::Many | Self::Wild(_) => None,
        }
    }

    /// Whether it means the name.
    fn matches(&self, name: &[u8]) -> bool {
        let is_one = |token: &Token, letter: char| match token {
            Token::Any => false,
            Token::One => true,
            Token::Letter(wanted) => *wanted == letter,
            Token::Class { is_negated, ranges } => {
                let is_in = ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter));
                is_in != *is_negated
            }
        };
        match self {
            Self::Many => false,
            Self::Name(wanted) => wanted == name,
            Self::Wild(tokens) => {
                let letters: Vec<char> = bstr::ByteSlice::chars(name).collect();
                wild_match(tokens, &letters, |token| *token == Token::Any, is_one)
            }
        }
    }
}

/// Whether a sequence with wildcards matches another. Of several wildcards only the last that was met
/// ever has to take more, so the time is at most the product of both lengths.
fn wild_match<P, T: Copy>(
    pattern: &[P],
    text: &[T],
    is_any: impl Fn(&P) -> bool,
    is_one: impl Fn(&P, T) -> bool,
) -> bool {
    let (mut at, mut taken) = (0, 0);
    let mut again: Option<(usize, usize)> = None;
    while let Some(here) = text.get(taken) {
        match pattern.get(at) {
            Some(part) if is_any(part) => {
                again = Some((at, taken));
                at += 1;
            }
            Some(part) if is_one(part, *here) => {
                at += 1;
                taken += 1;
            }
            Some(_) | None => match &mut again {
                Some((wildcard, from)) => {
                    *from += 1;
                    taken = *from;
                    at = *wildcard + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(is_any)
}

/// One token of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Letter(char),
    Class { is_negated: bool, ranges: Vec<(char, char)> },
}

fn tokens(pattern: &[u8]) -> Vec<Token> {
    let letters: Vec<char> = bstr::ByteSlice::chars(pattern).collect();
    let mut tokens = Vec::new();
    let mut rest = letters.as_slice();
    while let Some((letter, after)) = rest.split_first() {
        rest = after;
        tokens.push(match letter {
            '*' => Token::Any,
            '?' => Token::One,
            '[' => match class(after) {
                Some((class, after)) => {
                    rest = after;
                    class
                }
                None => Token::Letter('['),
            },
            letter => Token::Letter(*letter),
        });
    }
    tokens
}

/// A class, without its `[`, and what follows it. A `]` in the first place is a letter.
fn class(after: &[char]) -> Option<(Token, &[char])> {
    let (is_negated, inner) = match after.split_first() {
        Some(('!', inner)) => (true, inner),
        Some(_) | None => (false, after),
    };
    let end = inner.iter().skip(1).position(|letter| *letter == ']')? + 1;
    let (mut letters, after) = (inner.get(..end)?, inner.get(end + 1..)?);
    let mut ranges = Vec::new();
    loop {
        match letters {
            [from, '-', to, rest @ ..] => {
                ranges.push((*from, *to));
                letters = rest;
            }
            [letter, rest @ ..] => {
                ranges.push((*letter, *letter));
                letters = rest;
            }
            [] => break,
        }
    }
    Some((Token::Class { is_negated, ranges }, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(pattern: &str, folder: &str, is_meant: bool) {
        let glob = MemberGlob::new(b"", pattern).unwrap();
        assert_eq!(glob.matches(folder.as_bytes()), is_meant, "{pattern} and {folder}");
    }

    #[test]
    fn a_wildcard_stays_within_a_part() {
        check("crates/*", "crates/a", true);
        check("crates/*", "crates/.a", true);
        check("crates/*", "crates/a/b", false);
        check("crates/*", "crates", false);
        check("./crates/*/", "crates/a", true);
        check("*", "crates", true);
        check("crates/a-*-b", "crates/a-x-y-b", true);
        check("crates/?", "crates/\u{e4}", true);
        check("crates/[a-c!]", "crates/b", true);
        check("crates/[!a-c]", "crates/b", false);
        check("crates/[]]", "crates/]", true);
        check("crates/{a,b}", "crates/a", false);
        check("crates/{a,b}", "crates/{a,b}", true);
        check("crates/[a", "crates/[a", true);
    }

    #[test]
    fn two_stars_are_any_number_of_parts() {
        check("**", "a/b", true);
        check("crates/**", "crates", true);
        check("crates/**", "crates/a/b", true);
        check("**/plugin", "a/b/plugin", true);
        check("**/plugin", "plugin", true);
        check("a/**/b/**/c", "a/b/x/b/y/c", true);
        check("a/**/b/**/c", "a/x/c", false);
    }

    #[test]
    fn a_pattern_is_relative_to_its_root() {
        let glob = MemberGlob::new(b"x/y", "../z/*").unwrap();
        assert!(glob.matches(b"x/z/a"));
        assert_eq!(MemberGlob::new(b"x", "../../z"), None);
        assert_eq!(MemberGlob::new(b"x", "./a/").unwrap().folder(), Some(b"x/a".to_vec()));
        assert_eq!(MemberGlob::new(b"", ".").unwrap().folder(), Some(Vec::new()));
        assert_eq!(MemberGlob::new(b"", "a/*").unwrap().folder(), None);
        let beginning = |written| MemberGlob::new(b"r", written).unwrap().beginning();
        assert_eq!((beginning("a/*/b"), beginning("*")), (b"r/a".to_vec(), b"r".to_vec()));
    }

    #[test]
    fn many_wildcards_take_no_time() {
        let pattern = "*a".repeat(2000) + "b";
        check(&pattern, &"a".repeat(5000), false);
        check(&"**/a/".repeat(1000), &"a/".repeat(3000), true);
    }

    proptest! {
        #[test]
        fn every_folder_matches_its_own_name(folder in "[a-z.]{1,5}(/[a-z]{1,5}){0,3}") {
            prop_assume!(repo_model::RepoPath::is_normal(folder.as_bytes()));
            check(&folder, &folder, true);
            check("**", &folder, true);
        }

        #[test]
        fn any_pattern_meets_any_folder(pattern in ".{0,20}", folder in ".{0,20}") {
            if let Some(glob) = MemberGlob::new(b"", &pattern) {
                let _ = glob.matches(folder.as_bytes());
            }
        }
    }
}
