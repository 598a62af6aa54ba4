//! A list of patterns, and where a walk through folders stands in each.

use std::collections::BTreeSet;

use super::line::{Line, WrongPattern};
use super::literal::trimmed;
use super::segment::{Name, Segment};

/// A list of patterns for files.
#[derive(Clone, Debug)]
pub struct HashPatterns {
    patterns: Vec<Compiled>,
    search_paths: Vec<String>,
    steps: usize,
}

/// A pattern among others: its places in a walk are `first`, the start, to `first + segments.len()`, the end.
#[derive(Clone, Debug)]
struct Compiled {
    is_negated: bool,
    is_folder: bool,
    first: usize,
    segments: Vec<Segment>,
}

/// Where a walk stands: at which places of which patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    places: Vec<u64>,
}

impl Position {
    fn add(&mut self, place: usize) {
        if let Some(word) = self.places.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    fn has(&self, place: usize) -> bool {
        self.places.get(place / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    /// The places, the least first.
    fn all(&self) -> impl Iterator<Item = usize> {
        self.places.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = usize::try_from(left.trailing_zeros()).ok().filter(|bit| *bit < 64)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

impl HashPatterns {
    /// Reads a list with one pattern a line. Patterns that begin with neither `/` nor `~` are about
    /// `directory`, an absolute path without links; `home` is the home folder.
    ///
    /// # Errors
    /// With every line that is no pattern.
    pub fn new(list: &str, directory: &str, home: Option<&str>) -> Result<Self, Vec<WrongPattern>> {
        let mut lines = Vec::new();
        let mut wrong = Vec::new();
        for (at, line) in list.split('\n').enumerate() {
            let pattern = trimmed(line);
            if pattern.is_empty() || pattern.starts_with('#') {
                continue;
            }
            match Line::new(pattern, directory, home) {
                Ok(line) => lines.push(line),
                Err(why) => {
                    wrong.push(WrongPattern { line: at + 1, pattern: pattern.to_owned(), why });
                }
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let search_paths = search_paths(&lines);
        let mut steps = 0;
        let mut patterns = Vec::new();
        let mut add = |is_negated, is_folder, segments: Vec<Segment>| {
            let first = steps;
            steps += segments.len() + 1;
            patterns.push(Compiled { is_negated, is_folder, first, segments });
        };
        for Line { is_negated, is_folder, segments, .. } in lines {
            // What is named counts with all below it. `**` says so already, and alone also means the
            // folder itself.
            let below = (is_folder || segments.last() != Some(&Segment::AnyNames)).then(|| {
                let below = [Segment::AnyName, Segment::AnyNames];
                segments.iter().cloned().chain(below).collect()
            });
            add(is_negated, is_folder, segments);
            if let Some(below) = below {
                add(is_negated, false, below);
            }
        }
        Ok(Self { patterns, search_paths, steps })
    }

    /// Whether there is no pattern at all.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// The paths at which walks begin, absolute, in their order. None lies below another.
    pub fn search_paths(&self) -> &[String] {
        &self.search_paths
    }

    /// Where a walk stands that begins at an absolute path.
    pub fn at(&self, path: &str) -> Position {
        let mut here = Position { places: vec![0; self.steps.div_ceil(64)] };
        for pattern in &self.patterns {
            self.enter(pattern.first, &mut here);
        }
        let mut next = Position::default();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            self.below(&here, name, &mut next);
            std::mem::swap(&mut here, &mut next);
        }
        here
    }

    /// Where a walk stands that goes from `here` to what has this name.
    pub fn below(&self, here: &Position, name: &str, next: &mut Position) {
        next.places.clear();
        next.places.resize(here.places.len(), 0);
        let name = Name::new(name);
        for place in here.all() {
            let Some(segment) = self.segment(place) else { continue };
            if segment.is_match(&name) {
                let is_staying = *segment == Segment::AnyNames;
                self.enter(if is_staying { place } else { place + 1 }, next);
            }
        }
    }

    /// Whether what is here counts, if it is a file.
    pub fn takes(&self, here: &Position) -> bool {
        let mut is_taken = false;
        for pattern in self.patterns.iter().filter(|pattern| !pattern.is_folder) {
            if here.has(pattern.first + pattern.segments.len()) {
                is_taken = !pattern.is_negated;
            }
        }
        is_taken
    }

    /// Whether something below here might count.
    pub fn goes_on(&self, here: &Position) -> bool {
        here.all().any(|place| self.pattern(place).is_some_and(|pattern| !pattern.is_negated))
    }

    /// Stands at a place, and behind it where no name is needed to get there.
    fn enter(&self, place: usize, here: &mut Position) {
        here.add(place);
        let mut place = place;
        while self.segment(place) == Some(&Segment::AnyNames) {
            place += 1;
            here.add(place);
        }
    }

    fn pattern(&self, place: usize) -> Option<&Compiled> {
        let behind = self.patterns.partition_point(|pattern| pattern.first <= place);
        self.patterns.get(behind.checked_sub(1)?)
    }

    /// The segment that is next at a place; none at the end of a pattern.
    fn segment(&self, place: usize) -> Option<&Segment> {
        let pattern = self.pattern(place)?;
        pattern.segments.get(place - pattern.first)
    }
}

/// The paths to walk from: those of the patterns that add, without those that lie below another.
fn search_paths(lines: &[Line]) -> Vec<String> {
    let paths = || lines.iter().filter(|it| !it.is_negated).map(|it| it.search_path.as_str());
    let all: BTreeSet<&str> = paths().collect();
    let mut taken = BTreeSet::new();
    let mut kept = Vec::new();
    for path in paths() {
        let is_below = above(path).any(|above| all.contains(above));
        if !is_below && taken.insert(path) {
            kept.push(path.to_owned());
        }
    }
    kept
}

/// The paths above an absolute path, the nearest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| match path.rfind('/')? {
        0 if *path == "/" => None,
        0 => Some("/"),
        slash => path.get(..slash),
    })
    .skip(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hash_files::segment::Atom;

    fn list(list: &str) -> HashPatterns {
        HashPatterns::new(list, "/w", Some("/home/me")).unwrap()
    }

    /// Which of these files count, walking as far as the patterns lead.
    fn check(lines: &str, files: &[&str], wanted: &[&str]) {
        let patterns = list(lines);
        let counts = |file: &&&str| {
            let folders: Vec<&str> = above(file).collect();
            let is_reached = patterns.search_paths().iter().any(|from| {
                let between = folders.iter().filter(|it| it.starts_with(from.as_str()));
                let mut between = between.map(|folder| patterns.at(folder));
                (folders.contains(&from.as_str()) || from == **file)
                    && between.all(|position| patterns.goes_on(&position))
            });
            is_reached && patterns.takes(&patterns.at(file))
        };
        let found: Vec<&str> = files.iter().filter(counts).copied().collect();
        assert_eq!(found, wanted, "{lines}");
    }

    #[test]
    fn patterns_add_and_take_away_in_their_order() {
        let files = ["/w/a.js", "/w/b/a.js", "/w/b/a.ts", "/x/a.js"];
        check("**/*.js", &files, &["/w/a.js", "/w/b/a.js"]);
        check("**/*.js\n!b", &files, &["/w/a.js"]);
        check("!b\n**/*.js", &files, &["/w/a.js", "/w/b/a.js"]);
        check("**\n!**/*.js\nb/a.js", &files, &["/w/b/a.js", "/w/b/a.ts"]);
        check("# **\n  ", &files, &[]);
        check("/x/*", &files, &["/x/a.js"]);
    }

    #[test]
    fn what_is_named_counts_with_all_below_it() {
        let files = ["/w/a", "/w/a/b", "/w/a/b/c"];
        check("a", &files, &["/w/a", "/w/a/b", "/w/a/b/c"]);
        check("a/", &files, &["/w/a/b", "/w/a/b/c"]);
        check("a/**", &files, &["/w/a", "/w/a/b", "/w/a/b/c"]);
        check("a/**/", &files, &["/w/a/b", "/w/a/b/c"]);
        check("a/*", &files, &["/w/a/b", "/w/a/b/c"]);
        check("a/**/b/**", &files, &["/w/a/b", "/w/a/b/c"]);
        check("**/c", &files, &["/w/a/b/c"]);
        check("**\n!a/b/", &files, &["/w/a", "/w/a/b"]);
    }

    #[test]
    fn a_search_path_below_another_is_left_out() {
        assert_eq!(list("a/b*\na/c/d\nx\nx/\na/**").search_paths(), ["/w/a", "/w/x"]);
        assert_eq!(list("a/c/d\na/e\n!**").search_paths(), ["/w/a/c/d", "/w/a/e"]);
        assert_eq!(list("a\n/**").search_paths(), ["/"]);
        assert!(list("!a").search_paths().is_empty());
        assert!(list("#a\n\n").is_empty());
    }

    #[test]
    fn every_line_that_is_wrong_is_told() {
        let wrong = HashPatterns::new("a\n ..\n#..\n!!", "/w", None).unwrap_err();
        let told: Vec<(usize, &str)> = wrong.iter().map(|it| (it.line, &*it.pattern)).collect();
        assert_eq!(told, [(2, ".."), (4, "!!")]);
    }

    /// Whether segments match names, tried out one after another.
    fn slow(segments: &[Segment], names: &[&str]) -> bool {
        let Some((segment, rest)) = segments.split_first() else { return names.is_empty() };
        let others = names.split_first();
        if *segment == Segment::AnyNames {
            return slow(rest, names) || others.is_some_and(|(_, others)| slow(segments, others));
        }
        others.is_some_and(|(name, others)| {
            let units: Vec<u16> = name.encode_utf16().collect();
            let fits = match segment {
                Segment::AnyNames | Segment::AnyName => true,
                Segment::Name(wanted) => wanted == name,
                Segment::Wild(atoms) => slow_name(atoms, &units),
            };
            fits && slow(rest, others)
        })
    }

    fn slow_name(atoms: &[Atom], units: &[u16]) -> bool {
        match (atoms.split_first(), units.split_first()) {
            (None, left) => left.is_none(),
            (Some((Atom::Star, rest)), left) => {
                slow_name(rest, units) || left.is_some_and(|(_, left)| slow_name(atoms, left))
            }
            (Some(_), None) => false,
            (Some((Atom::Any, rest)), Some((_, left))) => slow_name(rest, left),
            (Some((Atom::Unit(unit), rest)), Some((first, left))) => {
                unit == first && slow_name(rest, left)
            }
            (Some((Atom::Class { is_negated, ranges }, rest)), Some((first, left))) => {
                let is_in = ranges.iter().any(|(from, to)| from <= first && first <= to);
                is_in != *is_negated && slow_name(rest, left)
            }
        }
    }

    proptest! {
        #[test]
        fn what_walks_together_is_what_each_pattern_says(
            lines in proptest::collection::vec("!?([ab*?]|\\*\\*|[ab]\\*[ab]|\\[!?[ab]\\]|é|/){1,6}/?", 1..4),
            path in proptest::collection::vec("[abé]{1,3}", 0..5),
        ) {
            let Ok(patterns) = HashPatterns::new(&lines.join("\n"), "/w", None) else {
                return Ok(());
            };
            let names: Vec<&str> = ["w"].into_iter().chain(path.iter().map(String::as_str)).collect();
            let mut wanted = false;
            for pattern in patterns.patterns.iter().filter(|it| !it.is_folder) {
                if slow(&pattern.segments, &names) {
                    wanted = !pattern.is_negated;
                }
            }
            let position = patterns.at(&format!("/{}", names.join("/")));
            prop_assert_eq!(patterns.takes(&position), wanted);
            for count in 0..names.len() {
                let above = patterns.at(&format!("/{}", names[..count].join("/")));
                prop_assert!(!wanted || patterns.goes_on(&above));
            }
        }

        #[test]
        fn any_list_is_read_or_refused(list in "\\PC*", directory in "/\\PC*", path in "/\\PC*") {
            if let Ok(patterns) = HashPatterns::new(&list, &directory, Some("/h")) {
                let position = patterns.at(&path);
                prop_assert!(!patterns.takes(&position) || patterns.goes_on(&position));
            }
        }
    }

    #[test]
    fn many_patterns_walk_at_once() {
        let lines: Vec<String> = (0..200).map(|number| format!("**/{number}/**/x")).collect();
        let files = ["/w/199/x", "/w/a/7/b/x", "/w/200/x"];
        check(&lines.join("\n"), &files, &["/w/199/x", "/w/a/7/b/x"]);
    }
}
