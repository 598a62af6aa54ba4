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
