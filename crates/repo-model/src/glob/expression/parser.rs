//! Reads an expression.

use std::collections::BTreeMap;

use super::set::{LAST, Set, Unit};
use super::{Node, Repeat, all};
use crate::glob::text::Letter;

/// How deeply groups may stand in each other: more than [`crate::glob::dialect`] makes of the
/// deepest pattern that it takes.
const DEEPEST: usize = 1500;

/// Why letters are no expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::glob) struct NotAnExpression {
    /// The byte of the pattern that the letter was made for.
    pub(in crate::glob) at: usize,
    pub(in crate::glob) why: &'static str,
}

/// Reads an expression.
pub(in crate::glob) fn parse(letters: &[Letter]) -> Result<Node, NotAnExpression> {
    let groups = Groups::of(letters);
    let mut parser = Parser { letters, next: 0, depth: 0, opened: 0, groups };
    let node = parser.any()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.wrong("a `)` closes nothing")),
    }
}

/// The groups that can be referred to, which a reference may come before.
#[derive(Debug, Default)]
struct Groups {
    count: usize,
    /// Whether one has a name, which makes `\k` special.
    any_named: bool,
    /// Where each `(?<name>` is, by its name.
    named: BTreeMap<Vec<u16>, usize>,
}

impl Groups {
    fn of(letters: &[Letter]) -> Self {
        let mut groups = Self::default();
        let mut in_class = false;
        let mut rest = letters;
        while let [first, behind @ ..] = rest {
            rest = behind;
            match first.char() {
                '\\' => rest = behind.get(1..).unwrap_or_default(),
                '[' => in_class = true,
                ']' => in_class = false,
                '(' if !in_class => match behind {
                    [question, angle, third, ..] if question.is('?') && angle.is('<') => {
                        if !third.is('=') && !third.is('!') {
                            groups.count += 1;
                            groups.any_named = true;
                            let name = name(behind.get(2..));
                            groups.named.entry(name).or_insert(groups.count);
                        }
                    }
                    [question, ..] if question.is('?') => {}
                    _ => groups.count += 1,
                },
                _ => {}
            }
        }
        groups
    }
}

/// The letters before a `>`.
fn name(letters: Option<&[Letter]>) -> Vec<u16> {
    let letters = letters.unwrap_or_default().iter();
    letters.take_while(|letter| !letter.is('>')).map(|letter| letter.unit).collect()
}

struct Parser<'a> {
    letters: &'a [Letter],
    next: usize,
    depth: usize,
    /// How many groups have been opened.
    opened: usize,
    groups: Groups,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.next).map(|letter| letter.char())
    }

    fn take(&mut self) -> Option<Letter> {
        let letter = self.letters.get(self.next).copied();
        self.next += usize::from(letter.is_some());
        letter
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = self.letters.get(self.next..).unwrap_or_default();
        let is_found = crate::glob::text::begins(found, wanted);
        if is_found {
            self.next += wanted.len();
        }
        is_found
    }

    fn wrong(&self, why: &'static str) -> NotAnExpression {
        let here = self.letters.get(self.next).or_else(|| self.letters.last());
        NotAnExpression { at: here.map_or(0, |letter| letter.at), why }
    }

    fn any(&mut self) -> Result<Node, NotAnExpression> {
        let mut nodes = vec![self.all()?];
        while self.eat("|") {
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 { all(nodes) } else { Node::Any(nodes) })
    }

    fn all(&mut self) -> Result<Node, NotAnExpression> {
        let mut nodes = Vec::new();
        while !matches!(self.peek(), None | Some('|' | ')')) {
            nodes.push(self.term()?);
        }
        Ok(all(nodes))
    }

    fn term(&mut self) -> Result<Node, NotAnExpression> {
        let first_group = self.opened + 1;
        let node = match self.peek() {
            Some('^') => {
                self.next += 1;
                return Ok(Node::Begin);
            }
            Some('$') => {
                self.next += 1;
                return Ok(Node::End);
            }
            Some('(') => {
                let (node, may_repeat) = self.group()?;
                if !may_repeat {
                    return Ok(node);
                }
                node
            }
            Some('*' | '+' | '?') => return Err(self.wrong("there is nothing to repeat")),
            Some('{') if self.counted().is_some() => {
                return Err(self.wrong("there is nothing to repeat"));
            }
            Some('.') => {
                self.next += 1;
                Node::Unit(Set::all())
            }
            Some('[') => Node::Unit(self.class()?),
            Some('\\') => {
                let is_edge = self.eat("\\b");
                if is_edge || self.eat("\\B") {
                    return Ok(Node::WordEdge { is_negated: !is_edge });
                }
                self.next += 1;
                self.escape()?
            }
            Some(_) | None => match self.take() {
                Some(letter) => Node::Unit(Set::one(Unit::from(letter.unit))),
                None => Node::Empty,
            },
        };
        self.repeated(node, first_group)
    }

    fn repeated(&mut self, node: Node, first_group: usize) -> Result<Node, NotAnExpression> {
        let at = self.next;
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => match self.counted() {
                Some((least, most, end)) => {
                    self.next = end - 1;
                    (least, most)
                }
                None => return Ok(node),
            },
            Some(_) | None => return Ok(node),
        };
        self.next += 1;
        if most.is_some_and(|most| most < least) {
            self.next = at;
            return Err(self.wrong("the numbers in the braces are out of order"));
        }
        let is_lazy = self.eat("?");
        let groups = (first_group, self.opened + 1);
        Ok(Node::Repeat(Box::new(Repeat { node, least, most, is_lazy, groups })))
    }

    /// The numbers of a `{1}`, `{1,}` or `{1,2}` that comes next, and what stands behind it.
    fn counted(&self) -> Option<(u32, Option<u32>, usize)> {
        let number = |from: usize| {
            let rest = self.letters.get(from..).unwrap_or_default();
            let digits = rest.iter().map_while(|letter| letter.char().to_digit(10));
            let count = digits.clone().count();
            // More than can be counted is the most that can be.
            let value =
                digits.fold(0_u32, |sum, digit| sum.saturating_mul(10).saturating_add(digit));
            (count > 0).then_some((value, from + count))
        };
        let is = |at: usize, wanted| self.letters.get(at).is_some_and(|letter| letter.is(wanted));
        let (least, at) = number(self.next + 1)?;
        if is(at, '}') {
            return Some((least, Some(least), at + 1));
        }
        if !is(at, ',') {
            return None;
        }
        if is(at + 1, '}') {
            return Some((least, None, at + 2));
        }
        let (most, at) = number(at + 1)?;
        is(at, '}').then_some((least, Some(most), at + 1))
    }

    /// A group of any sort, and whether a quantifier may follow: behind what looks behind none may.
    fn group(&mut self) -> Result<(Node, bool), NotAnExpression> {
        let opening = self.next;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong("groups stand in each other too deeply"));
        }
        let look = |is_behind, is_negated| Some((is_behind, is_negated));
        let mut group = None;
        let look = if self.eat("(?=") {
            look(false, false)
        } else if self.eat("(?!") {
            look(false, true)
        } else if self.eat("(?<=") {
            look(true, false)
        } else if self.eat("(?<!") {
            look(true, true)
        } else {
            if !self.eat("(?:") {
                self.opened += 1;
                group = Some(self.opened);
                if self.eat("(?<") {
                    self.group_name()?;
                } else {
                    self.next += 1;
                }
            }
            None
        };
        if group.is_some() && self.letters.get(opening + 1).is_some_and(|next| next.is('?')) {
            let is_named = self.letters.get(opening + 2).is_some_and(|angle| angle.is('<'));
            if !is_named {
                self.next = opening + 1;
                return Err(self.wrong("no group begins like this"));
            }
        }
        let node = self.any()?;
        if !self.eat(")") {
            self.next = opening;
            return Err(self.wrong("this group is not closed"));
        }
        self.depth -= 1;
        let node = Box::new(node);
        Ok(match (look, group) {
            (Some((is_behind, is_negated)), _) => {
                (Node::Look { is_behind, is_negated, node }, !is_behind)
            }
            (None, Some(group)) => (Node::Capture { group, node }, true),
            (None, None) => (*node, true),
        })
    }

    /// The name of a group, of which no other has the same, and its `>`.
    fn group_name(&mut self) -> Result<(), NotAnExpression> {
        let name = self.name()?;
        // Of two groups of a name, the first is the one that is known.
        if self.groups.named.get(&name) == Some(&self.opened) {
            Ok(())
        } else {
            Err(self.wrong("two groups have the same name"))
        }
    }

    fn name(&mut self) -> Result<Vec<u16>, NotAnExpression> {
        let name = name(self.letters.get(self.next..));
        let text = String::from_utf16_lossy(&name);
        let mut chars = text.chars();
        let is_start = |char: char| char.is_alphabetic() || matches!(char, '$' | '_');
        let is_name = chars.next().is_some_and(is_start)
            && chars.all(|char| is_start(char) || char.is_numeric());
        if !is_name {
            return Err(self.wrong("this is no name for a group"));
        }
        self.next += name.len();
        if self.eat(">") { Ok(name) } else { Err(self.wrong("the name of a group has no end")) }
    }

    /// What stands behind a `\` outside of a class.
    fn escape(&mut self) -> Result<Node, NotAnExpression> {
        let begin = self.next;
        match self.peek() {
            Some('1'..='9') => {
                let digits = self.letters.get(begin..).unwrap_or_default().iter();
                let digits = digits.map_while(|letter| letter.char().to_digit(10));
                let group = digits.clone().try_fold(0_usize, |sum, digit| {
                    sum.checked_mul(10)?.checked_add(usize::try_from(digit).ok()?)
                });
                if let Some(group) = group.filter(|group| *group <= self.groups.count) {
                    self.next += digits.count();
                    return Ok(Node::Again { group });
                }
            }
            Some('k') if self.groups.any_named => {
                self.next += 1;
                if !self.eat("<") {
                    return Err(self.wrong("a `\\k` without the name of a group"));
                }
                let name = self.name()?;
                return match self.groups.named.get(&name) {
                    Some(group) => Ok(Node::Again { group: *group }),
                    None => Err(self.wrong("no group has this name")),
                };
            }
            Some(_) | None => {}
        }
        match self.take() {
            None => {
                self.next = begin - 1;
                Err(self.wrong("a `\\` at the end"))
            }
            Some(letter) => Ok(Node::Unit(match shorthand(letter.char()) {
                Some(set) => set,
                None => Set::one(self.escaped(letter, false)),
            })),
        }
    }

    /// The unit that an escape stands for, of which the letter behind the `\` has been read.
    fn escaped(&mut self, letter: Letter, in_class: bool) -> Unit {
        match letter.char() {
            't' => 0x09,
            'n' => 0x0a,
            'v' => 0x0b,
            'f' => 0x0c,
            'r' => 0x0d,
            'b' if in_class => 0x08,
            'c' => self.control(in_class),
            'x' => self.hexadecimal(2).unwrap_or(Unit::from(letter.unit)),
            'u' => self.hexadecimal(4).unwrap_or(Unit::from(letter.unit)),
            '0'..='7' => self.octal(letter.char()),
            _ => Unit::from(letter.unit),
        }
    }

    /// `\cA`: a control character. Without a letter the `\` stands for itself, and the `c` is read
    /// again.
    fn control(&mut self, in_class: bool) -> Unit {
        let next = self.peek().filter(|next| {
            next.is_ascii_alphabetic() || (in_class && (next.is_ascii_digit() || *next == '_'))
        });
        if let Some(next) = next {
            self.next += 1;
            u32::from(next) % 32
        } else {
            self.next -= 1;
            Unit::from('\\')
        }
    }

    fn hexadecimal(&mut self, length: usize) -> Option<Unit> {
        let digits = self.letters.get(self.next..self.next + length)?;
        let value =
            digits.iter().try_fold(0, |sum, digit| Some(sum * 16 + digit.char().to_digit(16)?))?;
        self.next += length;
        Some(value)
    }

    /// Up to three octal digits, the first of which has been read: no more than `\377`.
    fn octal(&mut self, first: char) -> Unit {
        let mut value = first.to_digit(8).unwrap_or_default();
        for _ in 0..2 {
            let next = self.peek().and_then(|next| next.to_digit(8));
            match next.map(|next| value * 8 + next).filter(|longer| *longer < 256) {
                Some(longer) => {
                    value = longer;
                    self.next += 1;
                }
                None => break,
            }
        }
        value
    }

    fn class(&mut self) -> Result<Set, NotAnExpression> {
        let opening = self.next;
        self.next += 1;
        let is_negated = self.eat("^");
        let mut ranges = Vec::new();
        loop {
            let at = self.next;
            if self.eat("]") {
                break;
            }
            let first = self.class_atom(opening)?;
            let is_range = self.peek() == Some('-')
                && self.letters.get(self.next + 1).is_some_and(|last| !last.is(']'));
            if !is_range {
                ranges.extend(first);
                continue;
            }
            self.next += 1;
            let last = self.class_atom(opening)?;
            match (Set::of(first.clone()).only(), Set::of(last.clone()).only()) {
                (Some(first), Some(last)) if first <= last => ranges.push((first, last)),
                (Some(_), Some(_)) => {
                    self.next = at;
                    return Err(self.wrong("a range whose end comes before its beginning"));
                }
                // `[\d-x]` is three members, with the `-`.
                (None, _) | (_, None) => {
                    ranges.extend(first);
                    ranges.push((Unit::from('-'), Unit::from('-')));
                    ranges.extend(last);
                }
            }
        }
        let set = Set::of(ranges);
        Ok(if is_negated { set.others() } else { set })
    }

    /// A member of a class: one unit, or those of `\d` and its like.
    fn class_atom(&mut self, opening: usize) -> Result<Vec<(Unit, Unit)>, NotAnExpression> {
        let Some(letter) = self.take() else {
            self.next = opening;
            return Err(self.wrong("this class is not closed"));
        };
        if !letter.is('\\') {
            return Ok(vec![(Unit::from(letter.unit), Unit::from(letter.unit))]);
        }
        let Some(letter) = self.take() else {
            self.next = opening;
            return Err(self.wrong("this class is not closed"));
        };
        if letter.is('k') && self.groups.any_named {
            return Err(self.wrong("a `\\k` in a class"));
        }
        if let Some(set) = shorthand(letter.char()) {
            return Ok(set.ranges().to_vec());
        }
        let unit = self.escaped(letter, true);
        Ok(vec![(unit, unit)])
    }
}

/// The set of `\d`, `\s`, `\w` and their opposites.
fn shorthand(letter: char) -> Option<Set> {
    let set = match letter.to_ascii_lowercase() {
        'd' => Set::of(vec![(0x30, 0x39)]),
        'w' => word(),
        's' => Set::of(vec![
            (0x09, 0x0d),
            (0x20, 0x20),
            (0xa0, 0xa0),
            (0x1680, 0x1680),
            (0x2000, 0x200a),
            (0x2028, 0x2029),
            (0x202f, 0x202f),
            (0x205f, 0x205f),
            (0x3000, 0x3000),
            (0xfeff, 0xfeff),
        ]),
        _ => return None,
    };
    Some(if letter.is_ascii_uppercase() { set.others() } else { set })
}

/// The set of `\w`.
pub(in crate::glob) fn word() -> Set {
    Set::of(vec![(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)])
}

/// Beyond the last unit there is none, so nothing overflows.
const _: () = assert!(LAST < Unit::MAX);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::glob::text::Text;

    fn read(expression: &str) -> Result<Node, NotAnExpression> {
        parse(Text::of(expression).letters())
    }

    /// Whether it is an expression was found with `new RegExp` of node 20.
    #[track_caller]
    fn check_wrong(expression: &str, wanted: Option<(usize, &'static str)>) {
        let found = read(expression).err().map(|wrong| (wrong.at, wrong.why));
        assert_eq!(found, wanted, "{expression}");
    }

    #[test]
    fn what_is_no_expression_says_where() {
        check_wrong("a(b", Some((1, "this group is not closed")));
        check_wrong("a)b", Some((1, "a `)` closes nothing")));
        check_wrong("a[b", Some((1, "this class is not closed")));
        check_wrong("ab\\", Some((2, "a `\\` at the end")));
        check_wrong("a**", Some((2, "there is nothing to repeat")));
        check_wrong("a*?+", Some((3, "there is nothing to repeat")));
        check_wrong("x|{1}", Some((2, "there is nothing to repeat")));
        check_wrong("^*", Some((1, "there is nothing to repeat")));
        check_wrong("\\b+", Some((2, "there is nothing to repeat")));
        check_wrong("(?<=a)*", Some((6, "there is nothing to repeat")));
        check_wrong("a{2,1}", Some((1, "the numbers in the braces are out of order")));
        check_wrong("a[b-a]", Some((2, "a range whose end comes before its beginning")));
        check_wrong("(?a)", Some((1, "no group begins like this")));
        check_wrong("(?<1>a)", Some((3, "this is no name for a group")));
        check_wrong("(?<a>x)(?<a>y)", Some((12, "two groups have the same name")));
        check_wrong("(?<a>x)\\k", Some((8, "a `\\k` without the name of a group")));
        check_wrong("(?<a>x)[\\k]", Some((10, "a `\\k` in a class")));
    }

    #[test]
    fn much_is_an_expression_that_looks_like_none() {
        for expression in [
            "a{1",
            "a{,2}",
            "{",
            "}",
            "]",
            "\\k",
            "(?=a)*",
            "(?!a){2}",
            "[\\d-x]",
            "\\c",
            "[\\c]",
            "\\8",
            "[]",
            "[^]",
            "a{99999999999}",
            "\\u00e",
            "\\x4",
            "()",
            "|",
            "",
        ] {
            check_wrong(expression, None);
        }
    }

    #[test]
    fn escapes_are_the_units_that_they_stand_for() {
        let unit = |expression: &str| match read(expression) {
            Ok(Node::Unit(set)) => set.only(),
            _ => None,
        };
        for (expression, wanted) in [
            ("\\x41", 0x41),
            ("\\u00e9", 0xe9),
            ("\\cA", 1),
            ("\\0", 0),
            ("\\101", 0x41),
            ("\\t", 9),
            ("\\v", 0x0b),
            ("\\k", 0x6b),
            ("\\8", 0x38),
            ("\\/", 0x2f),
            ("[\\b]", 8),
            ("[\\c_]", 0x1f),
            ("é", 0xe9),
        ] {
            assert_eq!(unit(expression), Some(wanted), "{expression}");
        }
        assert_eq!(read("(a)\\2").unwrap(), read("(a)\u{2}").unwrap());
        assert_ne!(read("(a)\\1").unwrap(), read("(a)\u{1}").unwrap());
    }

    proptest! {
        #[test]
        fn any_letters_are_an_expression_or_say_where_not(text in "[a-c1?*+(){}|,.:<>=!^$\\\\\\[\\]kdbxu-]{0,16}") {
            if let Err(wrong) = read(&text) {
                prop_assert!(wrong.at < text.len());
            }
        }
    }
}
