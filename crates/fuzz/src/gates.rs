//! The target for the gates that read files of the repository itself.

use std::sync::LazyLock;

use bstr::ByteSlice as _;
use ecosystems::compose::{Fetched, read};
use verdict::gates::manifests::ManifestFile;
use verdict::gates::{manifests, migrations, parity, workflow_lint};
use verdict::{File, ignores};

// Made once: to compile their patterns takes longer than to judge what a fuzzer makes up.
static WORKFLOWS: LazyLock<workflow_lint::Policy> = LazyLock::new(workflow_lint::Policy::default);
static MIGRATIONS: LazyLock<migrations::Policy> = LazyLock::new(migrations::Policy::default);

/// Files divided by lines of `---`, the first line of each its path: the first half is what was, the
/// second what is. Gates that look at the repository itself judge them in the same way twice.
pub fn repository_files(data: &[u8]) {
    let files: Vec<(&[u8], &[u8])> =
        data.split_str("\n---\n").filter_map(|file| file.split_once_str("\n")).collect();
    let (base, head) = files.split_at(files.len() / 2);
    judge_migrations(base, head);
    judge_migrations(head, head);
    let all: Vec<File<'_>> = files.iter().map(|(path, bytes)| File { path, bytes }).collect();
    let facts = workflow_lint::Facts { files: &all };
    let policy = &WORKFLOWS;
    assert_eq!(workflow_lint::decide(policy, &facts), workflow_lint::decide(policy, &facts));
    for (path, bytes) in &files {
        assert_eq!(ignores::read(path, bytes), ignores::read(path, bytes));
    }
}

fn judge_migrations(base: &[(&[u8], &[u8])], head: &[(&[u8], &[u8])]) {
    let base: Vec<File<'_>> = base.iter().map(|(path, bytes)| File { path, bytes }).collect();
    let head: Vec<File<'_>> = head.iter().map(|(path, bytes)| File { path, bytes }).collect();
    let facts = migrations::Facts { head: &head, base: Some(&base) };
    assert_eq!(migrations::decide(&MIGRATIONS, &facts), migrations::decide(&MIGRATIONS, &facts));
}

/// Manifests divided by lines of `+++`: the first half is what was, the second what is. They are judged in the
/// same way twice, and what is as it was is no news.
pub fn manifests(data: &[u8]) {
    let files: Vec<ManifestFile> =
        data.split_str("\n+++\n").map(|bytes| ManifestFile::read("m.yaml", bytes)).collect();
    let (base, head) = files.split_at(files.len() / 2);
    let mut policy = manifests::Policy::default();
    policy.only_new = true;
    let today = jiff::civil::date(2026, 11, 22);
    let judged = |base, head| {
        let facts = manifests::Facts { head, base, today, most_waiver_days: 180 };
        manifests::decide(&policy, &facts)
    };
    assert_eq!(judged(Some(base), head), judged(Some(base), head));
    assert!(judged(None, head).verdict() >= judged(Some(base), head).verdict());
}

/// Compose files divided by lines of `+++`, the last of them manifests: each may name the others by their
/// numbers. They are judged in the same way twice.
pub fn deployed_services(data: &[u8]) {
    let mut files: Vec<&[u8]> = data.split_str("\n+++\n").collect();
    let manifests = files.pop().unwrap_or_default();
    let manifests = [ManifestFile::read("m.yaml", manifests)];
    let named: Vec<String> = (0..files.len().min(2)).map(|number| number.to_string()).collect();
    let mut fetch = |path: &str| {
        let file = path.parse::<usize>().ok().and_then(|number| files.get(number));
        file.map_or(Fetched::Missing, |bytes| Fetched::File(bytes.to_vec()))
    };
    let compose = read(&named, &mut fetch);
    assert_eq!(compose, read(&named, &mut fetch));
    let facts = parity::Facts {
        compose: &compose,
        manifests: &manifests,
        compose_base: None,
        manifests_base: Some(&manifests),
    };
    let policy = parity::Policy::default();
    assert_eq!(parity::decide(&policy, &facts), parity::decide(&policy, &facts));
}
