//! TOML as a tree of owned values that remember where they stand, and are equal if they mean the same.
//!
//! `toml`'s spanned tree (`DeTable`) is what its serde support makes first, so nothing of it is a shorter
//! way in. It refuses what is nested deeper than 80 levels, so walking its answer cannot exhaust the
//! stack. Comments, order and spelling (`a.b = 1`, `a = { b = 1 }`) are gone afterwards, which is what
//! comparing by meaning needs.

use diagnostics::{Piece, Place, Problem, Snippet, Text, position, text};
use toml::de::{DeTable, DeValue};

/// A table: its keys in order of their bytes. Most have one key or two, and a map of the standard library
/// takes room for eleven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table(Vec<(String, Value)>);

impl Table {
    /// A table of these pairs; of a key that is there twice the first one.
    fn new(mut pairs: Vec<(String, Value)>) -> Self {
        pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        pairs.dedup_by(|(later, _), (first, _)| later == first);
        Self(pairs)
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let at = self.0.binary_search_by(|(it, _)| it.as_str().cmp(key)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// How many keys it has.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(key, _)| key)
    }

    /// Its keys and their values.
    pub(crate) fn iter(&self) -> Pairs<'_> {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

/// The keys of a table and their values.
type Pairs<'a> = std::iter::Map<
    std::slice::Iter<'a, (String, Value)>,
    fn(&(String, Value)) -> (&String, &Value),
>;

impl<'a> IntoIterator for &'a Table {
    type Item = (&'a String, &'a Value);
    type IntoIter = Pairs<'a>;

    fn into_iter(self) -> Pairs<'a> {
        self.iter()
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    /// The byte in the file at which it begins.
    at: usize,
    data: Data,
}

/// What a value is. Numbers and dates stay as they are written: nothing here counts with them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Data {
    Text(String),
    Flag(bool),
    Other(String),
    List(Vec<Value>),
    Table(Table),
}

/// Where a value stands does not matter to what it means.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl Eq for Value {}

impl Value {
    /// A text that stands nowhere.
    pub(crate) fn text(text: &str) -> Self {
        Self { at: 0, data: Data::Text(text.to_owned()) }
    }

    /// A list of texts that stands nowhere.
    pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self { at: 0, data: Data::List(texts.into_iter().map(Self::text).collect()) }
    }

    /// A number that stands nowhere, as it is written.
    pub(crate) fn number(digits: &str) -> Self {
        Self { at: 0, data: Data::Other(digits.to_owned()) }
    }

    /// A list that stands nowhere.
    pub(crate) fn list(values: Vec<Self>) -> Self {
        Self { at: 0, data: Data::List(values) }
    }

    /// A table that stands nowhere; nothing if a key is there twice.
    pub(crate) fn table(pairs: Vec<(&str, Self)>) -> Option<Self> {
        let count = pairs.len();
        let pairs = pairs.into_iter().map(|(key, value)| (key.to_owned(), value));
        let table = Table::new(pairs.collect());
        (table.len() == count).then_some(Self { at: 0, data: Data::Table(table) })
    }

    /// The byte in the file at which it begins.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The text, if it is one.
    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data { Some(text) } else { None }
    }

    /// The truth value, if it is one.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        if let Data::Flag(flag) = self.data { Some(flag) } else { None }
    }

    /// The values of a list, if it is one.
    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        if let Data::List(list) = &self.data { Some(list) } else { None }
    }

    /// The table, if it is one.
    pub(crate) fn as_table(&self) -> Option<&Table> {
        if let Data::Table(table) = &self.data { Some(table) } else { None }
    }

    /// The value of a key, if this is a table that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.as_table()?.get(key)
    }

    /// What kind of value it is, for people.
    fn kind(&self) -> &'static str {
        match self.data {
            Data::Text(_) => "a string",
            Data::Flag(_) => "true or false",
            Data::Other(_) => "a number or a date",
            Data::List(_) => "a list",
            Data::Table(_) => "a table",
        }
    }

    /// The value in one spelling, the same for every spelling that means the same.
    pub(crate) fn written(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        match &self.data {
            Data::Text(words) => quote(words, text),
            Data::Flag(flag) => text.push_str(if *flag { "true" } else { "false" }),
            Data::Other(number) => text.push_str(number),
            Data::List(list) => {
                text.push('[');
                for (at, item) in list.iter().enumerate() {
                    text.push_str(if at == 0 { "" } else { ", " });
                    item.write(text);
                }
                text.push(']');
            }
            Data::Table(table) => {
                text.push('{');
                for (at, (key, item)) in table.iter().enumerate() {
                    text.push_str(if at == 0 { "" } else { ", " });
                    write_key(key, text);
                    text.push_str(" = ");
                    item.write(text);
                }
                text.push('}');
            }
        }
    }

    /// Each value in it that is no table, with the keys that lead there, as `a.b.c`; an empty table too,
    /// because it is there.
    pub(crate) fn leaves(&self, from: &str) -> Vec<(String, &Self)> {
        let mut leaves = Vec::new();
        self.add_leaves(from, &mut leaves);
        leaves
    }

    fn add_leaves<'a>(&'a self, from: &str, leaves: &mut Vec<(String, &'a Self)>) {
        match &self.data {
            Data::Table(table) if !table.is_empty() => {
                for (key, value) in table {
                    let mut path = from.to_owned();
                    path.push_str(if from.is_empty() { "" } else { "." });
                    write_key(key, &mut path);
                    value.add_leaves(&path, leaves);
                }
            }
            Data::Table(_) | Data::Text(_) | Data::Flag(_) | Data::Other(_) | Data::List(_) => {
                leaves.push((from.to_owned(), self));
            }
        }
    }

    fn new(value: &DeValue<'_>, at: usize) -> Self {
        let data = match value {
            DeValue::String(text) => Data::Text(text.clone().into_owned()),
            DeValue::Boolean(flag) => Data::Flag(*flag),
            DeValue::Integer(number) => Data::Other(number.to_string()),
            DeValue::Float(number) => Data::Other(number.to_string()),
            DeValue::Datetime(date) => Data::Other(date.to_string()),
            DeValue::Array(list) => Data::List(
                list.iter().map(|item| Self::new(item.get_ref(), item.span().start)).collect(),
            ),
            DeValue::Table(table) => Data::Table(converted(table)),
        };
        Self { at, data }
    }
}

/// A key as TOML writes it: bare where it can be.
fn write_key(key: &str, text: &mut String) {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !key.is_empty() && key.bytes().all(is_bare) {
        text.push_str(key);
    } else {
        quote(key, text);
    }
}

fn quote(words: &str, text: &mut String) {
    text.push('"');
    for letter in words.chars() {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
}

fn converted(table: &DeTable<'_>) -> Table {
    let entry = |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, _)| {
        let value: &toml::Spanned<DeValue<'_>> = value;
        (key.get_ref().clone().into_owned(), Value::new(value.get_ref(), value.span().start))
    };
    Table::new(table.iter().map(entry).collect())
}

/// Reads a file of TOML.
///
/// # Errors
/// When it is not UTF-8 or not TOML; the problem names the place.
pub(crate) fn read(path: &[u8], bytes: &[u8]) -> Result<Value, Box<Problem>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let message = text!["not UTF-8, as TOML has to be"];
            return Err(problem(message, path, bytes, error.valid_up_to()));
        }
    };
    match DeTable::parse(text) {
        Ok(table) => Ok(Value { at: 0, data: Data::Table(converted(table.get_ref())) }),
        Err(error) => {
            let message = text!["not TOML: ", Piece::said(&error.message())];
            Err(problem(message, path, bytes, error.span().map_or(0, |span| span.start)))
        }
    }
}

/// That a value has the wrong shape.
pub(crate) fn unexpected(
    value: &Value,
    what: Text,
    wanted: &'static str,
    path: &[u8],
    bytes: &[u8],
) -> Box<Problem> {
    let mut message = what;
    message.text(" is ").text(value.kind()).text("; expected ").text(wanted);
    problem(message, path, bytes, value.at)
}

/// A problem at a byte of a file.
pub(crate) fn problem(message: Text, path: &[u8], bytes: &[u8], at: usize) -> Box<Problem> {
    let (line, column) = position(bytes, at);
    let problem = Problem::error(message).at(Place::at(path, line, column));
    Box::new(problem.snippet(Snippet::of(bytes, at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, is_same: bool) {
        let read = |text: &str| read(b"x.toml", text.as_bytes()).unwrap();
        assert_eq!(read(one) == read(other), is_same, "{one:?} and {other:?}");
    }

    #[test]
    fn values_are_equal_if_they_mean_the_same() {
        check("a = 1\nb = 'x'\n", "# words\nb = \"x\" \n\na=1", true);
        check("[a]\nb.c = true", "a = { b = { c = true } }", true);
        check("a = [1, 2]", "a = [\n  1,\n  2,\n]", true);
        check("a = [1, 2]", "a = [2, 1]", false);
        check("a = 1", "a = '1'", false);
        check("", "a = {}", false);
    }

    #[test]
    fn one_spelling_stands_for_all_that_mean_the_same() {
        let written = |text: &str| read(b"x.toml", text.as_bytes()).unwrap().written();
        assert_eq!(
            written("b = [1, 'x\"']\n[a]\nc.d = true"),
            r#"{a = {c = {d = true}}, b = [1, "x\""]}"#
        );
        assert_eq!(written("a = '1'"), r#"{a = "1"}"#);
        assert_eq!(written("'a b' = 1"), r#"{"a b" = 1}"#);
        let tree = read(b"x.toml", b"a.b = 1\na.'c.d' = [2]\ne = {}").unwrap();
        let leaves = tree.leaves("x");
        let names: Vec<&str> = leaves.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["x.a.b", "x.a.\"c.d\"", "x.e"]);
    }

    #[track_caller]
    fn check_problem(bytes: &[u8], line: u64, column: u64) {
        let place = read(b"x.toml", bytes).unwrap_err().place.unwrap();
        assert_eq!((place.line, place.column), (Some(line), Some(column)));
    }

    #[test]
    fn what_is_not_toml_has_a_place() {
        check_problem(b"a = 1\nb = ", 2, 5);
        check_problem(b"a = 1\na = 2", 2, 1);
        check_problem(b"a = 1\nb = '\xff'", 2, 6);
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_exhaust_the_stack() {
        let deep = 100_000;
        for text in [
            format!("{}b = 1", "a.".repeat(deep)),
            format!("[{}b]", "a.".repeat(deep)),
            format!("x = {}{}", "[".repeat(deep), "]".repeat(deep)),
        ] {
            assert!(read(b"x.toml", text.as_bytes()).is_err());
        }
    }
}
