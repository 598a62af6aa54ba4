//! The change plan that `actions/changes` writes, version 1, as far as tests depend on it.
//!
//! Read with every doubt: a plan that is not understood is no answer, never "nothing changed". What it
//! says besides is another tool's.

use serde::Deserialize;
use sharding::{Changed, ChangedPackage};

use super::Shape;
use super::plan_file::from_hexadecimal;

/// The version that is understood.
const VERSION: u32 = 1;

/// A change plan.
#[derive(Clone, Debug, Deserialize)]
pub struct ChangePlan {
    #[serde(rename = "signalbox-changes")]
    version: u32,
    all: bool,
    packages: Vec<PackageEntry>,
}

#[derive(Clone, Debug, Deserialize)]
struct PackageEntry {
    ecosystem: String,
    name: String,
    path: Option<String>,
    path_hex: Option<String>,
    affected: bool,
}

/// Why bytes are no change plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAChangePlan {
    /// It is not JSON of that shape.
    #[error("it is not a change plan")]
    Shape(Shape),
    /// It has another version.
    #[error("it has version {0}, and this tool reads version 1")]
    Version(u32),
    /// A package has no folder, or two.
    #[error("a package in it has no folder that can be read")]
    Path,
}

impl ChangePlan {
    /// Reads a change plan.
    ///
    /// # Errors
    /// When it is none, has another version or contradicts itself.
    pub fn read(bytes: &[u8]) -> Result<Changed, NotAChangePlan> {
        let plan: Self =
            serde_json::from_slice(bytes).map_err(|it| NotAChangePlan::Shape(Shape::of(&it)))?;
        if plan.version != VERSION {
            return Err(NotAChangePlan::Version(plan.version));
        }
        let packages = plan.packages.into_iter().map(|entry| {
            let folder = match (entry.path, entry.path_hex) {
                (Some(path), None) => Some(path.into_bytes()),
                (None, Some(digits)) => from_hexadecimal(&digits),
                (Some(_), Some(_)) | (None, None) => None,
            };
            Ok(ChangedPackage {
                ecosystem: entry.ecosystem,
                name: entry.name,
                folder: folder.ok_or(NotAChangePlan::Path)?,
                is_affected: entry.affected,
            })
        });
        Ok(Changed { everything: plan.all, packages: packages.collect::<Result<_, _>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_says_which_packages_are_affected() {
        let plan = br#"{"signalbox-changes":1,"any":true,"all":false,"packages":[
            {"ecosystem":"cargo","name":"a","path":"crates/a","affected":true,"direct":true},
            {"ecosystem":"go","name":"b","path_hex":"ff","affected":false,"why":[]}]}"#;
        let read = ChangePlan::read(plan).unwrap();
        assert!(!read.everything);
        assert_eq!(read.packages[0].folder, b"crates/a");
        assert_eq!(
            (read.packages[1].folder.as_slice(), read.packages[1].is_affected),
            (&b"\xff"[..], false)
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let read = |text: &str| ChangePlan::read(text.as_bytes()).unwrap_err();
        assert!(matches!(read("{}"), NotAChangePlan::Shape(_)));
        assert!(matches!(read(r#"{"signalbox-changes":1,"all":false}"#), NotAChangePlan::Shape(_)));
        let newer = r#"{"signalbox-changes":2,"all":false,"packages":[]}"#;
        assert_eq!(read(newer), NotAChangePlan::Version(2));
        let lost = r#"{"signalbox-changes":1,"all":false,"packages":[{"ecosystem":"go","name":"b","affected":true}]}"#;
        assert_eq!(read(lost), NotAChangePlan::Path);
    }
}
