//! A page for a terminal or a log: the same blocks, aligned with spaces.

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, TableStyle};
use diagnostics::{Level, Text};
use unicode_width::UnicodeWidthStr as _;

use super::bars::Drawing;
use super::{Align, Bars, Block, Page, Table};
use crate::command;
use crate::escape::{plain, visible_lines};

/// How wide the page is drawn.
const COLUMNS: u16 = 100;

/// The page as lines with ANSI styles; whoever prints it strips them where nobody wants colour.
pub(crate) fn terminal(page: &Page) -> String {
    let mut out = String::new();
    write_page(&mut out, page, "");
    out
}

fn write_page(out: &mut String, page: &Page, indent: &str) {
    for block in &page.blocks {
        if !out.is_empty() && !out.ends_with("\n\n") {
            out.push('\n');
        }
        write_block(out, block, indent);
    }
}

fn write_block(out: &mut String, block: &Block, indent: &str) {
    match block {
        Block::Heading(text) => {
            let bold = Style::new().bold();
            lines(out, indent, &format!("{bold}{}{bold:#}", plain(text)));
        }
        Block::Paragraph(text) => lines(out, indent, &plain(text)),
        Block::Callout(level, text) => {
            let style = style(*level);
            let word = command::word(*level);
            lines(out, indent, &format!("{style}{word}:{style:#} {}", plain(text)));
        }
        Block::List(points) => {
            for point in points {
                lines(out, indent, &format!("- {}", plain(point)));
            }
        }
        Block::Table(table) => lines(out, indent, &drawn_table(table)),
        Block::Code(code) => {
            for line in visible_lines(code) {
                lines(out, indent, &line);
            }
        }
        Block::Bars(bars) => lines(out, indent, &drawn_bars(bars)),
        Block::Details(title, page) => {
            lines(out, indent, &format!("{}:", plain(title)));
            let mut inner = String::new();
            write_page(&mut inner, page, &format!("{indent}  "));
            out.push_str(&inner);
        }
    }
}

fn lines(out: &mut String, indent: &str, text: &str) {
    for line in text.lines() {
        out.push_str(indent);
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// The style of a level's word.
pub(crate) fn style(level: Level) -> Style {
    let color = match level {
        Level::Error => AnsiColor::Red,
        Level::Warning => AnsiColor::Yellow,
        Level::Notice => AnsiColor::Cyan,
    };
    color.on_default().bold()
}

fn drawn_table(table: &Table) -> String {
    let mut drawn = comfy_table::Table::new();
    let rule = LineStyle::none().fill('─').junction('─');
    drawn.load_style(TableStyle::new().header_separator(rule));
    drawn.set_content_arrangement(ContentArrangement::Dynamic);
    drawn.set_width(COLUMNS);
    drawn.set_header(table.columns.iter().map(|column| plain(&column.title)));
    for (column, drawn_column) in table.columns.iter().zip(drawn.column_iter_mut()) {
        drawn_column.set_cell_alignment(match column.align {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        });
    }
    for row in &table.rows {
        drawn.add_row(row.iter().map(|cell| Cell::new(plain(cell))));
    }
    drawn.to_string()
}

fn drawn_bars(bars: &Bars) -> String {
    let drawing = Drawing::of(bars);
    let labels: Vec<String> = bars.bars.iter().map(|bar| plain(&bar.label)).collect();
    let widest = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    let mut drawn = String::new();
    for (bar, label) in bars.bars.iter().zip(&labels) {
        let gap = " ".repeat(widest - label.width());
        let line = format!("{gap}{label}  {}  {}\n", drawing.bar(bar.value), plain(&bar.note));
        drawn.push_str(&line);
    }
    if let Some((_, meaning)) = &bars.mark {
        drawn.push_str(&legend(widest, meaning));
    }
    drawn
}

fn legend(indent: usize, meaning: &Text) -> String {
    format!("{}  │ {}\n", " ".repeat(indent), plain(meaning))
}

#[cfg(test)]
mod tests {
    use diagnostics::{Foreign, Piece, text};

    use super::super::{Bar, Column};
    use super::*;

    #[test]
    fn a_page_is_readable_in_a_terminal() {
        let mut table = Table::new(vec![Column::left("item"), Column::right("time")]);
        table.row(vec![Foreign::from("a|b\n::error::c").into(), text![Piece::Micros(1_300_000)]]);
        table.row(vec!["plain".into()]);
        let mut bars = Bars::new();
        bars.bar(Bar { label: "9/10".into(), value: 28, note: "28s".into() });
        bars.bar(Bar { label: "10/10".into(), value: 14, note: "14s".into() });
        bars.mark(21, "lower bound");
        let mut page = Page::new();
        page.heading("Shard plan")
            .callout(Level::Warning, text!["split ", Foreign::from("x.py"), " first"])
            .bars(bars)
            .table(table)
            .details("unmatched", |page| {
                page.list(vec!["one".into(), "two".into()]);
            });
        let shown = anstream::adapter::strip_str(&terminal(&page)).to_string();
        insta::assert_snapshot!(shown, @r"
        Shard plan

        warning: split `x.py` first

         9/10  ████████████████████▌███████  28s
        10/10  ██████████████░░░░░░│░░░░░░░  14s
               │ lower bound

         item                time
        ──────────────────────────
         `a|b\n::error::c`   1.3s
         plain

        unmatched:
          - one
          - two
        ");
    }
}
