//! Tells a promotion: the checklist, with what stands behind each box.

use diagnostics::{Foreign, Level, Problem, Text, text};
use rollout::promotion::{Criterion, Decision, Evidence, NotCounted, Outcome, Standing, Verdict};
use runner_protocol::{Column, Out, Page, Table};

use crate::gather::Promotion;
use crate::wire::{PromotionDocument, line_of};

/// Tells it.
pub(crate) fn promotion(told: &Promotion, decision: &Decision, out: &mut Out) {
    let word = decision.verdict.name();
    out.output("promotion", word);
    let open: Vec<&str> = decision
        .criteria
        .iter()
        .filter(|it| it.standing != Standing::Met)
        .map(|it| it.name.as_str())
        .collect();
    out.output("open", line_of(&open));
    let wanted = decision.approvals.wanted;
    let have = u64::try_from(decision.approvals.by.len()).unwrap_or(u64::MAX);
    out.output("approvals-missing", wanted.saturating_sub(have).to_string());
    for problem in problems(told, decision) {
        out.problem(problem);
    }
    out.summary(|page| {
        let mut heading = text!["Promotion from ", Foreign::from(told.edge.from.as_str()), " to "];
        heading.foreign(told.edge.to.as_str()).text(": ").text(word);
        page.heading(heading);
        let (level, first) = first_thing(told, decision);
        page.callout(level, first);
        checklist(told, decision, page);
    });
    out.result(&PromotionDocument::new(told, decision));
}

/// Tells that evidence was written.
pub(crate) fn evidence(criterion: &str, outcome: Outcome, out: &mut Out) {
    out.output("written", "true");
    out.summary(|page| {
        let mut said = text!["Evidence of ", Foreign::from(criterion), ": "];
        said.text(match outcome {
            Outcome::Pass => "pass",
            Outcome::Skipped => "skipped",
            Outcome::Fail => "fail",
        });
        page.heading(said);
    });
}

/// The one thing to do first.
fn first_thing(told: &Promotion, decision: &Decision) -> (Level, Text) {
    match decision.verdict {
        Verdict::Promote => {
            let mut said = text!["All ", decision.criteria.len(), " boxes are ticked"];
            if decision.approvals.wanted > 0 {
                said.text(", and ").push(decision.approvals.by.len()).text(" approved");
            }
            said.text(".");
            if decision.is_freeze_overridden {
                said.text(" A freeze was overridden: ")
                    .foreign(told.freeze_override.as_deref().unwrap_or_default())
                    .text(".");
            }
            (Level::Notice, said)
        }
        Verdict::Wait | Verdict::Missing | Verdict::Refuse => {
            let problems = problems(told, decision);
            let level =
                if decision.verdict == Verdict::Wait { Level::Warning } else { Level::Error };
            let Some(first) = problems.first() else { return (level, text!["It may not go on."]) };
            let mut said = text!["It may not go on: "];
            said.append(first.message.clone());
            if let Some(help) = &first.help {
                said.text(". First: ").append(help.clone());
            }
            said.text(".");
            if problems.len() > 1 {
                said.text(" ").push(problems.len() - 1).text(" more below.");
            }
            (level, said)
        }
    }
}

/// Everything that speaks against it, what says no first.
fn problems(told: &Promotion, decision: &Decision) -> Vec<Problem> {
    let mut problems: Vec<(u8, Problem)> = Vec::new();
    for criterion in &decision.criteria {
        if let Some((rank, message, help)) = wrong(told, criterion) {
            problems.push((rank, Problem::error(message).help(help)));
        }
    }
    for who in &decision.approvals.rejected_by {
        let message = text![Foreign::from(who.as_str()), " rejected it"];
        problems.push((0, Problem::error(message).help("see with them what must change")));
    }
    let missing = usize::try_from(decision.approvals.wanted)
        .unwrap_or(usize::MAX)
        .saturating_sub(decision.approvals.by.len());
    if missing > 0 {
        let mut message = text!["approvals of ", missing];
        message.text(if missing == 1 {
            " more person are waited for"
        } else {
            " more people are waited for"
        });
        let mut help = text!["ask "];
        if told.edge.approvers.is_empty() {
            help.text("somebody who did not make it");
        } else {
            let left: Vec<&str> = told
                .edge
                .approvers
                .iter()
                .map(String::as_str)
                .filter(|who| {
                    !decision.approvals.by.contains(&who.to_ascii_lowercase())
                        && !told.authors.iter().any(|it| it.eq_ignore_ascii_case(who))
                })
                .collect();
            help.foreign(left.join(", ").as_str());
        }
        problems.push((2, Problem::warning(message).help(help)));
    }
    for (who, why) in &decision.approvals.not_counted {
        let mut message =
            text!["the approval of ", Foreign::from(who.as_str()), " does not count: "];
        message.text(match why {
            NotCounted::Author => "it is their own work",
            NotCounted::NotNamed => "they are none of the approvers",
            NotCounted::OtherEnvironment => "it is for another environment",
        });
        problems.push((3, Problem::notice(message)));
    }
    for frozen in &decision.frozen {
        let Some(freeze) = told.policy.freezes.get(frozen.freeze) else { continue };
        let mut message =
            text!["nothing goes to ", Foreign::from(told.edge.to.as_str()), " until "];
        message
            .foreign(frozen.until.to_string().as_str())
            .text(": ")
            .foreign(freeze.reason.as_str());
        let problem = if decision.is_freeze_overridden {
            Problem::warning(message).help("it was overridden")
        } else if freeze.may_override {
            Problem::warning(message)
                .help("wait, or say with `override-freeze` why it does not count this time")
        } else {
            Problem::warning(message).help("wait")
        };
        problems.push((2, problem));
    }
    problems.sort_by_key(|(rank, _)| *rank);
    problems.into_iter().map(|(_, problem)| problem).collect()
}

fn evidence_of<'a>(told: &'a Promotion, criterion: &Criterion) -> Option<&'a Evidence> {
    criterion.evidence.and_then(|at| told.evidence.get(at))
}

/// How grave it is, what is wrong, and the next step; nothing where it is met.
fn wrong(told: &Promotion, criterion: &Criterion) -> Option<(u8, Text, Text)> {
    let name = Foreign::from(criterion.name.as_str());
    let found = evidence_of(told, criterion);
    let at = found.and_then(|it| it.at).map(|at| at.to_string()).unwrap_or_default();
    let subject = told.subjects.first().map(String::as_str).unwrap_or_default();
    Some(match criterion.standing {
        Standing::Met => return None,
        Standing::Failed => {
            (0, text![name, " says no"], text!["see what it found, mend it, and look again"])
        }
        Standing::Stale(seconds) => {
            let mut message = text![name, " is too old: it was found "];
            message.foreign(length(u64::try_from(seconds).unwrap_or_default()).as_str());
            message.text(" ago, and may be of the last ");
            message.foreign(length(told.edge.max_age.unwrap_or_default() / 1000).as_str());
            (0, message, text!["look again: it was true then"])
        }
        Standing::Undated => (
            0,
            text![name, " does not say when it was found"],
            text!["write it with `promotion-evidence`"],
        ),
        Standing::Ahead => (
            0,
            text![name, " was found in the future, at ", Foreign::from(at.as_str())],
            text!["see the clock of the machine that wrote it"],
        ),
        Standing::OtherSubject => {
            let other = found.and_then(|it| it.subject.clone()).unwrap_or_default();
            let message = text![
                name,
                " is about ",
                Foreign::from(other.as_str()),
                " and not about ",
                Foreign::from(subject)
            ];
            (0, message, text!["look at this very version, or name all of its names in `subject`"])
        }
        Standing::Skipped => (
            1,
            text![name, " was skipped"],
            text!["have it run: what was not looked at says nothing"],
        ),
        Standing::Missing => (
            1,
            text!["nothing is known of ", name],
            text!["have it looked at, and hand over what `promotion-evidence` writes"],
        ),
    })
}

/// A length of time: `1 d 2 h`, `45 s`.
fn length(seconds: u64) -> String {
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let words: Vec<String> = parts.map(|(number, unit)| format!("{number} {unit}")).collect();
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}

fn checklist(told: &Promotion, decision: &Decision, page: &mut Page) {
    let mut table = Table::new(vec![
        Column::left(""),
        Column::left("box"),
        Column::left("stands"),
        Column::left("when"),
        Column::left("by"),
        Column::left("more"),
    ]);
    for criterion in &decision.criteria {
        let found = evidence_of(told, criterion);
        let mut row = vec![
            text![mark(&criterion.standing)],
            text![Foreign::from(criterion.name.as_str())],
            text![criterion.standing.name()],
        ];
        let mut cell = |value: Option<String>| {
            row.push(value.map_or_else(Text::new, |value| text![Foreign::from(value.as_str())]));
        };
        cell(found.and_then(|it| it.at).map(|at| at.to_string()));
        cell(found.and_then(|it| it.by.clone()));
        cell(found.map(|it| it.url.clone().unwrap_or_else(|| it.source.clone())));
        table.row(row);
    }
    if decision.approvals.wanted > 0 {
        let have = decision.approvals.by.len();
        let is_enough = u64::try_from(have).unwrap_or(u64::MAX) >= decision.approvals.wanted;
        let by: Vec<&str> = decision.approvals.by.iter().map(String::as_str).collect();
        let by =
            if by.is_empty() { Text::new() } else { text![Foreign::from(by.join(", ").as_str())] };
        table.row(vec![
            text![if is_enough { "✅" } else { "⏳" }],
            text!["approvals"],
            text![have, " of ", decision.approvals.wanted],
            Text::new(),
            by,
            Text::new(),
        ]);
    }
    page.table(table);
}

fn mark(standing: &Standing) -> &'static str {
    match standing {
        Standing::Met => "✅",
        Standing::Missing | Standing::Skipped => "❔",
        Standing::Failed
        | Standing::Stale(_)
        | Standing::Undated
        | Standing::Ahead
        | Standing::OtherSubject => "❌",
    }
}
