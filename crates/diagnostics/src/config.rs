//! Reads configuration in TOML or JSON and tells all of its mistakes at once: what is neither, keys
//! that nobody knows, values of another type, each at its line and column.
//!
//! A [`Table`] is asked key by key. What was never asked for when it goes is a key that nobody knows.

mod json;
mod suite;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{Foreign, Piece, Place, Positions, Problem, Snippet, Text, nearest, position};

/// How many mistakes are told. Nobody reads more, and each costs a look at its line.
const MOST_PROBLEMS: usize = 100;
/// How much is kept of a long line on each side of a mistake, and of a place where there may be one.
const FAR: usize = 1024;
const NEAR: usize = 100;
const HELP_TOML: &str = "see https://toml.io for what a file of TOML may hold";
const HELP_JSON: &str = "see https://www.json.org for what a text of JSON may hold";

type Value<'i> = Spanned<DeValue<'i>>;

/// What a file is, for what is said of it.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name in a sentence: "the configuration".
    pub what: &'static str,
    /// Where to see which keys it has, as the help of a problem.
    pub help: &'static str,
}

/// The configuration of a tool.
const CONFIGURATION: Format =
    Format { what: "the configuration", help: "see the README's table of keys" };

/// A file of configuration that is being read.
pub struct Config<'f> {
    format: Format,
    file: Foreign,
    text: &'f str,
    positions: Positions<'f>,
    problems: RefCell<Vec<Problem>>,
}

/// A value as it is written, with its place, so that whoever finds it wrong can say where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The value: of a string its content, of anything else what is written.
    pub text: String,
    at: Range<usize>,
}

/// A place in a file, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The place.
    pub place: Place,
    snippet: Snippet,
}

/// A string, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// A string that is in no list.
    One(Word),
    /// The strings of a list.
    Many(Vec<Word>),
}

/// One thing in a list.
pub enum Item<'c, 'f> {
    /// A string.
    Word(Word),
    /// A table.
    Table(Table<'c, 'f>),
}

/// One table of a file, or an empty one in place of one that is not there.
pub struct Table<'c, 'f> {
    config: &'c Config<'f>,
    keys: Option<&'c DeTable<'f>>,
    at: Range<usize>,
    asked: BTreeSet<&'static str>,
    /// Its other keys are names that people chose, or somebody else's.
    are_all_known: bool,
}

impl<'f> Config<'f> {
    /// Reads a file with `read`, which asks its top table for what it wants. `file` is its name.
    ///
    /// # Errors
    /// With every mistake, at most 100, in the order of their places.
    pub fn read<T>(
        file: impl Into<Foreign>,
        bytes: &'f [u8],
        read: impl FnOnce(&mut Table<'_, 'f>) -> T,
    ) -> Result<T, Vec<Problem>> {
        Self::read_as(CONFIGURATION, file, bytes, read)
    }

    /// Reads a file as [`Config::read`] does, and names it as its format says.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn read_as<T>(
        format: Format,
        file: impl Into<Foreign>,
        bytes: &'f [u8],
        read: impl FnOnce(&mut Table<'_, 'f>) -> T,
    ) -> Result<T, Vec<Problem>> {
        let file = file.into();
        let no_toml = crate::text![format.what, " is no TOML"];
        let text = utf8(&file, bytes, &no_toml, HELP_TOML)?;
        let config = Self::new(format, file, text);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors.into_iter().take(MOST_PROBLEMS) {
            let at = error.span().unwrap_or(0..0);
            let label = crate::text!["expected TOML; ", Piece::said(&error.message())];
            config.problem(&at, no_toml.clone(), label, HELP_TOML);
        }
        config.told(table.get_ref(), &no_toml, read)
    }

    /// Reads a file of JSON as [`Config::read_as`] reads one of TOML.
    ///
    /// # Errors
    /// As [`Config::read`]; behind a place where it is no JSON, nothing is looked at.
    pub fn read_json_as<T>(
        format: Format,
        file: impl Into<Foreign>,
        bytes: &'f [u8],
        read: impl FnOnce(&mut Table<'_, 'f>) -> T,
    ) -> Result<T, Vec<Problem>> {
        let file = file.into();
        let no_json = crate::text![format.what, " is no JSON that can be used"];
        let text = utf8(&file, bytes, &no_json, HELP_JSON)?;
        let config = Self::new(format, file, text);
        let (table, wrong) = json::parse(text);
        for wrong in wrong {
            config.problem(&wrong.at, no_json.clone(), wrong.why, HELP_JSON);
        }
        config.told(&table, &no_json, read)
    }

    fn new(format: Format, file: Foreign, text: &'f str) -> Self {
        let positions = Positions::of(text.as_bytes());
        Self { format, file, text, positions, problems: RefCell::default() }
    }

    /// What is read of the top table, unless there are mistakes. `no_format` is said where the text is no
    /// TOML or JSON.
    fn told<T>(
        self,
        top: &DeTable<'f>,
        no_format: &Text,
        read: impl FnOnce(&mut Table<'_, 'f>) -> T,
    ) -> Result<T, Vec<Problem>> {
        let mut top = Table::new(&self, Some(top), 0..0);
        let read = read(&mut top);
        drop(top);
        let mut problems = self.problems.into_inner();
        let place =
            |problem: &Problem| problem.place.as_ref().map(|place| (place.line, place.column));
        problems.sort_by_key(place);
        // Where it is no TOML, it is of another type as well.
        problems
            .dedup_by(|later, first| place(later) == place(first) && first.message == *no_format);
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }

    fn place(&self, at: &Range<usize>) -> Place {
        let (line, column) = self.positions.at(at.start);
        Place::at(self.file.clone(), line, column)
    }

    fn problem(
        &self,
        at: &Range<usize>,
        message: impl Into<Text>,
        label: impl Into<Text>,
        help: impl Into<Text>,
    ) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MOST_PROBLEMS {
            problems
                .push(self.spot(at, FAR).problem(Problem::error(message).label(label).help(help)));
        }
    }

    fn spot(&self, at: &Range<usize>, kept: usize) -> Spot {
        let place = self.place(at);
        let column = place.column.unwrap_or(1);
        Spot { snippet: Snippet::near(self.text.as_bytes(), at.start, column, kept), place }
    }
}

impl Spot {
    /// The problem, here.
    #[must_use]
    pub fn problem(&self, problem: Problem) -> Problem {
        problem.at(self.place.clone()).snippet(self.snippet.clone())
    }
}

/// The text of a file, without a mark of its byte order.
fn utf8<'f>(
    file: &Foreign,
    bytes: &'f [u8],
    message: &Text,
    help: &'static str,
) -> Result<&'f str, Vec<Problem>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = position(bytes, error.valid_up_to());
        let problem = Problem::error(message.clone())
            .at(Place::at(file.clone(), line, column))
            .label("expected UTF-8")
            .snippet(Snippet::of(bytes, error.valid_up_to()))
            .help(help);
        vec![problem]
    })
}

impl<'c, 'f> Table<'c, 'f> {
    fn new(config: &'c Config<'f>, keys: Option<&'c DeTable<'f>>, at: Range<usize>) -> Self {
        Self { config, keys, at, asked: BTreeSet::new(), are_all_known: false }
    }

    /// Whether `key` is written, whatever it holds.
    pub fn has(&self, key: &str) -> bool {
        self.keys.is_some_and(|table| table.contains_key(key))
    }

    /// Whether `key` is `true` or `false`.
    pub fn has_flag(&self, key: &str) -> bool {
        let value = self.keys.and_then(|table| table.get(key));
        value.is_some_and(|value| value.get_ref().is_bool())
    }

    /// Whether the file has this table.
    pub fn is_there(&self) -> bool {
        self.keys.is_some()
    }

    /// Where the table begins.
    pub fn place(&self) -> Place {
        self.config.place(&self.at)
    }

    /// Takes `key` as known, whatever it holds: somebody else reads it.
    pub fn pass_over(&mut self, key: &'static str) {
        self.asked.insert(key);
    }

    /// Takes every key as known: the table is somebody else's.
    pub fn pass_over_rest(&mut self) {
        self.are_all_known = true;
    }

    fn value(&mut self, key: &'static str) -> Option<&'c Value<'f>> {
        self.asked.insert(key);
        self.keys.and_then(|table| table.get(key))
    }

    /// The table `key`; an empty one if there is none.
    #[must_use]
    pub fn table(&mut self, key: &'static str) -> Self {
        let value = self.value(key);
        let table = value.and_then(|value| {
            let table = value.get_ref().as_table();
            if table.is_none() {
                self.other_type(key, value, "a table");
            }
            table
        });
        Self::new(self.config, table, value.map_or(0..0, Spanned::span))
    }

    /// The tables of the list `key`, each written after its own `[[key]]`.
    pub fn tables(&mut self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.other_type(key, value, "a list of tables, each after its own `[[...]]`");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for value in list {
            match value.get_ref().as_table() {
                Some(table) => tables.push(Self::new(self.config, Some(table), value.span())),
                None => self.other_type(key, value, "a table"),
            }
        }
        tables
    }

    /// The tables that have a name of somebody's choice: each key that was not asked for, and its table.
    pub fn named(&mut self) -> Vec<(Word, Self)> {
        self.are_all_known = true;
        let mut named = Vec::new();
        for (key, value) in self.keys.into_iter().flatten() {
            let name: &str = key.get_ref();
            if self.asked.contains(name) {
                continue;
            }
            match value.get_ref().as_table() {
                Some(table) => {
                    let word = Word { text: name.to_owned(), at: key.span() };
                    named.push((word, Self::new(self.config, Some(table), value.span())));
                }
                None => self.other_type(name, value, "a table"),
            }
        }
        named
    }

    /// What is in the list `key`, strings and tables; `wanted` says what they are.
    pub fn items(&mut self, key: &'static str, wanted: &'static str) -> Vec<Item<'c, 'f>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.other_type(key, value, wanted);
            return Vec::new();
        };
        let item = |value: &'c Value<'f>| match value.get_ref() {
            DeValue::String(_) => self.as_string(key, value).map(Item::Word),
            DeValue::Table(table) => {
                Some(Item::Table(Self::new(self.config, Some(table), value.span())))
            }
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => {
                self.other_type(key, value, wanted);
                None
            }
        };
        list.iter().filter_map(item).collect()
    }

    /// The string `key`.
    pub fn string(&mut self, key: &'static str) -> Option<Word> {
        let value = self.value(key)?;
        self.as_string(key, value)
    }

    fn as_string(&self, key: &str, value: &Value<'_>) -> Option<Word> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.other_type(key, value, "a string");
        }
        text.map(|text| Word { text: text.to_owned(), at: value.span() })
    }

    /// The strings of the list `key`; a single string is a list of one. Nothing if it is not there.
    pub fn strings(&mut self, key: &'static str) -> Option<Vec<Word>> {
        Some(match self.words(key, "a list of strings")? {
            Words::One(word) => vec![word],
            Words::Many(words) => words,
        })
    }

    /// The strings of the list `key`; `wanted` says what they are.
    pub fn list(&mut self, key: &'static str, wanted: &'static str) -> Option<Vec<Word>> {
        match self.words(key, wanted)? {
            Words::Many(words) => Some(words),
            Words::One(_) => {
                let label = crate::text!["expected ", wanted, ", found string"];
                self.wrong_value(key, label, self.config.format.help);
                None
            }
        }
    }

    /// The string or the list of strings `key`; `wanted` says what they are.
    pub fn words(&mut self, key: &'static str, wanted: &'static str) -> Option<Words> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Array(list) => {
                let words = list.iter().filter_map(|value| self.as_string(key, value));
                Some(Words::Many(words.collect()))
            }
            DeValue::String(_) => self.as_string(key, value).map(Words::One),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => {
                self.other_type(key, value, wanted);
                None
            }
        }
    }

    /// The number, or the string that begins with one (`"20%"`, `"35 ms"`), as it is written.
    pub fn amount(&mut self, key: &'static str) -> Option<Word> {
        let value = self.value(key)?;
        self.as_amount(key, value, "a number")
    }

    /// The numbers and strings of the list `key`, as they are written; one in no list is a list of one.
    /// `wanted` says what they are.
    pub fn amounts(&mut self, key: &'static str, wanted: &'static str) -> Option<Vec<Word>> {
        let value = self.value(key)?;
        let amount = |value| self.as_amount(key, value, wanted);
        Some(match value.get_ref().as_array() {
            Some(list) => list.iter().filter_map(amount).collect(),
            None => amount(value).into_iter().collect(),
        })
    }

    fn as_amount(&self, key: &str, value: &Value<'_>, wanted: &'static str) -> Option<Word> {
        let text = match value.get_ref() {
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::String(text) => text.as_ref().to_owned(),
            DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                self.other_type(key, value, wanted);
                return None;
            }
        };
        Some(Word { text, at: value.span() })
    }

    /// The whole number `key`, from 0.
    pub fn count(&mut self, key: &'static str) -> Option<u64> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => {
                number.as_str().replace('_', "").parse().ok()
            }
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        if number.is_none() {
            self.other_type(key, value, "a whole number from 0");
        }
        number
    }

    /// The whole number `key`, which may be below 0.
    pub fn integer(&mut self, key: &'static str) -> Option<i64> {
        let value = self.value(key)?;
        let written = value.get_ref().as_integer().filter(|number| number.radix() == 10);
        let number = written.and_then(|number| number.as_str().replace('_', "").parse().ok());
        if number.is_none() {
            self.other_type(key, value, "a whole number");
        }
        number
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.other_type(key, value, "`true` or `false`");
        }
        flag
    }

    /// A date, written as TOML's local date or as a string: `2027-01-31`.
    pub fn date(&mut self, key: &'static str) -> Option<Word> {
        let value = self.value(key)?;
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.as_ref().to_owned(),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                self.other_type(key, value, "a date such as 2027-01-31");
                return None;
            }
        };
        Some(Word { text, at: value.span() })
    }

    /// One of a few words.
    pub fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let word = self.string(key)?;
        self.chosen(&word, key, choices)
    }

    /// Which of a few words a value of `key` is; what else it is, is told.
    pub fn chosen<T: Copy>(
        &self,
        word: &Word,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let found = choices.iter().find(|(name, _)| *name == word.text);
        if found.is_none() {
            let mut help = Text::from("write one of ");
            for (number, (name, _)) in choices.iter().enumerate() {
                help.text(if number == 0 { "" } else { ", " }).foreign(*name);
            }
            if let Some(near) = nearest(&word.text, choices.iter().map(|(name, _)| *name)) {
                help.text("; did you mean ").foreign(near).text("?");
            }
            let label = crate::text!["not a value of ", Foreign::from(key)];
            self.wrong(word, label, help);
        }
        found.map(|(_, value)| *value)
    }

    /// A key that must be there.
    pub fn required<T>(&mut self, key: &'static str, value: Option<T>) -> Option<T> {
        let is_written = self.keys.is_some_and(|table| table.get(key).is_some());
        if value.is_none() && !is_written {
            let label = crate::text!["expected the key ", Foreign::from(key), " in this table"];
            self.config.problem(
                &self.at,
                crate::text!["the key ", Foreign::from(key), " is missing"],
                label,
                "write it into the table, or remove the table",
            );
        }
        value
    }

    /// Says that a value is wrong: `label` what was expected and found, `help` what to write.
    pub fn wrong(&self, word: &Word, label: impl Into<Text>, help: impl Into<Text>) {
        let message =
            crate::text!["the value ", Foreign::from(word.text.as_str()), " cannot be used"];
        self.config.problem(&word.at, message, label, help);
    }

    /// Says that all that `key` holds is wrong together.
    pub fn wrong_value(&self, key: &str, label: impl Into<Text>, help: impl Into<Text>) {
        let at = self.keys.and_then(|table| table.get(key)).map_or(0..0, Spanned::span);
        let message = crate::text!["the value of ", Foreign::from(key), " cannot be read"];
        self.config.problem(&at, message, label, help);
    }

    /// Says that the table as a whole is wrong.
    pub fn wrong_table(
        &self,
        message: impl Into<Text>,
        label: impl Into<Text>,
        help: impl Into<Text>,
    ) {
        self.config.problem(&self.at, message, label, help);
    }

    /// Where the table stands, for whoever finds it wrong later.
    pub fn spot(&self) -> Spot {
        self.config.spot(&self.at, NEAR)
    }

    /// Where a value stands, for whoever finds it wrong later.
    pub fn spot_of(&self, word: &Word) -> Spot {
        self.config.spot(&word.at, NEAR)
    }

    /// Where a value stands.
    pub fn place_of(&self, word: &Word) -> Place {
        self.config.place(&word.at)
    }

    fn other_type(&self, key: &str, value: &Value<'_>, wanted: &'static str) {
        let found = value.get_ref().type_str();
        let message = crate::text!["the value of ", Foreign::from(key), " cannot be read"];
        let label = crate::text!["expected ", wanted, ", found ", Piece::said(&found)];
        self.config.problem(&value.span(), message, label, self.config.format.help);
    }
}

/// Names each key that nobody asked for, with the nearest that is known.
impl Drop for Table<'_, '_> {
    fn drop(&mut self) {
        let Some(keys) = self.keys.filter(|_| !self.are_all_known) else { return };
        for key in keys.keys() {
            let name: &str = key.get_ref();
            if self.asked.contains(name) {
                continue;
            }
            let help = match nearest(name, self.asked.iter().copied()) {
                Some(near) => crate::text!["did you mean ", Foreign::from(near), "?"],
                None => self.config.format.help.into(),
            };
            let message = crate::text!["unknown key ", Foreign::from(name)];
            self.config.problem(&key.span(), message, "not a key of this table", help);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The mistakes of a file, each as line, column and the words of its label.
    #[track_caller]
    fn check(text: &str, wanted: &[(u64, u64)]) {
        let read = Config::read("c.toml", text.as_bytes(), |top| {
            let mut gate = top.table("gate");
            gate.choice("mode", &[("block", 1), ("warn", 2)]);
            gate.count("min");
            gate.amount("limit");
            gate.flag("strict");
            gate.date("until");
            gate.strings("paths");
            gate.list("jobs", "a list of jobs");
            if let Some(Words::One(word)) = gate.words("base", "`none` or a list")
                && word.text != "none"
            {
                gate.wrong(&word, "expected `none` or a list", "write one of them");
            }
            for mut waiver in gate.tables("waiver") {
                let rule = waiver.string("rule");
                waiver.required("rule", rule);
            }
        });
        let places: Vec<(u64, u64)> = read
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|problem| problem.place.unwrap())
            .map(|place| (place.line.unwrap(), place.column.unwrap()))
            .collect();
        assert_eq!(places, wanted, "{text}");
    }

    #[test]
    fn all_mistakes_are_told_in_their_order() {
        check("", &[]);
        check(
            "[gate]\nmode = 'warn'\nmin = 1\nlimit = '20%'\nstrict = true\nuntil = 2027-01-31",
            &[],
        );
        check("[gate]\nmode = 'warm'\nmni = 1\nmin = -1", &[(2, 8), (3, 1), (4, 7)]);
        check("[gat]\n", &[(1, 2)]);
        check("gate = 1", &[(1, 8)]);
        check("[gate]\npaths = [1, 'a']\nstrict = 'yes'", &[(2, 10), (3, 10)]);
        check("[[gate.waiver]]\nrule = 'x'\n[[gate.waiver]]\nowner = 'y'", &[(3, 1), (4, 1)]);
        check("[gate]\nmode = \n", &[(2, 8)]);
        check("[gate]\njobs = ['a']\nbase = 'none'", &[]);
        check("[gate]\njobs = 'a'\nbase = 'x'", &[(2, 8), (3, 8)]);
        check("[gate]\njobs = 1\nbase = [1, 'x']", &[(2, 8), (3, 9)]);
    }

    /// What of the names, items and amounts of a file is read, or the places of its mistakes.
    fn told(read: Result<String, Vec<Problem>>) -> String {
        let place = |problem: Problem| problem.place.unwrap();
        read.unwrap_or_else(|problems| {
            let places = problems.into_iter().map(place);
            let places =
                places.map(|place| format!("{}:{}", place.line.unwrap(), place.column.unwrap()));
            places.collect::<Vec<_>>().join(" ")
        })
    }

    #[track_caller]
    fn check_lists(toml: &str, json: &str, wanted_of_toml: &str, wanted_of_json: &str) {
        fn read(top: &mut Table<'_, '_>) -> String {
            let mut jobs = top.table("jobs");
            let is_flag = (jobs.has("all"), jobs.has_flag("all"), jobs.has_flag("a"));
            assert!([(true, true, false), (false, false, false)].contains(&is_flag));
            let mut said = jobs.flag("all").map(|all| format!("all={all}")).unwrap_or_default();
            for (name, mut job) in jobs.named() {
                write!(said, " {}:", name.text).unwrap();
                if let Some(priority) = job.integer("priority") {
                    write!(said, " {priority}").unwrap();
                }
                for amount in job.amounts("archs", "architectures").unwrap_or_default() {
                    write!(said, " {}", amount.text).unwrap();
                }
                for item in job.items("instead", "names and tables") {
                    match item {
                        Item::Word(word) => write!(said, " {}", word.text).unwrap(),
                        Item::Table(mut table) => {
                            let gpus = table.count("gpus");
                            let gpus = table.required("gpus", gpus);
                            write!(said, " {{{gpus:?}}}").unwrap();
                        }
                    }
                }
            }
            said
        }
        assert_eq!(told(Config::read("c.toml", toml.as_bytes(), read)), wanted_of_toml);
        let of_json = Config::read_json_as(CONFIGURATION, "c.json", json.as_bytes(), read);
        assert_eq!(told(of_json), wanted_of_json);
    }

    #[test]
    fn names_and_lists_of_all_sorts_are_read_from_toml_and_json() {
        let said = "all=true a: 80 90a big {Some(2)} b: -1 8.9";
        check_lists(
            "[jobs]\nall = true\n[jobs.a]\narchs = [80, '90a']\ninstead = ['big', { gpus = 2 }]\n[jobs.b]\narchs = 8.9\npriority = -1",
            r#"{"jobs": {"all": true, "b": {"archs": 8.9, "priority": -1},
            "a": {"archs": [80, "90a"], "instead": ["big", {"gpus": 2}]}}}"#,
            said,
            said,
        );
    }

    #[test]
    fn their_mistakes_are_told_in_toml_and_json() {
        check_lists(
            "[jobs]\nb = 1\n[jobs.a]\narchs = [true]\ninstead = [1, { gpu = 2 }]\nx = 1",
            "{\"jobs\": {\"b\": 1, \"a\": {\n\"archs\": [true],\n\"instead\": [1, {\"gpu\": 2}],\n\"x\": 1}}}",
            "2:5 4:10 5:12 5:15 5:17 6:1",
            "1:16 2:11 3:13 3:16 3:17 4:1",
        );
        check_lists(
            "[jobs.a]\ninstead = 'x'",
            "{\"jobs\": {\"a\":\n{\"instead\": 1}}",
            "2:11",
            "2:13 2:16",
        );
        check_lists("jobs =", "{\"jobs\":", "1:7", "1:9");
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused() {
        let read = Config::read("c.toml", b"", |_| ());
        assert!(read.is_ok());
        let read = Config::read("c.toml", b"a = '\xff'", |_| ());
        assert_eq!(read.unwrap_err().len(), 1);
        let read = Config::read_json_as(CONFIGURATION, "c.json", b"{\"a\": \"\xff\"}", |_| ());
        assert_eq!(read.unwrap_err().len(), 1);
    }

    #[test]
    fn the_places_of_many_tables_cost_little_more_than_the_file() {
        let text = "[[waiver]]\nrule = 'x'\n".repeat(20_000);
        let work = crate::place::tests::work(|| {
            let read = Config::read("c.toml", text.as_bytes(), |top| {
                let mut waivers = top.tables("waiver");
                let rules: Vec<Word> =
                    waivers.iter_mut().filter_map(|it| it.string("rule")).collect();
                let places = |table: &Table<'_, '_>, word| (table.place(), table.place_of(word));
                waivers.iter().zip(&rules).map(|(table, word)| places(table, word)).collect()
            });
            let places: Vec<(Place, Place)> = read.unwrap();
            assert_eq!(places[19_999].0, Place::at("c.toml", 39_999, 1));
            assert_eq!(places[19_999].1, Place::at("c.toml", 40_000, 8));
        });
        assert!(work <= text.len() + 2 * 300 * 20_000, "{work} bytes for {}", text.len());
    }
}
