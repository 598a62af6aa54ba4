//! `go.mod` and `go.work`: the same lines of words (<https://go.dev/ref/mod#go-mod-file-lexical>,
//! <https://go.dev/ref/mod#workspaces>).
//!
//! A line is a directive and its arguments. `directive (` begins a block: each line up to `)` is one
//! more directive of that name. `//` begins a comment. A word with other letters stands in quotes.

use diagnostics::{Foreign, Piece, Place, Problem, Snippet, text};

/// One directive: its name, then its arguments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Directive {
    pub(crate) name: String,
    pub(crate) arguments: Vec<String>,
}

impl Directive {
    /// The argument at a place.
    pub(crate) fn argument(&self, at: usize) -> Option<&str> {
        self.arguments.get(at).map(String::as_str)
    }
}

/// Reads all directives of a file, in order.
///
/// # Errors
/// Where a line is none: the place, and what was found.
pub(crate) fn read(path: &[u8], bytes: &[u8]) -> Result<Vec<Directive>, Box<Problem>> {
    let mut directives = Vec::new();
    let mut block: Option<(String, usize)> = None;
    let mut start = 0;
    let refused = |at: usize, found: &str| Box::new(refused(path, bytes, at, found));
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let at = start;
        start += line.len();
        let text =
            std::str::from_utf8(line).map_err(|_| refused(at, "found bytes that are not UTF-8"))?;
        let mut words =
            words(text).ok_or_else(|| refused(at, "found a quote that is not closed"))?;
        match (&block, words.as_slice()) {
            (_, []) => {}
            (Some(_), [end]) if end == ")" => block = None,
            (Some((name, _)), _) => {
                directives.push(Directive { name: name.clone(), arguments: words });
            }
            (None, [name, ..]) if !is_name(name) => {
                return Err(refused(at, "found a line without the name of a directive"));
            }
            (None, [name, open]) if open == "(" => block = Some((name.clone(), at)),
            (None, [_, ..]) => {
                let name = words.remove(0);
                directives.push(Directive { name, arguments: words });
            }
        }
    }
    match block {
        Some((_, at)) => Err(refused(at, "found a block that is not closed")),
        None => Ok(directives),
    }
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// That a file is not what Go reads.
pub(crate) fn refused(path: &[u8], bytes: &[u8], at: usize, found: &str) -> Problem {
    let (line, column) = diagnostics::position(bytes, at);
    Problem::error(text![Foreign::from(path), " cannot be read"])
        .at(Place::at(path, line, column))
        .label(text!["expected a directive of Go modules; ", Piece::said(&found)])
        .snippet(Snippet::of(bytes, at))
        .help("repair it: `go mod edit -fmt` or `go work edit -fmt` cannot read it either")
}

/// The words of a line, without its comment; nothing where a quote is not closed.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            break;
        }
        let (word, after) = match first {
            '"' => interpreted(rest.strip_prefix('"')?)?,
            '`' => {
                let (word, after) = rest.strip_prefix('`')?.split_once('`')?;
                (word.to_owned(), after)
            }
            '(' | ')' | ',' => {
                let (word, after) = rest.split_at(1);
                (word.to_owned(), after)
            }
            _ => {
                let is_end =
                    |(_, letter): &(usize, char)| letter.is_whitespace() || "(),".contains(*letter);
                let end = rest.char_indices().find(is_end).map_or(rest.len(), |(at, _)| at);
                // A comment may follow without a blank, but `//` is also a part of no path.
                let (word, _) = rest.split_at(end);
                let end = word.find("//").unwrap_or(end);
                let (word, after) = rest.split_at(end);
                (word.to_owned(), after)
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    Some(words)
}

/// The rest of a string in double quotes, with `\` before a letter meaning that letter, and what follows.
fn interpreted(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((word, text.get(at + 1..)?)),
            '\\' => word.push(letters.next()?.1),
            _ => word.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[&[&str]]) {
        let read = read(b"go.mod", text.as_bytes()).unwrap();
        let own = |it: &Directive| [vec![it.name.clone()], it.arguments.clone()].concat();
        let lines: Vec<Vec<String>> = read.iter().map(own).collect();
        assert_eq!(lines, wanted);
    }

    #[test]
    fn directives_stand_alone_or_in_blocks() {
        check(
            "// Deprecated: x\nmodule \"m/a\" // y\n\ngo 1.22\r\nrequire (\n\tx v1 // indirect\n\n\t`y` v2//z\n)\n\
             replace x => ../x\nretract [v1, v2]\n",
            &[
                &["module", "m/a"],
                &["go", "1.22"],
                &["require", "x", "v1"],
                &["require", "y", "v2"],
                &["replace", "x", "=>", "../x"],
                &["retract", "[v1", ",", "v2]"],
            ],
        );
        check("", &[]);
        check("require ()\n", &[&["require", "(", ")"]]);
    }

    #[test]
    fn what_is_no_directive_says_where() {
        let line = |bytes: &[u8]| read(b"go.mod", bytes).unwrap_err().place.unwrap().line;
        assert_eq!(line(b"module m\n<<<<<<< ours\n"), Some(2));
        assert_eq!(line(b"module m\nrequire (\n x v1\n"), Some(2));
        assert_eq!(line(b"module \"m\n"), Some(1));
        assert_eq!(line(b"module m\n\xff\n"), Some(2));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a(),\"`/ \n=>\\\\]{0,40}") {
            let _ = read(b"go.mod", text.as_bytes());
        }
    }
}
