//! The files through which a step hands over outputs: `NAME<<DELIMITER`, the value, `DELIMITER`.
//!
//! The one-line form `name=value` is never used: a line break in the value would forge another
//! output. Source: GitHub documentation, "Workflow commands", "Multiline strings".

use std::fmt::Write as _;

/// The longest value, in bytes (GitHub documentation, "Workflow syntax", `jobs.<job_id>.outputs`:
/// 1 MB an output).
const LONGEST: usize = 1 << 20;

/// One output on its way to the runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedValue {
    /// `[a-z0-9-]+`.
    pub(crate) name: &'static str,
    /// Any text.
    pub(crate) value: String,
}

/// Why outputs could not be put into words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotWritable {
    /// An output's name has other characters than `[a-z0-9-]`.
    #[error("`{0}` is not an output's name")]
    Name(&'static str),
    /// A value is longer than GitHub keeps.
    #[error("the value of `{0}` is longer than the 1 MiB that GitHub keeps of an output")]
    TooLong(&'static str),
    /// A value holds the delimiter, which chance does once in 2^128 values.
    #[error("the value of `{0}` holds the delimiter")]
    Delimiter(&'static str),
}

/// The text to append to the file of `GITHUB_OUTPUT`.
pub(crate) fn block(values: &[NamedValue], token: &str) -> Result<String, NotWritable> {
    let mut block = String::new();
    for NamedValue { name, value } in values {
        if !is_name(name) {
            return Err(NotWritable::Name(name));
        }
        if value.len() > LONGEST {
            return Err(NotWritable::TooLong(name));
        }
        if value.contains(token) {
            return Err(NotWritable::Delimiter(name));
        }
        let _ = write!(block, "{name}<<signalbox-{token}\n{value}\nsignalbox-{token}\n");
    }
    Ok(block)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    /// Reads the block as the runner does (actions/runner `FileCommandManager.cs`): line by line,
    /// a value ends at the line that is the delimiter.
    fn read_as_the_runner(block: &str) -> Vec<(String, String)> {
        let mut lines = block.split('\n');
        let mut read = Vec::new();
        while let Some(line) = lines.next() {
            if line.is_empty() {
                continue;
            }
            let (name, delimiter) = line.split_once("<<").expect("a head line");
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            read.push((name.to_owned(), value.join("\n")));
        }
        read
    }

    proptest! {
        #[test]
        fn the_runner_reads_what_was_written(values in proptest::collection::vec("[a-z<=:\n\r ]{0,30}", 0..5)) {
            let named: Vec<NamedValue> =
                values.iter().map(|value| NamedValue { name: "out", value: value.clone() }).collect();
            let read = read_as_the_runner(&block(&named, TOKEN).unwrap());
            let wanted: Vec<(String, String)> =
                values.into_iter().map(|value| ("out".to_owned(), value)).collect();
            prop_assert_eq!(read, wanted);
        }
    }

    #[test]
    fn a_value_with_the_delimiter_is_refused() {
        let value = format!("a\nsignalbox-{TOKEN}\nevil<<x");
        let refused = block(&[NamedValue { name: "out", value }], TOKEN);
        assert_eq!(refused, Err(NotWritable::Delimiter("out")));
    }

    #[test]
    fn a_name_that_could_end_its_line_is_refused() {
        for name in ["", "a b", "a=b", "a<<b", "A", "a\nb"] {
            let refused = block(&[NamedValue { name, value: String::new() }], TOKEN);
            assert_eq!(refused, Err(NotWritable::Name(name)));
        }
    }
}
