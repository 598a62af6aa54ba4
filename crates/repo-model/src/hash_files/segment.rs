//! One segment of a pattern: a name, wildcards, or any number of names.

use super::line::Why;

/// What one segment matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// `**`: any number of names, also none.
    AnyNames,
    /// One name, whichever.
    AnyName,
    /// This name.
    Name(String),
    /// A name that fits.
    Wild(Vec<Atom>),
}

/// A part of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    /// This code unit.
    Unit(u16),
    /// `?`: one code unit.
    Any,
    /// `*`: any number of code units.
    Star,
    /// `[...]`: one code unit in, or not in, one of these ranges.
    Class { is_negated: bool, ranges: Vec<(u16, u16)> },
}

/// What may stand behind `\` between brackets: what both versions of minimatch take as it is there.
const PLAIN_BETWEEN_BRACKETS: &str = "().*{}+?[]$\\";

impl Segment {
    /// Reads a segment, which has no `/`.
    pub(super) fn new(segment: &str) -> Result<Self, Why> {
        if segment == "**" {
            return Ok(Self::AnyNames);
        }
        refuse_escapes_behind_wildcards(segment)?;
        let mut atoms = Vec::new();
        let mut ends_open = false;
        let mut rest = segment.chars();
        while let Some(letter) = rest.next() {
            match letter {
                '\\' => match rest.next() {
                    Some('@') => return Err(Why::Disputed("\\@")),
                    Some(letter) => push(letter, &mut atoms),
                    None => push('\\', &mut atoms),
                },
                '*' => atoms.push(Atom::Star),
                '?' => atoms.push(Atom::Any),
                '[' => match class(rest.as_str())? {
                    Some((class, behind)) => {
                        atoms.push(class);
                        rest = behind.chars();
                    }
                    None if super::literal::literal(rest.as_str()).is_none() => {
                        return Err(Why::Disputed("a `[` without `]`, with wildcards behind it"));
                    }
                    None => {
                        ends_open = rest.as_str().is_empty();
                        push('[', &mut atoms);
                    }
                },
                _ => push(letter, &mut atoms),
            }
        }
        let units: Option<Vec<u16>> = atoms.iter().map(Atom::only).collect();
        let name = units.and_then(|units| String::from_utf16(&units).ok());
        match name {
            Some(name) => Ok(Self::Name(name)),
            // There minimatch 3 wants the word `undefined`.
            None if ends_open => Err(Why::Disputed("a `[` at the end, with wildcards before it")),
            None => Ok(Self::Wild(atoms)),
        }
    }

    /// Whether it matches this name.
    pub(super) fn is_match(&self, name: &Name<'_>) -> bool {
        match self {
            Self::AnyNames | Self::AnyName => true,
            Self::Name(wanted) => wanted == name.text,
            Self::Wild(atoms) => match &name.units {
                Some(units) => fits(atoms, units, |unit| unit),
                None => fits(atoms, name.text.as_bytes(), u16::from),
            },
        }
    }
}

impl Atom {
    /// The one code unit that it is.
    fn only(&self) -> Option<u16> {
        match self {
            Self::Unit(unit) => Some(*unit),
            Self::Class { is_negated: false, ranges } => match ranges.as_slice() {
                [(first, last)] if first == last => Some(*first),
                _ => None,
            },
            Self::Any | Self::Star | Self::Class { .. } => None,
        }
    }

    fn is_match(&self, unit: u16) -> bool {
        match self {
            Self::Unit(wanted) => *wanted == unit,
            Self::Any => true,
            Self::Star => false,
            Self::Class { is_negated, ranges } => {
                let is_in = ranges.iter().any(|(first, last)| (*first..=*last).contains(&unit));
                is_in != *is_negated
            }
        }
    }
}

/// A name that is looked at.
pub(super) struct Name<'a> {
    text: &'a str,
    /// Its code units, where bytes are none.
    units: Option<Vec<u16>>,
}

impl<'a> Name<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let units = (!text.is_ascii()).then(|| text.encode_utf16().collect());
        Self { text, units }
    }
}

/// Whether the atoms match all units. A star that matched too little is lengthened; the last one is enough,
/// because what fits behind an earlier star also fits behind a longer one.
fn fits<T: Copy>(atoms: &[Atom], units: &[T], unit: impl Fn(T) -> u16) -> bool {
    let (mut at, mut here) = (0, 0);
    let mut star = None;
    while let Some(next) = units.get(here) {
        match atoms.get(at) {
            Some(Atom::Star) => {
                at += 1;
                star = Some((at, here));
                continue;
            }
            Some(atom) if atom.is_match(unit(*next)) => {
                at += 1;
                here += 1;
                continue;
            }
            Some(_) | None => {}
        }
        let Some((behind, taken)) = star else { return false };
        star = Some((behind, taken + 1));
        (at, here) = (behind, taken + 1);
    }
    atoms.get(at..).is_some_and(|rest| rest.iter().all(|atom| *atom == Atom::Star))
}

fn push(letter: char, atoms: &mut Vec<Atom>) {
    atoms.extend(letter.encode_utf16(&mut [0; 2]).iter().copied().map(Atom::Unit));
}

/// minimatch 10 compares the end of `*.a` and of `??.a` as it is written, with its `\`.
fn refuse_escapes_behind_wildcards(segment: &str) -> Result<(), Why> {
    let is_leading = |wild: char| {
        let rest = segment.trim_start_matches(wild);
        rest.len() < segment.len()
            && rest.contains('\\')
            && !rest.contains(['+', '@', '!', '?', '*', '[', '('])
    };
    if is_leading('*') || is_leading('?') {
        return Err(Why::Disputed("`\\` behind a leading wildcard"));
    }
    Ok(())
}

/// What stands between brackets, of which the first is already read, and what follows; nothing if they are not
/// closed.
fn class(text: &str) -> Result<Option<(Atom, &str)>, Why> {
    let is_negated = text.starts_with(['!', '^']);
    let mut units =
        Units { rest: text.get(usize::from(is_negated)..).unwrap_or_default(), half: None };
    if is_negated && units.rest.starts_with(']') {
        return Err(Why::Disputed("`]` as the first letter that is not meant, `[!]...]`"));
    }
    let mut ranges = Vec::new();
    loop {
        if units.half.is_none() && units.rest.starts_with(']') && !ranges.is_empty() {
            let behind = units.rest.get(1..).unwrap_or_default();
            return Ok(Some((Atom::Class { is_negated, ranges }, behind)));
        }
        let Some(first) = units.next()? else { return Ok(None) };
        let is_range =
            units.half.is_none() && units.rest.starts_with('-') && !units.rest.starts_with("-]");
        if !is_range {
            ranges.push((first, first));
            continue;
        }
        units.rest = units.rest.get(1..).unwrap_or_default();
        let Some(last) = units.next()? else { return Ok(None) };
        if last < first {
            return Err(Why::Disputed("a range from a later letter to an earlier one, `[z-a]`"));
        }
        ranges.push((first, last));
    }
}

/// The code units between brackets.
struct Units<'a> {
    rest: &'a str,
    half: Option<u16>,
}

impl Units<'_> {
    fn next(&mut self) -> Result<Option<u16>, Why> {
        if let Some(half) = self.half.take() {
            return Ok(Some(half));
        }
        let mut letters = self.rest.chars();
        let Some(mut letter) = letters.next() else { return Ok(None) };
        if letter == '[' && letters.as_str().starts_with(':') {
            return Err(Why::Disputed("a class with a name, `[[:alpha:]]`"));
        }
        if letter == '\\' {
            match letters.next() {
                Some(plain) if PLAIN_BETWEEN_BRACKETS.contains(plain) => letter = plain,
                Some(_) => return Err(Why::Disputed("`\\` between brackets")),
                None => return Ok(None),
            }
        }
        self.rest = letters.as_str();
        let mut units = [0; 2];
        let mut units = letter.encode_utf16(&mut units).iter().copied();
        let first = units.next();
        self.half = units.next();
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(segment: &str, matching: &[&str], others: &[&str]) {
        let read = Segment::new(segment).unwrap();
        for name in matching {
            assert!(read.is_match(&Name::new(name)), "{segment} matches {name}");
        }
        for name in others {
            assert!(!read.is_match(&Name::new(name)), "{segment} does not match {name}");
        }
    }

    #[test]
    fn wildcards_match_within_a_name() {
        check("*", &["a", ".a", "\na"], &[]);
        check("*.js", &[".js", "a.js", "a.b.js"], &["ajs", "a.jsx"]);
        check("a*b*c", &["abc", "axbxbc", "abcbc"], &["ab", "abcd"]);
        check("?", &["a", "é"], &["ab", "😀"]);
        check("??", &["ab", "😀"], &["a"]);
        check("a**b", &["ab", "axb"], &["a"]);
        check("{a,b}", &["{a,b}"], &["a"]);
        check("+(a)", &["+(a)"], &["a"]);
    }

    #[test]
    fn brackets_choose_a_letter() {
        check("[ab]", &["a", "b"], &["c", "ab", "[ab]"]);
        check("[!ab]", &["c", "."], &["a", "b"]);
        check("[^a-c]x", &["dx"], &["ax", "cx", "x"]);
        check("[a-]", &["a", "-"], &["b"]);
        check("[-a]", &["a", "-"], &["b"]);
        check("[+--]", &["+", ",", "-"], &["."]);
        check("[]a]", &["]", "a"], &["[]a]"]);
        check("[a^!]", &["a", "^", "!"], &["b"]);
        check("[\\]]x*", &["]x"], &["\\x"]);
        check("[[]a", &["[a"], &["a"]);
        check("[a", &["[a"], &["a"]);
        check("*[a", &["x[a"], &["xa"]);
        check("a[", &["a["], &["a"]);
        check("[]", &["[]"], &[""]);
        check("x[é-í]", &["xì"], &["xa"]);
    }

    #[test]
    fn a_segment_without_wildcards_is_compared() {
        assert_eq!(Segment::new("a\\*[b]").unwrap(), Segment::Name("a*b".to_owned()));
        assert_eq!(Segment::new("a\\").unwrap(), Segment::Name("a\\".to_owned()));
        assert_eq!(Segment::new("**").unwrap(), Segment::AnyNames);
        assert_eq!(Segment::new("\\**").unwrap(), Segment::Wild(vec![Atom::Unit(42), Atom::Star]));
    }

    #[test]
    fn what_versions_read_differently_is_refused() {
        let disputed = [
            "[[:alpha:]]",
            "[z-a]",
            "[!]",
            "[!]a]",
            "[^]]",
            "[\\d]",
            "[a\\-c]",
            "[\\^a]",
            "\\@*",
            "[a*",
            "*[",
            "?[a[",
            "[[:alpha:]",
            "*\\.js",
            "??\\a",
        ];
        for segment in disputed {
            assert!(matches!(Segment::new(segment), Err(Why::Disputed(_))), "{segment}");
        }
    }
}
