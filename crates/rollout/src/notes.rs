//! What a release brings, told from the messages of its commits.
//!
//! A message of the form `type(scope)!: subject` (Conventional Commits 1.0.0) says where it belongs; one of another
//! form or type is listed under "Other changes", and none is ever left out. What stands behind `BREAKING CHANGE:` is told as
//! such, with what `Migration:` and `Deployment:` say beside it. Commits that only merge are counted and not listed: what
//! they merge is.
//!
//! Messages are anybody's words: in Markdown they are words and nothing else.

use std::fmt::Write as _;

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Whether it has several parents.
    pub is_merge: bool,
    /// Its whole message.
    pub message: String,
}

/// Where a change belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Something new.
    Features,
    /// Something that was wrong is right.
    Fixes,
    /// Something is faster.
    Performance,
    /// Something was taken back.
    Reverts,
    /// Everything else.
    Other,
}

impl Section {
    /// Every section, in the order in which they are told.
    pub const ALL: [Self; 5] =
        [Self::Features, Self::Fixes, Self::Performance, Self::Reverts, Self::Other];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Features => "New features",
            Self::Fixes => "Bug fixes",
            Self::Performance => "Performance",
            Self::Reverts => "Reverts",
            Self::Other => "Other changes",
        }
    }

    fn of(kind: &str) -> Self {
        // Types have no case.
        match kind.to_ascii_lowercase().as_str() {
            "feat" | "feature" => Self::Features,
            "fix" => Self::Fixes,
            "perf" => Self::Performance,
            "revert" => Self::Reverts,
            _ => Self::Other,
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The commit.
    pub id: String,
    /// Where it belongs.
    pub section: Section,
    /// What it is about, in brackets behind its type.
    pub scope: Option<String>,
    /// What it does.
    pub subject: String,
    /// Whether what worked before may not work any more.
    pub is_breaking: bool,
    /// What no longer works, in the author's words.
    pub breaking: Vec<String>,
    /// What users have to do.
    pub migration: Vec<String>,
    /// What whoever deploys it has to do.
    pub deployment: Vec<String>,
}

/// What a release brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Every change, in the order of the commits.
    pub changes: Vec<Change>,
    /// How many commits only merge.
    pub merges: usize,
}

/// How much a version must move for a release (Semantic Versioning 2.0.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// Nothing changed.
    None,
    /// Nothing that users could depend on.
    Patch,
    /// Something new.
    Minor,
    /// Something breaks.
    Major,
}

impl Bump {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

/// Tells what commits bring.
pub fn notes(commits: &[Commit]) -> Notes {
    let merges = commits.iter().filter(|commit| commit.is_merge).count();
    let changes = commits.iter().filter(|commit| !commit.is_merge).map(change).collect();
    Notes { changes, merges }
}

fn change(commit: &Commit) -> Change {
    let mut lines = commit.message.lines();
    let header = lines.find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let (kind, scope, is_marked, subject) = header_parts(header);
    let footers = footers(&commit.message);
    let of = |names: &[&str]| -> Vec<String> {
        let is = |(name, _): &&(String, String)| names.contains(&name.as_str());
        footers.iter().filter(is).map(|(_, text)| text.clone()).collect()
    };
    let breaking = of(&["BREAKING CHANGE", "BREAKING-CHANGE"]);
    Change {
        id: commit.id.clone(),
        section: kind.map_or(Section::Other, Section::of),
        scope: scope.map(str::to_owned),
        subject: if subject.is_empty() { "(no message)".to_owned() } else { subject.to_owned() },
        is_breaking: is_marked || !breaking.is_empty(),
        breaking,
        migration: of(&["Migration"]),
        deployment: of(&["Deployment"]),
    }
}

/// Type, scope, whether a `!` stands behind them, and the subject; of a header of another form all of it is the subject.
fn header_parts(header: &str) -> (Option<&str>, Option<&str>, bool, &str) {
    let whole = (None, None, false, header);
    let Some((before, subject)) = header.split_once(": ") else { return whole };
    let (before, is_marked) = match before.strip_suffix('!') {
        Some(before) => (before, true),
        None => (before, false),
    };
    let (kind, scope) = match before.split_once('(') {
        Some((kind, scope)) => match scope.strip_suffix(')') {
            Some(scope) => (kind, Some(scope)),
            None => return whole,
        },
        None => (before, None),
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if kind.is_empty() || !kind.chars().all(is_word) || subject.trim().is_empty() {
        return whole;
    }
    // `merge: x` of a type that nobody has heard of keeps it.
    let is_known = Section::of(kind) != Section::Other;
    let shown = if is_known { subject.trim() } else { header };
    (Some(kind), scope.filter(|scope| is_known && !scope.trim().is_empty()), is_marked, shown)
}

/// The footers of a message: a word, a colon and a text that goes on until the next one or an empty line.
fn footers(message: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for line in message.lines().skip(1) {
        if let Some((name, text)) = line.split_once(": ").filter(|(name, _)| is_footer(name)) {
            found.push((name.to_owned(), text.trim().to_owned()));
            is_open = true;
        } else if line.trim().is_empty() {
            is_open = false;
        } else if let Some((_, text)) = found.last_mut().filter(|_| is_open) {
            text.push(' ');
            text.push_str(line.trim());
        }
    }
    found
}

fn is_footer(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    name == "BREAKING CHANGE" || (!name.is_empty() && name.chars().all(is_word))
}

impl Notes {
    /// How much the version must move.
    pub fn bump(&self) -> Bump {
        let of = |change: &Change| match change.section {
            _ if change.is_breaking => Bump::Major,
            Section::Features => Bump::Minor,
            Section::Fixes | Section::Performance | Section::Reverts | Section::Other => {
                Bump::Patch
            }
        };
        self.changes.iter().map(of).max().unwrap_or(Bump::None)
    }

    /// The notes in Markdown. `commit_url` is what stands before a commit's id in its address, `before_deploying` is
    /// Markdown of the project's own.
    pub fn markdown(
        &self,
        title: &str,
        commit_url: Option<&str>,
        before_deploying: Option<&str>,
    ) -> String {
        let mut text = format!("# {}\n", words(title));
        let breaking: Vec<&Change> = self.changes.iter().filter(|it| it.is_breaking).collect();
        if !breaking.is_empty() {
            text.push_str("\n## Breaking changes\n\n");
        }
        for change in breaking {
            line(&mut text, change, commit_url);
            for what in &change.breaking {
                let _ = writeln!(text, "  - {}", words(what));
            }
            for step in &change.migration {
                let _ = writeln!(text, "  - Migration: {}", words(step));
            }
            if change.migration.is_empty() {
                text.push_str("  - Migration: none is written down; ask its author.\n");
            }
        }
        for section in Section::ALL {
            let mut of = self.changes.iter().filter(|it| it.section == section).peekable();
            if of.peek().is_some() {
                let _ = write!(text, "\n## {}\n\n", section.title());
            }
            of.for_each(|change| line(&mut text, change, commit_url));
        }
        let steps: Vec<&String> = self.changes.iter().flat_map(|it| &it.deployment).collect();
        if !steps.is_empty() || before_deploying.is_some() {
            text.push_str("\n## Deployment\n\n");
        }
        for step in steps {
            let _ = writeln!(text, "- {}", words(step));
        }
        if let Some(own) = before_deploying {
            let _ = writeln!(text, "\n{}", own.trim());
        }
        if self.changes.is_empty() {
            text.push_str("\nNothing changed.\n");
        }
        text
    }
}

fn line(text: &mut String, change: &Change, commit_url: Option<&str>) {
    text.push_str("- ");
    if let Some(scope) = &change.scope {
        let _ = write!(text, "**{}**: ", words(scope));
    }
    text.push_str(&words(&change.subject));
    let short: String = change.id.chars().take(9).collect();
    match commit_url {
        Some(url) => {
            let _ = writeln!(text, " ([{short}]({url}{}))", change.id);
        }
        None => {
            let _ = writeln!(text, " ({short})");
        }
    }
}

/// Somebody's words as Markdown that says just them: no HTML, no link, no picture, and nobody who is called by name.
fn words(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' | '!' => {
                safe.push('\\');
                safe.push(c);
            }
            // A word joiner: GitHub tells nobody of a name that does not begin right behind the sign.
            '@' => safe.push_str("@\u{2060}"),
            // What turns the order of letters around, or is no letter at all.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {}
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn commit(message: &str) -> Commit {
        Commit { id: "0123456789abcdef".to_owned(), is_merge: false, message: message.to_owned() }
    }

    #[track_caller]
    fn check(
        message: &str,
        section: Section,
        scope: Option<&str>,
        subject: &str,
        is_breaking: bool,
    ) {
        let change = change(&commit(message));
        let found =
            (change.section, change.scope.as_deref(), change.subject.as_str(), change.is_breaking);
        assert_eq!(found, (section, scope, subject, is_breaking), "{message}");
    }

    #[test]
    fn a_header_says_where_a_change_belongs() {
        check("feat: send it", Section::Features, None, "send it", false);
        check("FEAT(api): send it", Section::Features, Some("api"), "send it", false);
        check("fix(db)!: no null", Section::Fixes, Some("db"), "no null", true);
        check("perf: faster", Section::Performance, None, "faster", false);
        check("revert: send it", Section::Reverts, None, "send it", false);
        check("docs(readme): words", Section::Other, None, "docs(readme): words", false);
        check("wibble!: words", Section::Other, None, "wibble!: words", true);
        check("Mend the pump", Section::Other, None, "Mend the pump", false);
        check("fix:no space", Section::Other, None, "fix:no space", false);
        check("fix: ", Section::Other, None, "fix:", false);
        check("fix(a: b", Section::Other, None, "fix(a: b", false);
        check("a b: c", Section::Other, None, "a b: c", false);
        check("", Section::Other, None, "(no message)", false);
        check("\n\n  feat: late\n", Section::Features, None, "late", false);
    }

    #[test]
    fn footers_say_what_breaks_and_what_to_do() {
        let change = change(&commit(
            "feat: a new format\n\nWhy: because.\n\nBREAKING CHANGE: the old one\n  is gone\nMigration: run `convert`\nDeployment: stop first\nSigned-off-by: A\n\nBREAKING-CHANGE: and this",
        ));
        assert_eq!(change.breaking, ["the old one is gone", "and this"]);
        assert_eq!(change.migration, ["run `convert`"]);
        assert_eq!(change.deployment, ["stop first"]);
        assert!(change.is_breaking);
        check(
            "fix: BREAKING CHANGE: not a footer",
            Section::Fixes,
            None,
            "BREAKING CHANGE: not a footer",
            false,
        );
    }

    #[test]
    fn notes_have_every_change_and_the_four_parts() {
        let merge = Commit { is_merge: true, ..commit("Merge branch 'x'") };
        let commits = [
            commit("feat(api): send it\n\nDeployment: migrate first"),
            commit("fix: <img src=x> @ann [a](b)"),
            merge,
            commit("feat!: drop v1\n\nMigration: use v2"),
            commit("tidy up"),
        ];
        let notes = notes(&commits);
        assert_eq!((notes.bump(), notes.merges), (Bump::Major, 1));
        let text = notes.markdown("v2.0.0", Some("https://x/commit/"), Some("Call *us*."));
        let link = "([012345678](https://x/commit/0123456789abcdef))";
        let wanted = format!(
            "# v2.0.0\n\n## Breaking changes\n\n- drop v1 {link}\n  - Migration: use v2\n\n## New features\n\n- **api**: send it {link}\n- drop v1 {link}\n\n\
             ## Bug fixes\n\n- &lt;img src=x&gt; @\u{2060}ann \\[a\\](b) {link}\n\n## Other changes\n\n- tidy up {link}\n\n## Deployment\n\n- migrate first\n\nCall *us*.\n"
        );
        assert_eq!(text, wanted);
        assert_eq!(super::notes(&[]).markdown("v1", None, None), "# v1\n\nNothing changed.\n");
    }

    proptest! {
        #[test]
        fn no_message_is_left_out_or_says_more_than_words(messages in proptest::collection::vec(".{0,80}(\n.{0,40}){0,4}", 0..8)) {
            let commits: Vec<Commit> = messages.iter().map(|message| commit(message)).collect();
            let notes = notes(&commits);
            prop_assert_eq!(notes.changes.len(), commits.len());
            let text = notes.markdown("v1", None, None);
            prop_assert!(!text.contains('<') && !text.replace("\\](", "").contains("]("), "{}", text);
            let listed = text.lines().filter(|line| line.starts_with("- ")).count();
            let breaking = notes.changes.iter().filter(|it| it.is_breaking).count();
            let steps: usize = notes.changes.iter().map(|it| it.deployment.len()).sum();
            prop_assert_eq!(listed, commits.len() + breaking + steps);
        }
    }
}
