//! Reading what an earlier run's key was made of, with every doubt: the file travelled with a cache, so
//! whoever could write the cache could write it.

use std::collections::BTreeSet;

use cache_identity::{Digest, Level, Made, Material, Part, Value};
use serde::Deserialize;

use super::MaterialFile;
use super::lossless::bytes_of;
use super::material::{IngredientEntry, VERSION, ValueEntry};

/// A material of an earlier run, or of this one as the next would read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The key.
    pub key: String,
    /// What it was made of.
    pub material: Material,
    /// The keys that were looked for besides, each with what such a cache has in common.
    pub restore: Vec<(String, String)>,
}

impl Earlier {
    /// The key and what it was made of.
    pub fn made(&self) -> Made<'_> {
        Made { key: &self.key, material: &self.material }
    }

    /// The keys that were looked for besides, each with what such a cache has in common.
    pub fn restore(&self) -> impl Iterator<Item = (&str, &str)> {
        self.restore.iter().map(|(key, same)| (key.as_str(), same.as_str()))
    }
}

/// Why a file says nothing of an earlier key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAMaterial {
    /// It is not the JSON that was expected.
    #[error("{why}")]
    NotJson {
        /// What is wrong.
        why: String,
        /// The line, from 1.
        line: u64,
        /// The column, from 1.
        column: u64,
    },
    /// Another version of this tool wrote it.
    #[error("it has version {0}, and this tool reads version {VERSION}")]
    Version(u64),
    /// It has no version.
    #[error("it has no `version`")]
    NoVersion,
    /// Something in it is not what it should be.
    #[error("{what} is not {wanted}")]
    Wrong {
        /// What.
        what: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// Its digest is not that of its contents: it was cut, or changed by hand.
    #[error("the digest of {0} is not that of its contents")]
    Changed(String),
}

#[derive(Deserialize)]
struct Version {
    version: Option<u64>,
}

impl MaterialFile {
    /// What the document says, looked at from every side: its version, its words and its digests.
    ///
    /// # Errors
    /// When anything of it is not as this tool writes it.
    pub fn read(bytes: &[u8]) -> Result<Earlier, NotAMaterial> {
        let version: Version = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
        match version.version {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(NotAMaterial::Version(version)),
            None => return Err(NotAMaterial::NoVersion),
        }
        let file: Self = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
        let mut names = BTreeSet::new();
        let mut parts = Vec::with_capacity(file.ingredients.len());
        for entry in &file.ingredients {
            let part = part(entry)?;
            if !names.insert((part.level, part.owner.clone(), part.name.clone())) {
                let what = format!("the second ingredient `{}`", entry.name);
                return Err(NotAMaterial::Wrong { what, wanted: "one of another name" });
            }
            parts.push(part);
        }
        let material = Material { recipe: file.recipe, ..Material::new(parts) };
        if material.digest() != digest(&file.digest, "the digest of the document")? {
            return Err(NotAMaterial::Changed("the document".to_owned()));
        }
        let restore = file.restore.into_iter().map(|it| (it.key, it.same)).collect();
        Ok(Earlier { key: file.key, material, restore })
    }
}

fn not_json(error: &serde_json::Error) -> NotAMaterial {
    let why = error.to_string();
    // The place is told apart from the words.
    let why = why.split(" at line ").next().unwrap_or_default().to_owned();
    let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
    NotAMaterial::NotJson {
        why,
        line: number(error.line()).max(1),
        column: number(error.column()).max(1),
    }
}

fn part(entry: &IngredientEntry) -> Result<Part, NotAMaterial> {
    let wrong = |what: &str, wanted| NotAMaterial::Wrong {
        what: format!("{what} of the ingredient `{}`", entry.name),
        wanted,
    };
    let text = |text: &str, what| {
        bytes_of(text).ok_or_else(|| wrong(what, "text with each `\\` as `\\\\` or `\\xNN`"))
    };
    let level = Level::ALL.into_iter().find(|level| level.name() == entry.level);
    let mut facts = std::collections::BTreeMap::new();
    for (name, value) in &entry.facts {
        let value = match value {
            ValueEntry::Value(value) => Value::Shown(text(value, "a value")?),
            ValueEntry::Digest(it) => Value::Hidden(digest(it, "the digest of a value")?),
        };
        facts.insert(text(name, "a fact's name")?, value);
    }
    let part = Part {
        level: level.ok_or_else(|| wrong("the level", "a level that this tool knows"))?,
        owner: entry.owner.clone(),
        name: text(&entry.name, "the name")?,
        source: text(&entry.source, "the source")?,
        why: entry.why.clone(),
        facts,
        digest: digest(&entry.digest, "the digest of an ingredient")?,
    };
    if part.computed() == part.digest {
        Ok(part)
    } else {
        Err(NotAMaterial::Changed(format!("the ingredient `{}`", entry.name)))
    }
}

fn digest(text: &str, what: &str) -> Result<Digest, NotAMaterial> {
    let wrong = || NotAMaterial::Wrong {
        what: what.to_owned(),
        wanted: "64 hexadecimal digits in lower case",
    };
    let mut bytes = [0_u8; 32];
    let pairs = text.as_bytes().chunks_exact(2);
    if text.len() != 64 || !pairs.remainder().is_empty() {
        return Err(wrong());
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        let pair = std::str::from_utf8(pair).ok().filter(|it| it.as_bytes().iter().all(is_digit));
        let value = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *byte = value.ok_or_else(wrong)?;
    }
    Ok(Digest(bytes))
}

#[cfg(test)]
mod tests {
    use cache_identity::{Identity, Ingredient};
    use ecosystems::caches::Source;
    use proptest::prelude::*;

    use super::*;

    fn identity() -> Identity {
        let mut rustc = Ingredient::new(Level::Toolchain, "rustc", Source::Machine, "it compiles");
        rustc.shown("release", "1.90.0");
        rustc.shown(&b"odd \xff \\"[..], &b"\xfe"[..]);
        rustc.hidden("RUSTFLAGS", "--cfg secret");
        let lock = Ingredient::new(Level::Dependencies, "lock", Source::Machine, "it locks");
        let parts = [&rustc, &lock].map(|it| Part::new("cargo", it));
        Identity {
            key: "a/v1/b".to_owned(),
            restore: vec![cache_identity::Restore {
                key: "a/".to_owned(),
                same: "system",
                why: "so",
            }],
            places: Vec::new(),
            travels: Vec::new(),
            material: Material::new(parts.to_vec()),
            named: None,
            left_out: Vec::new(),
        }
    }

    fn written() -> String {
        String::from_utf8(MaterialFile::new(&identity()).bytes()).unwrap()
    }

    #[track_caller]
    fn check(from: &str, to: &str, wanted: &str) {
        let written = written();
        assert!(written.contains(from), "{written}");
        let told = MaterialFile::read(written.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!(told.to_string(), wanted);
    }

    #[test]
    fn what_is_written_is_read() {
        let identity = identity();
        let read = MaterialFile::read(written().as_bytes()).unwrap();
        assert_eq!(read.material, identity.material);
        assert_eq!((read.key, read.restore.len()), (identity.key, 1));
        assert!(!written().contains("secret"));
    }

    #[test]
    fn what_was_changed_is_told() {
        check(
            "1.90.0",
            "1.90.1",
            "the digest of the ingredient `rustc` is not that of its contents",
        );
        check(
            "\"recipe\":1",
            "\"recipe\":2",
            "the digest of the document is not that of its contents",
        );
        check("\"version\":1", "\"version\":7", "it has version 7, and this tool reads version 1");
        check("\"version\":1,", "", "it has no `version`");
        check(
            "\"toolchain\"",
            "\"tools\"",
            "the level of the ingredient `rustc` is not a level that this tool knows",
        );
        check(
            "\\\\xfe",
            "\\\\xzz",
            "a value of the ingredient `rustc` is not text with each `\\` as `\\\\` or `\\xNN`",
        );
        check(
            "\"owner\"",
            "\"owned\"",
            "unknown field `owned`, expected one of `level`, `owner`, `name`, `source`, `why`, `digest`, `facts`",
        );
    }

    #[test]
    fn an_ingredient_that_is_there_twice_is_refused() {
        let written = written();
        let mut file: serde_json::Value = serde_json::from_str(&written).unwrap();
        let list = file["ingredients"].as_array_mut().unwrap();
        list.push(list[0].clone());
        let told = MaterialFile::read(file.to_string().as_bytes()).unwrap_err();
        assert_eq!(told.to_string(), "the second ingredient `rustc` is not one of another name");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_material_or_none(bytes in any::<Vec<u8>>()) {
            let _ = MaterialFile::read(&bytes);
        }

        #[test]
        fn what_was_cut_or_damaged_is_refused(
            at in any::<proptest::sample::Index>(),
            byte in any::<u8>(),
            cut in any::<bool>(),
        ) {
            let mut bytes = written().into_bytes();
            // The last byte is the line break, without which it is the same.
            let at = at.index(bytes.len() - 2);
            if cut {
                bytes.truncate(at);
                prop_assert!(MaterialFile::read(&bytes).is_err());
            } else {
                bytes[at] = byte;
                // Words that no digest covers may be others: the reasons, the sources, the keys.
                if let Ok(read) = MaterialFile::read(&bytes) {
                    prop_assert_eq!(read.material.digest(), identity().material.digest());
                }
            }
        }
    }
}
