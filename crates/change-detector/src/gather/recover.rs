//! The files that a change deletes, as they were, into a folder of their own.

use affected::base::Base;
use diagnostics::{Foreign, Piece, Place, Problem, text};
use repo_model::{Entry, Glob, Kind, RepoPath, Status, Tree as _};
use runner_protocol::{Cause, Failure, Out};

use super::{disk, git, opened, policy, resolved, trigger};
use crate::args::RecoverArgs;

/// What was written.
pub(crate) struct Recovered {
    /// The files.
    pub(crate) written: Vec<RepoPath>,
    /// What has no contents of its own.
    pub(crate) left_out: Vec<RepoPath>,
}

/// Writes them.
pub(crate) fn recovered(args: &RecoverArgs, out: &mut Out) -> Result<Recovered, Failure> {
    let patterns = policy::globs(&args.paths, "paths")?;
    refuse_filled(args)?;
    let occasion = trigger::occasion(&args.range, out)?;
    let repository = opened(&args.range, out)?;
    let resolution = resolved(&repository, &occasion, &args.range, out)?;
    let mut recovered = Recovered { written: Vec::new(), left_out: Vec::new() };
    let (Base::Commit(base), Some(head)) = (&resolution.base, &resolution.head) else {
        return match resolution.base {
            Base::Unknown => Err(Failure::no_answer(
                Problem::error("no base is known, so nobody knows what was deleted")
                    .help("say what to compare with: `base`"),
            )),
            // Where nothing was, nothing is gone.
            Base::Commit(_) | Base::Empty | Base::Deleted => Ok(recovered),
        };
    };
    let range = git_cli::Base::Commit(base.clone());
    let changes = if args.range.worktree {
        repository.worktree_changes(&range)
    } else {
        repository.changes(&range, head)
    };
    let changes = changes.map_err(|failure| git(&failure))?;
    let deleted = changes.iter().filter(|change| change.status == Status::Deleted);
    let wanted = deleted.filter(|change| is_wanted(&patterns, change.path.as_bytes()));
    let tree = repository.tree(base).map_err(|failure| git(&failure))?;
    let entries: Vec<&Entry> =
        wanted.filter_map(|change| repo_model::entry(&tree, change.path.as_bytes())).collect();
    let (files, others): (Vec<&Entry>, Vec<&Entry>) =
        entries.into_iter().partition(|entry| entry.kind.is_file());
    refuse_gits_own(&files)?;
    recovered.left_out = others.into_iter().map(|entry| entry.path.clone()).collect();
    let contents = tree.read(&files).map_err(|failure| {
        let path = Foreign::new(failure.path.as_bytes());
        let said = Foreign::from(failure.why.as_str());
        Failure::environment(
            Problem::error(text!["the deleted file ", path, " cannot be read: ", said])
                .help("fetch its contents: check out without a filter"),
        )
    })?;
    for (entry, content) in files.iter().zip(contents) {
        let path = args.into.join(os_path(&entry.path)?);
        let is_executable = entry.kind == Kind::Executable;
        system::write_new(&path, &content, is_executable).map_err(|failure| {
            let message = "a deleted file cannot be written again".into();
            let problem = Problem { message, ..failure.problem("a deleted file") };
            disk(&failure, problem.help("see the disk and the permissions there"))
        })?;
        recovered.written.push(entry.path.clone());
    }
    Ok(recovered)
}

fn is_wanted(patterns: &[Glob], path: &[u8]) -> bool {
    let (excludes, includes): (Vec<&Glob>, Vec<&Glob>) =
        patterns.iter().partition(|pattern| pattern.is_negated());
    (includes.is_empty() || includes.iter().any(|pattern| pattern.is_match(path)))
        && excludes.iter().all(|pattern| pattern.is_match(path))
}

/// What is there already is nobody's to overwrite, and a link there could lead anywhere.
fn refuse_filled(args: &RecoverArgs) -> Result<(), Failure> {
    let is_empty = system::is_empty_folder(&args.into).map_err(|failure| {
        let problem = Problem::error("the folder to write to cannot be looked at")
            .at(Place::file(Foreign::path(&failure.path)))
            .label(Piece::said(&failure.source));
        Failure { cause: Cause::Environment, problems: vec![problem] }
    })?;
    if is_empty {
        return Ok(());
    }
    Err(Failure::no_answer(
        Problem::error(text!["there is something in ", Foreign::path(&args.into), " already"])
            .help("name an empty folder, or one that is not there yet, as `into`"),
    ))
}

/// A folder of git's own among the files would be a repository with settings of its own, which the next
/// git in there obeys. Git checks no such path out, so it was forged.
fn refuse_gits_own(files: &[&Entry]) -> Result<(), Failure> {
    let forged = files.iter().find(|entry| is_gits_own(entry.path.as_bytes()));
    let Some(entry) = forged else { return Ok(()) };
    Err(Failure::no_answer(
        Problem::error(text![
            "the path ",
            Foreign::new(entry.path.as_bytes()),
            " is one that git keeps for itself, so nothing is written"
        ])
        .help("leave it out with `paths`, and see who made that commit"),
    ))
}

/// Whether a part of the path is `.git` for some file system (git-config(1), `core.protectHFS` and
/// `core.protectNTFS`; git's `is_hfs_dotgit` and `is_ntfs_dotgit`).
fn is_gits_own(path: &[u8]) -> bool {
    use bstr::ByteSlice as _;
    // HFS+ leaves these out when it compares names.
    let is_ignored = |letter: char| matches!(letter, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    path.split_str("/").any(|part| {
        let part = part.to_str_lossy();
        let shown: String = part.chars().filter(|letter| !is_ignored(*letter)).collect();
        // NTFS leaves out what stands behind a `:`, and blanks and dots at the end; it takes a `\` for a `/`.
        shown.split('\\').any(|part| {
            let name = part.split(':').next().unwrap_or_default();
            let name = name.trim_end_matches([' ', '.']).to_ascii_lowercase();
            name == ".git" || name == "git~1"
        })
    })
}

fn os_path(path: &RepoPath) -> Result<std::path::PathBuf, Failure> {
    use bstr::ByteSlice as _;
    path.as_bytes().to_path().map(std::path::Path::to_owned).map_err(|_| {
        let shown = Foreign::new(path.as_bytes());
        Failure::environment(
            Problem::error(text!["this system cannot have a file of the name ", shown])
                .help("leave it out with `paths`"),
        )
    })
}
