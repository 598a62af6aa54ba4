//! The key, what may be restored instead, and what is kept.

use std::path::Path;

use bstr::ByteSlice as _;
use cache_identity::{Identity, Layer, Made, explanation};
use diagnostics::{Foreign, Problem, Text, text};
use runner_protocol::{Column, Failure, Out, Page, Table};

use crate::args::{Backend, ComputeArgs};
use crate::gather::{Gathered, before, disk};
use crate::wire::{DifferenceFile, Earlier, IdentityFile, MaterialFile, as_many};

/// The most characters of a list in an output; GitHub allows a megabyte for all outputs of a job.
const LONGEST: usize = 400_000;

/// A key, with what it was made of.
pub(crate) struct Computed<'a> {
    pub(crate) args: &'a ComputeArgs,
    pub(crate) gathered: &'a Gathered,
    pub(crate) identity: &'a Identity,
    pub(crate) earlier: Option<&'a Earlier>,
}

/// Tells the key, and writes what it was made of.
pub(crate) fn compute(computed: &Computed<'_>, out: &mut Out) -> Result<(), Failure> {
    let Computed { args, gathered, identity, earlier } = *computed;
    let material_path = written(args, identity, out)?;
    let restore: Vec<&str> = identity.restore.iter().map(|it| it.key.as_str()).collect();
    let save = save(computed);
    // What a tool keeps itself is nothing to restore.
    let is_kept = !identity.places.is_empty();
    let restores = args.restore && args.backend == Backend::Actions && is_kept;
    out.output("key", identity.key.clone());
    out.output("restore-keys", restore.join("\n"));
    out.output("paths", paths(identity, &before(&gathered.machine.repository, out))?);
    out.output("save", word(save.is_none()));
    out.output("reason", reason(gathered, save));
    out.output("restore", word(restores));
    let template = args.recipe.docker_cache.as_str();
    let named = identity.named.as_ref();
    let caches = |names: &[String]| -> Vec<String> {
        names.iter().map(|name| template.replace("{scope}", name)).collect()
    };
    let reads = named.map_or_else(Vec::new, |it| caches(&it.reads));
    let writes = named.filter(|_| save.is_none()).map_or_else(Vec::new, |it| caches(&it.writes));
    let writes: Vec<String> = writes.iter().map(|it| format!("{it},mode=max")).collect();
    out.output("docker-cache-from", reads.join("\n"));
    out.output("docker-cache-to", writes.join("\n"));
    out.output("material", identity.material.digest().hexadecimal());
    out.output("material-path", material_path);
    out.output("material-place", place(identity, out));
    match earlier {
        None => {
            out.output("expectation", "unknown");
            out.output("same-as", "unknown");
            out.output("changed", "[]");
        }
        Some(earlier) => {
            let now = Made { key: &identity.key, material: &identity.material };
            let restore = identity.restore.iter().map(|it| (it.key.as_str(), it.same));
            let explanation = explanation(earlier.made(), now, restore);
            let document = DifferenceFile::new(&earlier.key, &identity.key, &explanation);
            out.output("expectation", document.expectation());
            out.output("same-as", document.same_as());
            out.output("changed", as_many(document.changed(), LONGEST));
        }
    }
    if args.cache_on_failure && restores && save.is_none() {
        out.problem(on_failure());
    }
    out.result(&IdentityFile(identity));
    out.summary(|page| fill(page, computed, save));
    Ok(())
}

fn word(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}

/// Why nothing may be saved; nothing where it may.
fn save(computed: &Computed<'_>) -> Option<&'static str> {
    let Computed { args, gathered, .. } = *computed;
    if !gathered.scope.may_save {
        Some("a run like this one saves nothing")
    } else if args.lookup_only {
        Some("`lookup-only` says to save nothing")
    } else if !args.save_if {
        Some("`save-if` says to save nothing")
    } else {
        None
    }
}

fn reason(gathered: &Gathered, save: Option<&'static str>) -> String {
    let why = gathered.scope.why.unescaped();
    match save {
        Some(words) => format!("{words}; {why}"),
        None => why,
    }
}

/// What to add to a job that is to save its cache when it fails.
fn on_failure() -> Problem {
    Problem::notice("a job that fails saves nothing: a composite action has no step at its end")
        .label("`cache-on-failure` is `true`")
        .help("end the job with a step `if: failure() && steps.ID.outputs.save == 'true'` that uses `actions/cache/save` with this action's outputs `key` and `paths`; know that what it saves is then the cache of this key, complete or not")
}

/// Where the material travels, as this machine knows it.
fn place(identity: &Identity, out: &Out) -> String {
    let home = out.folder_of("HOME").or_else(|| out.folder_of("USERPROFILE"));
    let below = identity.travels.strip_prefix(b"~/").and_then(|path| path.to_path().ok());
    let place = home.zip(below).map(|(home, below)| home.join(below));
    place.as_deref().and_then(Path::to_str).unwrap_or_default().to_owned()
}

/// Writes the material, and says where.
fn written(args: &ComputeArgs, identity: &Identity, out: &Out) -> Result<String, Failure> {
    let path = match (&args.material_file, out.temporary()) {
        (Some(path), _) => path.clone(),
        (None, Some(folder)) => {
            let name = out.unique("signalbox-cache-key")?;
            folder.join(name).with_extension("json")
        }
        (None, None) => return Ok(String::new()),
    };
    let help = "`--material-file` (input `material-file`) names a file that can be written";
    system::write_whole(&path, &MaterialFile::new(identity).bytes())
        .map_err(|failure| disk(&failure, "the material", help))?;
    out.reach(&path).to_str().map(str::to_owned).ok_or_else(|| {
        let message =
            text!["the path ", Foreign::path(&path), " is not UTF-8 and cannot be an output"];
        Failure::no_answer(Problem::error(message).help("choose a path of plain letters"))
    })
}

/// What is kept, one path a line; those of the repository with what stands before them.
fn paths(identity: &Identity, before: &str) -> Result<String, Failure> {
    let mut paths = Vec::new();
    for place in &identity.places {
        let path = std::str::from_utf8(&place.path).ok();
        let path = path.filter(|path| !path.contains(['\n', '\r']));
        let path =
            path.map(
                |path| if is_elsewhere(path) { path.to_owned() } else { format!("{before}{path}") },
            );
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

/// Whether a path is none of the repository's: of the home folder, or absolute.
fn is_elsewhere(path: &str) -> bool {
    path.starts_with(['~', '/']) || path.get(1..2) == Some(":")
}

fn fill(page: &mut Page, computed: &Computed<'_>, save: Option<&'static str>) {
    let Computed { gathered, identity, .. } = *computed;
    page.heading(text!["Cache ", Foreign::from(identity.key.as_str())]);
    let mut scope = text!["Read"];
    scope.text(if save.is_none() { " and saved" } else { "" }).text(" in the scope ");
    scope.foreign(gathered.scope.own.as_str());
    if let [first, others @ ..] = gathered.scope.reads.as_slice() {
        scope.text(", and read in ").foreign(first.as_str());
        for other in others {
            scope.text(", ").foreign(other.as_str());
        }
    }
    scope.text(": ").append(gathered.scope.why.clone()).text(".");
    if let Some(words) = save.filter(|_| gathered.scope.may_save) {
        scope.text(" ").text(words).text(".");
    }
    page.paragraph(scope);
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
    if let [first, others @ ..] = identity.left_out.as_slice() {
        let mut left_out = text!["Not kept with the rest: ", Foreign::new(first.path.clone())];
        for place in others {
            left_out.text(", ").foreign(place.path.as_slice());
        }
        left_out.text(
            " would be right under the very key alone, and then nothing else could be restored. ",
        );
        left_out.text("A step of its own with `layers: deps` and one `ecosystems` keeps it.");
        page.paragraph(left_out);
    }
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
