//! Which repeated groups, `+(...)` and `*(...)`, picomatch does not hand to its expression.
//!
//! It fears expressions that take for ever, so since 4.0.4 it takes such a group as plain text, or
//! as one class of characters where every branch is a character or a sequence of `*(c)`. Seen in
//! picomatch 4.0.7.

use std::collections::BTreeSet;

use crate::glob::text::{Letter, Text, begins, trimmed};

/// What becomes of a repeated group.
#[derive(Debug)]
pub(super) enum Risk {
    /// It stays a group.
    None,
    /// It is read as the text that it is.
    Literal,
    /// It is any number of these characters.
    Characters(Text),
}

/// Looks at what stands between the parentheses of `+(...)` or `*(...)`.
pub(super) fn of_repeated(body: &[Letter], at: usize) -> Risk {
    let branches: Vec<&[Letter]> = branches_of(body).into_iter().map(trimmed).collect();
    if branches.len() > 1 {
        let is_open = |branch: &&[Letter]| {
            branch.is_empty() || branch.iter().all(|letter| letter.is('*') || letter.is('?'))
        };
        if branches.iter().any(is_open) || two_repeat_one_character(&branches) {
            return Risk::Literal;
        }
    }
    let mut characters: Vec<Letter> = Vec::new();
    let mut is_sequence = false;
    let mut all_are_characters = true;
    for branch in branches {
        if let Some(more) = starred_characters(branch) {
            is_sequence = true;
            characters.extend(more);
        } else if let Some([letter]) = plain(branch).as_deref() {
            characters.push(*letter);
        } else {
            all_are_characters = false;
            if let Some(inner) = repeated(trimmed(branch))
                && inner.rest.is_empty()
            {
                return Risk::Literal;
            }
        }
    }
    match (is_sequence, all_are_characters) {
        (false, _) => Risk::None,
        (true, false) => Risk::Literal,
        (true, true) => Risk::Characters(any_number_of(&characters, at)),
    }
}

/// Each `|` and `)` that stands in no class, in no quotes and behind no `\`: where it is, and how many
/// parentheses are open before it.
fn marks(letters: &[Letter]) -> impl Iterator<Item = (usize, char, u32)> {
    let (mut brackets, mut parens) = (0_u32, 0_u32);
    let (mut is_quoted, mut is_escaped) = (false, false);
    letters.iter().enumerate().filter_map(move |(index, letter)| {
        let letter = letter.char();
        let depth = parens;
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '[' => brackets += 1,
            ']' if brackets > 0 => brackets -= 1,
            _ if brackets > 0 => {}
            '(' => parens += 1,
            ')' | '|' => {
                if letter == ')' {
                    parens = parens.saturating_sub(1);
                }
                return Some((index, letter, depth));
            }
            _ => {}
        }
        None
    })
}

/// The branches of a group, divided by each `|` that stands in no inner group, class or quotes.
fn branches_of(body: &[Letter]) -> Vec<&[Letter]> {
    let mut found = Vec::new();
    let mut begin = 0;
    for (index, _, _) in marks(body).filter(|(_, mark, depth)| (*mark, *depth) == ('|', 0)) {
        found.extend(body.get(begin..index));
        begin = index + 1;
    }
    found.extend(body.get(begin..));
    found
}

/// The branch as plain text, out of `@(...)` and without its escapes, if it has no wildcards.
fn plain(branch: &[Letter]) -> Option<Vec<Letter>> {
    let mut branch = trimmed(branch);
    if begins(branch, "@(")
        && let [_, _, inner @ .., last] = branch
        && last.is(')')
        && !inner.is_empty()
        && !inner.iter().any(|letter| "\\()[]{}|".contains(letter.char()))
    {
        branch = inner;
    }
    let mut is_escaped = false;
    for letter in branch {
        if is_escaped {
            is_escaped = false;
        } else if letter.is('\\') {
            is_escaped = true;
        } else if "?*+@!()[]{}".contains(letter.char()) {
            return None;
        }
    }
    let mut found = Vec::new();
    let mut letters = branch.iter().peekable();
    while let Some(letter) = letters.next() {
        let escaped = letters.next_if(|next| letter.is('\\') && !next.is_line_terminator());
        found.push(*escaped.unwrap_or(letter));
    }
    Some(found)
}

/// Whether two branches are one character many times, as in `a|aa`.
fn two_repeat_one_character(branches: &[&[Letter]]) -> bool {
    let mut seen: BTreeSet<u16> = BTreeSet::new();
    for branch in branches.iter().filter_map(|branch| plain(branch)) {
        if let [first, rest @ ..] = branch.as_slice()
            && rest.iter().all(|letter| letter.unit == first.unit)
            && !seen.insert(first.unit)
        {
            return true;
        }
    }
    false
}

/// A `+(...)` or `*(...)` at the beginning of a text.
struct Repeated<'a> {
    body: &'a [Letter],
    is_star: bool,
    rest: &'a [Letter],
}

fn repeated(text: &[Letter]) -> Option<Repeated<'_>> {
    let is_star = begins(text, "*(");
    if !is_star && !begins(text, "+(") {
        return None;
    }
    let (end, _, _) = marks(text).find(|(_, mark, depth)| (*mark, *depth) == (')', 1))?;
    Some(Repeated { body: text.get(2..end)?, is_star, rest: text.get(end + 1..)? })
}

/// The characters of `*(a)*(b)`, if the branch is nothing else.
fn starred_characters(branch: &[Letter]) -> Option<Vec<Letter>> {
    let mut found = Vec::new();
    let mut rest = branch;
    while !rest.is_empty() {
        let group = repeated(rest).filter(|group| group.is_star)?;
        let inner = branches_of(group.body);
        let [inner] = inner.as_slice() else { return None };
        let inner = plain(inner)?;
        let [letter] = inner.as_slice() else { return None };
        found.push(*letter);
        rest = group.rest;
    }
    (!found.is_empty()).then_some(found)
}

fn any_number_of(characters: &[Letter], at: usize) -> Text {
    let mut seen: BTreeSet<u16> = BTreeSet::new();
    let each: Vec<Letter> =
        characters.iter().filter(|letter| seen.insert(letter.unit)).copied().collect();
    let mut class = Text::default();
    match each.as_slice() {
        [one] => class.extend_escaped(&[*one]),
        many => {
            class.add("[", at);
            class.extend_escaped(many);
            class.add("]", at);
        }
    }
    class.add("*", at);
    class
}
