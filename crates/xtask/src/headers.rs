//! Every source file says first what it is for, and none grows past reading.

/// The most lines of a file, its tests not counted.
const LONGEST: usize = 600;

/// What is wrong with a source file, if something is.
pub fn wrong(path: &str, text: &str) -> Option<String> {
    let header = text.lines().next().unwrap_or_default();
    let Some(sentence) = header.strip_prefix("//! ") else {
        return Some(format!(
            "{path}: begins without a `//!` header that says what the file is for"
        ));
    };
    if sentence.trim().len() < 8 {
        return Some(format!("{path}: its header `{sentence}` says nothing"));
    }
    let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().count();
    (lines > LONGEST)
        .then(|| format!("{path}: {lines} lines without tests, more than {LONGEST}; split it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_needs_a_header_and_an_end() {
        assert_eq!(wrong("a.rs", "//! What this is for.\nfn a() {}\n"), None);
        assert!(wrong("a.rs", "fn a() {}\n").is_some());
        assert!(wrong("a.rs", "//! x\n").is_some());
        assert!(wrong("a.rs", "").is_some());
        let long = format!("//! What this is for.\n{}", "fn a() {}\n".repeat(600));
        assert!(wrong("a.rs", &long).is_some());
        let tested = format!(
            "//! What this is for.\n\n#[cfg(test)]\nmod tests {{\n{}}}\n",
            "fn a() {}\n".repeat(600)
        );
        assert_eq!(wrong("a.rs", &tested), None);
    }
}
