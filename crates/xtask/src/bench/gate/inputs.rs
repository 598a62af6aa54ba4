//! Reports of any size for gate-check, in the shapes that tools give them; the same for the same size.
//! Logs of SARIF are written by [`super::super::sarif`].

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use crate::bench::random::Random;

/// How many lines with code each source file has.
const LINES: u64 = 3000;
/// How much is put together before it is written.
const PIECE: usize = 1 << 20;

/// The path of a source file that a report of coverage names, and that the repository has.
pub(super) fn source(number: u64) -> String {
    format!("src/part_{}/module_{number}.rs", number % 50)
}

/// What a tracefile of LCOV says of a file besides its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Nothing.
    Lines,
    /// Functions and branches too.
    All,
}

/// Writes a tracefile of LCOV of at least `bytes` bytes; how many source files it names.
pub(super) fn lcov(path: &Path, bytes: u64, detail: Detail) -> anyhow::Result<u64> {
    let mut random = Random(11);
    repeated(path, bytes, |text, number| {
        writeln!(text, "TN:\nSF:{}", source(number))?;
        if detail == Detail::All {
            for function in 0..LINES / 40 {
                let line = function * 40 + 1;
                writeln!(
                    text,
                    "FN:{line},_RNvNtCs4fqI2P2rA04_5crate_{number}8function_{function}"
                )?;
                let hits = random.below(3);
                writeln!(
                    text,
                    "FNDA:{hits},_RNvNtCs4fqI2P2rA04_5crate_{number}8function_{function}"
                )?;
            }
            for branch in 0..LINES / 10 {
                let line = branch * 10 + 3;
                writeln!(text, "BRDA:{line},0,0,{}\nBRDA:{line},0,1,-", random.below(9))?;
            }
        }
        for line in 1..=LINES {
            writeln!(text, "DA:{line},{}", random.below(4) * random.below(300))?;
        }
        writeln!(text, "LF:{LINES}\nend_of_record")?;
        Ok(())
    })
}

/// Writes a JUnit report with that many tests, each of some 113 bytes. One of a thousand fails, one of
/// fifty is skipped.
pub(super) fn junit(path: &Path, tests: u64) -> anyhow::Result<()> {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"suite\">\n",
    );
    let mut file = BufWriter::new(fs::File::create(path)?);
    for test in 0..tests {
        write!(
            text,
            "<testcase classname=\"tests.part_{}.module.TestModule{}\" name=\"test_that_number_{test}_holds\" time=\"0.{:06}\"",
            test % 90,
            test % 900,
            test * 7 % 1_000_000
        )?;
        text.push_str(match test {
            _ if test % 1000 == 7 => {
                "><failure message=\"2 is not 3\">at line 7\nof a file</failure></testcase>\n"
            }
            _ if test % 50 == 3 => "><skipped/></testcase>\n",
            _ => "/>\n",
        });
        if text.len() > PIECE {
            file.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    text.push_str("</testsuite>\n</testsuites>\n");
    file.write_all(text.as_bytes())?;
    Ok(file.flush()?)
}

/// Writes what `toJSON(needs)` says of jobs that succeeded, with an output of `each` bytes each.
pub(super) fn needs(path: &Path, jobs: u64, each: usize) -> anyhow::Result<()> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    let output = "a line of an output, \\\"quoted\\\"\\n".repeat(each / 33);
    for job in 0..jobs {
        let comma = if job == 0 { "{" } else { "," };
        write!(
            file,
            r#"{comma}"job-{job}":{{"result":"success","outputs":{{"log":"{output}"}}}}"#
        )?;
    }
    file.write_all(b"}\n")?;
    Ok(file.flush()?)
}

/// Writes pieces until the file has `bytes` bytes; how many.
fn repeated(
    path: &Path,
    bytes: u64,
    mut piece: impl FnMut(&mut String, u64) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    let mut file = BufWriter::with_capacity(PIECE, fs::File::create(path)?);
    let mut text = String::new();
    let (mut written, mut pieces) = (0_u64, 0);
    while written < bytes {
        piece(&mut text, pieces)?;
        pieces += 1;
        file.write_all(text.as_bytes())?;
        written += u64::try_from(text.len())?;
        text.clear();
    }
    file.flush()?;
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test reads what it wrote")]
    fn what_is_written_is_what_the_readers_read() {
        let folder = testkit::Scratch::new();
        let at = |name: &str| folder.path().join(name);
        let files = lcov(&at("a"), 100_000, Detail::All).unwrap();
        assert_eq!(lcov(&at("b"), 100_000, Detail::All).unwrap(), files);
        let report = fs::read_to_string(at("a")).unwrap();
        assert!(report.len() > 100_000 && report == fs::read_to_string(at("b")).unwrap());
        assert_eq!(report.matches("end_of_record").count().try_into().ok(), Some(files));
        junit(&at("c"), 2000).unwrap();
        let report = fs::read_to_string(at("c")).unwrap();
        assert_eq!(report.matches("<testcase ").count(), 2000);
        assert_eq!(report.matches("<failure ").count(), 2);
        needs(&at("d"), 3, 100).unwrap();
        let jobs: serde_json::Value = serde_json::from_slice(&fs::read(at("d")).unwrap()).unwrap();
        assert_eq!(jobs.as_object().map(serde_json::Map::len), Some(3));
    }
}
