//! What the beginning of a report shows: XML, or the keys of its first JSON object.
//!
//! A format of JSON is recognised by keys rather than by the first of them, because whoever merges or
//! sorts reports may change the order.

/// The beginning of a report.
pub(crate) struct Head<'h> {
    /// It, without white space before it.
    pub(crate) text: &'h [u8],
    /// The keys of the object with which the report begins.
    pub(crate) keys: Vec<Key<'h>>,
    /// The keys of the object on the first line that begins with one.
    pub(crate) line_keys: Vec<Key<'h>>,
}

/// One key of an object, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key<'h> {
    pub(crate) name: &'h [u8],
    pub(crate) value: Value,
}

/// What a value is, as its first byte tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Object,
    List,
    Text,
    /// A number, `true`, `false`, `null`, or nothing that JSON knows.
    Other,
}

impl<'h> Head<'h> {
    pub(crate) fn new(text: &'h [u8]) -> Self {
        let line = text.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"{"));
        Self { text, keys: keys(text), line_keys: keys(line.unwrap_or_default()) }
    }

    /// Whether the report is an object with this key.
    pub(crate) fn has(&self, name: &str, value: Value) -> bool {
        self.keys.contains(&Key { name: name.as_bytes(), value })
    }

    /// Whether a line is an object with this key.
    pub(crate) fn line_has(&self, name: &str, value: Value) -> bool {
        self.line_keys.contains(&Key { name: name.as_bytes(), value })
    }
}

/// The keys of the object with which `text` begins, as far as they are there.
fn keys(text: &[u8]) -> Vec<Key<'_>> {
    let mut keys = Vec::new();
    let mut depth = 0_usize;
    let mut rest = text;
    if !text.starts_with(b"{") {
        return keys;
    }
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => break,
            b'}' | b']' => depth -= 1,
            b'"' => {
                let Some(end) = end_of_text(rest) else { break };
                let (name, after) = rest.split_at(end);
                rest = after.get(1..).unwrap_or_default();
                if depth == 1
                    && let Some(value) = value(rest)
                {
                    keys.push(Key { name, value });
                }
            }
            _ => {}
        }
    }
    keys
}

/// Where the quote stands that ends a text of JSON.
fn end_of_text(text: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    text.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    })
}

/// What follows the colon after a key; nothing if there is no colon, so that it was no key.
fn value(after: &[u8]) -> Option<Value> {
    let value = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    Some(match value.first()? {
        b'{' => Value::Object,
        b'[' => Value::List,
        b'"' => Value::Text,
        _ => Value::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[(&str, Value)]) {
        let wanted: Vec<Key<'_>> = wanted
            .iter()
            .map(|(name, value)| Key { name: name.as_bytes(), value: *value })
            .collect();
        assert_eq!(keys(text.as_bytes()), wanted, "{text}");
    }

    #[test]
    fn the_keys_of_the_first_object_are_seen_and_no_others() {
        use Value::{List, Object, Other, Text};
        check(
            r#"{"a": {"b": 1}, "c" : ["d", {"e": 2}], "f": "g"}"#,
            &[("a", Object), ("c", List), ("f", Text)],
        );
        check(r#"{"a": 1, "b": null} {"c": 2}"#, &[("a", Other), ("b", Other)]);
        check(r#"{"a\"}": 1}"#, &[("a\\\"}", Other)]);
        check(r#"{"a": "b\\", "c": 1"#, &[("a", Text), ("c", Other)]);
        check(r#"{"a": 1, "cut of"#, &[("a", Other)]);
        check(r#"{"a""#, &[]);
        check(r#"["a": 1]"#, &[]);
        check("}", &[]);
        check("", &[]);
    }

    #[test]
    fn a_line_that_is_an_object_may_stand_after_others() {
        let head = Head::new(b"# example\n{\"a\": \"\"}\n{\"b\": \"\"}\n");
        assert!(head.line_has("a", Value::Text) && !head.line_has("b", Value::Text));
        assert!(!head.has("a", Value::Text));
    }
}
