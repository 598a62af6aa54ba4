//! Times the questions of a plain push in a repository that is there:
//! `cargo run --release -p git-cli --example push -- FOLDER BASE HEAD [tree]`

#![expect(clippy::print_stdout, reason = "what it measures is for people")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use git_cli::{Base, Name, Repository, Settings};
use repo_model::{CommitId, Tree as _};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, base, head, more @ ..] = words.as_slice() else {
        return Err("three words are needed: a folder and two commits".into());
    };
    let (base, head): (CommitId, CommitId) = (base.parse()?, head.parse()?);
    let mut times = Vec::new();
    for _ in 0..30 {
        let start = Instant::now();
        let repository = Repository::open(Path::new(folder), Settings::default())?;
        let opened = start.elapsed();
        repository.find(&Name::Id(base.clone()))?;
        repository.find(&Name::Id(head.clone()))?;
        let found = start.elapsed();
        let changes = repository.changes(&Base::Commit(base.clone()), &head)?;
        let compared = start.elapsed();
        let files = match more {
            [] => 0,
            [..] => repository.tree(&head)?.before(&changes).entries().len(),
        };
        drop(repository);
        times.push((start.elapsed(), opened, found, compared, changes.len(), files));
    }
    times.sort();
    if let Some((all, opened, found, compared, changes, files)) = times.get(times.len() / 2) {
        println!("median {all:?}: open {opened:?}, find {found:?}, changes {compared:?}");
        println!("{changes} changes, {files} files before");
    }
    Ok(())
}
