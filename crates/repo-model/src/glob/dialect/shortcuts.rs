//! Patterns that picomatch does not read letter by letter. What it makes of them differs from what
//! it would have read: after `a++` the second `+` repeats the first.

use crate::glob::dialect::pieces::{
    DOT, GLOBSTAR, NO_DOTS, NO_DOTS_SLASH, NOT_END, ONE, SLASH, STAR,
};
use crate::glob::text::{Letter, Text, begins, is};

/// Patterns that stand for others.
pub(super) fn replaced(pattern: &[Letter]) -> &[Letter] {
    let kept = if is(pattern, "***") {
        1
    } else if is(pattern, "**/**") || is(pattern, "**/**/**") {
        2
    } else {
        pattern.len()
    };
    pattern.get(..kept).unwrap_or(pattern)
}

/// The pattern without a leading `./`.
pub(super) fn without_prefix(pattern: &[Letter]) -> &[Letter] {
    if begins(pattern, "./") { pattern.get(2..).unwrap_or_default() } else { pattern }
}

/// The expression of a common pattern, such as `**/*.ts`: one of a few, and extensions behind it.
pub(super) fn common(pattern: &[Letter]) -> Option<Text> {
    if !pattern.first().is_some_and(|first| first.is('.') || first.is('*')) {
        return None;
    }
    let pattern = without_prefix(replaced(pattern));
    let at = pattern.first().map_or(0, |first| first.at);
    let mut head = pattern;
    let mut extensions: Vec<&[Letter]> = Vec::new();
    let pieces = loop {
        if let Some(pieces) = pieces_of(head) {
            break pieces;
        }
        let dot = head.iter().rposition(|letter| letter.is('.'))?;
        let extension = head.get(dot + 1..)?;
        if extension.is_empty() || !extension.iter().all(|letter| letter.is_word()) {
            return None;
        }
        extensions.push(extension);
        head = head.get(..dot)?;
    };
    let mut made = Text::default();
    for piece in pieces {
        made.add(piece, at);
    }
    for extension in extensions.into_iter().rev() {
        made.add(DOT, at);
        made.extend(extension);
    }
    made.add(SLASH, at);
    made.add("?", at);
    Some(made)
}

fn pieces_of(pattern: &[Letter]) -> Option<&'static [&'static str]> {
    const COMMON: &[(&str, &[&str])] = &[
        ("*", &[NO_DOTS, NOT_END, STAR]),
        (".*", &[DOT, NOT_END, STAR]),
        ("*.*", &[NO_DOTS, STAR, DOT, NOT_END, STAR]),
        ("*/*", &[NO_DOTS, STAR, SLASH, NOT_END, NO_DOTS_SLASH, STAR]),
        ("**", &[NO_DOTS, GLOBSTAR]),
        ("**/*", &["(?:", NO_DOTS, GLOBSTAR, SLASH, ")?", NO_DOTS_SLASH, NOT_END, STAR]),
        (
            "**/*.*",
            &["(?:", NO_DOTS, GLOBSTAR, SLASH, ")?", NO_DOTS_SLASH, STAR, DOT, NOT_END, STAR],
        ),
        ("**/.*", &["(?:", NO_DOTS, GLOBSTAR, SLASH, ")?", DOT, NOT_END, STAR]),
    ];
    COMMON.iter().find(|(known, _)| is(pattern, known)).map(|(_, pieces)| *pieces)
}

/// The expression of a pattern without brackets, slashes and quotes, which is made by replacing.
pub(super) fn simple(pattern: &[Letter]) -> Option<Text> {
    if pattern.first().is_some_and(|first| first.is('*') || first.is('!')) {
        return None;
    }
    if pattern.iter().any(|letter| "/()[]{}\"".contains(letter.char())) {
        return None;
    }
    let mut made = Text::default();
    let mut has_backslashes = false;
    let mut rest = pattern;
    while let [first, behind @ ..] = rest {
        rest = behind;
        if first.is_word() {
            made.push(*first);
            continue;
        }
        // A `\` before a word's letter stands alone, before anything else it belongs to that.
        let (backslash, repeated) = match behind.split_first() {
            Some((next, behind)) if first.is('\\') && !next.is_word() => {
                rest = behind;
                (Some(first), next)
            }
            Some(_) | None => (None, first),
        };
        let more = rest.iter().take_while(|letter| letter.unit == repeated.unit).count();
        let (same, behind) = rest.split_at_checked(more).unwrap_or((rest, &[]));
        rest = behind;
        has_backslashes |= repeated.is('\\');
        replace(&mut made, backslash, repeated, same);
    }
    Some(wrapped(&if has_backslashes { collapsed(&made) } else { made }))
}

/// Adds what becomes of one character that is no word's, with `same` more of it behind.
fn replace(made: &mut Text, backslash: Option<&Letter>, repeated: &Letter, same: &[Letter]) {
    let at = repeated.at;
    if let Some(backslash) = backslash
        && !repeated.is('.')
    {
        made.push(*backslash);
    }
    match (repeated.char(), backslash) {
        ('?', Some(_)) => {
            made.push(*repeated);
            for letter in same {
                made.add(ONE, letter.at);
            }
        }
        ('?', None) => {
            made.add(ONE, at);
            for letter in same {
                made.add(ONE, letter.at);
            }
        }
        // Every dot gets a `\`; one that was written is left out.
        ('.', _) => {
            made.add(DOT, at);
            for letter in same {
                made.add(DOT, letter.at);
            }
        }
        ('*', Some(_)) => {
            made.push(*repeated);
            if !same.is_empty() {
                made.add(STAR, at);
            }
        }
        ('*', None) => made.add(STAR, at),
        ('\\', _) | (_, Some(_)) => {
            made.push(*repeated);
            made.extend(same);
        }
        // Only the first of several is escaped: the second of `++` repeats the first.
        (_, None) => {
            made.add("\\", at);
            made.push(*repeated);
            made.extend(same);
        }
    }
}

/// Each run of `\` as one, or as two where their number is even.
fn collapsed(made: &Text) -> Text {
    let mut kept = Text::default();
    for run in made.letters().chunk_by(|one, next| one.is('\\') && next.is('\\')) {
        let backslashes = run.iter().filter(|letter| letter.is('\\')).count();
        let wanted = if backslashes == 0 { run.len() } else { 2 - backslashes % 2 };
        kept.extend(run.get(..wanted).unwrap_or(run));
    }
    kept
}

fn wrapped(made: &Text) -> Text {
    let mut whole = Text::made("^(?:", 0);
    whole.extend(made.letters());
    whole.add(")$", made.letters().last().map_or(0, |last| last.at));
    whole
}
