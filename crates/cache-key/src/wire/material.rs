//! What a key was made of: it travels with the cache, and says later what has changed.
//!
//! Names and values are bytes; in JSON each is text in which a byte that is not part of UTF-8, and every
//! `\`, is `\xNN` or `\\`, so that two different ones never look alike.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bstr::{BStr, ByteSlice as _};
use cache_identity::{Identity, Material, Part, Value};
use serde::Serialize;

/// The version of the document.
const VERSION: u32 = 1;

/// What a key was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MaterialFile {
    /// The version of this document.
    version: u32,
    /// The version of the recipe for keys.
    recipe: u32,
    /// The key.
    key: String,
    /// The SHA-256 of all ingredients.
    digest: String,
    /// The ingredients, the most general first.
    ingredients: Vec<IngredientEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct IngredientEntry {
    level: &'static str,
    owner: String,
    name: String,
    source: String,
    why: String,
    digest: String,
    facts: BTreeMap<String, ValueEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum ValueEntry {
    Value(String),
    Digest(String),
}

/// What `compute` found: the document of `--format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct IdentityFile {
    key: String,
    restore: Vec<RestoreEntry>,
    places: Vec<PlaceEntry>,
    material: MaterialFile,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct RestoreEntry {
    key: String,
    same: &'static str,
    why: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct PlaceEntry {
    path: String,
    layer: &'static str,
    why: &'static str,
}

impl MaterialFile {
    /// The document of a material.
    pub fn new(key: &str, material: &Material) -> Self {
        Self {
            version: VERSION,
            recipe: material.recipe,
            key: key.to_owned(),
            digest: material.digest().hexadecimal(),
            ingredients: material.parts.iter().map(IngredientEntry::new).collect(),
        }
    }

    /// Its bytes: one line.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_else(|error| {
            // Only maps with other keys than text have no JSON form.
            unreachable!("a document is always JSON: {error}")
        });
        bytes.push(b'\n');
        bytes
    }
}

impl IngredientEntry {
    fn new(part: &Part) -> Self {
        let value = |value: &Value| match value {
            Value::Shown(value) => ValueEntry::Value(lossless(value.as_bstr())),
            Value::Hidden(digest) => ValueEntry::Digest(digest.hexadecimal()),
        };
        let facts = part.facts.iter();
        Self {
            level: part.level.name(),
            owner: part.owner.clone(),
            name: lossless(part.name.as_bstr()),
            source: lossless(part.source.as_bstr()),
            why: part.why.clone(),
            digest: part.digest.hexadecimal(),
            facts: facts.map(|(name, it)| (lossless(name.as_bstr()), value(it))).collect(),
        }
    }
}

impl IdentityFile {
    /// The document of an answer.
    pub fn new(identity: &Identity) -> Self {
        let restore = identity.restore.iter().map(|it| RestoreEntry {
            key: it.key.clone(),
            same: it.same,
            why: it.why,
        });
        let places = identity.places.iter().map(|it| PlaceEntry {
            path: lossless(it.path.as_bstr()),
            layer: it.layer.name(),
            why: it.why,
        });
        Self {
            key: identity.key.clone(),
            restore: restore.collect(),
            places: places.collect(),
            material: MaterialFile::new(&identity.key, &identity.material),
        }
    }
}

/// Bytes as text, without loss.
fn lossless(bytes: &BStr) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_different_names_never_look_alike() {
        let all = [&b"a\xff"[..], b"a\\xff", b"a\xfe", b"a", b"a\\\\xff"];
        let texts: std::collections::BTreeSet<String> =
            all.iter().map(|bytes| lossless(bytes.as_bstr())).collect();
        assert_eq!(texts.len(), all.len());
        assert_eq!(lossless(b"a\xff\\".as_bstr()), "a\\xff\\\\");
    }
}
