//! What decides which runner a GPU job gets: files that people write, labels, and what cargo says.

use std::collections::BTreeMap;

use bstr::ByteSlice as _;
use ecosystems::workspaces::cargo::features::{self, Asks};
use placement::config::{Form, Home, Source, print_jobs, print_machine, read, read_machine};
use placement::{Gathered, Listed, Scope, entries, lint};

/// Jobs and a fleet, in the form and the place that the first byte chooses: each problem has its place, what is
/// read is read again from what is printed of it, and no runner is there twice.
pub fn gpu_config(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let form = if first & 1 == 0 { Form::Toml } else { Form::Json };
    let home = if first & 2 == 0 { Home::Top } else { Home::Gpu };
    let source = Source { file: "f".into(), bytes: rest, form, home };
    let lines = rest.split(|byte| *byte == b'\n').count();
    match read(std::slice::from_ref(&source)) {
        Ok(written) => {
            assert!(written.jobs.iter().all(|job| !job.options.is_empty()));
            let printed = print_jobs(&written.jobs);
            let again = Source {
                file: "again".into(),
                bytes: printed.as_bytes(),
                form: Form::Toml,
                home: Home::Top,
            };
            let needs = |written: &placement::config::Written| -> BTreeMap<_, _> {
                let jobs = written.jobs.iter();
                jobs.map(|job| (job.name.clone(), (job.options.clone(), job.priority))).collect()
            };
            let again = read(&[again]).unwrap_or_default();
            assert_eq!(needs(&again), needs(&written), "{printed}");
            let labels: Vec<String> =
                rest.to_str_lossy().split_whitespace().map(str::to_owned).collect();
            let listed = [1, 2, 1].map(|id| Listed {
                id,
                name: format!("r{id}"),
                os: None,
                labels: labels.iter().take(100).cloned().collect(),
                is_online: true,
                is_busy: false,
                group: None,
                scope: Scope::Repository,
            });
            let gathered = Gathered { listed: Some(&listed), ..Gathered::default() };
            if let Ok(merged) = entries(&written.fleet, &gathered) {
                let runners = merged.entries.iter().filter(|entry| entry.name.starts_with('r'));
                assert!(runners.count() >= 2);
                let _ = lint(&written.jobs, &merged.entries);
            }
            let _ = entries(&written.fleet, &Gathered::default());
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                let line = problem.place.and_then(|place| place.line);
                let line = line.and_then(|line| usize::try_from(line).ok());
                assert!(line.is_some_and(|line| (1..=lines).contains(&line)));
            }
        }
    }
}

/// What a probe printed of a machine: read again as the same from what is printed of it.
pub fn gpu_machine(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let form = if first & 1 == 0 { Form::Toml } else { Form::Json };
    let Ok(machine) = read_machine("f", rest, form) else { return };
    if machine.has_more {
        return;
    }
    let printed = print_machine(&machine);
    assert_eq!(read_machine("f", printed.as_bytes(), Form::Toml), Ok(machine), "{printed}");
}

/// The words of a cargo command in the first line, and what `cargo metadata` says in the rest: a package that
/// needs a GPU is one that says so.
pub fn cargo_features(data: &[u8]) {
    let (command, metadata) = data.split_once_str("\n").unwrap_or((data, b"{}"));
    let command = command.to_str_lossy();
    let words: Vec<&str> = command.split_whitespace().collect();
    match features::read(metadata) {
        Ok(features) => {
            let _ = features.hints();
            if let Asks::Gpu { package, way, .. } = features.asks(&words) {
                assert!(features.gpu_packages().any(|(name, _)| name == package));
                assert!(!way.is_empty());
            }
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
}
