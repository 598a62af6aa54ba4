//! `yarn.lock` of Yarn 1: entries that begin with what was asked for, and keys and values below them by two
//! blanks, in no other format's grammar (Yarn 1, "yarn.lock"; package `@yarnpkg/lockfile`).

use serde_json::{Map, Value};

/// Where a file is not one, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The byte.
    pub(super) at: usize,
    /// What was expected.
    pub(super) why: &'static str,
}

/// Each entry: what was asked for, sorted; what it got.
pub(super) fn entries(text: &str) -> Result<Vec<(Vec<String>, Value)>, Wrong> {
    let mut entries: Vec<(Vec<String>, Map<String, Value>)> = Vec::new();
    let mut section: Option<String> = None;
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let begin = at;
        at += whole.len();
        let line = whole.trim_end_matches(['\n', '\r']);
        let words = line.trim_start_matches(' ');
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        let depth = line.len() - words.len();
        let wrong = |why| Wrong { at: begin + depth, why };
        if depth == 0 {
            let asked = words.strip_suffix(':').ok_or(wrong("`:` is missing at the end"))?;
            let mut asked: Vec<String> =
                asked.split(", ").map(|it| bare(it).to_owned()).collect();
            asked.sort_unstable();
            entries.push((asked, Map::new()));
            section = None;
            continue;
        }
        let Some((_, entry)) = entries.last_mut() else {
            return Err(wrong("no entry has begun"));
        };
        match (depth, words.strip_suffix(':')) {
            (2, Some(name)) => {
                entry.insert(bare(name).to_owned(), Value::Object(Map::new()));
                section = Some(bare(name).to_owned());
            }
            (2, None) => {
                let (key, value) = pair(words).ok_or(wrong("a key and its value are expected"))?;
                entry.insert(key.to_owned(), Value::String(value.to_owned()));
                section = None;
            }
            (4, _) => {
                let (key, value) = pair(words).ok_or(wrong("a name and its range are expected"))?;
                let section = section.as_deref().and_then(|name| entry.get_mut(name));
                let section = section.and_then(Value::as_object_mut);
                let section = section.ok_or(wrong("it belongs to nothing"))?;
                section.insert(key.to_owned(), Value::String(value.to_owned()));
            }
            _ => return Err(wrong("it stands deeper than anything that Yarn writes")),
        }
    }
    for (at, (_, entry)) in entries.iter().enumerate() {
        if !entry.contains_key("version") {
            let is_last = at + 1 == entries.len();
            let why = if is_last { "the last entry ends early" } else { "an entry has no version" };
            return Err(Wrong { at: text.len(), why });
        }
    }
    Ok(entries.into_iter().map(|(asked, entry)| (asked, Value::Object(entry))).collect())
}

fn pair(words: &str) -> Option<(&str, &str)> {
    let (key, value) = match words.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\" ")?,
        None => words.split_once(' ')?,
    };
    (!key.is_empty() && !value.is_empty()).then(|| (key, bare(value)))
}

fn bare(word: &str) -> &str {
    word.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const LOCK: &str = "# yarn lockfile v1\n\n\n\"@s/x@^1\", \"@s/x@^1.1\":\n  version \"1.1.0\"\n  dependencies:\n    \"@s/y\" \"^1\"\n    z \"1\"\n\nz@1:\r\n  version \"1.0.0\"\r\n";

    #[test]
    fn entries_are_read() {
        let read = entries(LOCK).unwrap();
        let x = json!({"version": "1.1.0", "dependencies": {"@s/y": "^1", "z": "1"}});
        let z = json!({"version": "1.0.0"});
        let asked = |asked: &[&str]| asked.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        assert_eq!(read, [(asked(&["@s/x@^1", "@s/x@^1.1"]), x), (asked(&["z@1"]), z)]);
    }

    #[track_caller]
    fn check_wrong(text: &str, at: usize) {
        assert_eq!(entries(text).unwrap_err().at, at, "{text}");
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_place() {
        check_wrong("<<<<<<< ours\n", 0);
        check_wrong("x@1:\n  version\n", 7);
        check_wrong("  version \"1\"\n", 2);
        check_wrong("x@1:\n", 5);
        check_wrong("x@1:\n    y \"1\"\n", 9);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(cut in 0..LOCK.len(), with in "[\": \n\r@a,]{0,9}") {
            let mut text = LOCK.to_owned();
            text.replace_range(cut..(cut + with.len()).min(LOCK.len()), &with);
            let _ = entries(&text);
        }
    }
}
