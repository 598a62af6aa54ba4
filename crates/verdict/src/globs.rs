//! Patterns for paths, as keys of the configuration.

use diagnostics::config::{Table, Word};
use diagnostics::text;
use repo_model::Glob;

/// The patterns of a key: a list, or a single one. Nothing if it is not there.
pub(crate) fn globs(table: &mut Table<'_, '_>, key: &'static str) -> Option<Vec<Glob>> {
    let words = table.strings(key)?;
    Some(words.iter().filter_map(|word| glob(table, word)).collect())
}

/// A pattern that means something: one that nobody could have meant protects nobody.
pub(crate) fn glob(table: &Table<'_, '_>, word: &Word) -> Option<Glob> {
    let help = "write a pattern such as `crates/api/**`";
    let glob = match Glob::new(&word.text) {
        Ok(glob) => glob,
        Err(error) => {
            table.wrong(word, text!["expected a pattern: ", error.why], help);
            return None;
        }
    };
    if let Ok(inner) = glob.without_negation()
        && let Some(odd) = inner.only_itself()
    {
        table.wrong(word, text!["this matches nothing but itself: ", odd.why], help);
        return None;
    }
    Some(glob)
}

/// Whether a list of patterns means a path or a name: one of them matches, and none of those with a `!`
/// takes it out again. Of a list with such alone, all that is left is meant.
pub(crate) fn is_in(globs: &[Glob], name: &[u8]) -> bool {
    let mut wanted = globs.iter().filter(|glob| !glob.is_negated()).peekable();
    let mut unwanted = globs.iter().filter(|glob| glob.is_negated());
    if globs.is_empty() {
        return false;
    }
    let is_wanted = wanted.peek().is_none() || wanted.any(|glob| glob.is_match(name));
    is_wanted && unwanted.all(|glob| glob.is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_with_a_mark_takes_out_of_the_list_and_adds_nothing() {
        let is_in = |patterns: &[&str], name: &str| {
            let globs: Vec<Glob> = patterns.iter().map(|it| Glob::new(it).unwrap()).collect();
            is_in(&globs, name.as_bytes())
        };
        assert!(is_in(&["a/**"], "a/b"));
        assert!(is_in(&["clippy::*", "!clippy::unwrap_used"], "clippy::todo"));
        assert!(!is_in(&["clippy::*", "!clippy::unwrap_used"], "clippy::unwrap_used"));
        assert!(!is_in(&["clippy::*", "!clippy::unwrap_used"], "dead_code"));
        assert!(is_in(&["!alpha"], "beta"));
        assert!(!is_in(&["!alpha"], "alpha"));
        assert!(!is_in(&[], "alpha"));
    }
}
