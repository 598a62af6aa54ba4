//! One pattern.

use std::sync::Arc;

use super::backward::Backward;
use super::dialect::{self, Negation, Refused};
use super::expression::{Node, NotAnExpression, Repeat, Set, Unit, all, parse, simplified};
use super::program::{Program, TooLarge, needs_search};
use super::text::Text;
use super::{search, units};

/// One pattern of the dialect of picomatch, with `{ dot: true }`.
///
/// A copy shares what was made of the pattern.
#[derive(Clone, Debug)]
pub struct Glob(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    written: String,
    negation: Negation,
    matcher: Result<Matcher, OnlyItself>,
}

/// A pattern that is none: one that picomatch refuses, never gets to the end of, or fails on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern cannot be read: {why} (byte {at})")]
pub struct NotAGlob {
    /// The pattern as it was given.
    pub pattern: String,
    /// The byte of the pattern, from 0, where it goes wrong.
    pub at: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Why a pattern matches nothing but the one path that is spelt like the pattern.
///
/// picomatch takes such a pattern without a word: what it made is no regular expression, and it
/// matches with one that never matches instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern matches nothing but itself: {why} (byte {at})")]
pub struct OnlyItself {
    /// The byte of the pattern, from 0, from which the wrong place in the expression was made.
    pub at: usize,
    /// What is wrong with the expression.
    pub why: &'static str,
}

/// How a path is matched.
#[derive(Debug)]
pub(super) enum Matcher {
    /// From its end, with what it has to begin with looked at first.
    Backward { beginning: Vec<u8>, rest: Rest, is_negated: bool },
    /// Step by step.
    Search { program: Program, is_negated: bool },
}

/// What has to follow the beginning.
#[derive(Debug)]
pub(super) enum Rest {
    /// The end of the path.
    Nothing,
    /// The end of the path, or a `/` and whatever comes.
    Below,
    Steps(Backward),
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When picomatch throws, which it does for an empty pattern and for one of more than 65 536
    /// UTF-16 code units, or would not end, or when the pattern is larger or deeper than the limits
    /// that this module's page names.
    pub fn new(pattern: &str) -> Result<Self, NotAGlob> {
        let refused = |Refused { at, why }| NotAGlob {
            pattern: pattern.to_owned(),
            at: at.min(pattern.len()),
            why,
        };
        let reading = dialect::read(&Text::of(pattern)).map_err(refused)?;
        let matcher = match parse(reading.source().letters()) {
            Ok(node) => Ok(Matcher::of(node).map_err(|TooLarge| {
                refused(Refused { at: 0, why: "its expression has more than 65536 steps" })
            })?),
            // Without what picomatch puts around it, the place is nearer to what is wrong.
            Err(whole) => {
                let NotAnExpression { at, why } =
                    parse(reading.body.letters()).err().unwrap_or(whole);
                Err(OnlyItself { at, why })
            }
        };
        let negation = reading.negation;
        Ok(Self(Arc::new(Compiled { written: pattern.to_owned(), negation, matcher })))
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.0.written
    }

    /// Whether the pattern matches a path of git: not empty, without a NUL, without empty parts,
    /// `.` and `..`. For other bytes the answer is one or the other.
    pub fn is_match(&self, path: &[u8]) -> bool {
        // picomatch compares before it matches, so every pattern matches itself.
        if path.is_empty() || path == self.0.written.as_bytes() {
            return !path.is_empty();
        }
        self.0.matcher.as_ref().is_ok_and(|matcher| matcher.is_match(path))
    }

    /// Whether an odd number of `!` before the pattern turns the whole of it round. `!(a|b)` is a
    /// group, not a negated pattern.
    pub fn is_negated(&self) -> bool {
        self.0.negation.is_odd
    }

    /// The pattern that stands behind the `!`, read on its own; the same pattern if there is none.
    ///
    /// # Errors
    /// When nothing stands there.
    pub fn without_negation(&self) -> Result<Self, NotAGlob> {
        if !self.is_negated() {
            return Ok(self.clone());
        }
        let written = &self.0.written;
        let begin = self.0.negation.end.min(written.len());
        let behind = written.get(begin..).unwrap_or_default();
        Self::new(behind).map_err(|error| NotAGlob {
            pattern: written.clone(),
            at: begin + error.at,
            why: if behind.is_empty() { "nothing stands behind the `!`" } else { error.why },
        })
    }

    /// Why the pattern matches no path but the one that is spelt like it, if it is such a pattern:
    /// one with a `{` that is never closed, for example. Nobody writes one on purpose.
    pub fn only_itself(&self) -> Option<OnlyItself> {
        self.0.matcher.as_ref().err().copied()
    }

    /// How paths are matched, unless the pattern matches only itself.
    pub(super) fn matcher(&self) -> Option<&Matcher> {
        self.0.matcher.as_ref().ok()
    }

    /// The program that is run over a path, or over what follows its beginning, if there is one.
    pub(super) fn backward(&self) -> Option<&Backward> {
        match self.matcher()? {
            Matcher::Backward { rest: Rest::Steps(backward), .. } => Some(backward),
            Matcher::Backward { rest: Rest::Nothing | Rest::Below, .. }
            | Matcher::Search { .. } => None,
        }
    }
}

impl Matcher {
    fn of(node: Node) -> Result<Self, TooLarge> {
        let (node, is_negated) = turned(node);
        let node = simplified(node);
        if needs_search(&node) {
            return Ok(Self::Search { program: Program::new(&node)?, is_negated });
        }
        let mut behind: &[Node] = &[];
        if let Node::All(nodes) = &node
            && nodes.first() == Some(&Node::Begin)
        {
            // A pattern without brackets is anchored twice.
            let begins = nodes.iter().take_while(|node| **node == Node::Begin).count();
            behind = nodes.get(begins..).unwrap_or_default();
        }
        let (beginning, count) = beginning_of(behind);
        let rest = match behind.get(count..).unwrap_or_default() {
            _ if beginning.is_empty() => Rest::Steps(Backward::new(Program::new(&node)?, true)),
            [Node::End] => Rest::Nothing,
            [Node::Any(ways), Node::End] if is_below(ways) => Rest::Below,
            rest => {
                let program = Program::from_here(&Node::All(rest.to_vec()))?;
                Rest::Steps(Backward::new(program, false))
            }
        };
        Ok(Self::Backward { beginning, rest, is_negated })
    }

    fn is_match(&self, path: &[u8]) -> bool {
        match self {
            Self::Backward { beginning, rest, is_negated } => {
                let is_match =
                    path.strip_prefix(beginning.as_slice()).is_some_and(|path| match rest {
                        Rest::Nothing => path.is_empty(),
                        Rest::Below => matches!(path.first(), None | Some(b'/')),
                        Rest::Steps(steps) => steps.is_match(path),
                    });
                is_match != *is_negated
            }
            Self::Search { program, is_negated } => {
                search::is_match(program, &units::units(path)) != *is_negated
            }
        }
    }
}

/// What stands in `^(?!...).*$`, and that it was turned round. It has to match from the beginning.
fn turned(node: Node) -> (Node, bool) {
    let Node::All(nodes) = node else { return (node, false) };
    match nodes.as_slice() {
        [
            Node::Begin,
            Node::Look { is_behind: false, is_negated: true, node },
            Node::Repeat(any),
            Node::End,
        ] if is_anything(any) => (all(vec![Node::Begin, (**node).clone()]), true),
        _ => (Node::All(nodes), false),
    }
}

/// Whether it is `.*`, also the lazy one.
fn is_anything(repeat: &Repeat) -> bool {
    repeat.node == Node::Unit(Set::all()) && repeat.least == 0 && repeat.most.is_none()
}

/// Whether these are the ways that picomatch makes of `/**` at the end: `(?:\/.*?|$)`.
fn is_below(ways: &[Node]) -> bool {
    let [Node::All(below), Node::End] = ways else { return false };
    let [slash, Node::Repeat(rest)] = below.as_slice() else { return false };
    only(slash) == Some(u16::from(b'/')) && is_anything(rest)
}

/// The characters that these nodes begin with, and how many nodes make them. Half of a character is
/// left to the others.
fn beginning_of(nodes: &[Node]) -> (Vec<u8>, usize) {
    let chars = char::decode_utf16(nodes.iter().map_while(only));
    let letters: String = chars.map_while(Result::ok).collect();
    let count = letters.encode_utf16().count();
    (letters.into_bytes(), count)
}

/// The unit that a node reads, if there is only one.
fn only(node: &Node) -> Option<u16> {
    match node {
        Node::Unit(set) => set.only().and_then(|unit: Unit| u16::try_from(unit).ok()),
        Node::Empty
        | Node::Begin
        | Node::End
        | Node::WordEdge { .. }
        | Node::All(_)
        | Node::Any(_)
        | Node::Capture { .. }
        | Node::Repeat(_)
        | Node::Look { .. }
        | Node::Again { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// What matches and what does not was found by running picomatch 4.0.7, with `flags: "s"` where a
    /// path has a line feed.
    #[track_caller]
    fn check(pattern: &str, matching: &[&str], other: &[&str]) {
        let glob = Glob::new(pattern).unwrap();
        for path in matching {
            assert!(glob.is_match(path.as_bytes()), "{pattern} should match {path:?}");
        }
        for path in other {
            assert!(!glob.is_match(path.as_bytes()), "{pattern} should not match {path:?}");
        }
    }

    #[test]
    fn stars_stay_within_a_name_and_globstars_do_not() {
        check("*", &["a", ".a", "a\nb"], &["a/b"]);
        check("*.md", &["a.md", ".md"], &["a/b.md"]);
        check("src/*", &["src/a"], &["src/a/b", "src"]);
        check("**", &["a", "a/b", ".a/.b", "a\nb/c"], &[]);
        check("**/*.md", &["a.md", "a/b/c.md", ".md", "a\n/b.md"], &["a.mdx"]);
        check("a/**/b", &["a/b", "a/x/y/b"], &["ab", "a/b/c"]);
        check("a**b", &["ab", "axb"], &["a/b"]);
        check("**/a", &["a", "b/a"], &["ba"]);
        check("a/**b", &["a/b", "a/xb"], &["a/x/b"]);
        check("a/***", &["a/b"], &["a/b/c", "a"]);
        check("***", &["a"], &["a/b"]);
        check("?", &["a"], &["ab"]);
    }

    #[test]
    fn a_globstar_at_the_end_matches_the_folder_itself() {
        check("src/**", &["src", "src/a", "src/a/b"], &["srcx", "src.rs"]);
        check("**/src/**", &["src", "src/a", "x/src", "x/src/y"], &["xsrc"]);
        check("src/**/*", &["src/a", "src/a/b"], &["src"]);
        check("(src/**)", &["src/a", "src"], &[]);
        check("{src,lib}/**", &["src", "lib/a"], &["libs"]);
        check("src/", &[], &["src", "src/a"]);
    }

    #[test]
    fn dots_are_letters_like_any_other() {
        check(".*", &[".a"], &["a", ".a/b"]);
        check(".*/**", &[".a/b"], &[".a", "a/b"]);
        check("*.*", &["a.b", ".a"], &["a"]);
        check("**/.*", &["a/.b", ".b"], &["a/b"]);
        check("./a", &["a"], &["b"]);
        check("!./a", &["b"], &["a"]);
        check("a/.*", &["a/.b"], &["a/b"]);
    }

    #[test]
    fn braces_choose() {
        check("*.{ts,tsx}", &["a.ts", "a.tsx"], &["a.t"]);
        check("{a,b/{c,d}}", &["a", "b/c", "b/d"], &["b"]);
        check("{a,b*}/c", &["a/c", "bx/c"], &["c"]);
        check("a{,b}", &["a", "ab"], &["abb"]);
        check("{a}", &["{a}"], &["a"]);
        check("a{b", &["a{b"], &["ab"]);
        check("a}", &["a}"], &["a"]);
        check("{}", &["{}"], &[]);
        check("a\\{b,c\\}", &["a{b,c}"], &["ab"]);
    }

    #[test]
    fn ranges_are_classes() {
        check("{1..3}", &["1", "2", "3"], &["4", "1..3"]);
        check("{a..c}x", &["ax", "cx"], &["dx"]);
        check("{1..10}", &["0", "1"], &["2", "10"]);
        check("{3..1}", &["2"], &["4"]);
        check("{01..03}", &[], &["0", "1", "2", "4"]);
    }

    #[test]
    fn classes_match_one_character() {
        check("[ab]c", &["ac", "bc", "[ab]c"], &["cc"]);
        check("[^a]", &["b", "!"], &["a"]);
        check("[!a]", &["!", "a"], &["b"]);
        check("v[0-9]", &["v1"], &["va"]);
        check("[a-c]x", &["bx"], &["dx", "-x"]);
        check("a[b]", &["ab", "a[b]"], &[]);
        check("[[:alpha:]]1", &["a1"], &["11", "é1"]);
        check("[^[:digit:]]", &["a", "^"], &["1"]);
        check("[[:nope:]]", &["[[:nope:]]"], &["n"]);
        check("[b-a]", &["[b-a]"], &["a", "b"]);
        check("[]a]", &["]", "a"], &["b"]);
        check("[a", &["[a"], &["a"]);
        check("app/[id]/page", &["app/[id]/page", "app/i/page"], &[]);
        check("[\\d]", &["1"], &["d"]);
        check("[^/]", &["a"], &[]);
        check("a[^b]c", &["axc"], &["abc", "a/c"]);
    }

    #[test]
    fn groups_with_a_letter_repeat_and_exclude() {
        check("?(a)b", &["ab", "b"], &["aab"]);
        check("*(a)b", &["b", "aab", "ab"], &[]);
        check("+(a)b", &["aab", "ab"], &["b"]);
        check("@(a|b)c", &["ac", "bc"], &["abc"]);
        check("!(a)", &["b", "ab"], &["a", "a/b"]);
        check("!(a|b)/c", &["x/c"], &["a/c", "b/c"]);
        check("!(*.md)", &["a.ts"], &["a.md", "a/b.md"]);
        check(
            "**/!(*.test).ts",
            &["a.ts", "x/b.ts", "x/a.test.b.ts"],
            &["a.test.ts", "x/b.test.ts"],
        );
        check("!(src/**)", &["lib/a", "src"], &["src/a"]);
        check("+(a|b|c)", &["abc"], &["abd"]);
        check("*(*(a))", &["a", "aa", "*(*(a))"], &[]);
        check("+(a|aa)", &["+(a|aa)"], &["a", "aa"]);
        check("+(*(a)|b)", &["ab", "ba"], &["c"]);
        check("!(!(a))", &["a"], &["b"]);
        check("@(a|b)*", &["a", "bx"], &["cx"]);
        check("+(a|+(b))", &["+(a|+(b))"], &["a", "b"]);
    }

    #[test]
    fn groups_without_one_are_those_of_expressions() {
        check("(a|b)c", &["ac", "bc"], &["cc"]);
        check("(a)?b", &["ab", "b"], &[]);
        check("(ab)+", &["abab", "ab"], &["aba"]);
        check("(?:a)b", &["ab"], &["b"]);
        check("(?=a)?", &[], &["a", "b"]);
        check("(?!a)?", &[], &["a", "b"]);
        check("(?<x>a)\\k<x>", &["aa"], &["ab"]);
        check("(a|b)\\1", &["aa", "bb"], &["ab"]);
        check("(a", &["(a"], &["a"]);
        check("a)", &["a)"], &["a"]);
        check("a))", &["a))"], &["a"]);
        check("()", &["()"], &["a"]);
    }

    #[test]
    fn a_leading_exclamation_mark_turns_the_pattern_round() {
        check("!a", &["b", "!a", "a/b"], &["a"]);
        check("!!a", &["a"], &["b"]);
        check("!!!a", &["b"], &["a"]);
        check("!a/**", &["b/a"], &["a/b", "a"]);
        check("a!b", &["a!b"], &["ab"]);
        check("!(a)b", &["cb"], &["ab"]);
        check("!{a,b}", &["c"], &["a", "b"]);
        check("!", &["!", "a"], &[]);
    }

    #[test]
    fn escapes_and_quotes_make_letters() {
        check("a\\*b", &["a*b"], &["axb"]);
        check("\\!a", &["!a"], &["a", "b"]);
        check("a\\[b\\]", &["a[b]"], &["ab"]);
        check("\"*\"", &["*", "\"*\""], &["a"]);
        check("\"a.b\"/*", &["a.b/c"], &["axb/c"]);
        check("a\"*\"", &["a\"x\"", "a\"*\""], &["a*"]);
        check("\\a", &["a", "\\a"], &[]);
        check("\\d", &["1"], &["d"]);
        check("\\bsrc\\b", &["src"], &["xsrc"]);
        check("a\\/b", &["a/b"], &[]);
        check("a\\.b", &["a.b"], &["axb"]);
        check("\\\\", &["\\", "\\\\"], &[]);
    }

    #[test]
    fn letters_with_a_meaning_in_expressions() {
        check("a+b", &["a+b"], &["aab", "ab"]);
        check("c++/a", &["c++/a"], &["cc/a"]);
        check("a++", &["a+", "a++"], &["a"]);
        check("a+++", &["a+++"], &["a+"]);
        check("$a^", &["$a^"], &["a"]);
        check("a|b", &["a|b"], &["a", "b"]);
        check("x/a|b", &["x/a|b", "x/a", "b"], &[]);
        check("a||b", &["a|", "b", "a||b"], &[]);
        check("(a)+", &["aa", "(a)+"], &[]);
        check("[ab]+", &["abab"], &["c"]);
        check("a,b@c#d", &["a,b@c#d"], &[]);
        check("a-b--c", &["a-b--c"], &[]);
    }

    #[test]
    fn a_character_is_a_unit_of_utf_16() {
        check("?", &["é", "漢"], &["😀"]);
        check("??", &["😀", "éé"], &["é"]);
        check("[é]", &["é"], &["e"]);
        check("[😀]", &[], &["😀"]);
        check("[^a][^a]", &["😀", "bb"], &[]);
        check("{😀..😂}", &["😀..😂"], &["😁", "xx"]);
        check("*", &["😀"], &[]);
        check("😀*", &["😀a"], &["a"]);
    }

    #[test]
    fn a_byte_that_is_no_utf_8_is_one_character() {
        let is_match = |pattern: &str, path: &[u8]| Glob::new(pattern).unwrap().is_match(path);
        assert!(is_match("a?b", b"a\xffb") && is_match("a??b", b"a\xff\xfeb"));
        assert!(is_match("**/*.md", b"\xff/\xe9.md") && is_match("[^a]", b"\xff"));
        // The first two bytes of a character of three are two characters.
        assert!(is_match("??", b"\xe6\xbc") && !is_match("?", b"\xe6\xbc"));
        assert!(!is_match("\u{fffd}", b"\xff") && !is_match("a?b", b"a\xff/b"));
    }

    #[test]
    fn what_stands_behind_the_exclamation_mark_is_a_pattern() {
        let behind = |pattern: &str| {
            let glob = Glob::new(pattern).unwrap();
            (glob.is_negated(), glob.without_negation().unwrap().as_str().to_owned())
        };
        assert_eq!(behind("!docs/**"), (true, "docs/**".to_owned()));
        assert_eq!(behind("!!!a"), (true, "a".to_owned()));
        assert_eq!(behind("!./a"), (true, "./a".to_owned()));
        assert_eq!(behind("!!a"), (false, "!!a".to_owned()));
        assert_eq!(behind("!(a)"), (false, "!(a)".to_owned()));
        assert_eq!(behind("!!(a)"), (true, "!(a)".to_owned()));
        assert_eq!(behind("a!"), (false, "a!".to_owned()));
        let refused = Glob::new("!").unwrap().without_negation().unwrap_err();
        assert_eq!((refused.at, refused.why), (1, "nothing stands behind the `!`"));
    }

    #[test]
    fn what_picomatch_refuses_is_refused_at_its_place() {
        let refused = |pattern: &str| {
            let refused = Glob::new(pattern).unwrap_err();
            assert_eq!(refused.pattern, pattern);
            (refused.at, refused.why)
        };
        assert_eq!(refused(""), (0, "it is empty"));
        let longest = "é".repeat(1 << 16);
        assert!(Glob::new(&longest).unwrap().is_match(longest.as_bytes()));
        let (at, why) = refused(&format!("{longest}x"));
        assert_eq!((at, why.contains("longer")), (1 << 17, true));
        let (at, why) = refused("x/{1..+(|a}b)");
        assert_eq!((at, why.contains("range")), (6, true));
        let (at, why) = refused("é/\\\\\\\\");
        assert_eq!((at, why.ends_with("never ends")), (3, true));
        let (at, why) = refused("x[\\][:alpha:");
        assert_eq!((at, why.ends_with("never ends")), (4, true));
    }

    #[test]
    fn what_would_need_too_much_is_refused() {
        let deep = |depth: usize| format!("{}a{}", "@(".repeat(depth), ")".repeat(depth));
        assert!(Glob::new(&deep(200)).unwrap().is_match(b"a"));
        let refused = Glob::new(&deep(201)).unwrap_err();
        assert_eq!((refused.at, refused.why.contains("open")), (401, true));
        // A `{` in a class that is never closed counts, once picomatch has made the `[` a letter.
        assert!(
            Glob::new("[a{30}\\]").unwrap().is_match(format!("[{}]", "a".repeat(30)).as_bytes())
        );
        assert!(Glob::new("[a{70000}\\]").is_err_and(|it| it.why.contains("steps")));
    }

    #[test]
    fn a_pattern_that_matches_only_itself_says_why() {
        let only = |pattern: &str| {
            let found = Glob::new(pattern).unwrap().only_itself();
            found.map(|found| (found.at, found.why))
        };
        assert_eq!(only("a/{b,c"), Some((2, "this group is not closed")));
        assert_eq!(only("a)b)"), Some((3, "a `)` closes nothing")));
        assert_eq!(only("docs/[b-a]*"), Some((6, "a range whose end comes before its beginning")));
        assert_eq!(only("a+++"), Some((3, "there is nothing to repeat")));
        assert_eq!(only("a/{b,c}"), None);
        // This one picomatch takes for a letter.
        assert_eq!(only("a/(b"), None);
    }

    fn patterns() -> impl Strategy<Value = String> {
        prop_oneof![
            "[*?\\[\\]{}()!+@|,./\\\\\"^$a-c1é😀-]{0,14}",
            vec(
                proptest::sample::select(vec![
                    "**",
                    "*",
                    "/",
                    "!(",
                    "+(",
                    "{",
                    "}",
                    ")",
                    "a",
                    "b",
                    ",",
                    "|",
                    ".",
                    "?",
                    "[",
                    "]",
                    "\\",
                    "(?<=",
                    "(?!",
                    "\\1",
                    "\\b",
                    "^",
                    "..",
                    "é",
                    "😀",
                    "[:alpha:]",
                ]),
                0..12
            )
            .prop_map(|pieces| pieces.concat()),
        ]
    }

    proptest! {
        #[test]
        fn every_pattern_gives_an_answer_for_all_bytes(
            pattern in patterns(),
            path in vec(any::<u8>(), 0..40),
        ) {
            match Glob::new(&pattern) {
                Ok(glob) => {
                    let _ = glob.is_match(&path);
                    prop_assert!(!glob.is_match(b""));
                    prop_assert!(glob.is_match(pattern.as_bytes()));
                    if let Some(only) = glob.only_itself() {
                        prop_assert!(only.at < pattern.len());
                    }
                }
                Err(error) => prop_assert!(error.at <= pattern.len()),
            }
        }

        #[test]
        fn a_negated_pattern_matches_what_it_does_not_match_behind_the_mark(
            pattern in "[a-c*/.{},]{1,8}",
            // No file is named `.` or `..`.
            path in "[a-c.]{0,2}[a-c](/[a-c]{1,3}){0,2}",
        ) {
            let negated = Glob::new(&format!("!{pattern}")).unwrap();
            let behind = negated.without_negation().unwrap();
            if negated.only_itself().is_none() && pattern != path {
                let is_match = behind.is_match(path.as_bytes());
                prop_assert_eq!(negated.is_match(path.as_bytes()), !is_match);
            }
        }
    }
}
