//! Which other files a Rust source names: what `include!` and its kin take in, `#[path]`, its modules, any
//! other text that leads upwards, and the words of a build script.
//!
//! Source: The Rust Reference, "Comments", "Literal expressions", "Modules" (the `path` attribute), and
//! std's `include!`, `include_str!`, `include_bytes!`. A macro of any crate whose name begins with
//! `include` is read alike (`include_dir!("$CARGO_MANIFEST_DIR/x")`). Of other macros and attributes
//! (`sqlx::migrate!("../../x")`, `#[folder = "../x"]`) nobody knows where a path begins: at the source or at
//! the package. What a macro makes up in another way is not seen.

use memchr::memmem;

/// A file that a source names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The path as written, `/` between its parts.
    pub(super) path: String,
    /// Where it begins.
    pub(super) from: From,
    /// How it is used.
    pub(super) usage: Usage,
    /// Whether it is used for tests only: below `#[cfg(test)]`.
    pub(super) is_test: bool,
}

impl Named {
    fn new(path: String, from: From, usage: Usage) -> Self {
        Self { path, from, usage, is_test: false }
    }
}

/// What a path is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The folder of the source.
    Source,
    /// The folder of the package: `concat!(env!("CARGO_MANIFEST_DIR"), "...")`.
    Package,
    /// The folder in which the source's modules lie.
    Modules,
}

/// What a named file is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// Its bytes become a part of the program.
    Data,
    /// It is a module that a `path` attribute names.
    Module,
    /// It is a module that is found by its name, which the path is, without an ending: `mod x;`.
    Child,
    /// It is documentation only: `#[doc = include_str!("...")]`. Its examples are tests.
    Documentation,
    /// Nobody knows: a text that leads upwards.
    Unknown,
}

/// The most inline modules that a module is looked for in. Nobody goes so deep, and each makes every
/// path longer.
const DEEPEST: usize = 64;

/// The files that a source names.
pub(super) fn named(source: &[u8]) -> Vec<Named> {
    let is_there = |word: &[u8]| memmem::find(source, word).is_some();
    if ![&b"include"[..], b"path", b"mod", b"../", b"..\\", b"doctest"].into_iter().any(is_there) {
        return Vec::new();
    }
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut inline = Inline::default();
    for at in 0..tokens.len() {
        let (before, rest) = tokens.split_at(at);
        let (many, mut is_test) = (found.len(), false);
        match rest {
            [Token::Word(b"path"), Token::Sign(b'='), Token::Text(path), ..]
                if is_attribute(before) =>
            {
                let path = slashes(path);
                if let Some(inner) = inline.path(&path) {
                    found.push(Named::new(inner, From::Modules, Usage::Module));
                }
                found.push(Named::new(path, From::Source, Usage::Module));
                is_test = matches!(before, [before @ .., Token::Sign(b'#'), Token::Sign(b'[')] if is_for_tests(before));
            }
            [Token::Word(b"mod"), Token::Word(name), Token::Sign(b';'), ..]
            | [
                Token::Word(b"mod"),
                Token::Word(b"r"),
                Token::Sign(b'#'),
                Token::Word(name),
                Token::Sign(b';'),
                ..,
            ] => {
                let name = slashes(name);
                let path = inline.path(&name).unwrap_or(name);
                found.push(Named::new(path, From::Modules, Usage::Child));
                is_test = is_for_tests(before);
            }
            [Token::Word(word), Token::Sign(b'!'), Token::Sign(b'(' | b'[' | b'{'), rest @ ..]
                if word.starts_with(b"include") =>
            {
                let is_documentation =
                    matches!(before, [.., Token::Word(b"doc"), Token::Sign(b'=')]);
                let usage = if is_documentation { Usage::Documentation } else { Usage::Data };
                found.extend(argument(rest).map(|(path, from)| Named::new(path, from, usage)));
            }
            [Token::Text(text), ..] => of_text(before, text, &mut found),
            _ => {}
        }
        for named in found.iter_mut().skip(many) {
            named.is_test = is_test || inline.is_for_tests();
        }
        inline.step(before, rest);
    }
    found
}

/// What a text names that neither an attribute for paths nor `include!` names.
fn of_text(before: &[Token<'_>], text: &[u8], found: &mut Vec<Named>) {
    let path = slashes(text);
    match before {
        [.., Token::Word(word), Token::Sign(b'!'), Token::Sign(_)]
            if word.starts_with(b"include") => {}
        [before @ .., Token::Word(b"path"), Token::Sign(b'=')] if is_attribute(before) => {}
        // The examples of a page, by the crates doctest and doc-comment.
        [.., Token::Word(b"doctest"), Token::Sign(b'!'), Token::Sign(_)] => {
            found.push(Named::new(path, From::Source, Usage::Documentation));
        }
        _ if leads_upwards(&path) => {
            let rest = after_placeholder(&path);
            let of = |path: &str, from| Named::new(path.to_owned(), from, Usage::Unknown);
            if let Some(rest) = rest.strip_prefix('/').or_else(|| (rest != path).then_some(rest)) {
                // What follows `env!("CARGO_MANIFEST_DIR")`.
                let is_known = found.last().is_some_and(|it| it.path == rest);
                found.extend((!is_known).then(|| of(rest, From::Package)));
            } else {
                found.extend([From::Source, From::Package].map(|from| of(&path, from)));
            }
        }
        _ => {}
    }
}

/// Whether `#[cfg(test)]` stands right before.
fn is_for_tests(before: &[Token<'_>]) -> bool {
    let before = before.strip_suffix(&[Token::Word(b"pub")]).unwrap_or(before);
    matches!(
        before,
        [
            ..,
            Token::Word(b"cfg"),
            Token::Sign(b'('),
            Token::Word(b"test"),
            Token::Sign(b')'),
            Token::Sign(b']'),
        ]
    )
}

fn leads_upwards(path: &str) -> bool {
    path.len() < LONGEST && !path.contains('\n') && path.split('/').any(|part| part == "..")
}

/// The inline modules around a place: `mod a { mod b { ... } }`.
#[derive(Default)]
struct Inline<'a> {
    names: Vec<(&'a [u8], usize)>,
    depth: usize,
    /// How many of them stand around the outermost one for tests.
    tests_from: Option<usize>,
}

impl<'a> Inline<'a> {
    /// Goes over the first of the tokens in `rest`.
    fn step(&mut self, before: &[Token<'a>], rest: &[Token<'a>]) {
        match rest.first() {
            Some(Token::Sign(b'{')) => {
                if let [before @ .., Token::Word(b"mod"), Token::Word(name)] = before {
                    if is_for_tests(before) {
                        self.tests_from.get_or_insert(self.names.len());
                    }
                    self.names.push((*name, self.depth));
                }
                self.depth += 1;
            }
            Some(Token::Sign(b'}')) => {
                self.depth = self.depth.saturating_sub(1);
                let depth = self.depth;
                self.names.pop_if(|(_, outside)| *outside == depth);
                self.tests_from = self.tests_from.filter(|from| *from < self.names.len());
            }
            Some(_) | None => {}
        }
    }

    fn is_for_tests(&self) -> bool {
        self.tests_from.is_some()
    }

    /// A path below the folders of the inline modules; nothing where there are none.
    fn path(&self, path: &str) -> Option<String> {
        if self.names.is_empty() || self.names.len() > DEEPEST {
            return None;
        }
        let names = self.names.iter().map(|(name, _)| slashes(name));
        Some(names.chain([path.to_owned()]).collect::<Vec<String>>().join("/"))
    }
}

/// The longest text that is taken for a path.
const LONGEST: usize = 1024;

/// What the texts of a build script say of files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// Every text that could name a file: also what follows the last `=` of one, as in
    /// `cargo:rerun-if-changed=x`, or what is written into it first, as in `{}/x`, and the folder before
    /// a wildcard. Sorted.
    pub(super) texts: Vec<String>,
    /// How many folders upwards the script goes by itself at most: `join("..")`, `parent()`. Any number
    /// where it asks for the workspace.
    pub(super) upwards: usize,
}

/// What the texts of a build script say.
pub(super) fn words(source: &[u8]) -> Words {
    let mut words = Words::default();
    let tokens = tokens(source);
    for token in &tokens {
        match token {
            Token::Text(text) => {
                let text = slashes(text);
                words.upwards = words.upwards.saturating_add(upwards(&text));
                let word = text.rsplit('=').next().unwrap_or_default();
                let word = after_placeholder(word);
                if word.len() < LONGEST {
                    let both = [Some(word), before_wildcard(word)].into_iter().flatten();
                    words.texts.extend(both.filter(|text| !text.is_empty()).map(str::to_owned));
                }
            }
            Token::Word(b"parent") => words.upwards = words.upwards.saturating_add(1),
            Token::Word(b"ancestors") => words.upwards = usize::MAX,
            Token::Word(_) | Token::Sign(_) => {}
        }
    }
    words.texts.sort();
    words.texts.dedup();
    words
}

/// What of a text for `format!` follows the value that it begins with: `{}/x`, `{root}/x`.
fn after_placeholder(text: &str) -> &str {
    let rest = text.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    match rest {
        Some((name, rest)) if !name.contains('/') => rest.trim_start_matches('/'),
        Some(_) | None => text,
    }
}

/// The folder in which a pattern, or a text for `format!`, has all that it may name: `proto` of
/// `proto/*.proto` and of `proto/{name}.proto`.
fn before_wildcard(text: &str) -> Option<&str> {
    let wildcard = text.find(['{', '*', '?', '['])?;
    Some(text.get(..wildcard)?.rsplit_once('/')?.0)
}

/// How many folders upwards a text leads that does nothing else (`../..`); any number for one that asks
/// for the workspace.
fn upwards(text: &str) -> usize {
    let asks = ["WORKSPACE_DIR", "WORKSPACE_ROOT", "--show-toplevel", "locate-project"];
    if asks.iter().any(|word| text.contains(word)) {
        return usize::MAX;
    }
    let mut parts = after_placeholder(text).split('/');
    let is_upwards = parts.clone().all(|part| matches!(part, "" | "." | ".."));
    let count = parts.by_ref().filter(|part| *part == "..").count();
    if is_upwards { count } else { 0 }
}

/// Whether `path` stands where an attribute or its condition may stand: after `#[`, `#![` or a comma of
/// `cfg_attr`.
fn is_attribute(before: &[Token<'_>]) -> bool {
    matches!(before, [.., Token::Sign(b'#'), Token::Sign(b'[')] | [.., Token::Sign(b',')])
}

/// The path in the arguments of a macro.
fn argument(tokens: &[Token<'_>]) -> Option<(String, From)> {
    match tokens {
        [Token::Text(path), ..] => {
            let path = slashes(path);
            match path.strip_prefix("$CARGO_MANIFEST_DIR") {
                Some(rest) => Some((rest.trim_start_matches('/').to_owned(), From::Package)),
                None => Some((path, From::Source)),
            }
        }
        [Token::Word(b"concat"), Token::Sign(b'!'), Token::Sign(_), rest @ ..] => {
            concatenated(rest)
        }
        _ => None,
    }
}

/// `concat!("a", "b")`, or `concat!(env!("CARGO_MANIFEST_DIR"), "/a")`. Another variable, such as
/// `OUT_DIR`, names nothing in the repository.
fn concatenated(mut tokens: &[Token<'_>]) -> Option<(String, From)> {
    let mut from = From::Source;
    if let [Token::Word(b"env"), Token::Sign(b'!'), Token::Sign(_), Token::Text(name), rest @ ..] =
        tokens
    {
        if name.as_slice() != b"CARGO_MANIFEST_DIR" {
            return None;
        }
        from = From::Package;
        tokens = rest;
    }
    let mut path = String::new();
    for token in tokens {
        match token {
            Token::Text(text) => path.push_str(&slashes(text)),
            Token::Sign(b',') => {}
            Token::Sign(b')' | b']' | b'}') if path.is_empty() => {}
            Token::Sign(b')' | b']' | b'}') => break,
            Token::Sign(_) | Token::Word(_) => return None,
        }
    }
    let path = if from == From::Package { path.trim_start_matches('/').to_owned() } else { path };
    Some((path, from))
}

fn slashes(text: &[u8]) -> String {
    String::from_utf8_lossy(text).replace('\\', "/")
}

/// A piece of a source; comments and characters are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// A word, or a number.
    Word(&'a [u8]),
    /// What a string literal stands for.
    Text(Vec<u8>),
    /// Any other byte but white space.
    Sign(u8),
}

fn tokens(source: &[u8]) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => after,
            b'/' if after.starts_with(b"/") => {
                after.get(memchr::memchr(b'\n', after).unwrap_or(after.len())..).unwrap_or_default()
            }
            b'/' if after.starts_with(b"*") => after_comment(after),
            b'"' => {
                let (text, after) = text(after);
                tokens.push(Token::Text(text));
                after
            }
            b'\'' => after_character(after),
            byte if is_letter(byte) => {
                let length = rest.iter().take_while(|byte| is_letter(**byte)).count();
                let (word, after) = rest.split_at(length);
                if let Some((text, after)) = raw_text(word, after) {
                    tokens.push(Token::Text(text.to_vec()));
                    after
                } else {
                    // `b"..."` and `c"..."` are texts too: the prefix says nothing here.
                    if !(matches!(word, b"b" | b"c") && after.starts_with(b"\"")) {
                        tokens.push(Token::Word(word));
                    }
                    after
                }
            }
            byte => {
                tokens.push(Token::Sign(byte));
                after
            }
        };
    }
    tokens
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// What follows a comment, which may hold others; `rest` begins with its `*`.
fn after_comment(rest: &[u8]) -> &[u8] {
    let mut depth = 1_usize;
    let mut rest = rest.get(1..).unwrap_or_default();
    while depth > 0 {
        let Some(at) = memchr::memchr2(b'*', b'/', rest) else { return &[] };
        let here = rest.get(at..).unwrap_or_default();
        let is_end = here.starts_with(b"*/");
        let is_begin = here.starts_with(b"/*");
        depth = if is_end { depth - 1 } else { depth + usize::from(is_begin) };
        rest = here.get(if is_end || is_begin { 2 } else { 1 }..).unwrap_or_default();
    }
    rest
}

/// A string literal after its first quote, and what follows it.
fn text(rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut text = Vec::new();
    let mut rest = rest;
    loop {
        let Some(at) = memchr::memchr2(b'"', b'\\', rest) else {
            text.extend_from_slice(rest);
            return (text, &[]);
        };
        let (before, after) = rest.split_at(at);
        text.extend_from_slice(before);
        match after {
            [b'\\', b'\n', after @ ..] => rest = after.trim_ascii_start(),
            [b'\\', escaped, after @ ..] => {
                // A path holds `\\` and `\"` at most.
                text.push(*escaped);
                rest = after;
            }
            [_, after @ ..] => return (text, after),
            [] => return (text, &[]),
        }
    }
}

/// A raw string literal, whose prefix `r`, `br` or `cr` is `word`, and what follows it.
fn raw_text<'a>(word: &[u8], after: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    if !matches!(word, b"r" | b"br" | b"cr") {
        return None;
    }
    let signs = after.iter().take_while(|byte| **byte == b'#').count();
    let inner = after.get(signs..)?.strip_prefix(b"\"")?;
    let end = [&b"\""[..], &b"#".repeat(signs)].concat();
    // One that never ends is all that is left: looking again behind each would take for ever.
    let at = memmem::find(inner, &end).unwrap_or(inner.len());
    Some((inner.get(..at)?, inner.get(at + end.len()..).unwrap_or_default()))
}

/// What follows a character or the name of a lifetime, after the first `'`.
fn after_character(rest: &[u8]) -> &[u8] {
    if let Some(escaped) = rest.strip_prefix(b"\\") {
        let after = escaped.get(1..).unwrap_or_default();
        let end = after.iter().take(12).position(|byte| *byte == b'\'');
        return end.and_then(|end| after.get(end + 1..)).unwrap_or(after);
    }
    // One character, of up to four bytes; otherwise a lifetime.
    let end = rest.iter().take(5).skip(1).position(|byte| *byte == b'\'').map(|at| at + 1);
    let is_one = |end: &usize| {
        let inner = rest.get(..*end).unwrap_or_default();
        std::str::from_utf8(inner).is_ok_and(|inner| inner.chars().count() == 1)
    };
    end.filter(is_one).and_then(|end| rest.get(end + 1..)).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(source: &str, wanted: &[(&str, From, Usage)]) {
        let found = named(source.as_bytes());
        let found: Vec<(&str, From, Usage)> =
            found.iter().map(|it| (it.path.as_str(), it.from, it.usage)).collect();
        assert_eq!(found, wanted, "{source}");
    }

    #[test]
    fn what_a_source_takes_in_is_found() {
        use super::From::{Modules, Package, Source};
        use super::Usage::{Child, Data, Documentation, Module, Unknown};
        check("const X: &str = include_str!(\"../x.txt\");", &[("../x.txt", Source, Data)]);
        check("include_bytes! [ r#\"x\"# ]", &[("x", Source, Data)]);
        check("std::include!{\"x.rs\"}", &[("x.rs", Source, Data)]);
        check("include_str!(r\"a\\b\")", &[("a/b", Source, Data)]);
        check("include_str!(\"a\\\\b\")", &[("a/b", Source, Data)]);
        check(
            "include!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../x\"))",
            &[("../x", Package, Data)],
        );
        check("include!(concat!(\"a\", \"/b\"))", &[("a/b", Source, Data)]);
        check("include!(concat!(env!(\"OUT_DIR\"), \"/x.rs\"))", &[]);
        check("include_dir!(\"$CARGO_MANIFEST_DIR/../x\")", &[("../x", Package, Data)]);
        check(
            "#![doc = include_str!(\"../README.md\")]",
            &[("../README.md", Source, Documentation)],
        );
        let children = [("../x.rs", Source, Module), ("x", Modules, Child)];
        check("#[path = \"../x.rs\"] mod x;", &children);
        check("#[cfg_attr(unix, path = \"x.rs\")] fn x;", &[("x.rs", Source, Module)]);
        check("mod r#type;", &[("type", Modules, Child)]);
        check(
            "mod a { mod b { mod c; } mod d; } mod e;",
            &[("a/b/c", Modules, Child), ("a/d", Modules, Child), ("e", Modules, Child)],
        );
        check(
            "mod a { #[path = \"x.rs\"] fn b; }",
            &[("a/x.rs", Modules, Module), ("x.rs", Source, Module)],
        );
        check("doctest!(\"../README.md\")", &[("../README.md", Source, Documentation)]);
        let either = [("../../x", Source, Unknown), ("../../x", Package, Unknown)];
        check("sqlx::migrate!(\"../../x\")", &either);
        check("#[folder = \"../../x\"] struct A;", &either);
        check("f(\"a..b\"); f(\"x\")", &[]);
        check("let path = \"x.rs\";", &[]);
        check("// include!(\"x\")\n/* include!(\"x\") /* */ include!(\"y\") */", &[]);
        check(
            "let a = \"include!(\\\"x\\\")\"; fn f<'a>() {} let c = '\"'; include!(\"y\")",
            &[("y", Source, Data)],
        );
        check(
            "let c = '\\''; let d = '\\u{1F600}'; let e = '\u{e4}'; include!(\"y\")",
            &[("y", Source, Data)],
        );
        check("fn include() {}", &[]);
    }

    #[test]
    fn what_is_taken_in_for_tests_is_known() {
        let check = |source: &str, wanted: &[bool]| {
            let found: Vec<bool> = named(source.as_bytes()).iter().map(|it| it.is_test).collect();
            assert_eq!(found, wanted, "{source}");
        };
        check(
            "#[cfg(test)] mod tests { include!(\"x\"); mod b { include!(\"y\") } }",
            &[true, true],
        );
        check("#[cfg(test)] mod a { } include!(\"x\")", &[false]);
        check("#[cfg(test)]\n#[path = \"x.rs\"]\nfn x;", &[true]);
        check("#[cfg(test)] pub mod a; mod b;", &[true, false]);
        check("#[cfg(feature)] mod tests { include!(\"x\") }", &[false]);
    }

    #[test]
    fn the_words_of_a_build_script_are_its_texts() {
        let source =
            "println!(\"cargo:rerun-if-changed=doc/x\"); f(\"proto\", b\"y\", r\"z\"); // \"no\"";
        assert_eq!(words(source.as_bytes()).texts, ["doc/x", "proto", "y", "z"]);
    }

    #[track_caller]
    fn check_words(source: &str, texts: &[&str], upwards: usize) {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(words(source.as_bytes()), Words { texts, upwards }, "{source}");
    }

    #[test]
    fn a_build_script_makes_up_paths() {
        check_words("format!(\"{}/../../proto\", d)", &["../../proto"], 0);
        check_words("println!(\"cargo::rerun-if-changed={dir}/x\")", &["x"], 0);
        check_words("println!(\"{\")", &["{"], 0);
        check_words("glob(\"../../p/**/*.x\")", &["../../p", "../../p/**/*.x"], 0);
        check_words("format!(\"{d}/p/{name}.x\")", &["p", "p/{name}.x"], 0);
        check_words("d.join(\"..\").join(\"..\").join(\"proto\")", &["..", "proto"], 2);
        check_words("let root = format!(\"{d}/../..\"); f(\"x\")", &["../..", "x"], 2);
        check_words("d.parent().unwrap().parent().unwrap().join(\"x\")", &["x"], 2);
        check_words("d.ancestors().nth(2)", &[], usize::MAX);
        check_words("env!(\"CARGO_WORKSPACE_DIR\")", &["CARGO_WORKSPACE_DIR"], usize::MAX);
    }

    #[test]
    fn what_never_ends_ends() {
        for open in ["/*", "\"", "r#\"", "'", "'\\", "include!(", "/* /*"] {
            let source = format!("path {}", open.repeat(100_000));
            let _ = (named(source.as_bytes()), words(source.as_bytes()));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(source in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (named(&source), words(&source), tokens(&source));
        }

        #[test]
        fn soup_is_read(source in "(include!|\\(|\\)|\"|'|r#|#|path|=|/\\*|\\*/|//|\n|\\\\|a){0,40}") {
            let _ = (named(source.as_bytes()), words(source.as_bytes()));
        }
    }
}
