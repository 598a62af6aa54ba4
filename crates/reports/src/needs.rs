//! Reads what the runner says of the jobs that a job needs: `toJSON(needs)`, an object of jobs, each
//! with its `result` and its `outputs` (GitHub documentation, "Contexts reference", `needs`).
//!
//! Outputs are other people's text and pass by unread, whatever they hold and however long they are.
//! An object from names to results is read too: `{"test": "success"}`, and so are lines such as
//! `test=success`, for outputs that no variable holds.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::family::Fault;
use crate::{Found, Malformed};

/// A job that is needed, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id in the workflow.
    pub name: String,
    /// The runner's word for how it ended.
    pub result: String,
}

const WANTED: &str = "the jobs that are needed, as `toJSON(needs)` writes them";
/// The longest word for a result, far longer than any. More of it is not kept.
const LONGEST_RESULT: usize = 100;

/// Reads the jobs in the order in which they are written.
///
/// # Errors
/// When it is no such JSON, a job has no result, or two have one name.
pub fn read_needs(bytes: &[u8]) -> Result<Vec<Job>, Malformed> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(Fault::new(Found::Empty, 0).told(WANTED, bytes));
    }
    if !bytes.trim_ascii_start().starts_with(b"{") && bytes.contains(&b'=') {
        return of_lines(bytes).map_err(|fault| fault.told(WANTED, bytes));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut wrong = None;
    let read = Jobs { wrong: &mut wrong }.deserialize(&mut json);
    let read = read.and_then(|jobs| json.end().map(|()| jobs));
    read.map_err(|error| {
        let mut fault = Fault::of_json(&error, bytes, 0);
        if let Some(what) = wrong {
            fault.found = Found::Wrong(what);
        }
        fault.told(WANTED, bytes)
    })
}

/// Reads a job a line: its name, `=`, and its result.
fn of_lines(bytes: &[u8]) -> Result<Vec<Job>, Fault> {
    let mut jobs: Vec<Job> = Vec::new();
    let mut names = BTreeSet::new();
    let mut start = 0;
    for line in bytes.split(|byte| *byte == b'\n') {
        let at = start;
        start += line.len() + 1;
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let text = std::str::from_utf8(line).map_err(|_| Fault::wrong("no UTF-8", at))?;
        let Some((name, result)) = text.split_once('=') else {
            return Err(Fault::wrong("a line that is not `job=result`", at));
        };
        let (name, result) = (name.trim_end(), result.trim_start());
        if name.is_empty() || result.is_empty() {
            return Err(Fault::wrong("a line that is not `job=result`", at));
        }
        if !names.insert(name) {
            return Err(Fault::wrong("two jobs of one name", at));
        }
        jobs.push(Job { name: name.to_owned(), result: shortened(result.to_owned()) });
    }
    Ok(jobs)
}

fn shortened(mut result: String) -> String {
    let cut = result.char_indices().map(|(at, _)| at).find(|at| *at >= LONGEST_RESULT);
    result.truncate(cut.unwrap_or(result.len()));
    result
}

struct Jobs<'w> {
    wrong: &'w mut Option<&'static str>,
}

impl<'de> DeserializeSeed<'de> for Jobs<'_> {
    type Value = Vec<Job>;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<Vec<Job>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Jobs<'_> {
    type Value = Vec<Job>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Job>, A::Error> {
        let mut jobs = Vec::new();
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                *self.wrong = Some("two jobs of one name");
                return Err(A::Error::custom("refused"));
            }
            let Outcome(result) = map.next_value()?;
            let Some(result) = result else {
                *self.wrong = Some("a job without a result");
                return Err(A::Error::custom("refused"));
            };
            jobs.push(Job { name, result: shortened(result) });
        }
        Ok(jobs)
    }
}

/// What stands behind a job's name: a word, or an object with one.
struct Outcome(Option<String>);

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct OutcomeVisitor;

        impl<'de> Visitor<'de> for OutcomeVisitor {
            type Value = Outcome;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a result, or an object with one")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Outcome, E> {
                Ok(Outcome(Some(word.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outcome, A::Error> {
                let mut result = None;
                while let Some(key) = map.next_key::<Key>()? {
                    match key {
                        Key::Result if result.is_some() => {
                            return Err(A::Error::custom("two results"));
                        }
                        Key::Result => result = Some(map.next_value::<String>()?),
                        Key::Other => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Outcome(result))
            }
        }

        json.deserialize_any(OutcomeVisitor)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    Result,
    #[serde(other)]
    Other,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is found in its place, and the line and column.
    type Refused = (Found, u64, u64);

    #[track_caller]
    fn check(json: &str, wanted: Result<&[(&str, &str)], Refused>) {
        let read = read_needs(json.as_bytes());
        let read: Result<Vec<(&str, &str)>, _> = match &read {
            Ok(jobs) => {
                Ok(jobs.iter().map(|job| (job.name.as_str(), job.result.as_str())).collect())
            }
            Err(malformed) => Err((malformed.found, malformed.line, malformed.column)),
        };
        assert_eq!(read.as_deref().map_err(|found| *found), wanted, "{json}");
    }

    #[test]
    fn jobs_are_read_as_the_runner_writes_them() {
        let needs = r#"{
          "test": {"result": "success", "outputs": {"a": "$(touch x)", "b": "`id`\n::error::x"}},
          "lint": {"outputs": {}, "result": "skipped"}
        }"#;
        check(needs, Ok(&[("test", "success"), ("lint", "skipped")]));
        check(r#"{"b": "failure", "a": "success"}"#, Ok(&[("b", "failure"), ("a", "success")]));
        check("\u{feff}{}", Ok(&[]));
    }

    #[test]
    fn jobs_are_read_from_lines() {
        check(
            "test=success\n\n lint = skipped\r\n",
            Ok(&[("test", "success"), ("lint", "skipped")]),
        );
        check("test=success\nlint", Err((Found::Wrong("a line that is not `job=result`"), 2, 1)));
        check("test=", Err((Found::Wrong("a line that is not `job=result`"), 1, 1)));
        check("a=success\na=failure", Err((Found::Wrong("two jobs of one name"), 2, 1)));
        check("success", Err((Found::BrokenJson, 1, 1)));
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        check("", Err((Found::Empty, 1, 1)));
        check("[]", Err((Found::OtherJson, 1, 1)));
        check(r#"{"a": {"result": "success"}"#, Err((Found::End, 1, 27)));
        check(r#"{"a": "success"} {}"#, Err((Found::BrokenJson, 1, 18)));
        check(r#"{"a": {}}"#, Err((Found::Wrong("a job without a result"), 1, 9)));
        check(
            r#"{"a": "success", "a": "failure"}"#,
            Err((Found::Wrong("two jobs of one name"), 1, 20)),
        );
        check(
            r#"{"a": {"result": "success", "result": "failure"}}"#,
            Err((Found::OtherJson, 1, 36)),
        );
        check(r#"{"a": {"result": 1}}"#, Err((Found::OtherJson, 1, 18)));
    }

    #[test]
    fn outputs_of_any_size_and_depth_pass_by() {
        let long = "x".repeat(10_000_000);
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let needs = format!(
            r#"{{"a": {{"outputs": {{"x": "{long}", "y": {deep}}}, "result": "success"}}}}"#
        );
        check(&needs, Ok(&[("a", "success")]));
        assert_eq!(
            read_needs(format!(r#"{{"a": "{long}"}}"#).as_bytes()).unwrap()[0].result.len(),
            100
        );
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_needs(&bytes);
        }

        #[test]
        fn an_output_never_changes_a_result(output in any::<String>()) {
            let needs = serde_json::json!({"a": {"outputs": {"x": output}, "result": "failure"}});
            let jobs = read_needs(needs.to_string().as_bytes()).unwrap();
            prop_assert_eq!(jobs, [Job { name: "a".to_owned(), result: "failure".to_owned() }]);
        }
    }
}
