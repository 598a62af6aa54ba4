//! One shard's part: the list of its items.

use diagnostics::{Foreign, Problem, text};
use runner_protocol::{Failure, Out};
use sharding::Shard;

use super::{counted, path_output, seconds, weight_text};
use crate::args::{ListFormat, SelectArgs};
use crate::gather::{disk, foreign};
use crate::wire::ReadPlan;

/// Writes the list of one shard and tells it.
pub(crate) fn selection(
    read: &ReadPlan,
    shard: &Shard,
    args: &SelectArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    let list = list(shard, args)?;
    let (list_file, plan_file) =
        (path_output(&args.list_file, out)?, path_output(&args.plan.file, out)?);
    system::write_whole(&args.list_file, &list).map_err(|failure| {
        disk(&failure, "the list of items")
            .help_with("`--list-file` (input `list-file`) names a file that can be written")
    })?;
    out.output("has-tests", (!shard.items.is_empty()).to_string());
    out.output("plan-file", plan_file);
    out.output("plan-digest", read.digest.clone());
    out.output("items-file", list_file);
    out.output("item-count", shard.items.len().to_string());
    out.output("estimate", seconds(&read.plan, shard.load));
    if let Some(entry) = read.file.shard(args.index.into()) {
        out.result(entry);
    }
    let total = read.plan.shards.len();
    out.summary(|page| {
        let mut heading = text!["Shard ", usize::from(args.index) + 1, "/", total, ": "];
        heading.append(counted(shard.items.len(), " item", " items"));
        page.heading(heading);
        let mut sentence = text!["Planned: "];
        sentence.append(weight_text(read.plan.weighing, shard.load));
        sentence.text(". The list is in ").foreign(foreign(&args.list_file)).text(".");
        page.paragraph(sentence);
    });
    Ok(())
}

/// The items of `shard` in the form that was asked for.
fn list(shard: &Shard, args: &SelectArgs) -> Result<Vec<u8>, Failure> {
    let names = || shard.items.iter().map(|placed| placed.id.as_bytes());
    let refuse = |name: &[u8], why: &'static str, help: &'static str| {
        let message = text!["the item ", Foreign::new(name), why];
        Failure::no_answer(Problem::error(message).help(help))
    };
    match args.list_format {
        ListFormat::Lines => {
            if let Some(name) = names().find(|name| breaks_line(name)) {
                return Err(refuse(
                    name,
                    " has a line break in its name and cannot stand in a list of lines",
                    "ask for another form: `--list-format nul` or `json` (input `list-format`)",
                ));
            }
            Ok(names().flat_map(|name| name.iter().copied().chain([b'\n'])).collect())
        }
        ListFormat::Nul => {
            if let Some(name) = names().find(|name| name.contains(&0)) {
                return Err(refuse(
                    name,
                    " has a NUL in its name and cannot stand in a NUL-separated list",
                    "ask for another form: `--list-format json` (input `list-format`)",
                ));
            }
            Ok(names().flat_map(|name| name.iter().copied().chain([0])).collect())
        }
        ListFormat::Json => {
            let texts: Result<Vec<&str>, &[u8]> =
                names().map(|name| std::str::from_utf8(name).map_err(|_| name)).collect();
            let texts = texts.map_err(|name| {
                refuse(
                    name,
                    " has a name that is not UTF-8 and cannot stand in JSON",
                    "ask for another form: `--list-format nul` (input `list-format`)",
                )
            })?;
            let mut line = serde_json::json!(texts).to_string().into_bytes();
            line.push(b'\n');
            Ok(line)
        }
    }
}

/// Whether something that reads lines would take this name for two: what Python's `splitlines`
/// breaks at, because pytest reads its `@file` so (Python documentation, `str.splitlines`).
fn breaks_line(name: &[u8]) -> bool {
    let breaks = [
        '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}',
        '\u{2029}',
    ];
    name.utf8_chunks().any(|chunk| chunk.valid().contains(breaks))
}
