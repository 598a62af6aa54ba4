//! Tells the notes of a release.

use std::path::Path;

use diagnostics::{Foreign, Level, text};
use runner_protocol::{Column, Out, Table};
use serde_json::json;

use crate::gather::notes::Release;
use rollout::notes::Section;

/// Tells them.
pub(crate) fn release_notes(release: &Release, title: &str, file: &Path, out: &mut Out) {
    let notes = &release.notes;
    let bump = notes.bump().name();
    out.output("notes-path", out.reach(file).display().to_string());
    out.output("bump", bump);
    let breaking = notes.changes.iter().filter(|change| change.is_breaking).count();
    out.summary(|page| {
        page.heading(text!["Release ", Foreign::from(title)]);
        let mut said = text![notes.changes.len(), " changes since "];
        match &release.since {
            Some(since) => said.foreign(since.as_str()),
            None => said.text("the beginning"),
        };
        said.text(": a ").text(bump).text(" release.");
        let level = if breaking > 0 { Level::Warning } else { Level::Notice };
        if breaking > 0 {
            said.text(" First: see what breaks, and that its migration is written down.");
        }
        page.callout(level, said);
        let mut table = Table::new(vec![Column::left("part"), Column::right("changes")]);
        table.row(vec![text!["Breaking changes"], text![breaking]]);
        for section in Section::ALL {
            let of = notes.changes.iter().filter(|change| change.section == section);
            table.row(vec![text![section.title()], text![of.count()]]);
        }
        page.table(table);
        page.details("The notes", |page| {
            page.code(Foreign::from(release.markdown.as_str()));
        });
    });
    out.result(&json!({
        "signalbox-release-notes": 1,
        "title": title,
        "since": release.since,
        "bump": bump,
        "changes": notes.changes.len(),
        "merges": notes.merges,
        "breaking": breaking,
        "markdown": release.markdown,
    }));
}
