//! The files through which a step hands over outputs and variables: `NAME<<DELIMITER`, the value, `DELIMITER`.
//!
//! The one-line form `name=value` is never used: a line break in the value would forge another
//! one. Source: GitHub documentation, "Workflow commands", "Multiline strings".

use std::fmt::Write as _;

/// The longest value, in bytes (GitHub documentation, "Workflow syntax", `jobs.<job_id>.outputs`:
/// 1 MB an output).
const LONGEST: usize = 1 << 20;

/// One output or variable on its way to the runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedValue {
    /// `[a-z0-9-]+` for an output, `[A-Z0-9_]+` for a variable.
    pub(crate) name: &'static str,
    /// Any text.
    pub(crate) value: String,
}

/// What the names in a file are names of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Outputs.
    Outputs,
    /// Variables of the environment.
    Variables,
}

/// Why outputs or variables could not be put into words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotWritable {
    /// A name has other characters than an output's or a variable's.
    #[error("`{0}` is not a name of this kind")]
    Name(&'static str),
    /// A value is longer than GitHub keeps.
    #[error("the value of `{0}` is longer than the 1 MiB that GitHub keeps of an output")]
    TooLong(&'static str),
    /// A value holds the delimiter, which chance does once in 2^128 values.
    #[error("the value of `{0}` holds the delimiter")]
    Delimiter(&'static str),
}

/// The text to append to the file of `GITHUB_OUTPUT`, or to that of `GITHUB_ENV`.
pub(crate) fn block(
    values: &[NamedValue],
    names: Names,
    token: &str,
) -> Result<String, NotWritable> {
    let mut block = String::new();
    for NamedValue { name, value } in values {
        if !is_name(name, names) {
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

fn is_name(name: &str, names: Names) -> bool {
    let is_letter = |byte: u8| match names {
        Names::Outputs => byte.is_ascii_lowercase() || byte == b'-',
        Names::Variables => byte.is_ascii_uppercase() || byte == b'_',
    };
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit() || is_letter(byte))
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
            let read = read_as_the_runner(&block(&named, Names::Outputs, TOKEN).unwrap());
            let wanted: Vec<(String, String)> =
                values.into_iter().map(|value| ("out".to_owned(), value)).collect();
            prop_assert_eq!(read, wanted);
        }
    }

    #[test]
    fn a_value_with_the_delimiter_is_refused() {
        let value = format!("a\nsignalbox-{TOKEN}\nevil<<x");
        let refused = block(&[NamedValue { name: "out", value }], Names::Outputs, TOKEN);
        assert_eq!(refused, Err(NotWritable::Delimiter("out")));
    }

    #[test]
    fn a_name_that_could_end_its_line_is_refused() {
        for name in ["", "a b", "a=b", "a<<b", "A", "a\nb"] {
            let value = String::new();
            let refused = block(&[NamedValue { name, value }], Names::Outputs, TOKEN);
            assert_eq!(refused, Err(NotWritable::Name(name)));
        }
        for name in ["", "a", "A B", "A=B", "A-B", "A<<B", "A\nB"] {
            let value = String::new();
            let refused = block(&[NamedValue { name, value }], Names::Variables, TOKEN);
            assert_eq!(refused, Err(NotWritable::Name(name)));
        }
    }
}
