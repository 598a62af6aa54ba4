//! Settings, manifests and lock files as one kind of value, so that they are compared by what they mean:
//! keys have no order, and comments, blanks and line ends are gone.

use std::fmt::Write as _;

use diagnostics::yaml::{Kind, Node};
use diagnostics::{Foreign, Piece, Place, Problem, Snippet, offset, position, text};
use serde_json::{Map, Value};

use super::Ingredient;
use super::ingredient::public;

/// Reads JSON. A byte order mark is left out, as Node does.
///
/// # Errors
/// When it is none: the place, and what was found.
pub(super) fn json(path: &[u8], bytes: &[u8]) -> Result<Value, Box<Problem>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| {
        let at = offset(bytes, error.line(), error.column());
        // What a conflict leaves is found at its second sign.
        let at = conflict(bytes).unwrap_or(at);
        not(path, bytes, at, "JSON", &error)
    })
}

/// Reads TOML; a number, a date and a truth value are told apart from a text of the same letters.
///
/// # Errors
/// When it is none: the place, and what was found.
pub(super) fn toml(path: &[u8], bytes: &[u8]) -> Result<Value, Box<Problem>> {
    let text = utf8(path, bytes, "TOML")?;
    toml::from_str(text).map_err(|error| {
        let at = conflict(bytes).unwrap_or_else(|| error.span().map_or(0, |span| span.start));
        not(path, bytes, at, "TOML", &error.message())
    })
}

/// Reads the documents of a stream of YAML. Each scalar is a text as it is written.
///
/// # Errors
/// When it is none: the place, and what was found.
pub(super) fn yaml(path: &[u8], bytes: &[u8]) -> Result<Vec<Value>, Box<Problem>> {
    let yaml = crate::yaml::read(bytes).map_err(|error| {
        let text = String::from_utf8_lossy(bytes);
        let problem = error.problem(path, &text);
        Box::new(problem.help("repair it: a key that is made of it must be the same in each run"))
    })?;
    Ok(yaml.documents().into_iter().map(of_node).collect())
}

/// Nodes are at most 64 levels deep, and all aliases of a stream few: reading saw to it.
fn of_node(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Nothing => Value::Null,
        Kind::Text(text) => Value::String(text.to_owned()),
        Kind::List(items) => Value::Array(items.into_iter().map(of_node).collect()),
        Kind::Map(pairs) => {
            let pair = |(key, value): (Node<'_>, Node<'_>)| {
                (key.text().unwrap_or_default().to_owned(), of_node(value))
            };
            Value::Object(pairs.into_iter().map(pair).collect())
        }
    }
}

/// The text of a file that has to be UTF-8.
///
/// # Errors
/// When it is not: the place.
pub(super) fn utf8<'b>(
    path: &[u8],
    bytes: &'b [u8],
    wanted: &'static str,
) -> Result<&'b str, Box<Problem>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        not(path, bytes, error.valid_up_to(), wanted, &"these bytes are not UTF-8")
    })
}

/// Where a conflict of a merge was left.
fn conflict(bytes: &[u8]) -> Option<usize> {
    let line = |sign: &[u8]| {
        if bytes.starts_with(sign) {
            return Some(0);
        }
        let sign = [b"\n", sign].concat();
        bstr::ByteSlice::find(bytes, sign).map(|at| at + 1)
    };
    line(b"<<<<<<< ")
}

/// That a file is not what it is called.
pub(super) fn not(
    path: &[u8],
    bytes: &[u8],
    at: usize,
    wanted: &'static str,
    found: &dyn std::fmt::Display,
) -> Box<Problem> {
    let (line, column) = position(bytes, at);
    let (label, help) = if conflict(bytes) == Some(at) {
        (text!["expected ", wanted, "; a merge left its conflict here"], "resolve the conflict")
    } else {
        let help = "repair it: the tool that it belongs to cannot read it either";
        (text!["expected ", wanted, "; ", Piece::said(found)], help)
    };
    let problem = Problem::error(text![
        "a file that the cache depends on is not ",
        wanted,
        " that can be read"
    ])
    .at(Place::at(path, line, column))
    .label(label)
    .snippet(Snippet::of(bytes, at));
    Box::new(problem.help(help))
}

/// That a file is well written and says something else than it should.
pub(super) fn not_as_expected(
    path: &[u8],
    expected: &'static str,
    found: &'static str,
) -> Box<Problem> {
    let problem = Problem::error(text!["the lock file ", Foreign::from(path), " cannot be read"])
        .at(Place::at(path, 1, 1))
        .label(text!["expected ", expected, "; found ", found]);
    Box::new(problem.help("let the tool that it belongs to write it again"))
}

/// That a value of a file is of another kind than it should be: at the first place where its key stands.
pub(super) fn not_of_kind(
    path: &[u8],
    bytes: &[u8],
    key: &str,
    expected: &'static str,
    found: &Value,
) -> Box<Problem> {
    let at = bstr::ByteSlice::find(bytes, key).unwrap_or(0);
    let (line, column) = position(bytes, at);
    let found = match found {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let problem = Problem::error(text![Foreign::from(path), " says something else than it should"])
        .at(Place::at(path, line, column))
        .label(text!["expected ", expected, "; found ", found])
        .snippet(Snippet::of(bytes, at));
    Box::new(problem.help("repair it: the tool that it belongs to cannot read it either"))
}

/// The entries of an object; none of anything else.
pub(super) fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// The same object without these keys.
pub(super) fn without(value: &Value, keys: &[&str]) -> Value {
    let kept = entries(Some(value)).filter(|(key, _)| !keys.contains(&key.as_str()));
    let kept: Map<String, Value> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
    if value.is_object() { Value::Object(kept) } else { value.clone() }
}

/// The same object with only these keys.
pub(super) fn only(value: &Value, keys: &[&str]) -> Value {
    let kept = entries(Some(value)).filter(|(key, _)| keys.contains(&key.as_str()));
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// Whether nothing is in it.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(pairs) => pairs.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Adds a value as a fact: what means the same is the same fact. A person can read it, but for an address
/// with a query, which may hold a token; a name and a password in an address are left out.
pub(super) fn add(ingredient: &mut Ingredient, name: impl Into<Vec<u8>>, value: &Value) {
    let mut words = String::new();
    let is_telling = write(value, true, &mut words);
    if is_telling {
        ingredient.hidden(name, words);
    } else {
        ingredient.shown(name, words);
    }
}

/// Adds each entry of an object as a fact.
pub(super) fn add_all(ingredient: &mut Ingredient, before: &str, value: Option<&Value>) {
    for (name, value) in entries(value) {
        add(ingredient, format!("{before}{name}"), value);
    }
}

/// Writes a value; whether it may hold a secret. Readers of all formats refuse what is nested deeper than
/// 128 levels.
fn write(value: &Value, is_outside: bool, words: &mut String) -> bool {
    match value {
        Value::String(text) => {
            let (text, is_telling) = public(text);
            // A text that could be read as something else is quoted.
            let is_other = matches!(text.as_str(), "" | "null" | "true" | "false")
                || text.starts_with([' ', '-'])
                || text.starts_with(|it: char| it.is_ascii_digit()) && text.parse::<f64>().is_ok()
                || text.contains(": ");
            let is_plain = |it: char| match it {
                ' ' => is_outside,
                it => it.is_ascii_graphic() && !"\"'`,{}[]".contains(it),
            };
            if is_other || !text.chars().all(is_plain) {
                let _ = write!(words, "{text:?}");
            } else {
                words.push_str(&text);
            }
            is_telling
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            let _ = write!(words, "{value}");
            false
        }
        Value::Array(items) => {
            let mut is_telling = false;
            words.push('[');
            for (at, item) in items.iter().enumerate() {
                words.push_str(if at == 0 { "" } else { ", " });
                is_telling |= write(item, false, words);
            }
            words.push(']');
            is_telling
        }
        Value::Object(pairs) => {
            let mut sorted: Vec<(&String, &Value)> = pairs.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            let mut is_telling = false;
            words.push('{');
            for (at, (key, value)) in sorted.into_iter().enumerate() {
                words.push_str(if at == 0 { "" } else { ", " });
                let _ = write!(words, "{key:?}: ");
                is_telling |= write(value, false, words);
            }
            words.push('}');
            is_telling
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::caches::{Fact, Level, Source};

    fn words(value: &Value) -> String {
        let mut words = String::new();
        write(value, true, &mut words);
        words
    }

    #[test]
    fn what_means_the_same_has_the_same_words_in_each_format() {
        let wanted = r#"{"a": [x, "1"], "b": null}"#;
        assert_eq!(words(&json(b"p", br#"{"b":null,"a":["x","1"]}"#).unwrap()), wanted);
        assert_eq!(words(&yaml(b"p", b"b: ~\r\na:\r\n- x\r\n- 1 # c\r\n").unwrap()[0]), wanted);
        assert_eq!(words(&toml(b"p", b"a = [\"x\", 1]").unwrap()), r#"{"a": [x, 1]}"#);
    }

    #[test]
    fn no_two_values_have_the_same_words() {
        let values = [
            serde_json::json!("a, b"),
            serde_json::json!(["a", "b"]),
            serde_json::json!(["a, b"]),
            serde_json::json!("1"),
            serde_json::json!(1),
            serde_json::json!(null),
            serde_json::json!("null"),
            serde_json::json!(""),
            serde_json::json!([]),
            serde_json::json!({}),
            serde_json::json!("{}"),
            serde_json::json!("[a]"),
            serde_json::json!({"a": "b"}),
            serde_json::json!("a: b"),
            serde_json::json!({"a: b": "c"}),
            serde_json::json!({"a": "b: c"}),
            serde_json::json!(" a"),
            serde_json::json!("a"),
            serde_json::json!("\"a\""),
            serde_json::json!(true),
            serde_json::json!("true"),
            serde_json::json!(["a", ""]),
        ];
        let words: std::collections::BTreeSet<String> = values.iter().map(words).collect();
        assert_eq!(words.len(), values.len(), "{words:#?}");
    }

    #[test]
    fn secrets_of_addresses_are_not_in_a_fact() {
        let mut it = Ingredient::new(Level::Dependencies, "x", Source::Machine, "it is");
        add(&mut it, "a", &serde_json::json!({"resolved": "https://me:hunter2@r.example/x@1.tgz"}));
        add(&mut it, "b", &serde_json::json!("https://r.example/x.tgz?token=hunter2"));
        add(&mut it, "c", &serde_json::json!("git+ssh://git@github.com/a/b.git#12"));
        assert!(!format!("{:?}", it.facts["a".as_bytes()]).contains("hunter2"));
        let two = "https://a/x https://me:hunter2@b/y,http://me:hunter2@c 'https://me:hunter2@d'";
        let (said, is_telling) = public(two);
        assert_eq!(
            (said.as_str(), is_telling),
            ("https://a/x https://b/y,http://c 'https://d'", false)
        );
        assert!(public("https://a https://b/?token=hunter2").1);
        assert!(matches!(it.facts["b".as_bytes()], Fact::Hidden(_)));
        let plain = Fact::Shown("git+ssh://github.com/a/b.git#12".into());
        assert_eq!(it.facts["c".as_bytes()], plain);
    }

    #[track_caller]
    fn check_place(problem: &Problem, line: u64, column: u64) {
        let place = problem.place.clone().unwrap();
        assert_eq!((place.line, place.column), (Some(line), Some(column)), "{problem:?}");
    }

    #[test]
    fn what_cannot_be_read_has_a_place() {
        check_place(&json(b"p", b"{\n  \"a\": x}").unwrap_err(), 2, 8);
        check_place(&toml(b"p", b"a = 1\nb = ").unwrap_err(), 2, 5);
        check_place(&yaml(b"p", b"a: 1\na: 2\n").unwrap_err(), 2, 1);
        check_place(&toml(b"p", b"a = '\xff'").unwrap_err(), 1, 6);
        check_place(&json(b"p", b"{\n<<<<<<< ours\n\"a\": 1\n").unwrap_err(), 2, 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = (json(b"p", &bytes), toml(b"p", &bytes), yaml(b"p", &bytes));
        }
    }
}
