//! Images that `BuildKit` builds, and keeps under a name: there is no folder to keep.
//!
//! Sources: Docker, "Cache storage backends", "GitHub Actions cache" (`scope`), "Dockerfile reference"
//! (parser directives, comments, escape, here-documents), "Build context" (`.dockerignore`).
//!
//! `BuildKit` tells each step's contents apart by itself, so that no name can make a build wrong. What a name
//! decides is whose steps overwrite whose: each image needs one of its own, and one with another
//! Dockerfile or other arguments loses what the first has kept. So a build reads the name of exactly what
//! it builds, then the name of the image; and writes both.

mod dockerfile;

use diagnostics::Problem;
use repo_model::Tree;

use super::reading::{File, Reading, folders_with, name_of};
use super::{Found, Ingredient, Level, Seen, Settings, Source, Wants, values};
use crate::workspaces::folders;

/// Its name.
pub(super) const NAME: &str = "docker";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`Dockerfile` or `Containerfile`";
/// It has none.
pub(super) const LOCKS: &[&str] = &[];

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    is_dockerfile(name) || name.ends_with(b".dockerignore")
}

fn is_dockerfile(name: &[u8]) -> bool {
    ["Dockerfile", "Containerfile"].iter().any(|own| {
        let own = own.as_bytes();
        let ending = name.strip_prefix(own).and_then(|rest| rest.strip_prefix(b"."));
        name == own
            || name.strip_suffix(own).is_some_and(|before| before.ends_with(b"."))
            // One image a stage of a product: `Dockerfile.api`.
            || ending.is_some_and(|ending| ending != b"dockerignore" && !ending.is_empty())
    })
}

/// The folders with a Dockerfile.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    folders_with(tree, &is_dockerfile)
}

/// Nothing more: the arguments of the build are an input.
pub(super) fn wants(_: &dyn Tree, _: &Settings) -> Wants {
    Wants::default()
}

/// What the image depends on, as far as it is said without its sources: those `BuildKit` looks at.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    for folder in seen.settings.folders(folders(seen.tree)) {
        let own = repo_model::below(seen.tree, &folder).iter().map(|it| it.path.as_bytes());
        let own = own.filter(|path| folders::split(path).0 == folder.as_slice());
        let own: Vec<Vec<u8>> = own.filter(|path| looks_into(path)).map(<[u8]>::to_vec).collect();
        for path in own {
            let Some(file) = reading.file_at(&path) else { continue };
            if is_dockerfile(name_of(&path)) {
                image(&file, &mut reading);
            } else {
                left_out(&file, &mut reading);
            }
        }
    }
    let why = "steps see them as variables";
    let source = Source::Input("build-args");
    let mut it = Ingredient::new(Level::Dependencies, "arguments", source, why);
    for (name, value) in &seen.settings.build_args {
        it.hidden(name.as_str(), value.as_str());
    }
    reading.push(it);
    reading.done()
}

/// Adds a Dockerfile: the images that it begins with, and the steps of each stage.
fn image(file: &File, reading: &mut Reading<'_>) {
    let read = dockerfile::read(&file.bytes).map_err(|wrong| {
        values::not(file.path(), &file.bytes, wrong.at, "a Dockerfile", &wrong.why)
    });
    let Some(read) = reading.kept(read) else { return };
    let name = |what: &[u8]| [what, b" in ", file.path()].concat();
    let why = "every step is made from them";
    let mut images = Ingredient::new(Level::Toolchain, name(b"images"), file.source(), why);
    for (name, value) in &read.directives {
        images.shown(name.as_str(), value.as_str());
    }
    let why = "they are what is built";
    let mut steps = Ingredient::new(Level::Dependencies, name(b"steps"), file.source(), why);
    for argument in &read.arguments {
        images.hidden("arguments before the first stage", argument.as_slice());
    }
    for stage in &read.stages {
        images.shown(stage.title(), stage.from.as_slice());
        steps.hidden(stage.title(), bstr::join("\n", &stage.steps));
    }
    reading.push(images);
    reading.push(steps);
}

/// Adds what is left out of the context. Comments and blanks around a line say nothing; the order does,
/// because a later `!` takes back.
fn left_out(file: &File, reading: &mut Reading<'_>) {
    let name = [b"left out by ", file.path()].concat();
    let why = "steps that copy see what is not left out";
    let mut it = Ingredient::new(Level::Dependencies, name, file.source(), why);
    let lines = file.bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let lines: Vec<&[u8]> =
        lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")).collect();
    it.shown("lines", bstr::join("\n", lines));
    reading.push(it);
}

#[cfg(test)]
mod tests;
