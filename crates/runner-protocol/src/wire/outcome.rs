//! What a run leaves for those who measure the pipeline, version 1.
//!
//! Of the outputs only what cannot be somebody's prose goes along: numbers, and words of small letters, digits
//! and hyphens, alone or in a list. Names of files, keys and messages do not.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// The version of this document's shape.
const VERSION: u32 = 1;

/// The longest word, in bytes: shorter than the id of a commit.
const LONGEST_WORD: usize = 32;

/// The most words of a list.
const MOST_WORDS: usize = 64;

/// The most bytes of a fact that a tool states.
const LONGEST_FACT: usize = 200;

/// A run, as one line of JSON.
#[derive(Serialize)]
pub(crate) struct OutcomeDocument<'a> {
    #[serde(rename = "signalbox-outcome")]
    version: u32,
    tool: &'a str,
    command: &'a str,
    job: Option<String>,
    attempt: Option<u64>,
    exit: u8,
    facts: BTreeMap<&'a str, Value>,
}

impl<'a> OutcomeDocument<'a> {
    /// A run without facts and without a job.
    pub(crate) fn new(tool: &'a str, command: &'a str, exit: u8) -> Self {
        let (job, attempt) = (None, None);
        Self { version: VERSION, tool, command, job, attempt, exit, facts: BTreeMap::new() }
    }

    /// In a job, and in an attempt of its run: jobs that a re-run keeps leave their lines once.
    pub(crate) fn within(mut self, job: Option<String>, attempt: Option<u64>) -> Self {
        (self.job, self.attempt) = (job, attempt);
        self
    }

    /// With what the tool states.
    pub(crate) fn with_facts(mut self, facts: &BTreeMap<&'a str, String>) -> Self {
        for (name, value) in facts {
            let end =
                (0..=LONGEST_FACT.min(value.len())).rev().find(|at| value.is_char_boundary(*at));
            let short = value.get(..end.unwrap_or(0)).unwrap_or_default();
            self.facts.insert(name, Value::from(short));
        }
        self
    }

    /// With those outputs that are facts.
    pub(crate) fn with_outputs(mut self, outputs: &BTreeMap<&'a str, String>) -> Self {
        for (name, value) in outputs {
            if let Some(fact) = fact(value) {
                self.facts.entry(name).or_insert(fact);
            }
        }
        self
    }

    /// The document on one line.
    pub(crate) fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_else(|error| {
            unreachable!("maps with text keys always have a JSON form: {error}")
        });
        line.push('\n');
        line
    }
}

/// The output as a fact, if it is one.
fn fact(value: &str) -> Option<Value> {
    if is_word(value) || is_number(value) {
        return Some(Value::from(value));
    }
    if !value.starts_with('[') || value.len() > LONGEST_WORD * MOST_WORDS {
        return None;
    }
    let words: Vec<String> = serde_json::from_str(value).ok()?;
    let are_words = words.len() <= MOST_WORDS && words.iter().all(|word| is_word(word));
    are_words.then(|| Value::from(words))
}

fn is_word(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= LONGEST_WORD
        && text.starts_with(|letter: char| letter.is_ascii_lowercase())
        && text.bytes().all(is_letter)
}

fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    text.len() <= LONGEST_WORD && are_digits(whole) && are_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, wanted: Option<&str>) {
        assert_eq!(fact(value).map(|fact| fact.to_string()).as_deref(), wanted, "{value:?}");
    }

    #[test]
    fn numbers_words_and_lists_of_words_are_facts() {
        check("true", Some("\"true\""));
        check("12", Some("\"12\""));
        check("0.250", Some("\"0.250\""));
        check(r#"["tests","workflow-lint"]"#, Some(r#"["tests","workflow-lint"]"#));
        check("[]", Some("[]"));
    }

    #[test]
    fn what_may_be_prose_a_path_or_a_key_is_none() {
        let id = "c".repeat(40);
        let many = format!("[{}\"a\"]", "\"a\",".repeat(64));
        let all = [
            "", " ", "-a", "a b", "A", "a/b", "a\nb", "é", "1.", ".5", "1.2.3", "-1", "{}", "[1]",
            "[\"A\"]", "[",
        ];
        for value in all.into_iter().chain([id.as_str(), many.as_str()]) {
            check(value, None);
        }
    }

    #[test]
    fn a_run_is_one_line() {
        let facts = BTreeMap::from([("family", format!("Linux\n{}", "é".repeat(200)))]);
        let outputs = BTreeMap::from([("any", "true".to_owned()), ("files", "a b".to_owned())]);
        let line = OutcomeDocument::new("tool", "do", 4)
            .within(None, Some(2))
            .with_facts(&facts)
            .with_outputs(&outputs)
            .line();
        let start = r#"{"signalbox-outcome":1,"tool":"tool","command":"do","job":null,"attempt":2,"exit":4,"facts":{"any":"true","family":"Linux\né"#;
        assert!(line.starts_with(start), "{line}");
        assert_eq!((line.matches('\n').count(), line.contains("a b")), (1, false));
        assert!(line.len() < 330);
    }
}
