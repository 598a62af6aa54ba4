//! The files below `testdata/machines`: what a machine answers, each answer below a line
//! `==> exit-code question`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use placement::probe::{Answer, Ask, Came, next};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/machines")
}

/// The names of all files, without their ends.
pub(crate) fn names() -> BTreeSet<String> {
    let files = fs::read_dir(folder()).unwrap();
    let name = |file: fs::DirEntry| file.path().file_stem().unwrap().to_str().unwrap().to_owned();
    files.map(|file| name(file.unwrap())).collect()
}

/// Every question that comes up, with what the machine of this name answers.
pub(crate) fn answers(name: &str) -> Vec<Answer> {
    let bytes = fs::read(folder().join(format!("{name}.txt"))).unwrap();
    let known = sections(&bytes);
    let mut answers = Vec::new();
    for round in 0.. {
        let asks = next(&answers);
        if asks.is_empty() {
            break;
        }
        assert!(round < 20, "{name}: the questions have no end");
        answers.extend(asks.into_iter().map(|ask| {
            let came = came(&known, &ask);
            (ask, came)
        }));
    }
    // What is there and never asked for would prove nothing.
    for (said, _) in &known {
        assert!(answers.iter().any(|(ask, _)| spelt(ask) == *said), "{name}: nobody asks {said}");
    }
    answers
}

/// The questions, and the answers to them.
fn sections(bytes: &[u8]) -> Vec<(String, Came)> {
    let mut sections: Vec<(String, Came)> = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if let Some(head) = line.strip_prefix(b"==> ") {
            let head = std::str::from_utf8(head).unwrap().trim_end();
            let (code, ask) = head.split_once(' ').unwrap();
            let code = Some(code.parse().unwrap());
            sections.push((
                ask.to_owned(),
                Came::Said { code, stdout: Vec::new(), stderr: Vec::new() },
            ));
        } else if let Some((_, Came::Said { stdout, .. })) = sections.last_mut() {
            stdout.extend_from_slice(line);
        }
    }
    sections
}

fn spelt(ask: &Ask) -> String {
    match ask {
        Ask::Run { program, arguments } => [*program]
            .into_iter()
            .chain(arguments.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" "),
        Ask::Read(path) => (*path).to_owned(),
    }
}

/// What comes of a question: a program that is in the file at all, and does not answer this, hangs.
fn came(known: &[(String, Came)], ask: &Ask) -> Came {
    let asked = spelt(ask);
    if let Some((_, came)) = known.iter().find(|(its, _)| *its == asked) {
        return came.clone();
    }
    match ask {
        Ask::Run { program, .. } => {
            let is_there = known.iter().any(|(its, _)| its.split(' ').next() == Some(program));
            if is_there { Came::TimedOut } else { Came::Absent }
        }
        Ask::Read(_) => Came::Absent,
    }
}
