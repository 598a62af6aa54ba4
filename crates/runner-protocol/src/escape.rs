//! Foreign text made harmless for the place it goes to.
//!
//! One rule for all places first: what cannot be seen is shown (`\n`, `\u{202e}`, `\xff`), so that
//! a name is always one line and means what it looks like. Then each place has its own escapes.
//!
//! Sources: GitHub documentation, "Workflow commands"; actions/toolkit `command.ts` (`escapeData`,
//! `escapeProperty`); GitHub Flavored Markdown, "Code spans" and "Tables"; Unicode UAX #9 and
//! CVE-2021-42574 for the bidirectional controls.

use std::borrow::Cow;
use std::fmt::Write as _;

use diagnostics::{Foreign, Piece, Text};

/// The longest foreign piece that is shown whole, in characters. Longer ones keep both ends.
const LONGEST: usize = 240;

/// `foreign` on one line, with everything invisible made visible.
pub(crate) fn visible(foreign: &Foreign) -> String {
    let shown = visible_bytes(foreign.raw());
    let length = shown.chars().count();
    if length <= LONGEST {
        return shown;
    }
    let half = LONGEST / 2;
    let head: String = shown.chars().take(half).collect();
    let tail: String = shown.chars().skip(length - half).collect();
    format!("{head}…{tail}")
}

/// All of `bytes` on one line, with everything invisible made visible.
pub(crate) fn visible_bytes(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            push_visible(&mut shown, character);
        }
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// The lines of foreign text, each with everything invisible made visible.
pub(crate) fn visible_lines(foreign: &Foreign) -> impl Iterator<Item = String> {
    let text = foreign.raw().strip_suffix(b"\n").unwrap_or(foreign.raw());
    text.split(|byte| *byte == b'\n').map(visible_bytes)
}

fn push_visible(shown: &mut String, character: char) {
    match character {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        _ if is_unseen(character) => {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        }
        _ => shown.push(character),
    }
}

/// Whether `character` draws nothing, or changes how its neighbours are drawn.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// A sentence on one line for a log or a terminal; foreign text in back-ticks.
pub(crate) fn plain(text: &Text) -> String {
    rendered(text, |foreign| format!("`{}`", visible(foreign)), visible, below)
}

/// A sentence on one line in GitHub Flavored Markdown, also right within a table's cell.
pub(crate) fn markdown(text: &Text) -> String {
    rendered(text, markdown_code, |said| references(&visible(said)), preformatted)
}

/// A sentence on one line for JSON: foreign text as it looks, without marks around it.
pub(crate) fn bare(text: &Text) -> String {
    rendered(text, visible, visible, |lines| {
        let lines: Vec<String> = visible_lines(lines).collect();
        format!("\n{}", lines.join("\n"))
    })
}

/// Lines of a file below a sentence, just as they are to be written there.
fn below(lines: &Foreign) -> String {
    visible_lines(lines).flat_map(|line| ["\n".to_owned(), line]).collect()
}

/// Lines of a file as one line of HTML, so that they can stand in a list, a quotation or a table.
fn preformatted(lines: &Foreign) -> String {
    let lines: Vec<String> = visible_lines(lines).map(|line| references(&line)).collect();
    format!("<pre>{}</pre>", lines.join("&#10;"))
}

fn rendered(
    text: &Text,
    foreign: impl Fn(&Foreign) -> String,
    said: impl Fn(&Foreign) -> String,
    lines: impl Fn(&Foreign) -> String,
) -> String {
    let mut out = String::new();
    for piece in text.pieces() {
        match piece {
            Piece::Ours(words) => out.push_str(words),
            Piece::Number(number) => out.push_str(&grouped(*number)),
            Piece::Thousandths(number) => out.push_str(&thousandths(*number)),
            Piece::Micros(micros) => out.push_str(&duration(*micros)),
            Piece::Foreign(piece) => out.push_str(&foreign(piece)),
            Piece::Said(words) => out.push_str(&said(words)),
            Piece::Lines(words) => out.push_str(&lines(words)),
        }
    }
    out
}

/// Foreign text as code in Markdown.
///
/// A code span shows everything literally, but a back-tick can end it, and within a table a bar
/// or a back-slash before one can end the cell. Text with one of these becomes a `<code>` element
/// in which every ASCII sign is a character reference, so that nothing is left to interpret.
fn markdown_code(foreign: &Foreign) -> String {
    let shown = visible(foreign);
    if shown.is_empty() {
        return "<code></code>".to_owned();
    }
    let plain_span = !shown.contains(['`', '|', '\\']) && shown.trim() == shown;
    if plain_span {
        return format!("`{shown}`");
    }
    format!("<code>{}</code>", references(&shown))
}

/// `text` with every ASCII sign as a numeric character reference: neither Markdown nor HTML.
fn references(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            let _ = write!(out, "&#{};", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// The data of a workflow command: the part after `::`.
pub(crate) fn command_data(text: &str) -> Cow<'_, str> {
    escaped(text, false)
}

/// A property of a workflow command: `file=`, `title=`.
pub(crate) fn command_property(text: &str) -> Cow<'_, str> {
    escaped(text, true)
}

fn escaped(text: &str, property: bool) -> Cow<'_, str> {
    let special = |c: char| matches!(c, '%' | '\r' | '\n') || (property && matches!(c, ':' | ','));
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            ':' if property => out.push_str("%3A"),
            ',' if property => out.push_str("%2C"),
            _ => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// A number in decimal digits, in groups of three from 10,000 on.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn thousandths(number: u64) -> String {
    format!("{}.{:03}", grouped(number / 1000), number % 1000)
}

/// A duration in microseconds for people: two units at most, rounded to the nearest.
pub fn duration(micros: u64) -> String {
    const MILLI: u64 = 1_000;
    const SECOND: u64 = 1_000_000;
    // The limits are where rounding would carry into the next unit.
    if micros < MILLI {
        return format!("{micros}µs");
    }
    if micros < 10 * MILLI - 50 {
        let tenths = rounded(micros, MILLI / 10);
        return format!("{}.{}ms", tenths / 10, tenths % 10);
    }
    if micros < SECOND - MILLI / 2 {
        return format!("{}ms", rounded(micros, MILLI));
    }
    if micros < 60 * SECOND - SECOND / 20 {
        let tenths = rounded(micros, SECOND / 10);
        return format!("{}.{}s", tenths / 10, tenths % 10);
    }
    let seconds = rounded(micros, SECOND);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes}m{seconds:02}s")
    } else {
        format!("{}h{minutes:02}m", grouped(hours))
    }
}

fn rounded(number: u64, unit: u64) -> u64 {
    number / unit + u64::from(number % unit >= unit.div_ceil(2))
}

#[cfg(test)]
mod tests {
    use diagnostics::text;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_visible(bytes: &[u8], shown: &str) {
        assert_eq!(visible(&Foreign::new(bytes)), shown);
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        check_visible(b"plain", "plain");
        check_visible("ünïcode ✓".as_bytes(), "ünïcode ✓");
        check_visible(b"a\nb\r\tc", "a\\nb\\r\\tc");
        check_visible(b"\x1b[31mred", "\\u{1b}[31mred");
        check_visible("a\u{202e}b".as_bytes(), "a\\u{202e}b");
        check_visible("a\u{2028}b".as_bytes(), "a\\u{2028}b");
        check_visible("a\u{fe0f}\u{2800}b".as_bytes(), "a\\u{fe0f}\\u{2800}b");
        check_visible(b"bad \xff\xfe", "bad \\xff\\xfe");
    }

    #[test]
    fn a_long_name_keeps_both_its_ends() {
        let shown = visible(&Foreign::new(format!("begin{}end", "x".repeat(1000))));
        assert_eq!(shown.chars().count(), LONGEST + 1);
        assert!(shown.starts_with("beginx") && shown.ends_with("xend") && shown.contains('…'));
    }

    #[track_caller]
    fn check_markdown(name: &str, markdown_text: &str) {
        assert_eq!(markdown(&text![Foreign::from(name)]), markdown_text);
    }

    #[test]
    fn foreign_text_in_markdown_is_only_ever_code() {
        check_markdown("tests/a_b.py::t*", "`tests/a_b.py::t*`");
        check_markdown("<img src=x>", "`<img src=x>`");
        check_markdown("a`b", "<code>a&#96;b</code>");
        check_markdown("a|b", "<code>a&#124;b</code>");
        check_markdown("a\\|![x](y)", "<code>a&#92;&#124;&#33;&#91;x&#93;&#40;y&#41;</code>");
        check_markdown(" padded", "<code> padded</code>");
        check_markdown("", "<code></code>");
    }

    #[test]
    fn what_a_library_says_is_read_as_part_of_the_sentence_and_as_nothing_else() {
        let said = text!["the disk said: ", Piece::said(&"no *space* <b>left|\n")];
        assert_eq!(plain(&said), "the disk said: no *space* <b>left|\\n");
        assert_eq!(
            markdown(&said),
            "the disk said: no &#42;space&#42; &#60;b&#62;left&#124;&#92;n"
        );
    }

    #[test]
    fn commands_escape_what_would_end_them() {
        assert_eq!(command_data("50% a\r\nb: c, d"), "50%25 a%0D%0Ab: c, d");
        assert_eq!(command_property("50% a\r\nb: c, d"), "50%25 a%0D%0Ab%3A c%2C d");
    }

    #[track_caller]
    fn check_duration(micros: u64, shown: &str) {
        assert_eq!(duration(micros), shown);
    }

    #[test]
    fn durations_are_rounded_to_what_a_person_compares() {
        check_duration(0, "0µs");
        check_duration(999, "999µs");
        check_duration(1_250, "1.3ms");
        check_duration(9_949, "9.9ms");
        check_duration(9_950, "10ms");
        check_duration(20_499, "20ms");
        check_duration(999_499, "999ms");
        check_duration(999_500, "1.0s");
        check_duration(59_949_999, "59.9s");
        check_duration(59_950_000, "1m00s");
        check_duration(432_000_000, "7m12s");
        check_duration(3_599_500_000, "1h00m");
        check_duration(7_380_000_000, "2h03m");
        check_duration(u64::MAX, "5,124,095,576h01m");
    }

    #[test]
    fn numbers_are_grouped_from_ten_thousand_on() {
        assert_eq!(
            plain(&text![9_999_u64, " ", 10_000_u64, " ", 1_234_567_u64]),
            "9999 10,000 1,234,567"
        );
        assert_eq!(plain(&text![Piece::Thousandths(1_004)]), "1.004");
    }

    #[test]
    fn lines_of_a_file_keep_their_indentation_and_stay_harmless() {
        let said = text!["add", Piece::Lines(Foreign::from("a:\n  b: `<|\u{202e}\n"))];
        assert_eq!(plain(&said), "add\na:\n  b: `<|\\u{202e}");
        let quoted = "&#58;&#10;  b&#58; &#96;&#60;&#124;&#92;u&#123;202e&#125;</pre>";
        assert_eq!(markdown(&said), format!("add<pre>a{quoted}"));
        assert_eq!(bare(&said), "add\na:\n  b: `<|\\u{202e}");
        assert_eq!(said.unescaped(), "add\na:\n  b: `<|\u{202e}\n");
    }

    proptest! {
        #[test]
        fn any_bytes_become_one_visible_line(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let shown = plain(&text![Foreign::new(bytes)]);
            prop_assert!(!shown.chars().any(is_unseen), "{shown:?}");
        }

        #[test]
        fn no_foreign_text_leaves_its_code_in_markdown(name in "[a`|\\\\<&*_\\[\\]()! ]{0,12}") {
            let shown = markdown(&text![Foreign::from(name.as_str())]);
            if let Some(inner) = shown.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
                prop_assert!(!inner.contains(['`', '|', '\\']));
            } else {
                let inner = shown.strip_prefix("<code>").and_then(|rest| rest.strip_suffix("</code>"));
                let inner = inner.expect("either a span or an element");
                prop_assert!(!inner.contains(['<', '>', '`', '|', '\\', '*', '_', '[', '!']));
            }
        }
    }
}
