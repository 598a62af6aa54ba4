//! What one shard ran.

use diagnostics::{Foreign, text};
use reports::Outcome;
use runner_protocol::{Failure, Out};
use sharding::ShardReport;

use super::{counted, path_output};
use crate::args::RecordArgs;
use crate::gather::disk;
use crate::wire::RecordFile;

/// Writes the record and tells what is in it.
pub(crate) fn record(
    args: &RecordArgs,
    report: &ShardReport,
    out: &mut Out,
) -> Result<(), Failure> {
    let file = RecordFile::new(report);
    let path = path_output(&args.record_file, out)?;
    system::write_whole(&args.record_file, &file.bytes()).map_err(|failure| {
        disk(&failure, "the record")
            .help_with("`--record-file` (input `record-file`) names a file that can be written")
    })?;
    out.output("record-file", path);
    out.output("recorded", report.samples.len().to_string());
    out.output("plan-digest", report.plan.clone());
    out.result(&file);
    out.summary(|page| {
        let mut heading = text!["Shard ", usize::from(report.shard) + 1, ": "];
        heading.append(counted(report.samples.len(), " test", " tests")).text(" recorded");
        page.heading(heading);
        let count =
            |outcome| report.samples.iter().filter(|sample| sample.outcome == outcome).count();
        let mut sentence =
            text![count(Outcome::Passed), " passed, ", count(Outcome::Failed), " failed, "];
        sentence.append(counted(count(Outcome::Skipped), " was", " were"));
        sentence.text(" skipped. The record is in ");
        sentence.foreign(Foreign::path(&args.record_file)).text(".");
        page.paragraph(sentence);
    });
    Ok(())
}
