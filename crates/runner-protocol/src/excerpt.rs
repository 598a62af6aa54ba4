//! A problem as a block on a terminal, with the source line it lies in.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level as Shown, Renderer, Snippet};
use diagnostics::{Level, Place, Problem, Snippet as Source};

use crate::escape::{plain, visible_bytes};

/// How many characters of a long line are shown on each side of the place.
const AROUND: usize = 60;

/// The problem as lines with ANSI styles.
pub(crate) fn block(problem: &Problem) -> String {
    let place = problem.place.as_ref();
    let excerpt = place.and_then(|place| {
        let excerpt = Excerpt::around(problem.snippet.as_ref()?, place.column?);
        Some((place, excerpt))
    });
    match excerpt {
        Some((place, excerpt)) => with_excerpt(problem, place, &excerpt),
        None => without_excerpt(problem),
    }
}

fn with_excerpt(problem: &Problem, place: &Place, excerpt: &Excerpt) -> String {
    let message = plain(&problem.message);
    let help = problem.help.as_ref().map(plain);
    let label = problem.label.as_ref().map(plain).unwrap_or_default();
    // A whole line's position is counted by the renderer; for a part of one it would be wrong.
    let path = if excerpt.is_whole { file(place) } else { named(place) };
    let mut group = Group::with_title(shown(problem.level).primary_title(message.as_str()));
    if !excerpt.is_whole {
        group = group.element(annotate_snippets::Origin::path(path.as_str()));
    }
    let line = usize::try_from(place.line.unwrap_or(1)).unwrap_or(usize::MAX);
    let under = AnnotationKind::Primary.span(excerpt.from..excerpt.to).label(label);
    let snippet = Snippet::source(excerpt.line.as_str()).line_start(line).annotation(under);
    group = group.element(snippet.path(excerpt.is_whole.then_some(path.as_str())));
    if let Some(help) = &help {
        group = group.element(Shown::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// The same shape without a source line, for which the renderer leaves an empty margin.
fn without_excerpt(problem: &Problem) -> String {
    let message = plain(&problem.message);
    let title = Group::with_title(shown(problem.level).primary_title(message.as_str()));
    let mut block = Renderer::styled().render(&[title]);
    if let Some(place) = &problem.place {
        let _ = write!(block, "\n --> {}", named(place));
    }
    for (word, text) in [("note", &problem.label), ("help", &problem.help)] {
        if let Some(text) = text {
            let _ = write!(block, "\n  = {word}: {}", plain(text));
        }
    }
    block
}

/// The place as editors and terminals know it: `file:line:column`.
fn named(place: &Place) -> String {
    let mut name = file(place);
    for number in [place.line, place.line.and(place.column)].into_iter().flatten() {
        let _ = write!(name, ":{number}");
    }
    name
}

fn file(place: &Place) -> String {
    visible_bytes(place.file.raw())
}

fn shown(level: Level) -> Shown<'static> {
    match level {
        Level::Error => Shown::ERROR,
        Level::Warning => Shown::WARNING,
        Level::Notice => Shown::INFO,
    }
}

/// A part of a line, harmless to print, and the bytes of it to underline.
struct Excerpt {
    line: String,
    from: usize,
    to: usize,
    /// Whether nothing was cut off before the place.
    is_whole: bool,
}

impl Excerpt {
    /// The part of the line around `column`, which counts characters from 1.
    fn around(snippet: &Source, column: u64) -> Self {
        let (line, is_cut) = (&snippet.line, snippet.first_column > 1);
        let column = column.saturating_sub(snippet.first_column);
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        // Escaped character by character, because an escape is longer than what it stands for.
        let characters: Vec<&[u8]> = characters(line.raw()).collect();
        let column = column.min(characters.len());
        let start = column.saturating_sub(AROUND);
        let end = column.saturating_add(AROUND).min(characters.len());
        let shown =
            |part: &[&[u8]]| part.iter().map(|bytes| visible_bytes(bytes)).collect::<String>();
        let mut text = String::new();
        let is_whole = start == 0 && !is_cut;
        if !is_whole {
            text.push('…');
        }
        text.push_str(&shown(characters.get(start..column).unwrap_or_default()));
        let from = text.len();
        text.push_str(&shown(characters.get(column..end).unwrap_or_default()));
        let under = characters.get(column).map_or(0, |bytes| visible_bytes(bytes).len());
        if end < characters.len() {
            text.push('…');
        }
        Self { to: from + under, line: text, from, is_whole }
    }
}

/// The characters of `bytes`, each as its own bytes; one that is not UTF-8 stands alone.
fn characters(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bstr::ByteSlice::char_indices(bytes).filter_map(|(from, to, _)| bytes.get(from..to))
}

#[cfg(test)]
mod tests {
    use diagnostics::{Foreign, Place, text};

    use super::*;

    fn stripped(problem: &Problem) -> String {
        anstream::adapter::strip_str(&block(problem)).to_string()
    }

    #[test]
    fn a_problem_with_a_source_line_points_at_it() {
        let problem = Problem::error(text!["unknown key ", Foreign::from("threshhold")])
            .at(Place::at("gates.toml", 4, 1))
            .snippet(Source::of(b"threshhold = 60", 0))
            .label("not a key of this table")
            .help(text!["did you mean ", Foreign::from("threshold"), "?"]);
        insta::assert_snapshot!(stripped(&problem), @r"
        error: unknown key `threshhold`
         --> gates.toml:4:1
          |
        4 | threshhold = 60
          | ^ not a key of this table
          |
          = help: did you mean `threshold`?
        ");
    }

    #[test]
    fn a_problem_without_a_source_line_still_names_its_place() {
        let problem = Problem::warning("the report ends too early")
            .at(Place::at("a\nb.xml", 3, 17))
            .label("expected `</testsuite>`")
            .help("run the tests again");
        insta::assert_snapshot!(stripped(&problem), @r"
        warning: the report ends too early
         --> a\nb.xml:3:17
          = note: expected `</testsuite>`
          = help: run the tests again
        ");
    }

    #[test]
    fn a_long_hostile_line_is_cut_and_made_visible() {
        let line = format!("{}\x1b[31m{}", "a".repeat(1000), "b".repeat(1000));
        let problem = Problem::error("found a control character")
            .at(Place::at("x.json", 1, 1001))
            .snippet(Source::of(line.as_bytes(), 1000))
            .label("here");
        insta::assert_snapshot!(stripped(&problem), @r"
        error: found a control character
         --> x.json:1:1001
          |
         ::: 
        1 | …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\u{1b}[31mbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
          |                                                              ^^^^^^ here
        ");
    }

    #[test]
    fn a_place_past_the_end_of_the_line_is_no_crash() {
        let problem =
            Problem::error("cut off").at(Place::at("x.json", 1, 99)).snippet(Source::of(b"ab", 2));
        assert!(stripped(&problem).contains("x.json"));
    }
}
