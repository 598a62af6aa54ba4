//! The report: what is affected, and why, each reason on one line.

use affected::base::{Base, Resolution};
use affected::impact::{Cause, Node, package};
use affected::{Extent, services};
use diagnostics::{Foreign, Level, Text, text};
use ecosystems::workspaces::{NeedKind, Reach};
use repo_model::CommitId;
use runner_protocol::{Column, Out, Page, Table};

use super::outputs::by_name;
use super::{Told, counted};

/// How many lines a list has, where not everything is asked for.
const MOST_LINES: usize = 50;

/// Fills the report.
pub(super) fn page(told: &Told<'_>, out: &mut Out) {
    out.summary(|page| {
        page.heading(heading(told));
        let (level, first) = first_thing(told);
        page.callout(level, first);
        filters(told, page);
        services(told, page);
        packages(told, page);
        nobodys(told, page);
        files(told, page);
        steps(told, page);
    });
}

fn heading(told: &Told<'_>) -> Text {
    let mut heading = match told.decision.extent {
        Extent::Nothing => text!["Changes: none"],
        Extent::Files => {
            let mut heading = text!["Changes: "];
            heading.append(counted(told.decision.changes.len(), " file", " files"));
            heading
        }
        Extent::Unknown => text!["Changes: not known, so all"],
    };
    if let Base::Commit(base) = &told.gathered.resolution.base {
        heading.text(" since ").foreign(short(base));
    }
    heading
}

/// The first digits of a commit, as people know it.
fn short(commit: &CommitId) -> &str {
    commit.as_str().get(..10).unwrap_or(commit.as_str())
}

/// The one thing to know or do first.
fn first_thing(told: &Told<'_>) -> (Level, Text) {
    let resolution = &told.gathered.resolution;
    if told.decision.extent == Extent::Unknown {
        let mut first = text!["Everything counts as changed: "];
        first.text(resolution.reason.says()).text(". ").text(help(resolution));
        return (Level::Warning, first);
    }
    if resolution.is_degraded {
        let mut first = text!["Not what was wanted: compared with "];
        first.text(resolution.reason.says()).text(". ").text(help(resolution));
        return (Level::Warning, first);
    }
    if let Some((place, pattern)) = told.decision.global {
        let mut first = text!["Every service and package is affected: "];
        first.append(file(told, place));
        first.text(" is one of `global-files` (").foreign(pattern).text(").");
        return (Level::Notice, first);
    }
    let mut first = Text::new();
    match told.decision.extent {
        Extent::Nothing => {
            first.text("Nothing to do: ").text(match resolution.base {
                Base::Deleted => "the branch or tag was deleted.",
                Base::Commit(_) | Base::Empty | Base::Unknown => "no file that counts has changed.",
            });
            if resolution.base == Base::Deleted {
                return (Level::Notice, first);
            }
        }
        Extent::Files | Extent::Unknown => {
            first.text("Compared with ").text(resolution.reason.says()).text(".");
        }
    }
    (Level::Notice, first)
}

fn help(resolution: &Resolution) -> &'static str {
    match resolution.base {
        Base::Unknown => {
            "Say what to compare with (`base`), or check out with the credentials kept so that the missing commits can be fetched (`fetch: auto`)."
        }
        Base::Commit(_) | Base::Empty | Base::Deleted => {
            "Check out with `fetch-depth: 0`, or let the missing commits be fetched (`fetch: auto`)."
        }
    }
}

fn file(told: &Told<'_>, place: usize) -> Text {
    let change = told.decision.changes.as_slice().get(place);
    change.map_or_else(|| text!["a file"], |change| text![Foreign::new(change.path.as_bytes())])
}

fn filters(told: &Told<'_>, page: &mut Page) {
    let results = &told.decision.filters;
    if results.is_empty() {
        return;
    }
    let mut table = Table::new(vec![
        Column::left("filter"),
        Column::left("matches"),
        Column::right("files"),
        Column::left("why"),
    ]);
    for result in results {
        let mut why = Text::new();
        let first = result.found.files.first().and_then(|place| usize::try_from(*place).ok());
        if let Some(place) = first {
            why.append(file(told, place));
            if let Some(pattern) = result.found.pattern {
                why.text(" by ").foreign(pattern);
            }
        } else if result.matches {
            why.text("nobody knows what changed");
        }
        table.row(vec![
            text![Foreign::from(result.found.name)],
            text![if result.matches { "yes" } else { "no" }],
            text![result.found.files.len()],
            why,
        ]);
    }
    page.table(table);
    if told.args.tell.explain {
        for (name, result) in by_name(results) {
            let places = result.found.files.iter().filter_map(|place| usize::try_from(*place).ok());
            let lines: Vec<Text> = places.map(|place| file(told, place)).collect();
            if !lines.is_empty() {
                page.details(text!["Files of ", Foreign::from(name)], |page| {
                    page.list(lines);
                });
            }
        }
    }
}

fn services(told: &Told<'_>, page: &mut Page) {
    let decision = told.decision;
    let found = &decision.services;
    if found.all.is_empty() && found.deleted.is_empty() {
        if told.gathered.wants_services() {
            page.paragraph("No folder is a service: see `services` and `service-markers`.");
        }
        return;
    }
    let mut table = Table::new(vec![Column::left("service"), Column::left("why")]);
    let mut rows = 0;
    for (service, cause) in found.all.iter().zip(&decision.service_causes) {
        let Some(cause) = cause else { continue };
        let name = text![Foreign::from(service.name.as_str())];
        table.row(vec![name, service_why(told, cause)]);
        rows += 1;
    }
    for name in &found.deleted {
        table.row(vec![text![Foreign::from(name.as_str())], text!["deleted"]]);
    }
    let mut said = counted(rows, " service", " services");
    said.text(" of ").number(u64::try_from(found.all.len()).unwrap_or(u64::MAX));
    said.text(if rows == 1 { " is affected." } else { " are affected." });
    page.paragraph(said);
    if rows > 0 || !found.deleted.is_empty() {
        page.table(table);
    }
}

fn service_why(told: &Told<'_>, cause: &services::Cause) -> Text {
    match cause {
        services::Cause::File(place) => file(told, *place),
        services::Cause::Depends { change, pattern } => {
            let mut why = file(told, *change);
            why.text(" by ").foreign(pattern.as_str());
            why
        }
        services::Cause::Link { change, link } => {
            let mut why = file(told, *change);
            why.text(" through the link ").foreign(link.as_slice());
            why
        }
        services::Cause::Package(node) => chain(told, *node),
        services::Cause::Global(place) => {
            let mut why = file(told, *place);
            why.text(" affects everything");
            why
        }
        services::Cause::Unknown => text!["nobody knows what changed"],
    }
}

fn packages(told: &Told<'_>, page: &mut Page) {
    let all: Vec<_> = told.decision.impact.all().collect();
    if all.is_empty() {
        return;
    }
    let mut table =
        Table::new(vec![Column::left("package"), Column::left("what to do"), Column::left("why")]);
    let shown = all.iter().filter(|(_, effect)| effect.cause().is_some());
    let shown: Vec<_> = shown.collect();
    let most = if told.args.tell.explain { usize::MAX } else { MOST_LINES };
    for (node, effect) in shown.iter().take(most) {
        let Some(package) = package(&told.gathered.graphs, *node) else { continue };
        let todo = match (&effect.direct, &effect.affected) {
            (Some(_), Some(_)) => "lint, build, test",
            (None, Some(_)) => "build, test",
            (Some(_), None) => "lint",
            (None, None) => "",
        };
        let name = text![Foreign::from(package.name.as_str())];
        table.row(vec![name, text![todo], chain(told, *node)]);
    }
    let affected = all.iter().filter(|(_, effect)| effect.affected.is_some()).count();
    let mut said = counted(affected, " package", " packages");
    said.text(" of ").number(u64::try_from(all.len()).unwrap_or(u64::MAX));
    said.text(if affected == 1 { " is affected." } else { " are affected." });
    page.paragraph(said);
    if !shown.is_empty() {
        page.table(table);
    }
    if shown.len() > most {
        page.paragraph(text![
            shown.len() - most,
            " more are in the plan (`explain: true` shows all)."
        ]);
    }
}

/// From the changed file to the package, on one line.
fn chain(told: &Told<'_>, node: Node) -> Text {
    let links = told.decision.impact.chain(node);
    let mut said = Text::new();
    for (node, cause) in links.iter().rev() {
        match cause {
            Cause::Touch(touch) => {
                let graph = told.gathered.graphs.get(node.graph);
                let touch = graph.and_then(|graph| graph.reading.touches.get(*touch));
                if let Some(touch) = touch {
                    said.foreign(touch.path.as_bytes());
                    if let Some(what) = &touch.what {
                        said.text(" (").append(what.clone()).text(")");
                    }
                    if touch.reach == Reach::Own {
                        said.text(" (for the package alone)");
                    }
                }
            }
            Cause::PathRule(place) => {
                said.append(file(told, *place)).text(" (a rule)");
            }
            Cause::Global(place) => {
                said.append(file(told, *place)).text(" (affects everything)");
            }
            Cause::Nobodys(place) => {
                said.append(file(told, *place)).text(" (in no package, and no rule names it)");
            }
            Cause::Unknown => {
                said.text("nobody knows what changed");
            }
            Cause::PackageRule(_) => {
                said.text(" (a rule)");
            }
            Cause::Needs { kind, .. } => {
                said.text(match kind {
                    NeedKind::Normal => "",
                    NeedKind::Build => " (to be built)",
                    NeedKind::Dev => " (for its tests)",
                });
            }
        }
        let name = package(&told.gathered.graphs, *node).map(|package| package.name.as_str());
        said.text(" → ").foreign(name.unwrap_or_default());
    }
    said
}

/// The changed files that no package answers for: they affect none, and somebody should know.
fn nobodys(told: &Told<'_>, page: &mut Page) {
    let nobodys = &told.decision.nobodys;
    if nobodys.is_empty() || told.decision.all() {
        return;
    }
    let most = if told.args.tell.explain { usize::MAX } else { MOST_LINES };
    page.details(counted(nobodys.len(), " file in no package", " files in no package"), |page| {
        page.list(nobodys.iter().take(most).map(|place| file(told, *place)).collect());
        if nobodys.len() > most {
            page.paragraph(text![nobodys.len() - most, " more."]);
        }
        page.paragraph("`global-files`, `rules` or a filter say what they mean for packages.");
    });
}

fn files(told: &Told<'_>, page: &mut Page) {
    let changes = told.decision.changes.as_slice();
    if changes.is_empty() {
        return;
    }
    let most = if told.args.tell.explain { usize::MAX } else { MOST_LINES };
    page.details(counted(changes.len(), " changed file", " changed files"), |page| {
        let line = |change: &repo_model::Change| {
            let mut line = text![crate::wire::status_word(change), " "];
            line.foreign(change.path.as_bytes());
            line
        };
        page.list(changes.iter().take(most).map(line).collect());
        if changes.len() > most {
            page.paragraph(text![changes.len() - most, " more are in the file of `files-path`."]);
        }
    });
}

fn steps(told: &Told<'_>, page: &mut Page) {
    let steps = &told.gathered.resolution.steps;
    let lines: Vec<Text> = steps
        .iter()
        .map(|step| {
            let mut line = text![if step.is_taken { "taken: " } else { "not taken: " }];
            line.text(step.why.says());
            if let Some(about) = &step.about {
                line.text(" (").foreign(about.as_str()).text(")");
            }
            line
        })
        .collect();
    page.details("How the base was found", |page| {
        page.list(lines);
    });
}
