//! Named filters over changed files: dorny/paths-filter's YAML, with its meaning or a safer one.
//!
//! A filter is a pattern, a list of patterns, or of lists (anchors), each of which may be limited to
//! what happened to the file: `added|modified: 'src/**'`. All patterns of all filters are matched in
//! one pass ([`GlobSet`]).
//!
//! Source: dorny/paths-filter v4, README and `action.yml`; the quantifier `some-with-excludes` is that
//! of its pull request 322.

mod read;
#[cfg(test)]
mod tests;

use diagnostics::Text;
use diagnostics::yaml::At;
use repo_model::{Change, GlobSet, OnlyItself, Status};

/// How the patterns of a filter come together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quantifier {
    /// One pattern matches, and none that begins with `!` excludes the file. A filter of such patterns
    /// alone is everything but what they exclude.
    #[default]
    SomeWithExcludes,
    /// One pattern matches; `!docs/**` matches every file that is not below `docs`.
    Some,
    /// Every pattern matches.
    Every,
}

/// What may have happened to a file, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statuses(u8);

macro_rules! statuses {
    ($($(#[doc = $doc:literal])* $name:ident = $bit:literal, $word:literal, $letter:literal;)*) => {
        impl Statuses {
            $( $(#[doc = $doc])* pub const $name: Self = Self(1 << $bit); )*

            /// Each one, its word in a filter, and git's letter for it.
            pub const WORDS: &'static [(&'static str, char, Self)] =
                &[$(($word, $letter, Self::$name)),*];
        }
    };
}

statuses! {
    /// New.
    ADDED = 0, "added", 'A';
    /// Gone.
    DELETED = 1, "deleted", 'D';
    /// Changed; a file that became something else is changed too.
    MODIFIED = 2, "modified", 'M';
    /// Became something else: a file a link, for example.
    TYPE_CHANGED = 3, "type-changed", 'T';
    /// Moved here; only where renames are paired.
    RENAMED = 4, "renamed", 'R';
}

impl Statuses {
    /// No status at all.
    pub const NONE: Self = Self(0);
    /// Every status.
    pub const ALL: Self = Self(u8::MAX);

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one status is in both.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What happened to `change`.
    pub fn of(change: &Change) -> Self {
        match change.status {
            Status::Added => Self::ADDED,
            Status::Deleted => Self::DELETED,
            Status::Modified => Self::MODIFIED,
            Status::TypeChanged => Self::TYPE_CHANGED.and(Self::MODIFIED),
        }
    }
}

/// A changed file as filters see it.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'a> {
    /// Its path.
    pub path: &'a [u8],
    /// What happened to it.
    pub statuses: Statuses,
}

/// All filters, ready to be asked.
#[derive(Debug)]
pub struct Filters {
    filters: Vec<Filter>,
    globs: GlobSet,
}

/// One filter.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub at: At,
    rules: Vec<Rule>,
}

/// Patterns of which one must match, for files to which this happened.
#[derive(Clone, Debug)]
struct Rule {
    statuses: Statuses,
    patterns: Vec<Pattern>,
}

/// One pattern of a filter.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As it is written.
    pub written: String,
    /// Where.
    pub at: At,
    /// Whether it begins with a `!` that turns all of it round.
    pub is_negated: bool,
    /// Why it matches nothing but a path that is spelt like it, if it is such a pattern.
    only_itself: Option<OnlyItself>,
    /// The place in the set of what stands behind the `!`.
    glob: usize,
}

/// A mistake in filters, or something odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub at: At,
    /// What is wrong.
    pub why: Text,
    /// What to do.
    pub help: Text,
}

/// What a filter found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The filter's name.
    pub name: &'a str,
    /// The places of the matching files.
    pub files: Vec<u32>,
    /// The pattern that the first of them matched; nothing where no single pattern did.
    pub pattern: Option<&'a str>,
}

impl Filters {
    /// The filters in the order of their YAML.
    pub fn all(&self) -> &[Filter] {
        &self.filters
    }

    /// What each filter finds among `files`, in the order of the filters.
    pub fn found(&self, files: &[Looked<'_>], quantifier: Quantifier) -> Vec<Found<'_>> {
        let mut all: Vec<Found<'_>> = self
            .filters
            .iter()
            .map(|filter| Found { name: &filter.name, files: Vec::new(), pattern: None })
            .collect();
        // It remembers what it has seen, to be faster.
        let mut globs = self.globs.clone();
        let asked = Asked::new(&self.filters, quantifier);
        let mut hits: Vec<usize> = Vec::new();
        let mut is_hit = vec![false; asked.owners.len()];
        let mut in_question = vec![false; self.filters.len()];
        for (place, file) in files.iter().enumerate() {
            let Ok(place) = u32::try_from(place) else { break };
            for hit in hits.drain(..) {
                set(&mut is_hit, hit, false);
            }
            globs.matches_into(file.path, &mut hits);
            in_question.copy_from_slice(&asked.always);
            for hit in &hits {
                set(&mut is_hit, *hit, true);
                if let Some(owner) = asked.owners.get(*hit) {
                    set(&mut in_question, *owner, true);
                }
            }
            let filters = self.filters.iter().zip(&mut all).zip(&in_question);
            for ((filter, found), _) in filters.filter(|(_, in_question)| **in_question) {
                let matching = filter.matching(file.statuses, quantifier, &is_hit);
                if let Matching::Yes(pattern) = matching {
                    if found.files.is_empty() {
                        found.pattern = pattern.map(|pattern| pattern.written.as_str());
                    }
                    found.files.push(place);
                }
            }
        }
        all
    }

    /// What is odd about filters that are otherwise right.
    pub fn oddities(&self, quantifier: Quantifier, renames_are_paired: bool) -> Vec<Mistake> {
        let mut odd = Vec::new();
        for filter in &self.filters {
            let mut patterns = filter.rules.iter().flat_map(|rule| &rule.patterns);
            if patterns.clone().next().is_none() {
                odd.push(Mistake {
                    at: filter.at,
                    why: Text::from("this filter has no pattern, so it never matches"),
                    help: Text::from("give it patterns, or take it out"),
                });
            }
            for pattern in patterns.clone() {
                if let Some(why) = never_matches(&pattern.written) {
                    odd.push(Mistake {
                        at: pattern.at,
                        why: Text::from(why),
                        help: Text::from("paths have no `/` at either end; write one pattern in each entry of a list, such as 'src/**'"),
                    });
                }
            }
            odd.extend(patterns.clone().filter_map(|pattern| {
                let OnlyItself { why, .. } = pattern.only_itself?;
                let mut said = Text::from("this pattern matches nothing but itself: ");
                said.text(why);
                let help = Text::from("close it, or put a `\\` before what is meant as it is");
                Some(Mistake { at: pattern.at, why: said, help })
            }));
            let negated = patterns.find(|pattern| pattern.is_negated);
            if let (Quantifier::Some, Some(pattern)) = (quantifier, negated) {
                odd.push(Mistake {
                    at: pattern.at,
                    why: Text::from(
                        "with `quantifier: some` this matches every file that it does not name",
                    ),
                    help: Text::from(
                        "leave `quantifier` out: then a pattern that begins with `!` excludes",
                    ),
                });
            }
            let renamed = |rule: &&Rule| rule.statuses == Statuses::RENAMED;
            if let Some(rule) = filter.rules.iter().find(renamed)
                && !renames_are_paired
            {
                let at = rule.patterns.first().map_or(filter.at, |pattern| pattern.at);
                odd.push(Mistake {
                    at,
                    why: Text::from(
                        "a renamed file is a deleted and an added one, so this never matches",
                    ),
                    help: Text::from("set `renames` to `pairs`, or write `added` or `deleted`"),
                });
            }
        }
        odd
    }
}

/// Which filters have to be asked about a file.
struct Asked {
    /// The filter of each glob.
    owners: Vec<usize>,
    /// The filters that may match where none of their globs does.
    always: Vec<bool>,
}

impl Asked {
    fn new(filters: &[Filter], quantifier: Quantifier) -> Self {
        let mut asked = Self { owners: Vec::new(), always: Vec::new() };
        for (place, filter) in filters.iter().enumerate() {
            let patterns = || filter.rules.iter().flat_map(|rule| &rule.patterns);
            asked.owners.extend(patterns().map(|_| place));
            let has_negated = patterns().any(|pattern| pattern.is_negated);
            let has_includes = patterns().any(|pattern| !pattern.is_negated);
            asked.always.push(match quantifier {
                Quantifier::Some | Quantifier::Every => has_negated,
                Quantifier::SomeWithExcludes => has_negated && !has_includes,
            });
        }
        asked
    }
}

fn set(flags: &mut [bool], place: usize, value: bool) {
    if let Some(flag) = flags.get_mut(place) {
        *flag = value;
    }
}

/// Why no path of a repository can match a pattern, for the reasons that people stumble over.
pub fn never_matches(pattern: &str) -> Option<&'static str> {
    let inner = pattern.trim_start_matches('!');
    if inner.trim_end_matches('\n').contains('\n') {
        Some(
            "this is one pattern of several lines, which matches no file; is a `-` missing before each?",
        )
    } else if inner.starts_with('/') {
        Some("no path begins with `/`, so this never matches")
    } else if inner.ends_with('/') {
        Some("no path ends in `/`, so this never matches a file")
    } else if inner.trim() != inner {
        Some("the space at the end of this pattern is part of it, so it hardly ever matches")
    } else {
        None
    }
}

enum Matching<'a> {
    Yes(Option<&'a Pattern>),
    No,
}

impl Filter {
    /// Whether it has a pattern, so that it can match at all.
    pub fn has_patterns(&self) -> bool {
        self.rules.iter().any(|rule| !rule.patterns.is_empty())
    }

    fn matching(
        &self,
        statuses: Statuses,
        quantifier: Quantifier,
        is_hit: &[bool],
    ) -> Matching<'_> {
        let hits = |pattern: &&Pattern| is_hit.get(pattern.glob).copied().unwrap_or(false);
        let matches = |pattern: &&Pattern| hits(pattern) != pattern.is_negated;
        let mut rules = self.rules.iter();
        let in_question = self.rules.iter().filter(|rule| rule.statuses.meets(statuses));
        let mut patterns = in_question.flat_map(|rule| &rule.patterns);
        match quantifier {
            Quantifier::Some => match patterns.find(matches) {
                Some(pattern) => Matching::Yes(Some(pattern)),
                None => Matching::No,
            },
            Quantifier::Every => {
                let holds = |rule: &Rule| {
                    rule.statuses.meets(statuses) && rule.patterns.iter().any(|it| matches(&it))
                };
                let is_one = !self.rules.is_empty() && rules.all(holds);
                if is_one { Matching::Yes(None) } else { Matching::No }
            }
            Quantifier::SomeWithExcludes => {
                let mut first = None;
                let mut has_excludes = false;
                for pattern in patterns {
                    if pattern.is_negated {
                        has_excludes = true;
                        if hits(&pattern) {
                            return Matching::No;
                        }
                    } else if first.is_none() && hits(&pattern) {
                        first = Some(pattern);
                    }
                }
                // An include for other statuses is an include all the same.
                let mut all = self.rules.iter().flat_map(|rule| &rule.patterns);
                match first {
                    Some(pattern) => Matching::Yes(Some(pattern)),
                    None if has_excludes && all.all(|it| it.is_negated) => Matching::Yes(None),
                    None => Matching::No,
                }
            }
        }
    }
}
