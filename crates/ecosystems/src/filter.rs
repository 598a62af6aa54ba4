//! What makes a test runner run one shard's items and nothing else.

use bstr::ByteSlice as _;
use diagnostics::Foreign;

/// The items of one shard, and all that the other shards run.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// What this shard runs.
    pub own: &'a [&'a [u8]],
    /// What it leaves to the others.
    pub others: &'a [&'a [u8]],
}

/// A file that makes the tool run one shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterFile {
    /// What the file holds.
    pub bytes: Vec<u8>,
    /// The name that it should have: some tools look at how a name ends.
    pub name: &'static str,
    /// The command that runs the shard, where `$FILTER` is the absolute path of the file.
    pub usage: &'static str,
}

/// An item that the tool cannot be told to run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an item {why}")]
pub struct CannotFilter {
    /// The item.
    pub item: Foreign,
    /// What is wrong with it, in words that follow its name.
    pub why: &'static str,
}

impl CannotFilter {
    pub(crate) fn new(item: &[u8], why: &'static str) -> Self {
        Self { item: Foreign::from(item), why }
    }
}

/// The item as text, for files that must be UTF-8.
pub(crate) fn utf8(item: &[u8]) -> Result<&str, CannotFilter> {
    item.to_str().map_err(|_| CannotFilter::new(item, "has a name that is not UTF-8"))
}

/// The items as a list that JSON and JavaScript read alike.
pub(crate) fn json_list(items: &[&[u8]]) -> Result<String, CannotFilter> {
    let items: Vec<&str> = items.iter().map(|item| utf8(item)).collect::<Result<_, _>>()?;
    Ok(serde_json::json!(items).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_can_stand_in_json() {
        let list = json_list(&[b"a\"b", "ü".as_bytes()]).unwrap();
        assert_eq!(list, r#"["a\"b","ü"]"#);
        let refused = json_list(&[b"\xff"]).unwrap_err();
        assert_eq!(refused.item, Foreign::from(&b"\xff"[..]));
    }
}
