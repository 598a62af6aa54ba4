//! What a source file of Go says before its first declaration, and which files it embeds.
//!
//! Imports stand between the package clause and everything else
//! (<https://go.dev/ref/spec#Source_file_organization>), so reading ends at the first other word. Tags of
//! builds are not looked at: a file counts for every platform. `//go:embed` takes files below the folder of
//! its package into the program (<https://pkg.go.dev/embed>).

use bstr::ByteSlice as _;

/// How long an import path is at most; its package lies in a folder of that name.
const LONGEST: usize = 4096;

/// What one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    /// The import paths, in order.
    pub(super) imports: Vec<String>,
    /// The patterns of `//go:embed`, without `all:`.
    pub(super) embeds: Vec<String>,
}

/// Reads a file. What is not Go imports nothing more from there on; Go cannot build it either.
pub(super) fn read(bytes: &[u8]) -> Source {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Source { imports: imports(bytes), embeds: embeds(bytes) }
}

/// A word of Go, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
enum Word<'b> {
    Name(&'b [u8]),
    String(&'b [u8]),
    Mark(u8),
}

fn imports(bytes: &[u8]) -> Vec<String> {
    let mut imports = Vec::new();
    let mut words = Words(bytes);
    // The package clause.
    if words.next() != Some(Word::Name(b"package")) {
        return imports;
    }
    words.next();
    let mut in_block = false;
    loop {
        match words.next() {
            Some(Word::Name(b"import") | Word::Mark(b';' | b'.')) => {}
            Some(Word::Mark(b'(')) if !in_block => in_block = true,
            Some(Word::Mark(b')')) if in_block => in_block = false,
            // An alias, `.` or `_`, which is a name.
            Some(Word::Name(name)) if in_block || !is_declaration(name) => {}
            Some(Word::String(path)) => {
                if let (Ok(path), 0..=LONGEST) = (std::str::from_utf8(path), path.len()) {
                    imports.push(path.to_owned());
                }
            }
            Some(Word::Name(_) | Word::Mark(_)) | None => return imports,
        }
    }
}

fn is_declaration(name: &[u8]) -> bool {
    matches!(name, b"const" | b"func" | b"type" | b"var")
}

/// The words of a file, without comments.
struct Words<'b>(&'b [u8]);

impl<'b> Words<'b> {
    fn take(&mut self, length: usize) -> &'b [u8] {
        let (word, rest) = self.0.split_at_checked(length).unwrap_or((self.0, b""));
        self.0 = rest;
        word
    }

    /// Up to `end`, which is left out; nothing where it does not come.
    fn until(&mut self, end: &[u8]) -> Option<&'b [u8]> {
        let at = self.0.find(end)?;
        let word = self.take(at);
        self.take(end.len());
        Some(word)
    }
}

impl<'b> Iterator for Words<'b> {
    type Item = Word<'b>;

    fn next(&mut self) -> Option<Word<'b>> {
        loop {
            self.0 = self.0.trim_ascii_start();
            if self.0.starts_with(b"//") {
                self.until(b"\n")?;
            } else if self.0.starts_with(b"/*") {
                self.take(2);
                self.until(b"*/")?;
            } else {
                break;
            }
        }
        let is_letter = |byte: u8| byte == b'_' || byte >= 0x80 || byte.is_ascii_alphanumeric();
        match self.0.first().copied()? {
            // No import path needs an escape.
            mark @ (b'"' | b'`') => {
                self.take(1);
                self.until(&[mark]).map(Word::String)
            }
            first if is_letter(first) => {
                let length = self.0.iter().position(|byte| !is_letter(*byte));
                Some(Word::Name(self.take(length.unwrap_or(self.0.len()))))
            }
            mark => {
                self.take(1);
                Some(Word::Mark(mark))
            }
        }
    }
}

fn embeds(bytes: &[u8]) -> Vec<String> {
    const DIRECTIVE: &[u8] = b"//go:embed";
    let mut embeds = Vec::new();
    for at in bytes.find_iter(DIRECTIVE) {
        let before = bytes.get(..at).unwrap_or_default();
        let is_first = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        let rest = bytes.get(at + DIRECTIVE.len()..).unwrap_or_default();
        if !matches!(is_first, None | Some(b'\n')) || !matches!(rest.first(), Some(b' ' | b'\t')) {
            continue;
        }
        let line = rest.lines().next().unwrap_or_default();
        let Ok(mut line) = std::str::from_utf8(line) else { continue };
        while let Some(first) = line.trim_start().chars().next() {
            line = line.trim_start();
            let quoted = matches!(first, '"' | '`').then(|| line.strip_prefix(first)).flatten();
            let (pattern, rest) = match quoted {
                Some(quoted) => quoted.split_once(first).unwrap_or((quoted, "")),
                None => line.split_once(char::is_whitespace).unwrap_or((line, "")),
            };
            embeds.push(pattern.strip_prefix("all:").unwrap_or(pattern).to_owned());
            line = rest;
        }
    }
    embeds
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, imports: &[&str], embeds: &[&str]) {
        let source = read(text.as_bytes());
        assert_eq!(
            (source.imports, source.embeds),
            (
                imports.iter().map(|it| (*it).to_owned()).collect(),
                embeds.iter().map(|it| (*it).to_owned()).collect()
            )
        );
    }

    #[test]
    fn imports_stand_before_everything_else() {
        check("package a\nimport \"x\"\n", &["x"], &[]);
        check(
            "// Copyright\n//go:build linux\n\npackage a // import \"canonical\"\n\nimport (\n\t\"fmt\"\n\t. \"d\"\n\
             \t_ `e`; al \"f/g\" /* \"no\" */\n\t// \"no\"\n)\nimport\n\"h\"\n\nfunc f() { import \"no\" }\nimport \"no\"\n",
            &["fmt", "d", "e", "f/g", "h"],
            &[],
        );
        check(
            "/*\n#include <x.h>\nimport \"no\"\n*/\npackage a\nimport \"C\"\nvar x = \"no\"\n",
            &["C"],
            &[],
        );
        check("package a; import \"x\"; import ()\n", &["x"], &[]);
        check("package importer\ntype import_ string\n", &[], &[]);
        check("import \"x\"\n", &[], &[]);
        check("package a\nimport (\n\"x\n", &[], &[]);
        check("\u{feff}package \u{e4}\nimport \u{e9} \"x\"\n", &["x"], &[]);
        check("", &[], &[]);
    }

    #[test]
    fn embedded_patterns_are_found_where_they_begin_a_line() {
        check(
            "package a\nimport _ \"embed\"\n//go:embed a.txt all:static \"b c/*\"\nvar x string\n\t//go:embed `d`\n\
             //go:embedded no\n// //go:embed no\nvar y = 1 //go:embed no\n",
            &["embed"],
            &["a.txt", "static", "b c/*", "d"],
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_words_are_read(text in "(package a\n|import|\\(|\\)|\"x\"|`|/\\*|\\*/|//go:embed | |\n|\"){0,12}") {
            let _ = read(text.as_bytes());
        }
    }
}
