//! From decisions to outputs, the summary and files.

use diagnostics::{Foreign, Level, Piece, Place, Problem, Text, text};
use reports::Malformed;
use runner_protocol::{Bar, Bars, Column, Failure, Out, Page, Table};
use sharding::{BoundKind, Placed, Plan, Shard, Timings, Weighing, Weight};

use crate::args::{ExplainArgs, ListFormat, PlanArgs, SelectArgs};
use crate::gather::{LONGEST_PLAN, Reports, disk, foreign};
use crate::wire::{self, PlanFile, ReadPlan};

/// The share of known times, in percent, below which names probably do not match.
const FEW_KNOWN: u64 = 50;

/// How many items a table of items shows.
const SHOWN: usize = 10;

/// The longest that a job may take on GitHub's own machines, in microseconds (GitHub documentation,
/// "Usage limits, billing, and administration": 6 hours).
const LONGEST_JOB: u64 = 6 * 3600 * 1_000_000;

/// A plan that was just made, with what it was made from.
pub(crate) struct Planned<'a> {
    pub(crate) args: &'a PlanArgs,
    pub(crate) plan: &'a Plan,
    pub(crate) reports: &'a Reports,
    pub(crate) file: &'a PlanFile,
}

/// A number and what is counted: ` item`, ` items`.
pub(crate) fn counted(number: impl TryInto<u64>, one: &'static str, many: &'static str) -> Text {
    let number = number.try_into().unwrap_or(u64::MAX);
    text![number, if number == 1 { one } else { many }]
}

/// Writes the plan file and tells the plan.
pub(crate) fn plan(planned: &Planned<'_>, out: &mut Out) -> Result<(), Failure> {
    let Planned { args, plan, reports, file } = *planned;
    let bytes = file.bytes();
    let path = path_output(&args.plan.file, out)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST_PLAN) {
        return Err(Failure::no_answer(
            Problem::error(text![
                "the plan would have ",
                bytes.len(),
                " bytes, and no shard reads more than ",
                LONGEST_PLAN
            ])
            .help("list files or packages instead of single tests"),
        ));
    }
    system::write_whole(&args.plan.file, &bytes).map_err(|failure| {
        disk(&failure, "the plan file")
            .help_with("`--plan-file` (input `plan-file`) names a file that can be written")
    })?;
    out.output("matrix", matrix(plan).to_string());
    out.output("shards", plan.shards.len().to_string());
    out.output("has-tests", (plan.item_count() > 0).to_string());
    out.output("plan-file", path);
    out.output("plan-digest", wire::sha256(&bytes));
    out.output("estimate-max", seconds(plan, plan.makespan()));
    out.output("lower-bound", seconds(plan, plan.bound.value));
    out.output("gap-percent", percent(plan.gap_millionths()));
    out.output("known-percent", percent(known_millionths(plan) / 10 * 10));
    out.result(file);
    if few_known(plan, reports) {
        out.problem(names_differ(plan, &reports.timings));
    }
    if let Some(problem) = too_long(plan) {
        out.problem(problem);
    }
    out.trace(|say| {
        say.text("weights are ");
        say.text(match plan.weighing {
            Weighing::Time => "times in microseconds",
            Weighing::Count => "counts, because no item has a known time",
        });
        say.text("; each item went to the shard with the least to do, the heaviest first");
    });
    out.summary(|page| plan_page(page, plan, Some(reports)));
    Ok(())
}

/// The matrix for `strategy.matrix`: numbers only, because a name in it would be pasted into
/// scripts by whoever uses `${{ matrix.name }}`.
fn matrix(plan: &Plan) -> serde_json::Value {
    let total = plan.shards.len();
    let include = plan.shards.iter().enumerate().map(|(index, shard)| {
        let estimate = match plan.weighing {
            Weighing::Time => runner_protocol::duration(shard.load),
            Weighing::Count => String::new(),
        };
        serde_json::json!({
            "index": index,
            "total": total,
            "name": format!("{}/{total}", index + 1),
            "estimate": estimate,
        })
    });
    serde_json::json!({ "include": include.collect::<Vec<_>>() })
}

/// Microseconds as seconds with all their digits; nothing where weights are counts.
fn seconds(plan: &Plan, micros: u64) -> String {
    match plan.weighing {
        Weighing::Time => format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000),
        Weighing::Count => String::new(),
    }
}

/// Millionths as percent with three decimals; what is below the last is rounded up.
fn percent(millionths: u64) -> String {
    let thousandths = millionths.div_ceil(10);
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

/// The share of items with a known time. No item is unknown when there is none.
fn known_millionths(plan: &Plan) -> u64 {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let (known, all) = (count(plan.known_count()), count(plan.item_count()));
    known.saturating_mul(1_000_000).checked_div(all).unwrap_or(1_000_000)
}

/// Whether reports were read but name hardly any item.
fn few_known(plan: &Plan, reports: &Reports) -> bool {
    reports.read > 0 && plan.item_count() > 0 && known_millionths(plan) < FEW_KNOWN * 10_000
}

/// What to tell when one item takes longer than a job may: times in another unit.
fn too_long(plan: &Plan) -> Option<Problem> {
    let heaviest = plan.heaviest().filter(|placed| placed.weight.is_known())?;
    let micros = heaviest.weight.value();
    (micros > LONGEST_JOB).then(|| {
        let message = text![
            Foreign::new(heaviest.id.as_bytes()),
            " takes ",
            Piece::Micros(micros),
            ", longer than the 6 hours of a job on GitHub's machines"
        ];
        Problem::warning(message)
            .help("are the report's times in milliseconds? these formats have seconds")
    })
}

fn names_differ(plan: &Plan, timings: &Timings) -> Problem {
    let mut message = match plan.known_count() {
        0 => text!["none of the ", plan.item_count(), " items has a known time"],
        1 => text!["only 1 of ", plan.item_count(), " items has a known time"],
        known => text!["only ", known, " of ", plan.item_count(), " items have a known time"],
    };
    let unknown = plan.placed().filter(|placed| !placed.weight.is_known());
    if let Some(first) = unknown.map(|placed| &placed.id).min() {
        message.text("; the first without is ").foreign(first.as_bytes());
    }
    if let Some(first) = timings.first_unmatched().first() {
        message
            .text("; ")
            .number(timings.unmatched())
            .text(" times belong to no item, the first is ")
            .foreign(first.as_slice());
    }
    Problem::warning(message).help(if timings.unmatched() == 0 {
        "see whether the reports are those of this suite; an item without a time gets a guess"
    } else {
        "if both mean the same test, has a prefix of the paths changed? an item without a time gets a guess"
    })
}

/// The plan as a report; `reports` where they were just read.
fn plan_page(page: &mut Page, plan: &Plan, reports: Option<&Reports>) {
    let mut heading = text!["Shard plan: "];
    heading.append(counted(plan.item_count(), " item", " items")).text(" on ");
    heading.append(counted(plan.shards.len(), " shard", " shards"));
    page.heading(heading);
    let (level, advice) = first_thing_to_do(plan, reports);
    page.callout(level, advice);
    if plan.item_count() == 0 {
        return;
    }
    page.bars(shard_bars(plan));
    page.paragraph(bound_sentence(plan));
    if plan.weighing == Weighing::Time {
        page.details("The heaviest items", |page| {
            page.table(heaviest_items(plan));
        });
    }
}

/// The one thing that would help most, or that nothing has to be done.
fn first_thing_to_do(plan: &Plan, reports: Option<&Reports>) -> (Level, Text) {
    if plan.item_count() == 0 {
        return (
            Level::Warning,
            text!["There is nothing to run: guard the jobs with `has-tests`."],
        );
    }
    if plan.weighing == Weighing::Count {
        let advice = match reports {
            Some(reports) if reports.read > 0 => {
                "The reports have no time for any of these items, so they are split by count: see the warning."
            }
            Some(_) => {
                "No time is known, so the items are split by count. Give `timings` the reports of an earlier run."
            }
            None => "No time was known, so the items were split by count.",
        };
        return (Level::Notice, text![advice]);
    }
    if let (BoundKind::LongestItem, Some(heaviest)) = (plan.bound.kind, plan.heaviest()) {
        let mut advice = text![
            Foreign::new(heaviest.id.as_bytes()),
            " alone takes ",
            Piece::Micros(heaviest.weight.value()),
            ", longer than an even share: split it. "
        ];
        let (own, enough) = (plan.shards.len(), plan.enough_shards());
        if enough < own {
            advice.append(counted(enough, " shard", " shards")).text(" would finish as early.");
        } else if plan.makespan() == plan.bound.value {
            advice.text("More shards cannot help.");
        }
        return (Level::Warning, advice);
    }
    let mut advice = text!["All shards finish within "];
    advice
        .push(Piece::Thousandths(plan.gap_millionths().div_ceil(10)))
        .text(" % of the best that is possible.");
    (Level::Notice, advice)
}

fn shard_bars(plan: &Plan) -> Bars {
    let total = plan.shards.len();
    let mut bars = Bars::new();
    for (at, shard) in plan.shards.iter().enumerate() {
        let mut note = weight_text(plan.weighing, shard.load);
        if plan.weighing == Weighing::Time {
            note.text(", ").append(counted(shard.items.len(), " item", " items"));
        }
        bars.bar(Bar { label: text![at + 1, "/", total], value: shard.load, note });
    }
    let mut meaning = text!["lower bound "];
    meaning.append(weight_text(plan.weighing, plan.bound.value));
    bars.mark(plan.bound.value, meaning);
    bars
}

/// A load in words.
fn weight_text(weighing: Weighing, value: u64) -> Text {
    match weighing {
        Weighing::Time => text![Piece::Micros(value)],
        Weighing::Count => counted(value, " item", " items"),
    }
}

fn bound_sentence(plan: &Plan) -> Text {
    let slowest =
        plan.shards.iter().enumerate().max_by_key(|(at, shard)| (shard.load, usize::MAX - at));
    let mut sentence = text!["The slowest shard is "];
    sentence.push(slowest.map_or(0, |(at, _)| at + 1)).text(" with ");
    sentence.append(weight_text(plan.weighing, plan.makespan()));
    sentence.text("; no plan can be below ");
    sentence.append(weight_text(plan.weighing, plan.bound.value));
    match plan.bound.kind {
        BoundKind::EvenShare => sentence.text(", an even share of the work"),
        BoundKind::LongestItem => sentence.text(", its longest item"),
        BoundKind::Together(items) => {
            sentence.text(", because some shard must run ").push(items).text(" heavy items")
        }
    };
    sentence
        .text(" (gap ")
        .push(Piece::Thousandths(plan.gap_millionths().div_ceil(10)))
        .text(" %).");
    if plan.weighing == Weighing::Time {
        sentence.text(" Times are known for ").push(plan.known_count()).text(" of ");
        sentence.push(plan.item_count()).text(" items.");
    }
    sentence
}

fn heaviest_items(plan: &Plan) -> Table {
    let mut rows: Vec<(usize, &Placed)> = plan
        .shards
        .iter()
        .enumerate()
        .flat_map(|(at, shard)| shard.items.iter().map(move |placed| (at, placed)))
        .collect();
    rows.sort_by(|(_, a), (_, b)| {
        b.weight.value().cmp(&a.weight.value()).then_with(|| a.id.cmp(&b.id))
    });
    let mut table =
        Table::new(vec![Column::left("item"), Column::right("weight"), Column::right("shard")]);
    for (at, placed) in rows.into_iter().take(SHOWN) {
        table.row(vec![
            text![Foreign::new(placed.id.as_bytes())],
            item_weight(placed.weight),
            text![at + 1],
        ]);
    }
    table
}

fn item_weight(weight: Weight) -> Text {
    match weight {
        Weight::Known(micros) => text![Piece::Micros(micros)],
        Weight::Guessed(micros) => text!["about ", Piece::Micros(micros)],
        Weight::Counted => "1 item".into(),
    }
}

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

/// Tells a whole plan, or why one item is where it is.
pub(crate) fn explanation(
    read: &ReadPlan,
    args: &ExplainArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    let plan = &read.plan;
    let Some(item) = args.item.as_ref().map(|item| Foreign::new(item.as_encoded_bytes())) else {
        out.result(&read.file);
        out.summary(|page| plan_page(page, plan, None));
        return Ok(());
    };
    let found = plan.shards.iter().enumerate().find_map(|(at, shard)| {
        let rank = shard.items.iter().position(|placed| placed.id.as_bytes() == item.raw())?;
        Some((read.file.explain(at, rank)?, shard.items.get(rank)?))
    });
    let Some((explanation, placed)) = found else {
        let mut message = text!["the plan has no item ", item.clone(), " ("];
        message.append(out.argument("item")).text(")");
        return Err(Failure::no_answer(
            Problem::error(message)
                .at(Place::file(foreign(&args.plan.file)))
                .help("the plan names items just as the list of items did"),
        ));
    };
    out.result(&explanation);
    let wire::Explanation { shard: at, placed_before, load_before, .. } = explanation;
    out.summary(|page| {
        page.heading(text![item]);
        let mut weight = text!["Weight: "];
        weight.append(item_weight(placed.weight));
        weight.text(match placed.weight {
            Weight::Known(_) => ", from the reports",
            Weight::Guessed(_) => {
                ", a guess because no report names it: the median, at most an even share"
            }
            Weight::Counted => ", because no item has a known time",
        });
        let mut order = text!["Order: "];
        if placed_before == 0 {
            order.text("it was placed first");
        } else {
            order.push(placed_before).text(" of ").push(plan.item_count());
            order.text(" were placed before, the heaviest first");
        }
        if load_before == 0 {
            order.text("; this shard had nothing to do yet");
        } else {
            order.text("; this shard had the least to do then: ");
            order.append(weight_text(plan.weighing, load_before));
        }
        page.list(vec![text!["Shard: ", at + 1, "/", plan.shards.len()], weight, order]);
    });
    Ok(())
}

/// The problem to tell of a report that could not be read.
pub(crate) fn malformed(file: Foreign, error: &Malformed) -> Problem {
    Problem::warning(text!["a report of timings cannot be read, so none of its times count"])
        .at(Place::at(file, error.line, error.column))
        .label(text!["expected ", error.wanted, ", found ", Piece::said(&error.found)])
        .help("see what wrote it; only the balance of the shards depends on it, never what runs")
}

/// A path as an output, as the next step knows it: the runner's files hold text.
fn path_output(path: &std::path::Path, out: &Out) -> Result<String, Failure> {
    out.reach(path).to_str().map(str::to_owned).ok_or_else(|| {
        Failure::no_answer(
            Problem::error(text![
                "the path ",
                foreign(path),
                " is not UTF-8 and cannot be an output"
            ])
            .help("choose a path of plain letters"),
        )
    })
}
