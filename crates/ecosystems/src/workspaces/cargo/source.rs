//! Which other files a Rust source names: what `include!` and its kin take in, `#[path]`, and the words
//! of a build script.
//!
//! Source: The Rust Reference, "Comments", "Literal expressions", "Modules" (the `path` attribute), and
//! std's `include!`, `include_str!`, `include_bytes!`. A macro of any crate whose name begins with
//! `include` is read alike (`include_dir!("$CARGO_MANIFEST_DIR/x")`). What a macro makes up in another
//! way is not seen.

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
}

/// What a path is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The folder of the source.
    Source,
    /// The folder of the package: `concat!(env!("CARGO_MANIFEST_DIR"), "...")`.
    Package,
}

/// What a named file is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// Its bytes become a part of the program.
    Data,
    /// It is a module, which has its own modules beside it.
    Module,
    /// It is documentation only: `#[doc = include_str!("...")]`. Its examples are tests.
    Documentation,
}

/// The files that a source names.
pub(super) fn named(source: &[u8]) -> Vec<Named> {
    if memmem::find(source, b"include").is_none() && memmem::find(source, b"path").is_none() {
        return Vec::new();
    }
    let tokens = tokens(source);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let rest = tokens.get(at..).unwrap_or_default();
        match rest {
            [Token::Word(b"path"), Token::Sign(b'='), Token::Text(path), ..]
                if is_attribute(tokens.get(..at).unwrap_or_default()) =>
            {
                found.push(Named { path: slashes(path), from: From::Source, usage: Usage::Module });
            }
            [Token::Word(word), Token::Sign(b'!'), Token::Sign(b'(' | b'[' | b'{'), rest @ ..]
                if word.starts_with(b"include") =>
            {
                let before = tokens.get(..at).unwrap_or_default();
                let is_documentation =
                    matches!(before, [.., Token::Word(b"doc"), Token::Sign(b'=')]);
                let usage = if is_documentation { Usage::Documentation } else { Usage::Data };
                found.extend(argument(rest).map(|(path, from)| Named { path, from, usage }));
            }
            _ => {}
        }
    }
    found
}

/// Every text in a source that could name a file: also what follows the last `=` of one, as in
/// `cargo:rerun-if-changed=x`.
pub(super) fn words(source: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    for token in tokens(source) {
        if let Token::Text(text) = token {
            let text = slashes(&text);
            let word = text.rsplit('=').next().unwrap_or_default();
            if !word.is_empty() && word.len() < 1024 {
                words.push(word.to_owned());
            }
        }
    }
    words.sort();
    words.dedup();
    words
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
        use super::From::{Package, Source};
        use super::Usage::{Data, Documentation, Module};
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
        check("#[path = \"../x.rs\"] mod x;", &[("../x.rs", Source, Module)]);
        check("#[cfg_attr(unix, path = \"x.rs\")] mod x;", &[("x.rs", Source, Module)]);
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
    fn the_words_of_a_build_script_are_its_texts() {
        let source =
            "println!(\"cargo:rerun-if-changed=doc/x\"); f(\"proto\", b\"y\", r\"z\"); // \"no\"";
        assert_eq!(words(source.as_bytes()), ["doc/x", "proto", "y", "z"]);
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
