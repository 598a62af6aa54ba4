//! Timings for the next plan.

use diagnostics::{Foreign, Piece, Problem, text};
use runner_protocol::{Failure, Out};

use super::{counted, path_output};
use crate::args::MergeArgs;
use crate::gather::disk;
use crate::wire::{Merged, TimingsFile};

/// Timings that were merged.
pub(crate) struct Merging<'a> {
    pub(crate) args: &'a MergeArgs,
    pub(crate) file: &'a TimingsFile,
    pub(crate) merged: Merged,
    /// How much the plan's slowest shard changed, in millionths; nothing where nobody can tell.
    pub(crate) change: Option<u64>,
    /// Whether what this run says may be kept for others.
    pub(crate) may_save: bool,
}

/// Writes the file of timings, if it may be and is worth it, and tells why.
pub(crate) fn merge(merging: &Merging<'_>, out: &mut Out) -> Result<(), Failure> {
    let Merging { args, file, merged, change, may_save } = *merging;
    let path = path_output(&args.timings_file, out)?;
    let is_worth_it = change.is_none_or(|change| change >= args.write_threshold);
    if file.is_uniform() {
        out.problem(
            Problem::warning("every test has the same time, which no measurement gives")
                .help("see what wrote the reports"),
        );
    }
    if may_save && is_worth_it {
        system::write_whole(&args.timings_file, &file.bytes()).map_err(|failure| {
            disk(&failure, "the file of timings").help_with(
                "`--timings-file` (input `timings-file`) names a file that can be written",
            )
        })?;
    }
    if !may_save {
        out.problem(
            Problem::notice("timings of this run are not kept, because anybody can start one like it")
                .help("every later run would believe what a fork's pull request or a comment wrote; merge in runs of a push, a merge queue or a schedule"),
        );
    }
    out.output("timings-file", path);
    out.output("written", (may_save && is_worth_it).to_string());
    out.summary(|page| {
        let mut heading = text!["Timings of "];
        heading.append(counted(merged.timed, " test", " tests"));
        page.heading(heading);
        let mut sentence = text![merged.new, " had none before, "];
        sentence.append(counted(merged.forgotten, " was", " were"));
        sentence.text(" forgotten because no run named them any more.");
        if let Some(change) = change {
            sentence.text(" The plan's slowest shard changes by ");
            sentence.push(Piece::Thousandths(change.div_ceil(10))).text(" %.");
        }
        match (may_save, is_worth_it) {
            (true, true) => {
                sentence.text(" They are in ").foreign(Foreign::path(&args.timings_file)).text(".")
            }
            (true, false) => {
                sentence.text(" That is less than the threshold, so the file stays as it is.")
            }
            (false, _) => sentence.text(" They were not kept."),
        };
        page.paragraph(sentence);
    });
    Ok(())
}
