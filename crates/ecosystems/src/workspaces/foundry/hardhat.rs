//! The paths outside of a project that a `hardhat.config.*` names: where sources lie, and files that it
//! loads (<https://hardhat.org/hardhat-runner/docs/config#path-configuration>).
//!
//! The file is a program. Every text in it that begins with `..` counts, and such texts are joined with
//! those behind a comma, as in `path.join(__dirname, "..", "contracts")`.

/// The paths, as seen from the folder of the project, in order.
pub(super) fn named(source: &[u8]) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    // Whether a text that comes now is joined with the last one.
    let mut is_joined = false;
    let mut rest = source;
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after.first()) {
            (b'/', Some(b'/')) => behind(after, b"\n"),
            (b'/', Some(b'*')) => behind(after.get(1..).unwrap_or_default(), b"*/"),
            (quote @ (b'"' | b'\'' | b'`'), _) => {
                let end = |byte: &u8| byte == quote || *byte == b'\n' && *quote != b'`';
                let length = after.iter().position(end).unwrap_or(after.len());
                let (text, behind) = after.split_at(length);
                // A template may begin with a folder.
                let last = text.rsplit(|byte| *byte == b'}').next().unwrap_or(text);
                let text = String::from_utf8_lossy(last.strip_prefix(b"/").unwrap_or(last));
                match named.last_mut() {
                    Some(named) if is_joined && !text.starts_with("..") => {
                        *named = format!("{named}/{text}");
                    }
                    Some(named) if is_joined && text == ".." && is_up(named) => {
                        named.push_str("/..");
                    }
                    _ if text == ".." || text.starts_with("../") => {
                        is_joined = is_up(&text);
                        named.push(text.into_owned());
                    }
                    _ => is_joined = false,
                }
                behind.get(1..).unwrap_or_default()
            }
            (first, _) => {
                is_joined &= *first == b',' || first.is_ascii_whitespace();
                after
            }
        };
    }
    named
}

/// Whether a path is only `..`.
fn is_up(path: &str) -> bool {
    path.split('/').all(|name| name == "..")
}

/// What follows `end`; nothing where it does not come.
fn behind<'s>(text: &'s [u8], end: &[u8]) -> &'s [u8] {
    let at = bstr::ByteSlice::find(text, end);
    at.and_then(|at| text.get(at + end.len()..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(source: &str, wanted: &[&str]) {
        assert_eq!(named(source.as_bytes()), wanted);
    }

    #[test]
    fn texts_that_lead_up_are_paths() {
        check(
            "module.exports={paths:{sources:\"../contracts\", tests: './test'}}",
            &["../contracts"],
        );
        check("import base from '../base';\n// don't \"../no\"\n/* '../no' */", &["../base"]);
        check("path.join(__dirname, \"..\", '..', \"a\"), \"b\"", &["../../a"]);
        check("path.join(x, \"..\", \"a\", 'b')\n'c'", &["../a/b"]);
        check("[\"../a\", \"b\", \"../c\"]", &["../a", "../c"]);
        check("`${__dirname}/../a`", &["../a"]);
        check("'..", &[".."]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(\"|'|`|/\\*|\\*/|//|\n|\\.\\.|/|,|a|\\}){0,20}") {
            let _ = named(text.as_bytes());
        }
    }
}
