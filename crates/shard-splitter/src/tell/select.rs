//! One shard's part: the list of its items, and the filter that makes its test tool run them.

use std::path::{Path, PathBuf};

use diagnostics::{Foreign, Problem, text};
use ecosystems::{FilterFile, Part};
use runner_protocol::{Failure, Out};
use sharding::Shard;

use super::{counted, path_output, seconds, weight_text};
use crate::args::{ListFormat, SelectArgs};
use crate::gather::{disk, refuse_overwriting};
use crate::wire::ReadPlan;

/// Writes the list of one shard and tells it.
pub(crate) fn selection(
    read: &ReadPlan,
    (index, shard): (u16, &Shard),
    args: &SelectArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    // With a filter, nobody needs the list to hold every name.
    let filter = filter(read, index, shard, args)?;
    let list = match (list(shard, args), &filter) {
        (Err(_), Some(_)) => None,
        (list, _) => Some(list?),
    };
    let (list_file, plan_file) =
        (path_output(&args.list_file, out)?, path_output(&args.plan.file, out)?);
    if let Some(list) = &list {
        system::write_whole(&args.list_file, list).map_err(|failure| {
            disk(&failure, "the list of items")
                .help_with("`--list-file` (input `list-file`) names a file that can be written")
        })?;
    }
    let filter_file = match &filter {
        Some((path, filter)) => written(path, filter, out)?,
        None => String::new(),
    };
    out.output("has-tests", (!shard.items.is_empty()).to_string());
    out.output("plan-file", plan_file);
    out.output("plan-digest", read.digest.clone());
    out.output("items-file", if list.is_some() { list_file } else { String::new() });
    out.output("filter-file", filter_file);
    out.output("item-count", shard.items.len().to_string());
    out.output("estimate", seconds(&read.plan, shard.load));
    if let Some(entry) = read.file.shard(index.into()) {
        out.result(entry);
    }
    let total = read.plan.shards.len();
    out.summary(|page| {
        let mut heading = text!["Shard ", usize::from(index) + 1, "/", total, ": "];
        heading.append(counted(shard.items.len(), " item", " items"));
        page.heading(heading);
        let mut sentence = text!["Planned: "];
        sentence.append(weight_text(read.plan.weighing, shard.load));
        if list.is_some() {
            sentence.text(". The list is in ").foreign(Foreign::path(&args.list_file));
        }
        page.paragraph(sentence.text(".").clone());
        if let Some((path, filter)) = &filter {
            let mut run = text!["Run it, with FILTER being "];
            run.foreign(Foreign::path(path)).text(": ").foreign(filter.usage);
            page.paragraph(run);
        }
    });
    Ok(())
}

/// The filter that makes the plan's test tool run this shard, and where it goes.
fn filter(
    read: &ReadPlan,
    index: u16,
    shard: &Shard,
    args: &SelectArgs,
) -> Result<Option<(PathBuf, FilterFile)>, Failure> {
    let Some(framework) = read.facts.framework else { return Ok(None) };
    let own: Vec<&[u8]> = shard.items.iter().map(|placed| placed.id.as_bytes()).collect();
    let others = read.plan.shards.iter().zip(0_u16..).filter(|(_, other)| *other != index);
    let others = others.flat_map(|(other, _)| &other.items).map(|placed| placed.id.as_bytes());
    let others: Vec<&[u8]> = others.collect();
    let made = framework.filter(&Part { own: &own, others: &others }).map_err(|error| {
        let message = text!["the item ", error.item.clone(), " ", error.why];
        Failure::no_answer(Problem::error(message).help(
            "no filter can name it alone: rename it, or share out files or packages instead of tests",
        ))
    })?;
    let path = match &args.filter_file {
        Some(path) => path.clone(),
        None => args.list_file.with_file_name(made.name),
    };
    refuse_overwriting(&path, &args.plan.file, "the plan file", "filter-file")?;
    Ok(Some((path, made)))
}

/// Writes the filter; its absolute path as an output.
fn written(path: &Path, filter: &FilterFile, out: &Out) -> Result<String, Failure> {
    let failed = "`--filter-file` (input `filter-file`) names a file that can be written";
    system::write_whole(path, &filter.bytes)
        .map_err(|failure| disk(&failure, "the filter").help_with(failed))?;
    let whole = system::whole_path(path)
        .map_err(|failure| disk(&failure, "the filter").help_with(failed))?;
    path_output(&whole, out)
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
