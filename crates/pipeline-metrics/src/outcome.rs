//! What our own tools said of their runs: one line of JSON each, written by whoever ran.
//!
//! The line is `{"signalbox-outcome": 1, "tool", "command", "job", "attempt", "exit", "facts"}`. Facts are
//! numbers, words and lists of words; a line that is not understood is counted and left out, because a metric
//! must not keep a pipeline from being measured. One that names no attempt is of the first.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::answers::cut;
use crate::statistics::Share;

/// The version that is understood.
const VERSION: u64 = 1;

/// The most facts of a run, and the most words of a list.
const MOST_FACTS: usize = 200;

/// What a run of one of our tools said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// The tool.
    pub tool: String,
    /// Its command.
    pub command: String,
    /// The id of the job that it ran in.
    pub job: Option<String>,
    /// The attempt of the run in which it ran, from 1.
    pub attempt: u64,
    /// Its exit code.
    pub exit: u8,
    /// What it found out.
    pub facts: BTreeMap<String, Fact>,
}

/// Something that a tool found out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// A word, or a number as it was written.
    Word(String),
    /// Several of them.
    Words(Vec<String>),
}

impl Fact {
    /// The word, unless there are several.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Words(_) => None,
        }
    }

    /// All of its words.
    pub fn words(&self) -> &[String] {
        match self {
            Self::Word(word) => std::slice::from_ref(word),
            Self::Words(words) => words,
        }
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "signalbox-outcome")]
    version: u64,
    tool: String,
    command: String,
    job: Option<String>,
    attempt: Option<u64>,
    exit: u8,
    #[serde(default)]
    facts: BTreeMap<String, Value>,
}

/// The outcomes in a file of them, a line each, and how many lines were not understood.
pub fn read_outcomes(bytes: &[u8]) -> (Vec<Outcome>, u64) {
    let (mut read, mut odd) = (Vec::new(), 0_u64);
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line>(line).ok().filter(|line| line.version == VERSION) {
            Some(line) => read.push(line.into()),
            None => odd = odd.saturating_add(1),
        }
    }
    (read, odd)
}

impl From<Line> for Outcome {
    fn from(line: Line) -> Self {
        let facts = line.facts.into_iter().take(MOST_FACTS);
        Self {
            tool: cut(line.tool),
            command: cut(line.command),
            job: line.job.map(cut),
            attempt: line.attempt.unwrap_or(1).max(1),
            exit: line.exit,
            facts: facts.filter_map(|(name, value)| Some((cut(name), fact(value)?))).collect(),
        }
    }
}

fn fact(value: Value) -> Option<Fact> {
    if let Value::Array(words) = value {
        let words = words.into_iter().take(MOST_FACTS);
        return Some(Fact::Words(words.filter_map(word).collect()));
    }
    word(value).map(Fact::Word)
}

fn word(value: Value) -> Option<String> {
    match value {
        Value::String(word) => Some(cut(word)),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_so) => Some(is_so.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// How a cache was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheUse {
    /// By its very key.
    pub exact: u64,
    /// By a key that may be restored instead.
    pub partial: u64,
    /// Not at all.
    pub miss: u64,
}

impl CacheUse {
    /// How often the very cache was found, of all times that one was looked for.
    pub fn hit_rate(self) -> Option<Share> {
        Share::new(self.exact, self.exact.saturating_add(self.partial).saturating_add(self.miss))
    }
}

/// How caches were found, by the family of their keys. `cache-key explain` says it after a cache was restored,
/// or was not.
pub fn caches<'o>(outcomes: impl IntoIterator<Item = &'o Outcome>) -> BTreeMap<String, CacheUse> {
    let mut families: BTreeMap<String, CacheUse> = BTreeMap::new();
    for outcome in outcomes {
        if outcome.tool != "cache-key" || outcome.command != "explain" || outcome.exit != 0 {
            continue;
        }
        let word = |name: &str| outcome.facts.get(name).and_then(Fact::word);
        let found = word("expectation");
        if !matches!(found, Some("exact" | "partial" | "miss")) {
            continue;
        }
        let family = word("cache-family").unwrap_or_default().to_owned();
        let uses = families.entry(family).or_default();
        match found {
            Some("exact") => uses.exact += 1,
            Some("partial") => uses.partial += 1,
            _ => uses.miss += 1,
        }
    }
    families
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn explain(family: &str, found: &str) -> String {
        format!(
            r#"{{"signalbox-outcome":1,"tool":"cache-key","command":"explain","job":"test","exit":0,"facts":{{"expectation":"{found}","cache-family":"{family}","n":3}}}}"#
        )
    }

    #[test]
    fn caches_are_counted_by_family() {
        let lines = [
            explain("rust-", "exact"),
            explain("rust-", "miss"),
            explain("rust-", "partial"),
            explain("node-", "exact"),
            explain("node-", "unknown"),
            explain("node-", "exact").replace("explain", "compute"),
            "{\"signalbox-outcome\":2}".to_owned(),
            "no JSON".to_owned(),
            String::new(),
        ];
        let (read, odd) = read_outcomes(lines.join("\r\n").as_bytes());
        assert_eq!((read.len(), odd), (6, 2));
        let caches = caches(&read);
        assert_eq!(caches["rust-"], CacheUse { exact: 1, partial: 1, miss: 1 });
        assert_eq!(caches["node-"].hit_rate(), Share::new(1, 1));
        assert_eq!(read[0].facts["n"], Fact::Word("3".to_owned()));
        let attempts =
            [("1,", 1), ("\"attempt\":7,", 7), ("\"attempt\":null,", 1), ("\"attempt\":0,", 1)];
        for (written, wanted) in attempts {
            let written = written.strip_prefix("1,").unwrap_or(written);
            let line = explain("a", "exact").replace("\"exit\"", &format!("{written}\"exit\""));
            assert_eq!(read_outcomes(line.as_bytes()).0[0].attempt, wanted, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_outcomes_or_counted(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (read, odd) = read_outcomes(&bytes);
            let lines = bytes.split(|byte| *byte == b'\n').filter(|it| !it.trim_ascii().is_empty()).count();
            prop_assert_eq!(read.len() as u64 + odd, lines as u64);
        }
    }
}
