//! The word that was probably meant.

/// The longest word that is compared, in bytes; comparing takes time by the square.
const LONGEST: usize = 100;

/// The one of `known` that is nearest to `wrong`, if it is near enough to be meant: the fewest letters
/// put in, taken out, replaced or swapped with their neighbour, at most a third of them. Of several the
/// first by name.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > LONGEST {
        return None;
    }
    let near = known.into_iter().filter(|name| name.len() <= LONGEST);
    let near = near.map(|name| (strsim::osa_distance(wrong, name), name)).min();
    near.filter(|(distance, _)| *distance <= wrong.chars().count().div_ceil(3))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_nearly_right_is_found() {
        assert_eq!(nearest("adedd", ["added", "modified"]), Some("added"));
        assert_eq!(nearest("path-rules", ["path-rule", "package-rule"]), Some("path-rule"));
        assert_eq!(nearest("glob", ["globs", "mark-changed"]), Some("globs"));
        assert_eq!(nearest("zzz", ["added", "modified"]), None);
        assert_eq!(nearest(&"x".repeat(1000), ["globs"]), None);
        assert_eq!(nearest("x", []), None);
    }
}
