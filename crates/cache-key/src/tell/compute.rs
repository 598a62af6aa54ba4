//! The key, what may be restored instead, and what is kept.

use cache_identity::{Identity, Layer};
use diagnostics::{Foreign, Problem, Text, text};
use runner_protocol::{Column, Failure, Out, Page, Table};

use crate::args::ComputeArgs;
use crate::gather::{Gathered, disk, foreign};
use crate::wire::{IdentityFile, MaterialFile};

/// A key, with what it was made of.
pub(crate) struct Computed<'a> {
    pub(crate) args: &'a ComputeArgs,
    pub(crate) gathered: &'a Gathered,
    pub(crate) identity: &'a Identity,
}

/// Tells the key, and writes what it was made of.
pub(crate) fn compute(computed: &Computed<'_>, out: &mut Out) -> Result<(), Failure> {
    let Computed { args, identity, .. } = *computed;
    let material_path = match &args.material_file {
        None => String::new(),
        Some(path) => {
            let bytes = MaterialFile::new(&identity.key, &identity.material).bytes();
            system::write_whole(path, &bytes).map_err(|failure| {
                disk(
                    &failure,
                    "the material",
                    "`--material-file` (input `material-file`) names a file that can be written",
                )
            })?;
            out.reach(path).to_str().map(str::to_owned).ok_or_else(|| {
                Failure::no_answer(
                    Problem::error(text![
                        "the path ",
                        foreign(path),
                        " is not UTF-8 and cannot be an output"
                    ])
                    .help("choose a path of plain letters"),
                )
            })?
        }
    };
    let restore: Vec<&str> = identity.restore.iter().map(|it| it.key.as_str()).collect();
    out.output("key", identity.key.clone());
    out.output("restore-keys", restore.join("\n"));
    out.output("paths", paths(identity)?);
    out.output("material", identity.material.digest().hexadecimal());
    out.output("material-path", material_path);
    out.result(&IdentityFile::new(identity));
    out.summary(|page| fill(page, computed));
    Ok(())
}

/// What is kept, one path a line.
fn paths(identity: &Identity) -> Result<String, Failure> {
    let mut paths = Vec::new();
    for place in &identity.places {
        let path = std::str::from_utf8(&place.path).ok();
        let path = path.filter(|path| !path.contains(['\n', '\r']));
        paths.push(path.ok_or_else(|| {
            let path = Foreign::new(place.path.clone());
            Failure::no_answer(
                Problem::error(text![
                    "the folder ",
                    path,
                    " cannot be kept: actions/cache takes one path a line"
                ])
                .help("rename it, or leave its workspace out with `workspaces`"),
            )
        })?);
    }
    Ok(paths.join("\n"))
}

fn fill(page: &mut Page, computed: &Computed<'_>) {
    let Computed { gathered, identity, .. } = *computed;
    page.heading(text!["Cache ", Foreign::from(identity.key.as_str())]);
    page.paragraph(
        text!["Saved and read as ", Foreign::from(gathered.scope.own.as_str()), ": "]
            .append(gathered.scope.why.clone())
            .text(".")
            .clone(),
    );
    let mut restore = Table::new(vec![
        Column::left("Restored instead"),
        Column::left("The same"),
        Column::left("Safe, because"),
    ]);
    for it in &identity.restore {
        restore.row(vec![text![Foreign::from(it.key.as_str())], text![it.same], text![it.why]]);
    }
    if !identity.restore.is_empty() {
        page.table(restore);
    }
    let mut kept = Table::new(vec![
        Column::left("Kept"),
        Column::left("What it is"),
        Column::left("Usable, because"),
    ]);
    for place in &identity.places {
        kept.row(vec![
            text![Foreign::new(place.path.clone())],
            layer(place.layer),
            text![place.why],
        ]);
    }
    page.table(kept);
    let mut made = Table::new(vec![
        Column::left("The key is made of"),
        Column::left("From"),
        Column::left("Because"),
    ]);
    for part in &identity.material.parts {
        made.row(vec![
            text![Foreign::from(part.owner.as_str()), " ", Foreign::new(part.name.to_vec())],
            text![Foreign::new(part.source.to_vec())],
            text![Foreign::from(part.why.as_str())],
        ]);
    }
    page.table(made);
}

fn layer(layer: Layer) -> Text {
    text![match layer {
        Layer::Registry => "downloads",
        Layer::Dependencies => "built or installed from elsewhere",
        Layer::Workspace => "built from this repository",
    }]
}
