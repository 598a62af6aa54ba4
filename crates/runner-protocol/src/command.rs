//! Workflow commands: lines on a step's log that the runner obeys.
//!
//! Source: GitHub documentation, "Workflow commands for GitHub Actions". Properties and data are
//! escaped as actions/toolkit does.

use std::fmt::Write as _;

use diagnostics::{Level, Place, Problem};

use crate::escape;

/// The most annotations of one kind that we make. The runner keeps 10 of a step (actions/runner,
/// `_maxCountPerIssueType`), and for an action's step that includes what `install.sh` says.
pub(crate) const MOST_PER_LEVEL: usize = 9;

/// The line that annotates `problem`.
pub(crate) fn annotation(problem: &Problem, title: &str) -> String {
    let mut line = format!("::{}", word(problem.level));
    let mut separator = ' ';
    if let Some(place) = &problem.place {
        push_place(&mut line, &mut separator, place);
    }
    let _ = write!(line, "{separator}title={}", escape::command_property(title));
    let mut message = sentence(&escape::plain(&problem.message));
    if let Some(label) = &problem.label {
        let _ = write!(message, "\n{}", sentence(&escape::plain(label)));
    }
    if let Some(help) = &problem.help {
        let _ = write!(message, "\nhelp: {}", escape::plain(help));
    }
    let _ = write!(line, "::{}", escape::command_data(&message));
    line
}

fn push_place(line: &mut String, separator: &mut char, place: &Place) {
    // The page that shows annotations resolves the name itself, so it gets no marks around it.
    let file = escape::visible_bytes(place.file.raw());
    let _ = write!(line, " file={}", escape::command_property(&file));
    *separator = ',';
    if let Some(number) = place.line {
        let _ = write!(line, ",line={number}");
    }
    if let Some(column) = place.column {
        let _ = write!(line, ",col={column}");
    }
}

/// `text` with a capital first letter, as a sentence begins.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// The word of a level, both in commands and on a terminal.
pub(crate) fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    }
}

/// Keeps `secret` out of the log: one command a line, because the runner masks line by line.
pub(crate) fn masks(secret: &str) -> Vec<String> {
    let lines = secret.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| format!("::add-mask::{}", escape::command_data(line))).collect()
}

/// Opens a fold in the log.
pub(crate) fn group(title: &str) -> String {
    format!("::group::{}", escape::command_data(title))
}

/// Closes the fold.
pub(crate) const END_GROUP: &str = "::endgroup::";

/// A line that is shown only when the run is debugged.
pub(crate) fn debug(message: &str) -> String {
    format!("::debug::{}", escape::command_data(message))
}

/// From here on the runner obeys nothing, until [`resume_commands`] with the same token.
pub(crate) fn stop_commands(token: &str) -> String {
    format!("::stop-commands::{token}")
}

/// The runner obeys again.
pub(crate) fn resume_commands(token: &str) -> String {
    format!("::{token}::")
}

/// The problems to annotate, worst first and at most [`MOST_PER_LEVEL`] of each level, and how
/// many are left over.
pub(crate) fn worth_annotating(problems: &[Problem]) -> (Vec<&Problem>, usize) {
    let mut kept = Vec::new();
    for level in [Level::Error, Level::Warning, Level::Notice] {
        kept.extend(problems.iter().filter(|p| p.level == level).take(MOST_PER_LEVEL));
    }
    let left_over = problems.len() - kept.len();
    (kept, left_over)
}

#[cfg(test)]
mod tests {
    use diagnostics::{Foreign, text};

    use super::*;

    #[track_caller]
    fn check(problem: &Problem, line: &str) {
        assert_eq!(annotation(problem, "signalbox shard"), line);
    }

    #[test]
    fn an_annotation_names_file_line_and_column() {
        check(&Problem::error("no items"), "::error title=signalbox shard::No items");
        check(
            &Problem::warning(text!["read ", 3_u64, " of ", Foreign::from("a.xml")])
                .at(Place::at("dir/a.xml", 3, 7))
                .help("run it again"),
            "::warning file=dir/a.xml,line=3,col=7,title=signalbox shard::Read 3 of `a.xml`%0Ahelp: run it again",
        );
        check(
            &Problem::notice("x").at(Place::file("a")),
            "::notice file=a,title=signalbox shard::X",
        );
    }

    #[test]
    fn a_name_cannot_end_the_command_it_is_in() {
        let name = Foreign::from("a,line=1::b\n::error::c%0A");
        check(
            &Problem::error(text!["ran ", name.clone()]).at(Place::file(name)),
            "::error file=a%2Cline=1%3A%3Ab\\n%3A%3Aerror%3A%3Ac%250A,title=signalbox shard::Ran `a,line=1::b\\n::error::c%250A`",
        );
    }

    #[test]
    fn a_secret_of_several_lines_is_masked_line_by_line() {
        assert_eq!(masks("one%\n\n two\r\n"), ["::add-mask::one%25", "::add-mask:: two"]);
    }

    #[test]
    fn the_worst_problems_are_annotated_first() {
        let mut problems = vec![Problem::notice("n")];
        problems.extend((0..12).map(|_| Problem::warning("w")));
        problems.push(Problem::error("e"));
        let (kept, left_over) = worth_annotating(&problems);
        let levels: Vec<Level> = kept.iter().map(|p| p.level).collect();
        assert_eq!(levels.first(), Some(&Level::Error));
        assert_eq!(levels.iter().filter(|level| **level == Level::Warning).count(), 9);
        assert_eq!(levels.last(), Some(&Level::Notice));
        assert_eq!(left_over, 3);
    }
}
