//! Services, by the names that actions/changes gives them in its matrix.
//!
//! No tool is asked: a person, or another action, lists the items. The filter is a list of lines.

use bstr::BString;
use serde::Deserialize;

use super::{About, Unit};
pub(super) use super::{cannot_list as discovered, no_owners as owners};
use crate::filter::{CannotFilter, FilterFile, Part};
use crate::list;
use crate::probe::Probe;

pub(super) const ABOUT: About =
    About { name: "services", default_unit: Unit::Package, finest_unit: Unit::Package };

pub(super) fn discovery() -> Vec<Probe> {
    Vec::new()
}

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    Ok(FilterFile {
        bytes: list::lines(part)?,
        name: "services.txt",
        usage: "while IFS= read -r service; do ... done < \"$FILTER\"",
    })
}

/// The names of a matrix: `{"include": [{"name": "api", "path": "services/api"}]}`, or the list alone.
pub(super) fn matrix(list: &[u8]) -> Option<Vec<BString>> {
    #[derive(Deserialize)]
    struct Leg {
        name: String,
    }
    #[derive(Deserialize)]
    struct Matrix {
        include: Vec<Leg>,
    }
    let legs = match serde_json::from_slice::<Matrix>(list) {
        Ok(matrix) => matrix.include,
        Err(_) => serde_json::from_slice(list).ok()?,
    };
    Some(legs.into_iter().map(|leg| leg.name.into()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_a_list_of_names() {
        let names = |list: &str| matrix(list.as_bytes());
        let found = Some(vec![BString::from("api"), BString::from("web")]);
        assert_eq!(names(r#"{"include":[{"name":"api","path":"x"},{"name":"web"}]}"#), found);
        assert_eq!(names(r#"[{"name":"api"},{"name":"web"}]"#), found);
        assert_eq!(names(r#"{"include":[{"path":"x"}]}"#), None);
        assert_eq!(names(r#"["api"]"#), None);
        assert_eq!(names("api\nweb\n"), None);
    }
}
