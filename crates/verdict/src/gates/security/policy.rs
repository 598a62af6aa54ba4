//! What becomes of a finding.

use diagnostics::config::{Table, Word};
use repo_model::Glob;
use reports::findings::{Kind, Severity};

use crate::globs::glob;
use crate::{Mode, Verdict};

/// What becomes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It is counted and listed.
    Track,
    /// It warns.
    Warn,
    /// Somebody has to say that they know of it.
    Acknowledge,
    /// Somebody has to approve it.
    Review,
    /// It blocks.
    Block,
}

impl Action {
    /// The words of the configuration.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("block", Self::Block),
        ("review", Self::Review),
        ("acknowledge", Self::Acknowledge),
        ("warn", Self::Warn),
        ("track", Self::Track),
    ];

    /// Its word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Warn => "warn",
            Self::Acknowledge => "acknowledge",
            Self::Review => "review",
            Self::Block => "block",
        }
    }

    /// What a finding comes to, if what needs a review was approved or not.
    pub fn verdict(self, is_approved: bool) -> Verdict {
        match self {
            Self::Track => Verdict::Pass,
            Self::Warn => Verdict::Warn,
            Self::Acknowledge => Verdict::Acknowledge,
            // Approved, and still to be seen.
            Self::Review if is_approved => Verdict::Warn,
            Self::Review => Verdict::Review,
            Self::Block => Verdict::Fail,
        }
    }
}

/// What becomes of findings by how bad they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    /// CVSS 9.0 and more, or the tool's word for it.
    pub critical: Action,
    /// CVSS 7.0 to 8.9.
    pub high: Action,
    /// CVSS 4.0 to 6.9.
    pub medium: Action,
    /// CVSS below 4.0.
    pub low: Action,
    /// Nobody says how bad it is.
    pub unknown: Action,
    /// A secret, however bad its scanner calls it.
    pub secrets: Action,
    /// A licence that may not be used; by how bad it is, if nothing is set.
    pub licenses: Option<Action>,
}

impl Default for Levels {
    fn default() -> Self {
        Self {
            critical: Action::Block,
            high: Action::Review,
            medium: Action::Acknowledge,
            low: Action::Track,
            unknown: Action::Block,
            secrets: Action::Block,
            licenses: None,
        }
    }
}

impl Levels {
    /// What becomes of a finding.
    pub fn action(&self, severity: Severity, kind: Kind) -> Action {
        let by_severity = match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
            Severity::Unknown => self.unknown,
        };
        match kind {
            Kind::Secret => self.secrets,
            Kind::License => self.licenses.unwrap_or(by_severity),
            Kind::Vulnerability | Kind::Dependency | Kind::Misconfiguration | Kind::Code => {
                by_severity
            }
        }
    }

    /// Reads what a table sets; the rest is as in `self`.
    fn read(self, table: &mut Table<'_, '_>) -> Self {
        let words = &Action::WORDS;
        Self {
            critical: table.choice("critical", words).unwrap_or(self.critical),
            high: table.choice("high", words).unwrap_or(self.high),
            medium: table.choice("medium", words).unwrap_or(self.medium),
            low: table.choice("low", words).unwrap_or(self.low),
            unknown: table.choice("unknown", words).unwrap_or(self.unknown),
            secrets: table.choice("secrets", words).unwrap_or(self.secrets),
            licenses: table.choice("licenses", words).or(self.licenses),
        }
    }
}

/// A part of the repository with levels of its own.
#[derive(Clone, Debug)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its files. A file belongs to the first component that has it.
    pub paths: Vec<Glob>,
    /// What becomes of its findings, softened.
    pub mode: Mode,
    /// What becomes of its findings: what is not set is as for the whole.
    pub levels: Levels,
}

/// What the configuration says: `[gate.security]`.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What the gate does with what it finds.
    pub mode: Mode,
    /// What becomes of a finding.
    pub levels: Levels,
    /// Whether only what the base does not have counts.
    pub only_new: bool,
    /// The statuses (VEX's words, as Trivy gives them) with which a finding does not count.
    pub ignore_statuses: Vec<String>,
    /// Files of which no finding counts.
    pub exclude: Vec<Glob>,
    /// Whether a report may be one of nothing, as of a scan for secrets alone.
    pub allow_empty: bool,
    /// Parts of the repository with levels of their own.
    pub components: Vec<Component>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            levels: Levels::default(),
            only_new: false,
            // Only this one says that nothing has to be done. `fixed` is Trivy's word for "there is a
            // version without it", and `will_not_fix` is the distributor's choice, not the user's.
            ignore_statuses: vec!["not_affected".to_owned()],
            exclude: Vec::new(),
            allow_empty: false,
            components: Vec::new(),
        }
    }
}

impl Policy {
    /// Reads `[gate.security]`. What is wrong is told by the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let whole = Self::default();
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or_default();
        let levels = whole.levels.read(table);
        let only_new = table.flag("only-new").unwrap_or(whole.only_new);
        let statuses = table.strings("ignore-statuses");
        let statuses = statuses.map(|words| words.into_iter().map(|word| word.text).collect());
        let exclude = table.strings("exclude").unwrap_or_default();
        let exclude = globs(&exclude, table);
        let allow_empty = table.flag("allow-empty").unwrap_or(whole.allow_empty);
        let mut components = Vec::new();
        for mut part in table.tables("component") {
            let name = part.string("name");
            let name = part.required("name", name);
            let paths = part.strings("paths");
            let paths = part.required("paths", paths).unwrap_or_default();
            let own = Component {
                name: name.map(|name| name.text).unwrap_or_default(),
                paths: globs(&paths, &part),
                mode: part.choice("mode", &Mode::WORDS).unwrap_or(mode),
                levels: levels.read(&mut part),
            };
            components.push(own);
        }
        Self {
            mode,
            levels,
            only_new,
            ignore_statuses: statuses.unwrap_or(whole.ignore_statuses),
            exclude,
            allow_empty,
            components,
        }
    }
}

/// The patterns that can be used; what is wrong with the others is told.
fn globs(words: &[Word], table: &Table<'_, '_>) -> Vec<Glob> {
    let mut globs = Vec::new();
    for word in words {
        let Some(glob) = glob(table, word) else { continue };
        if glob.is_negated() {
            // All files but a few is never what is meant to be left out.
            let help = "write the patterns of the files that are meant";
            table.wrong(word, "a pattern that begins with `!` matches nearly everything", help);
        } else {
            globs.push(glob);
        }
    }
    globs
}

#[cfg(test)]
mod tests {
    use diagnostics::config::Config;

    use super::*;

    fn read(text: &str) -> Result<Policy, Vec<u64>> {
        Config::read("c.toml", text.as_bytes(), |top| {
            Policy::read(&mut top.table("gate").table("security"))
        })
        .map_err(|problems| {
            let place = |problem: diagnostics::Problem| problem.place.unwrap().line.unwrap();
            problems.into_iter().map(place).collect()
        })
    }

    #[test]
    fn without_a_table_the_defaults_hold() {
        let policy = read("").unwrap();
        assert_eq!(
            (policy.mode, policy.levels, policy.only_new),
            (Mode::Block, Levels::default(), false)
        );
        assert_eq!(policy.ignore_statuses, ["not_affected"]);
    }

    #[test]
    fn a_component_takes_what_it_does_not_set_from_the_whole() {
        let policy = read(
            "[gate.security]\nmode = 'warn'\nhigh = 'block'\n\
             [[gate.security.component]]\nname = 'web'\npaths = ['web/**']\nlow = 'warn'\nmode = 'block'\n",
        )
        .unwrap();
        let web = &policy.components[0];
        assert_eq!(
            (web.mode, web.levels.high, web.levels.low),
            (Mode::Block, Action::Block, Action::Warn)
        );
        assert_eq!((policy.mode, policy.levels.low), (Mode::Warn, Action::Track));
    }

    #[test]
    fn every_mistake_is_told_at_its_line() {
        let told = read(
            "[gate.security]\ncritical = 'blok'\nhihg = 'warn'\nexclude = ['!a', '']\n\
             [[gate.security.component]]\nname = 'a'\n",
        );
        assert_eq!(told.unwrap_err(), [2, 3, 4, 4, 5]);
    }
}
