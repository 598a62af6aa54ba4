//! What is shared out: tests, files, packages, whatever a list names.

use bstr::{BStr, BString, ByteSlice as _};
use repo_model::hexadecimal;
use sha2::{Digest as _, Sha256};

/// The name of an item, as the test tool's discovery wrote it. Any bytes but none at all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(BString);

impl ItemId {
    /// The item named `name`; nothing if the name is empty.
    pub fn new(name: impl Into<Vec<u8>>) -> Option<Self> {
        let name = BString::from(name.into());
        if name.is_empty() { None } else { Some(Self(name)) }
    }

    /// The name's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The name as a byte string.
    pub fn as_bstr(&self) -> &BStr {
        self.0.as_bstr()
    }
}

/// Items, each once, in the order of their bytes: the order they were listed in says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items(Vec<ItemId>);

impl Items {
    /// Sorts the items and keeps one of each.
    pub fn new(ids: Vec<ItemId>) -> Self {
        Self::listed(ids).0
    }

    /// Sorts the items and keeps one of each; and those that came more than once, sorted.
    pub fn listed(mut ids: Vec<ItemId>) -> (Self, Vec<ItemId>) {
        ids.sort_unstable();
        let twice = ids.windows(2).filter(|pair| matches!(pair, [one, other] if one == other));
        let mut repeated: Vec<ItemId> = twice.filter_map(|pair| pair.first().cloned()).collect();
        repeated.dedup();
        ids.dedup();
        (Self(ids), repeated)
    }

    /// The items in order.
    pub fn ids(&self) -> &[ItemId] {
        &self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of `id` in the order, if it is one of the items.
    pub fn position(&self, id: &[u8]) -> Option<usize> {
        self.0.binary_search_by(|item| item.as_bytes().cmp(id)).ok()
    }

    /// The SHA-256 of the list, in hexadecimal: each name's length as eight bytes, most significant
    /// first, then the name.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for item in &self.0 {
            hash.update(length(item.as_bytes()));
            hash.update(item.as_bytes());
        }
        hexadecimal(&hash.finalize())
    }
}

/// A length in a form that cannot be taken for a part of the name behind it.
pub(crate) fn length(bytes: &[u8]) -> [u8; 8] {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(names: &[&str]) -> Items {
        Items::new(names.iter().map(|name| ItemId::new(*name).unwrap()).collect())
    }

    #[test]
    fn the_order_of_a_list_says_nothing() {
        assert_eq!(items(&["b", "a", "b"]), items(&["a", "b"]));
        assert_eq!(items(&["b", "a"]).digest(), items(&["a", "b"]).digest());
    }

    #[test]
    fn an_item_that_is_listed_twice_is_one_item_and_is_told() {
        let ids = ["a", "b", "a", "a"].map(|name| ItemId::new(name).unwrap());
        let (items, repeated) = Items::listed(ids.to_vec());
        assert_eq!((items.len(), repeated), (2, vec![ItemId::new("a").unwrap()]));
    }

    #[test]
    fn lists_with_other_names_have_other_digests() {
        assert_ne!(items(&["ab", "c"]).digest(), items(&["a", "bc"]).digest());
        // Computed apart from this code: `printf '\0\0\0\0\0\0\0\1a' | sha256sum`.
        assert_eq!(
            items(&["a"]).digest(),
            "3b196fd4907bedf51c3090e9835f2f7cb61e7ee1b2299ea3b8fed9b4183a822a"
        );
    }

    #[test]
    fn an_item_has_a_name() {
        assert_eq!(ItemId::new(""), None);
    }
}
