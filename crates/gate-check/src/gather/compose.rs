//! Compose files, on the disk and on the base of a change.

use std::collections::BTreeMap;
use std::path::Path;

use ecosystems::compose::{Fetched, Project, read};
use repo_model::{Entry, Kind, RepoPath, Tree as _};
use runner_protocol::{Failure, Out};

use super::change::{Change, Compared};
use super::reports::outside;

/// The largest Compose file.
const LONGEST: u64 = 16 << 20;
/// What Compose itself looks for, in its order.
const USUAL: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// The services as they are to be, and as they were.
#[derive(Debug)]
pub(crate) struct Composed {
    pub(crate) head: Project,
    pub(crate) base: Option<Project>,
}

/// Reads the files, or the one that Compose would; nothing if there is none.
pub(super) fn composed(
    written: &[String],
    configured: &[String],
    compared: &mut Compared<'_>,
    out: &mut Out,
) -> Result<Option<Composed>, Failure> {
    let lines = |lines: &[String]| -> Vec<String> {
        let lines = lines.iter().flat_map(|lines| lines.lines()).map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let mut files = lines(if written.is_empty() { configured } else { written });
    if files.is_empty() {
        let usual = USUAL.iter().find(|name| system::exists(Path::new(name)).unwrap_or(false));
        files.extend(usual.map(|name| (*name).to_owned()));
    }
    if files.is_empty() {
        return Ok(None);
    }
    let head = read(&files, &mut |path| on_disk(path));
    Ok(Some(Composed { head, base: of_commit(&files, compared.change(out)?)? }))
}

fn on_disk(path: &str) -> Fetched {
    let path = Path::new(path);
    match outside(path) {
        Ok(false) => {}
        Ok(true) => return Fetched::Refused,
        Err(_) => return Fetched::Missing,
    }
    system::read_file(path, LONGEST).map_or(Fetched::Refused, Fetched::File)
}

/// The services of the base; nothing where it is not known. Files that it lacks have no services there.
fn of_commit(files: &[String], change: &Change) -> Result<Option<Project>, Failure> {
    let Some(tree) = change.base()? else { return Ok(None) };
    let is_file = |entry: &&Entry| matches!(entry.kind, Kind::File | Kind::Executable);
    let entries: BTreeMap<&[u8], &Entry> =
        tree.entries().iter().filter(is_file).map(|it| (it.path.as_bytes(), it)).collect();
    let entry = |path: &str| {
        let path = RepoPath::normalized(path.as_bytes()).ok()?;
        entries.get(path.as_bytes()).copied()
    };
    let there: Vec<String> = files.iter().filter(|path| entry(path).is_some()).cloned().collect();
    let project = read(&there, &mut |path| {
        let Some(entry) = entry(path) else { return Fetched::Missing };
        match tree.read(&[entry]) {
            Ok(contents) => contents.into_iter().next().map_or(Fetched::Missing, Fetched::File),
            Err(_) => Fetched::Refused,
        }
    });
    // What is not known of the base must not make anything look old.
    Ok(project.faults.is_empty().then_some(project))
}
