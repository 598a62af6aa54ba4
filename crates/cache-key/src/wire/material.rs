//! What a key was made of: it travels with the cache, and says later what has changed.
//!
//! Names and values are bytes; [`super::lossless`] says how they stand in JSON.

use std::collections::BTreeMap;

use bstr::ByteSlice as _;
use cache_identity::{Identity, Material, Part, Value};
use serde::{Deserialize, Serialize, Serializer};

use super::lossless::text_of;

/// The version of the document.
pub(super) const VERSION: u32 = 1;

/// What a key was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MaterialFile {
    /// The version of this document.
    pub(super) version: u32,
    /// The version of the recipe for keys.
    pub(super) recipe: u32,
    /// The key.
    pub(super) key: String,
    /// What may be restored instead, the most alike first.
    pub(super) restore: Vec<RestoreEntry>,
    /// The SHA-256 of all ingredients.
    pub(super) digest: String,
    /// The ingredients, the most general first.
    pub(super) ingredients: Vec<IngredientEntry>,
}

/// A key that may be restored instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RestoreEntry {
    pub(super) key: String,
    pub(super) same: String,
    pub(super) why: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct IngredientEntry {
    pub(super) level: String,
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) why: String,
    pub(super) digest: String,
    pub(super) facts: BTreeMap<String, ValueEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ValueEntry {
    /// One that anybody may read.
    Value(String),
    /// The SHA-256 of one that nobody may.
    Digest(String),
}

/// What `compute` found: the document of `--format json`. It is long, and made when it is written.
#[derive(Clone, Copy, Debug)]
pub struct IdentityFile<'a>(pub &'a Identity);

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct IdentityEntries {
    places: Vec<PlaceEntry>,
    material: MaterialFile,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct PlaceEntry {
    path: String,
    layer: &'static str,
    why: &'static str,
}

impl MaterialFile {
    /// The document of a key.
    pub fn new(identity: &Identity) -> Self {
        let material: &Material = &identity.material;
        let restore = identity.restore.iter().map(|it| RestoreEntry {
            key: it.key.clone(),
            same: it.same.to_owned(),
            why: it.why.to_owned(),
        });
        Self {
            version: VERSION,
            recipe: material.recipe,
            key: identity.key.clone(),
            restore: restore.collect(),
            digest: material.digest().hexadecimal(),
            ingredients: material.parts.iter().map(IngredientEntry::new).collect(),
        }
    }

    /// Its bytes: one line.
    pub fn bytes(&self) -> Vec<u8> {
        super::bytes_of(self)
    }
}

impl IngredientEntry {
    fn new(part: &Part) -> Self {
        let facts = part.facts.iter();
        Self {
            level: part.level.name().to_owned(),
            owner: part.owner.clone(),
            name: text_of(part.name.as_bstr()),
            source: text_of(part.source.as_bstr()),
            why: part.why.clone(),
            digest: part.digest.hexadecimal(),
            facts: facts.map(|(name, it)| (text_of(name.as_bstr()), ValueEntry::new(it))).collect(),
        }
    }
}

impl ValueEntry {
    /// The entry of a value.
    pub(super) fn new(value: &Value) -> Self {
        match value {
            Value::Shown(value) => Self::Value(text_of(value.as_bstr())),
            Value::Hidden(digest) => Self::Digest(digest.hexadecimal()),
        }
    }
}

impl Serialize for IdentityFile<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let places = self.0.places.iter().map(|it| PlaceEntry {
            path: text_of(it.path.as_bstr()),
            layer: it.layer.name(),
            why: it.why,
        });
        let material = MaterialFile::new(self.0);
        IdentityEntries { places: places.collect(), material }.serialize(serializer)
    }
}
