//! Files that are named by patterns.

use diagnostics::{Foreign, Piece, Problem, Text, text};
use repo_model::PathPattern;
use runner_protocol::{Cause, Failure};

/// The patterns of an input, blank lines left out.
pub(super) fn patterns(
    written: &[String],
    input: &'static str,
) -> Result<Vec<PathPattern>, Failure> {
    let (mut patterns, mut problems) = (Vec::new(), Vec::new());
    let lines = written.iter().map(|pattern| pattern.trim());
    for pattern in lines.filter(|pattern| !pattern.is_empty()) {
        match PathPattern::new(pattern) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => {
                let mut message = text!["the pattern ", Foreign::from(error.pattern.as_str())];
                message.text(" of `--").text(input).text("` (input `").text(input);
                message.text("`) cannot be read");
                problems.push(Problem::error(message)
                    .label(Piece::said(&error.why))
                    .help("`*` and `?` stay within a directory, `**` crosses them, `[ab]` and `{a,b}` choose; write `[[]` for a bracket"));
            }
        }
    }
    if problems.is_empty() {
        Ok(patterns)
    } else {
        Err(Failure { cause: Cause::NoAnswer, problems })
    }
}

/// Patterns as a list.
pub(super) fn list(patterns: &[&PathPattern]) -> Text {
    let mut list = Text::new();
    for pattern in patterns {
        if !list.is_empty() {
            list.text(", ");
        }
        list.foreign(pattern.as_str());
    }
    list
}
