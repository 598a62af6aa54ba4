//! YAML in bytes, for readers that compare what files mean: keys have no order, and no scalar is guessed to
//! be a number, a date or a truth value.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use diagnostics::yaml::{At, Kind, Node, NotYaml, Yaml};

/// The documents in `bytes`; no document gives none.
///
/// # Errors
/// When the bytes are no YAML, or deeper or larger than anything that a tool or a person writes.
pub(crate) fn read(bytes: &[u8]) -> Result<Yaml<'_>, NotYaml> {
    Yaml::stream(utf8(bytes)?)
}

/// The bytes as text.
///
/// # Errors
/// When they are no UTF-8.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, NotYaml> {
    std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = diagnostics::position(bytes, error.valid_up_to());
        NotYaml { at: At { line, column }, why: "it is not UTF-8".into() }
    })
}

/// The values of a map by their keys; none of anything else.
pub(crate) fn entries(node: Option<Node<'_>>) -> BTreeMap<&str, Node<'_>> {
    let pairs = node.map(Node::pairs).unwrap_or_default().into_iter();
    pairs.filter_map(|(key, value)| Some((key.text()?, value))).collect()
}

/// A node in words that are the same for what means the same. They are for comparing only.
pub(crate) fn words(node: Node<'_>) -> String {
    let mut words = String::new();
    write(node, &mut words);
    words
}

/// Nodes are at most 64 levels deep, and all aliases of a stream few: [`Yaml::stream`] saw to it.
fn write(node: Node<'_>, words: &mut String) {
    match node.kind() {
        Kind::Nothing => words.push('~'),
        Kind::Text(text) => {
            let _ = write!(words, "{text:?}");
        }
        Kind::List(items) => {
            words.push('[');
            for item in items {
                write(item, words);
                words.push(',');
            }
            words.push(']');
        }
        Kind::Map(mut pairs) => {
            pairs.sort_by_key(|(key, _)| key.text());
            words.push('{');
            for (key, value) in pairs {
                let _ = write!(words, "{:?}:", key.text().unwrap_or_default());
                write(value, words);
                words.push(',');
            }
            words.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let read = read(text.as_bytes()).unwrap();
        let words: Vec<String> = read.documents().into_iter().map(words).collect();
        assert_eq!(words.join(" "), wanted);
    }

    #[test]
    fn what_means_the_same_has_the_same_words() {
        check(
            "c: &n [yes]\na:\n  - 'x'\n  - {b: 1.0}\nd: *n\n",
            r#"{"a":["x",{"b":"1.0",},],"c":["yes",],"d":["yes",],}"#,
        );
        check("[x, \"x\", '~', ~, 'a\"', ]", r#"["x","x","~",~,"a\"",]"#);
        check("{a: &m {x: 1}, b: {<<: *m, y: 2}}", r#"{"a":{"x":"1",},"b":{"x":"1","y":"2",},}"#);
    }

    #[test]
    fn a_stream_has_any_number_of_documents() {
        check("", "");
        check("# nothing\n", "");
        check("\u{feff}a: 1\n---\nb: 2\n", r#"{"a":"1",} {"b":"2",}"#);
    }

    #[test]
    fn entries_are_found_by_their_keys() {
        let read = read(b"b: 1\na: [x]\n").unwrap();
        let entries = entries(Some(read.root()));
        assert_eq!(entries.keys().copied().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(entries["b"].text(), Some("1"));
        assert!(super::entries(Some(entries["a"])).is_empty());
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], line: u64, column: u64) {
        let error = read(bytes).unwrap_err();
        assert_eq!(error.at, At { line, column }, "{:?}", error.why);
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        check_refused(b"a: 1\na: 2\n", 2, 1);
        check_refused(b"a: &x [*x]\n", 1, 8);
        check_refused(b"a: 1\n? [b]\n: 2\n", 2, 3);
        check_refused(b"a: b: c\n", 1, 5);
        check_refused(b"a: \xff", 1, 4);
    }

    #[test]
    fn deep_and_unfolding_documents_are_refused() {
        let deep: Vec<String> = (0..70).map(|at| format!("{}a:\n", " ".repeat(at))).collect();
        assert!(read(deep.concat().as_bytes()).is_err());
        assert!(read("[".repeat(100_000).as_bytes()).is_err());
        let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for at in 1..12 {
            let inner = format!("*a{}, ", at - 1).repeat(10);
            let line = format!("a{at}: &a{at} [{inner}]\n");
            laughs += &line;
        }
        // The aliases of a line stand for 110, 1110 and 11,110 parts, then for 11,111 each: the eighth of
        // those is too much.
        check_refused(laughs.as_bytes(), 5, 45);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-a:?&*!|>'\"{}\\[\\], #\n~%@]{0,60}") {
            if let Ok(read) = read(text.as_bytes()) {
                for document in read.documents() {
                    let _ = words(document);
                }
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = read(&bytes);
        }
    }
}
