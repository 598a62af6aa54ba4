//! The changelog as data, and every mistake in its form at once.
//!
//! The form is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/), one step stricter:
//! below a release stand the actions, below an action the kinds of change, below a kind its entries.
//! What breaks something says how to go on, in a paragraph that begins with `Migration:`.

use std::fmt;

use cargo_metadata::semver::Version;

/// A changelog that was read, with what is wrong in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changelog {
    /// What is not released yet.
    pub unreleased: Vec<Section>,
    /// The releases, newest first.
    pub releases: Vec<Release>,
    /// Everything that is not of the form.
    pub mistakes: Vec<Mistake>,
}

/// What the changelog tells of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The version.
    pub version: Version,
    /// The line of its heading.
    pub line: usize,
    /// What changes.
    pub sections: Vec<Section>,
}

/// The entries of one kind for one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The action, or `every action`.
    pub action: String,
    /// The kind of change.
    pub kind: Kind,
    /// The line of its heading.
    pub line: usize,
    /// The entries, each with all its lines as they stand.
    pub entries: Vec<Vec<String>>,
}

/// The kinds of change, in the order in which they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Needs something from those who use it.
    Breaking,
    /// New.
    Added,
    /// Different, and needs nothing.
    Changed,
    /// Will go.
    Deprecated,
    /// Gone, which breaks whoever used it.
    Removed,
    /// Was wrong.
    Fixed,
    /// Was dangerous.
    Security,
}

/// Something that is not of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What was found, what was expected.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CHANGELOG.md:{}: {}", self.line, self.what)
    }
}

const KINDS: [(&str, Kind); 7] = [
    ("Breaking", Kind::Breaking),
    ("Added", Kind::Added),
    ("Changed", Kind::Changed),
    ("Deprecated", Kind::Deprecated),
    ("Removed", Kind::Removed),
    ("Fixed", Kind::Fixed),
    ("Security", Kind::Security),
];

impl Kind {
    /// Whether who uses it has to do something.
    pub fn breaks(self) -> bool {
        match self {
            Self::Breaking | Self::Removed => true,
            Self::Added | Self::Changed | Self::Deprecated | Self::Fixed | Self::Security => false,
        }
    }

    /// Whether it is more than the repair of something.
    pub fn is_feature(self) -> bool {
        match self {
            Self::Breaking | Self::Added | Self::Changed | Self::Deprecated | Self::Removed => true,
            Self::Fixed | Self::Security => false,
        }
    }
}

impl Changelog {
    /// Reads a changelog whose headings may name these actions.
    pub fn read(text: &str, actions: &[String]) -> Self {
        let mut reader = Reader { changelog: Self::default(), actions, at: At::Top, seen: None };
        for (number, line) in text.lines().enumerate() {
            reader.line(number + 1, line);
        }
        reader.end(text.lines().count());
        reader.changelog
    }

    /// What it tells of a version, if it does.
    pub fn release(&self, version: &str) -> Option<&Release> {
        let version = Version::parse(version).ok()?;
        self.releases.iter().find(|release| release.version == version)
    }

    /// The version before this one.
    pub fn before(&self, release: &Release) -> Option<&Version> {
        let older = self.releases.iter().skip_while(|other| other.version != release.version);
        older.map(|release| &release.version).nth(1)
    }
}

/// Where the reader is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum At {
    /// Before the first heading of a version.
    Top,
    /// Below that of a version.
    Version,
    /// Below that of an action, at this line.
    Action(String, usize),
    /// Below that of a kind.
    Kind(String),
    /// Below one that is out of place, which is told once.
    Lost,
}

struct Reader<'a> {
    changelog: Changelog,
    actions: &'a [String],
    at: At,
    /// The date of the release above.
    seen: Option<String>,
}

impl Reader<'_> {
    fn wrong(&mut self, line: usize, what: impl Into<String>) {
        self.changelog.mistakes.push(Mistake { line, what: what.into() });
    }

    fn line(&mut self, number: usize, line: &str) {
        if number == 1 && line != "# Changelog" {
            self.wrong(number, format!("found `{line}`; expected `# Changelog`"));
        }
        if line.trim_end() != line {
            self.wrong(number, "there are spaces at the end; remove them");
        }
        if let Some(heading) = line.strip_prefix("#### ") {
            self.kind(number, heading);
        } else if let Some(heading) = line.strip_prefix("### ") {
            self.action(number, heading);
        } else if let Some(heading) = line.strip_prefix("## ") {
            self.version(number, heading);
        } else if line.starts_with('#') && number > 1 {
            self.wrong(number, format!("found `{line}`; expected a heading of two to four `#`"));
        } else if self.at != At::Top && !line.is_empty() && !is_link(line) {
            self.entry(number, line);
        }
    }

    /// The sections below the version that is being read.
    fn sections(&mut self) -> &mut Vec<Section> {
        match self.changelog.releases.last_mut() {
            Some(release) => &mut release.sections,
            None => &mut self.changelog.unreleased,
        }
    }

    fn version(&mut self, number: usize, heading: &str) {
        self.close();
        let is_first = self.at == At::Top;
        self.at = At::Version;
        if is_first {
            if heading == "[Unreleased]" {
                return;
            }
            self.wrong(number, format!("found `## {heading}`; expected `## [Unreleased]`"));
        }
        let wanted = "expected `## [1.2.3] - 2026-01-31`";
        let parts = heading.strip_prefix('[').and_then(|rest| rest.split_once("] - "));
        let parsed = parts.and_then(|(version, date)| Some((Version::parse(version).ok()?, date)));
        let Some((version, date)) = parsed else {
            if !is_first {
                self.wrong(number, format!("found `## {heading}`; {wanted}"));
            }
            return;
        };
        if !is_date(date) {
            self.wrong(number, format!("`{date}` is no day; {wanted}"));
        } else if self.seen.as_deref().is_some_and(|above| above < date) {
            self.wrong(number, format!("{date} is after the day of the release above it"));
        }
        self.seen = Some(date.to_owned());
        let above = self.changelog.releases.last().map(|release| release.version.clone());
        if let Some(above) = above.filter(|above| *above <= version) {
            self.wrong(
                number,
                format!("{version} stands below {above}; expected the newest first"),
            );
        }
        self.changelog.releases.push(Release { version, line: number, sections: Vec::new() });
    }

    fn action(&mut self, number: usize, heading: &str) {
        self.close();
        if self.at == At::Top {
            self.wrong(number, format!("`### {heading}` stands below no version"));
        }
        if !self.actions.iter().any(|action| action == heading) {
            let known = self.actions.join(", ");
            self.wrong(number, format!("`{heading}` is no action; expected one of: {known}"));
        }
        if self.sections().iter().any(|section| section.action == heading) {
            self.wrong(
                number,
                format!("`{heading}` has a heading above already; put both together"),
            );
        }
        self.at = At::Action(heading.to_owned(), number);
    }

    fn kind(&mut self, number: usize, heading: &str) {
        if matches!(self.at, At::Kind(_)) {
            self.close();
        }
        let known = KINDS.iter().find(|(name, _)| *name == heading);
        let action = match &self.at {
            At::Top | At::Version | At::Lost => None,
            At::Action(action, _) | At::Kind(action) => Some(action.clone()),
        };
        let Some(action) = action else {
            self.wrong(number, format!("`#### {heading}` stands below no action"));
            self.at = At::Lost;
            return;
        };
        let kind = if let Some((_, kind)) = known {
            *kind
        } else {
            let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            let names = names.join(", ");
            self.wrong(
                number,
                format!("`{heading}` is no kind of change; expected one of: {names}"),
            );
            Kind::Changed
        };
        let last = self.sections().iter().rev().find(|section| section.action == action);
        if known.is_some() && last.is_some_and(|last| last.kind >= kind) {
            self.wrong(number, format!("`{heading}` of {action} stands twice, or not in the order of Breaking, Added, Changed, Deprecated, Removed, Fixed, Security"));
        }
        self.at = At::Kind(action.clone());
        self.sections().push(Section { action, kind, line: number, entries: Vec::new() });
    }

    fn entry(&mut self, number: usize, line: &str) {
        if self.at == At::Lost {
            return;
        }
        if !matches!(self.at, At::Kind(_)) {
            self.wrong(
                number,
                format!("`{line}` stands below no kind of change, such as `#### Added`"),
            );
            return;
        }
        let (text, is_new) = (line.to_owned(), line.starts_with("- "));
        let is_more = line.starts_with("  ");
        let entries = self.sections().last_mut().map(|section| &mut section.entries);
        match entries.map(|entries| (entries.last_mut().is_some(), entries)) {
            Some((_, entries)) if is_new => entries.push(vec![text]),
            Some((true, entries)) if is_more => entries.extend_last(text),
            Some(_) | None => {
                self.wrong(number, format!("`{line}` is no entry; expected `- ` at its begin, or two spaces where it goes on"));
            }
        }
    }

    /// Looks back at the section that ends here.
    fn close(&mut self) {
        let at = self.at.clone();
        let mut wrong = Vec::new();
        match at {
            At::Top | At::Version | At::Lost => {}
            At::Action(action, line) => {
                wrong.push((line, format!("nothing stands below `### {action}`")));
            }
            At::Kind(_) => {
                if let Some(section) = self.sections().last() {
                    if section.entries.is_empty() {
                        wrong.push((section.line, "nothing stands below this heading".to_owned()));
                    }
                    let silent = |entry: &&Vec<String>| {
                        !entry.iter().any(|line| line.trim_start().starts_with("Migration: "))
                    };
                    if section.kind.breaks()
                        && let Some(entry) = section.entries.iter().find(silent)
                    {
                        let first = entry.first().cloned().unwrap_or_default();
                        wrong.push((section.line, format!("`{first}` breaks something and does not say how to go on; add a line `  Migration: ...` to it")));
                    }
                }
            }
        }
        for (line, what) in wrong {
            self.wrong(line, what);
        }
    }

    fn end(&mut self, lines: usize) {
        self.close();
        if self.at == At::Top {
            self.wrong(lines.max(1), "there is no heading `## [Unreleased]`");
        }
        self.changelog.mistakes.sort_by_key(|mistake| mistake.line);
    }
}

/// Adds a line to the last of the entries.
trait ExtendLast {
    fn extend_last(&mut self, line: String);
}

impl ExtendLast for Vec<Vec<String>> {
    fn extend_last(&mut self, line: String) {
        if let Some(last) = self.last_mut() {
            last.push(line);
        }
    }
}

/// `[1.2.3]: https://...`, which Keep a Changelog has at its end.
fn is_link(line: &str) -> bool {
    line.starts_with('[') && line.contains("]: https://")
}

/// Whether it is a day of the calendar, as `2026-01-31`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &str, digits: usize| {
        let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u32>().ok()).flatten()
    };
    let [year, month, day] = parts.as_slice() else { return false };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# Changelog

What changes.

## [Unreleased]

## [2.0.0] - 2026-03-01

### every action

#### Breaking

- One goes.
  It was old.
  Migration: use the other.

#### Fixed

- It was wrong.

### shard

#### Added

- Something new
  on two lines.

## [1.0.0] - 2026-02-28

### shard

#### Added

- All.

[1.0.0]: https://example.com
";

    fn read(text: &str) -> Changelog {
        Changelog::read(text, &["every action".to_owned(), "shard".to_owned()])
    }

    /// What is wrong in the good one after a replacement.
    #[track_caller]
    fn check(from: &str, to: &str, wanted: &[&str]) {
        assert!(GOOD.contains(from), "{from}");
        let mistakes = read(&GOOD.replacen(from, to, 1)).mistakes;
        let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), wanted.len(), "{said:#?}");
        for (said, wanted) in said.iter().zip(wanted) {
            assert!(said.contains(wanted), "{said}");
        }
    }

    #[test]
    fn a_changelog_is_read_as_it_stands() {
        let changelog = read(GOOD);
        assert_eq!(changelog.mistakes, []);
        assert_eq!(changelog.unreleased, []);
        let release = changelog.release("2.0.0").unwrap();
        assert_eq!(changelog.before(release), Some(&Version::new(1, 0, 0)));
        let seen: Vec<(&str, Kind, usize)> = release
            .sections
            .iter()
            .map(|section| (section.action.as_str(), section.kind, section.entries.len()))
            .collect();
        assert_eq!(
            seen,
            [
                ("every action", Kind::Breaking, 1),
                ("every action", Kind::Fixed, 1),
                ("shard", Kind::Added, 1)
            ]
        );
        assert_eq!(release.sections[0].entries[0].len(), 3);
        let first = changelog.release("1.0.0").unwrap();
        assert_eq!(changelog.before(first), None);
        assert_eq!(changelog.release("3.0.0"), None);
    }

    #[test]
    fn each_mistake_is_told_with_its_line() {
        check("# Changelog", "# Changes", &["CHANGELOG.md:1: found `# Changes`"]);
        check("## [Unreleased]\n\n", "", &["expected `## [Unreleased]`"]);
        check("[2.0.0] - 2026-03-01", "2.0.0", &["CHANGELOG.md:7: found `## 2.0.0`"]);
        check("2026-03-01", "2026-02-30", &["`2026-02-30` is no day"]);
        check("2026-03-01", "2026-02-27", &["after the day of the release above"]);
        check("[2.0.0]", "[1.0.0]", &["expected the newest first"]);
        check("### shard", "### shards", &["`shards` is no action; expected one of: every action"]);
        check("### shard", "### every action", &["has a heading above already", "stands twice"]);
        check("#### Fixed", "#### Fixes", &["`Fixes` is no kind of change"]);
        check("#### Fixed", "#### Breaking", &["Breaking` of every action stands twice", "go on"]);
        check("- It was wrong.", "It was wrong.", &["nothing stands below", "is no entry"]);
        check("- It was wrong.\n", "", &["nothing stands below this heading"]);
        check("  Migration: use the other.\n", "", &["`- One goes.` breaks something"]);
        check("on two lines.", "on two lines. ", &["spaces at the end"]);
        check(
            "#### Fixed",
            "##### Fixed",
            &["`- It was wrong.` breaks", "a heading of two to four"],
        );
        check(
            "### shard\n\n#### Added",
            "### shard",
            &[
                "CHANGELOG.md:21: nothing stands below `### shard`",
                "no kind of change",
                "no kind of change",
            ],
        );
        check(
            "### every action\n\n#### Breaking",
            "#### Breaking",
            &["below no action", "below no action"],
        );
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let text = GOOD.replace("#### Added", "#### New").replace("### shard", "### splitter");
        assert_eq!(read(&text).mistakes.len(), 4);
        assert_eq!(read("").mistakes.len(), 1);
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        for good in ["2024-02-29", "2000-02-29", "2026-12-31", "2026-04-30"] {
            assert!(is_date(good), "{good}");
        }
        for bad in
            ["2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "+026-01-01", ""]
        {
            assert!(!is_date(bad), "{bad}");
        }
    }
}
