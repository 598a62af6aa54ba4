//! What the sources of a package read of the repository outside of its folder, where they name it by a path.
//!
//! A pipeline that tests what a change affects has to know of it, and no manifest tells.

/// What stands before a path that is read: that of a macro, or of a test that opens a file.
const READS: [&str; 2] = ["include_", "CARGO_MANIFEST_DIR"];

/// The paths, from the root of the repository, that a source names by going up at least two folders, as
/// `include_str!("../../../README.md")` and `.join("../../README.md")` do. Some are of other repositories
/// that a test makes: whoever asks knows which files there are.
pub fn named(text: &str) -> Vec<&str> {
    let reads = |line: &str| READS.iter().any(|word| line.contains(word));
    // Of a call on two lines the second begins with the path, or with what takes it.
    let goes_on = |line: &str| line.trim_start().starts_with(['.', '"']);
    let before = std::iter::once("").chain(text.lines());
    let read = before
        .zip(text.lines())
        .filter(|(before, line)| reads(line) || (goes_on(line) && reads(before)));
    read.flat_map(|(_, line)| ups(line)).collect()
}

fn ups(line: &str) -> impl Iterator<Item = &str> {
    const UP: &str = "../";
    line.match_indices("../../").filter_map(move |(at, _)| {
        let (before, path) = line.split_at(at);
        let quote = before.strip_suffix('/').unwrap_or(before).strip_suffix('"')?;
        let path = path.split('"').next()?;
        // Behind a backslash it is the text of a source, in a source.
        (!quote.ends_with('\\')).then(|| path.trim_start_matches(UP))
    })
}

#[cfg(test)]
mod tests {
    use super::named;

    #[track_caller]
    fn check(source: &str, wanted: &[&str]) {
        assert_eq!(named(source), wanted, "{source}");
    }

    #[test]
    fn a_path_that_goes_up_is_named_from_the_root() {
        check("include_str!(\"../../../.github/a.yml\");", &[".github/a.yml"]);
        check("Path::new(env!(\"CARGO_MANIFEST_DIR\")).join(\"../../README.md\")", &["README.md"]);
        check("Path::new(env!(\"CARGO_MANIFEST_DIR\"))\n    .join(\"../../a/b\")", &["a/b"]);
        check("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../../x/\")", &["x/"]);
        check("(include_str!(\"../../a\"), include_bytes!(\"../../../b\"))", &["a", "b"]);
    }

    #[test]
    fn what_is_near_or_only_spoken_of_is_not() {
        check("include_str!(\"../a\");", &[]);
        check("(\"packages/a\", \"../../LICENSE\"),", &[]);
        check("write(\"include_str!(...)\");\nlink(\"a\", \"../../LICENSE\");", &[]);
        check("\"include_str!(\\\"../../README.md\\\")\"", &[]);
        check("include_str!(\"a\");\n\nlet other = \"../../b\";", &[]);
    }
}
