//! The paths that a source file of Solidity imports
//! (<https://docs.soliditylang.org/en/latest/layout-of-source-files.html>, "Importing other Source
//! Files").
//!
//! `import` is a word of the language and stands nowhere else; each such statement has one string, its
//! path.

/// The paths, in order. What is not closed ends the reading; the compiler cannot read it either.
pub(super) fn imports(source: &[u8]) -> Vec<Vec<u8>> {
    let mut imports = Vec::new();
    let mut in_import = false;
    let mut rest = source;
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after.first()) {
            (b'/', Some(b'/')) => behind(after, b"\n"),
            (b'/', Some(b'*')) => behind(after.get(1..).unwrap_or_default(), b"*/"),
            (quote @ (b'"' | b'\''), _) => {
                let length = string(after, *quote);
                let (text, behind) = after.split_at(length);
                if in_import {
                    imports.push(text.to_vec());
                    in_import = false;
                }
                behind.get(1..).unwrap_or_default()
            }
            (first, _) if is_letter(*first) => {
                let length = rest.iter().position(|byte| !is_letter(*byte)).unwrap_or(rest.len());
                let (word, behind) = rest.split_at(length);
                in_import |= word == b"import";
                behind
            }
            (b';', _) => {
                in_import = false;
                after
            }
            _ => after,
        };
    }
    imports
}

fn is_letter(byte: u8) -> bool {
    byte == b'_' || byte == b'$' || byte.is_ascii_alphanumeric()
}

/// What follows `end`; nothing where it does not come.
fn behind<'s>(text: &'s [u8], end: &[u8]) -> &'s [u8] {
    let at = bstr::ByteSlice::find(text, end);
    at.and_then(|at| text.get(at + end.len()..)).unwrap_or_default()
}

/// How long a string is, up to the quote that ends it.
fn string(text: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let is_end = *byte == quote && !escaped;
        escaped = *byte == b'\\' && !escaped;
        is_end
    });
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(source: &str, wanted: &[&str]) {
        let wanted: Vec<Vec<u8>> = wanted.iter().map(|it| it.as_bytes().to_vec()).collect();
        assert_eq!(imports(source.as_bytes()), wanted);
    }

    #[test]
    fn every_form_of_import_is_read() {
        check(
            "// import \"no\";\npragma solidity ^0.8.0;\nimport \"a\";\nimport 'b' as B;\nimport * as C from \"./c.sol\";\n\
             import {D, E as F} /* \"no\" */ from \"../d.sol\";\n/* import \"no\"; */\n\
             contract X { string s = \"import 'no';\"; uint important; string t = \"no\"; }\nimport \"e\";",
            &["a", "b", "./c.sol", "../d.sol", "e"],
        );
        check("import;\n\"no\"", &[]);
        check("string x = \"a\\\"\"; import \"b\";", &["b"]);
        check("import \"open", &["open"]);
        check("/* open import \"a\";", &[]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in "(import |\"|'|/\\*|\\*/|//|\n|;|\\\\|a){0,20}") {
            let _ = imports(text.as_bytes());
        }
    }
}
