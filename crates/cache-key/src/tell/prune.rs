//! What may be dropped, by reason.

use cache_identity::{Reason, Spot};
use diagnostics::{Foreign, Text, text};
use runner_protocol::{Bar, Bars, Column, Failure, Out, Page, Table};

use crate::gather::{Pruned, refused};
use crate::wire::PruneFile;

/// Tells what may be dropped, or was.
pub(crate) fn prune(pruned: &Pruned, out: &mut Out) -> Result<(), Failure> {
    let Pruned { spots, plan, done } = pruned;
    if let Some(done) = done
        && !done.refused.is_empty()
    {
        return Err(refused(done));
    }
    let (bytes, files) = plan.sum(spots, None);
    out.output("pruned-bytes", bytes.to_string());
    out.output("pruned-files", files.to_string());
    out.output("kept-bytes", plan.kept_bytes().to_string());
    out.result(&PruneFile::new(spots, plan, done.is_some()));
    out.summary(|page| fill(page, pruned));
    Ok(())
}

fn fill(page: &mut Page, pruned: &Pruned) {
    let Pruned { spots, plan, done } = pruned;
    let (bytes, files) = plan.sum(spots, None);
    let all = bytes.saturating_add(plan.kept_bytes());
    let verb = if done.is_some() { " dropped of " } else { " may be dropped of " };
    page.heading(size(bytes).text(verb).append(size(all)).clone());
    if files == 0 {
        page.paragraph("Nothing is left over that is certain to be of no use.");
    } else if done.is_none() {
        page.paragraph(text![
            "Nothing was removed. `--apply` (input `apply`) removes ",
            files,
            " files."
        ]);
    }
    let mut bars = Bars::new();
    let mut reasons = Table::new(vec![
        Column::left("Dropped, because"),
        Column::right("Files"),
        Column::right("Size"),
        Column::left("The largest"),
    ]);
    for why in Reason::ALL {
        let (bytes, files) = plan.sum(spots, Some(why));
        if files == 0 {
            continue;
        }
        bars.bar(Bar { label: text![why.name()], value: bytes, note: size(bytes) });
        let of_it = plan.dropped.iter().filter(|it| it.why == why);
        let largest = of_it.max_by_key(|it| (it.bytes, std::cmp::Reverse(it.entry)));
        let entry = largest.and_then(|it| spots.get(it.spot)?.entries.get(it.entry));
        let path = entry.map(|it| Foreign::new(it.path.clone()));
        reasons.row(vec![
            text![why.words()],
            text![files],
            size(bytes),
            path.map(|path| text![path]).unwrap_or_default(),
        ]);
    }
    bars.bar(Bar { label: "kept".into(), value: plan.kept_bytes(), note: size(plan.kept_bytes()) });
    page.bars(bars);
    if files > 0 {
        page.table(reasons);
    }
    let mut kept = Table::new(vec![
        Column::left("Kept"),
        Column::right("Files"),
        Column::right("Size"),
        Column::left("Whole, because"),
    ]);
    for (spot, it) in spots.iter().zip(&plan.kept) {
        kept.row(vec![path(spot), text![it.files], size(it.bytes), text![it.whole.unwrap_or("")]]);
    }
    if !spots.is_empty() {
        page.table(kept);
    }
}

fn path(spot: &Spot) -> Text {
    text![Foreign::new(spot.path.clone())]
}

/// A size as a person reads it.
fn size(bytes: u64) -> Text {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, " GB"), (1_000_000, " MB"), (1_000, " kB")];
    let unit = UNITS.into_iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or_else(
        || text![bytes, " B"],
        |(unit, name)| {
            let tenths = bytes.saturating_mul(10) / unit;
            text![tenths / 10, ".", tenths % 10, name]
        },
    )
}
