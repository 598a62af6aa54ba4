//! Which findings count, and what they come to.

use std::collections::BTreeMap;

use diagnostics::{Foreign, Place, Text, text};
use repo_model::{Glob, GlobSet};
use reports::findings::{Kind, Severity};

use super::findings::{Findings, Kept, KeptStanding};
use super::identity::{Identities, Matching, written};
use super::joined::joined;
use super::{Action, Base, Facts, Levels, Policy};
use crate::{Gate, Mode, Outcome, Reason, State, Verdict};

/// How many findings are told one by one: the worst. Whoever has more reads no list.
const MOST_REASONS: usize = 10_000;

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let findings = facts.findings;
    let mut outcome = Outcome {
        gate: Gate::Security,
        measured: Text::new(),
        limit: limit(policy),
        reasons: Vec::new(),
    };
    if findings.reports() == 0 {
        outcome.measured = "no report of a scanner".into();
        let reason =
            Reason::new("security-no-report", Verdict::Error, "no scanner says that it ran");
        outcome
            .reasons
            .push(reason.help("run a scanner, and name its report in the input `reports`"));
        return outcome;
    }
    let identities = Identities::new(findings);
    let members = Judge::new(policy, facts, &identities).members();
    let joined = joined(findings);
    let mut others: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, leader) in joined.iter().enumerate().filter(|(at, leader)| at != *leader) {
        others.entry(*leader).or_default().push(at);
    }
    let mut counts = Counts::default();
    let mut told = Vec::new();
    for (at, leader) in joined.iter().enumerate().filter(|(at, leader)| at == *leader) {
        let others = others.get(leader).map(Vec::as_slice).unwrap_or_default();
        let set = std::iter::once(at).chain(others.iter().copied());
        let set = set.filter_map(|at| members.get(at).map(|member| (at, member)));
        match combined(policy, facts, findings, &set) {
            Some(one) => {
                counts.add(&one);
                told.push(one);
            }
            None => counts.excluded += 1,
        }
    }
    counts.joined = joined.len() - told.len() - counts.excluded;
    // The worst first; those that are alike in the order of the reports.
    told.sort_by_key(|one| (!one.is_open(), std::cmp::Reverse((one.verdict, one.severity))));
    for one in told.iter().take(MOST_REASONS) {
        let others = others.get(&one.leader).map(Vec::as_slice).unwrap_or_default();
        outcome.reasons.push(reason(findings, &identities, one, others));
    }
    untold(told.get(MOST_REASONS..).unwrap_or_default(), &mut outcome.reasons);
    let counted = told.iter().any(One::is_open);
    if policy.only_new && facts.base.is_none() && counted {
        let message = "there is no base to compare with: every finding counts as new";
        let verdict = policy.mode.soften(Verdict::Inconclusive);
        let reason = Reason::new("security-base", verdict, message);
        outcome.reasons.push(reason.help("give the base's report in the input `baseline`"));
    }
    outcome.measured = counts.told();
    outcome
}

/// What becomes of one report's row.
#[derive(Clone, Copy)]
struct Member {
    standing: Stands,
    levels: Levels,
    mode: Mode,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Open,
    Known,
    Suppressed,
    /// It is of a file that the policy leaves out.
    Excluded,
}

/// Holds each finding against the policy and the base.
struct Judge<'p, 'f> {
    policy: &'p Policy,
    findings: &'f Findings,
    identities: &'p Identities<'f>,
    base: Option<Matching<'f>>,
    /// The patterns of files that are left out, then those of the components.
    globs: GlobSet,
    /// To which component each pattern belongs; nothing for what is left out.
    owners: Vec<Option<usize>>,
}

impl<'p, 'f> Judge<'p, 'f> {
    fn new(policy: &'p Policy, facts: &Facts<'f>, identities: &'p Identities<'f>) -> Self {
        let mut globs: Vec<Glob> = policy.exclude.clone();
        let mut owners = vec![None; globs.len()];
        for (index, component) in policy.components.iter().enumerate() {
            globs.extend(component.paths.iter().cloned());
            owners.resize(globs.len(), Some(index));
        }
        let base = facts.base.filter(|_| policy.only_new);
        Self {
            policy,
            findings: facts.findings,
            identities,
            base: base.map(Base::matching),
            globs: GlobSet::new(&globs),
            owners,
        }
    }

    fn members(mut self) -> Vec<Member> {
        let mut found = Vec::new();
        let mut members = Vec::with_capacity(self.findings.len());
        for kept in &self.findings.kept {
            members.push(self.member(kept, &mut found));
        }
        members
    }

    fn member(&mut self, kept: &Kept, found: &mut Vec<usize>) -> Member {
        let (mut mode, mut levels) = (self.policy.mode, self.policy.levels);
        let path = self.findings.text(kept.path);
        if !path.is_empty() && !self.owners.is_empty() {
            self.globs.matches_into(path, found);
            let mut owners = found.iter().filter_map(|index| self.owners.get(*index));
            match owners.next() {
                Some(None) => return Member { standing: Stands::Excluded, levels, mode },
                Some(Some(index)) => {
                    if let Some(component) = self.policy.components.get(*index) {
                        (mode, levels) = (component.mode, component.levels);
                    }
                }
                None => {}
            }
        }
        // The base's findings are matched whatever becomes of the head's, so that each is used up.
        let base = self.base.as_mut();
        let is_in_base = base.is_some_and(|base| base.take(self.identities, kept));
        let standing = match kept.standing {
            KeptStanding::Suppressed(_) => Stands::Suppressed,
            KeptStanding::Status(status) if self.is_ignored(self.findings.text(status)) => {
                Stands::Suppressed
            }
            KeptStanding::Existing if self.policy.only_new => Stands::Known,
            KeptStanding::Open | KeptStanding::Status(_) | KeptStanding::Existing => {
                if is_in_base {
                    Stands::Known
                } else {
                    Stands::Open
                }
            }
        };
        Member { standing, levels, mode }
    }

    fn is_ignored(&self, status: &[u8]) -> bool {
        let words = &self.policy.ignore_statuses;
        words.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(status))
    }
}

/// A finding as it is told: one or more rows.
#[derive(Clone, Copy)]
struct One {
    leader: usize,
    standing: Stands,
    severity: Severity,
    kind: Kind,
    verdict: Verdict,
    action: Action,
}

impl One {
    fn is_open(&self) -> bool {
        self.standing == Stands::Open
    }
}

/// What a set of rows comes to; nothing if all of them are left out. It is open if one of them is, and as
/// bad as the worst of them that somebody knows how bad it is.
fn combined<'m>(
    policy: &Policy,
    facts: &Facts<'_>,
    findings: &Findings,
    set: &(impl Iterator<Item = (usize, &'m Member)> + Clone),
) -> Option<One> {
    let rows = || {
        let counted = set.clone().filter(|(_, member)| member.standing != Stands::Excluded);
        counted.filter_map(|(at, member)| Some((at, findings.kept.get(at)?, member)))
    };
    let first = rows().next()?;
    let known = rows().map(|(_, kept, _)| kept.severity);
    let known = known.filter(|severity| *severity != Severity::Unknown).max();
    let severity = known.unwrap_or(Severity::Unknown);
    let has = |wanted: Stands| rows().any(|(_, _, member)| member.standing == wanted);
    let standing = if has(Stands::Open) {
        Stands::Open
    } else if has(Stands::Known) {
        Stands::Known
    } else {
        Stands::Suppressed
    };
    let judged = rows().filter(|(_, _, member)| member.standing == standing);
    let judged = judged.map(|(_, kept, member)| {
        let action = member.levels.action(severity, kept.kind);
        (member.mode.soften(action.verdict(facts.approve_high)), action, kept.kind)
    });
    let (verdict, action, kind) = judged
        .max_by_key(|(verdict, action, _)| (*verdict, *action))
        .unwrap_or((policy.mode.soften(Verdict::Fail), Action::Block, first.1.kind));
    Some(One { leader: first.0, standing, severity, kind, verdict, action })
}

fn reason(findings: &Findings, identities: &Identities<'_>, one: &One, others: &[usize]) -> Reason {
    // Where the leader is left out, another row leads, and the leader is none of the others.
    let Some(kept) = findings.kept.get(one.leader) else {
        return Reason::new("security", one.verdict, "a finding that is not there");
    };
    let rest = others.iter().filter(|at| **at != one.leader);
    let rest: Vec<&Kept> = rest.filter_map(|at| findings.kept.get(*at)).collect();
    let all = || std::iter::once(kept).chain(rest.iter().copied());
    let foreign = |span| Foreign::from(findings.text(span));
    let mut message = text![severity_word(one.severity), " ", kind_word(one.kind)];
    let has_package = all().find(|kept| !findings.text(kept.package).is_empty());
    let version = all().map(|kept| findings.text(kept.version)).find(|it| !it.is_empty());
    if let Some(kept) = has_package {
        message.text(" in ").foreign(foreign(kept.package));
        if let Some(version) = version {
            message.text(" ").foreign(version);
        }
    }
    message.text(": ").foreign(foreign(kept.message)).text(", found by ");
    let mut tools: Vec<&[u8]> = Vec::new();
    for tool in all().map(|kept| findings.text(kept.tool)) {
        if !tools.contains(&tool) && tools.len() < 20 {
            message.text(if tools.is_empty() { "" } else { ", " }).foreign(tool);
            tools.push(tool);
        }
    }
    let mut reason = Reason::new(foreign(kept.rule), one.verdict, message);
    let names = all().flat_map(|kept| findings.names(kept));
    let mut seen = std::collections::BTreeSet::from([findings.text(kept.rule)]);
    reason.aliases = names.filter(|name| seen.insert(name)).map(Foreign::from).collect();
    reason.package = has_package.map(|kept| {
        let mut package = findings.text(kept.package).to_vec();
        if let Some(version) = version {
            package.push(b'@');
            package.extend_from_slice(version);
        }
        Foreign::new(package)
    });
    let mut paths = std::collections::BTreeSet::new();
    let mut places = all()
        .filter(|kept| !findings.text(kept.path).is_empty())
        .filter(|kept| paths.insert((findings.text(kept.path), kept.line)))
        .map(|kept| place(findings, kept));
    reason.place = places.next();
    reason.also = places.take(100).collect();
    reason.fingerprint = Some(Foreign::new(written(identities.told(kept))));
    reason.state = match one.standing {
        Stands::Open => State::Open,
        Stands::Known => State::Known,
        Stands::Suppressed | Stands::Excluded => {
            let why = match kept.standing {
                KeptStanding::Suppressed(why) | KeptStanding::Status(why) => findings.text(why),
                KeptStanding::Open | KeptStanding::Existing => b"",
            };
            State::Suppressed((!why.is_empty()).then(|| Foreign::from(why)))
        }
    };
    if one.is_open() {
        reason.help = help(one.action);
    }
    reason
}

fn place(findings: &Findings, kept: &Kept) -> Place {
    Place {
        file: Foreign::from(findings.text(kept.path)),
        line: kept.line.map(u64::from),
        column: kept.column.map(u64::from),
    }
}

fn help(action: Action) -> Option<Text> {
    Some(match action {
        Action::Block => "mend it, or write a waiver with an owner and a date".into(),
        Action::Review => "mend it, have it approved (input `approved`), or write a waiver".into(),
        Action::Acknowledge => {
            "say who knows of it: in the input `acknowledged`, or in a waiver".into()
        }
        Action::Warn | Action::Track => return None,
    })
}

/// The findings that are not told one by one are told together, as bad as the worst of them.
fn untold(rest: &[One], reasons: &mut Vec<Reason>) {
    let open = rest.iter().filter(|one| one.is_open());
    if let Some(worst) = open.clone().map(|one| one.verdict).max() {
        let count = open.count();
        let message = text![count, " more findings, none worse than those that are listed"];
        let help = "exclude generated files and files of others (`exclude`), or scan fewer rules";
        reasons.push(Reason::new("security-untold", worst, message).help(help));
    }
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Unknown => "unrated",
    }
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Vulnerability => "vulnerability",
        Kind::Dependency => "dependency",
        Kind::Secret => "secret",
        Kind::Misconfiguration => "misconfiguration",
        Kind::License => "licence",
        Kind::Code => "finding",
    }
}

/// How many findings there are of each sort.
#[derive(Default)]
struct Counts {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    unknown: usize,
    secrets: usize,
    suppressed: usize,
    known: usize,
    excluded: usize,
    joined: usize,
}

impl Counts {
    fn add(&mut self, one: &One) {
        match one.standing {
            Stands::Known => self.known += 1,
            Stands::Suppressed | Stands::Excluded => self.suppressed += 1,
            Stands::Open => {
                self.secrets += usize::from(one.kind == Kind::Secret);
                *match one.severity {
                    Severity::Critical => &mut self.critical,
                    Severity::High => &mut self.high,
                    Severity::Medium => &mut self.medium,
                    Severity::Low => &mut self.low,
                    Severity::Unknown => &mut self.unknown,
                } += 1;
            }
        }
    }

    /// `3 findings: 1 critical, 2 low; 4 suppressed`.
    fn told(&self) -> Text {
        let open = self.critical + self.high + self.medium + self.low + self.unknown;
        let mut told = text![open, if open == 1 { " finding" } else { " findings" }];
        let parts = [
            (self.critical, " critical"),
            (self.high, " high"),
            (self.medium, " medium"),
            (self.low, " low"),
            (self.unknown, " unrated"),
        ];
        let mut before = ": ";
        for (count, word) in parts.into_iter().filter(|(count, _)| *count > 0) {
            told.text(before).push(count).text(word);
            before = ", ";
        }
        let besides = [
            (self.secrets, " of them secrets"),
            (self.suppressed, " suppressed"),
            (self.known, " known from the base"),
            (self.excluded, " left out by the configuration"),
            (self.joined, " told by several scanners"),
        ];
        for (count, words) in besides.into_iter().filter(|(count, _)| *count > 0) {
            told.text("; ").push(count).text(words);
        }
        told
    }
}

/// `critical: block, high: review`.
/// What is done with what, the harshest first: `block: critical, secrets; review: high`.
fn limit(policy: &Policy) -> Text {
    let levels = &policy.levels;
    let parts = [
        ("critical", levels.critical),
        ("high", levels.high),
        ("medium", levels.medium),
        ("low", levels.low),
        ("unrated", levels.unknown),
        ("secrets", levels.secrets),
    ];
    let mut limit = Text::new();
    for (_, action) in Action::WORDS {
        let words = parts.iter().filter(|(_, theirs)| *theirs == action);
        for (number, (word, _)) in words.enumerate() {
            match (number, limit.is_empty()) {
                (0, true) => limit.text(action.name()).text(": "),
                (0, false) => limit.text("; ").text(action.name()).text(": "),
                _ => limit.text(", "),
            };
            limit.text(word);
        }
    }
    limit
}
