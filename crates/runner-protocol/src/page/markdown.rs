//! A page as GitHub Flavored Markdown, for `GITHUB_STEP_SUMMARY`, within the size GitHub keeps.

use diagnostics::{Foreign, Level, Text, text};

use super::bars::Drawing;
use super::{Align, Bars, Block, Page, Table};
use crate::escape::{markdown as inline, visible_lines};

/// What is kept free for the note that says what was left out, and for closing tags.
const RESERVE: usize = 512;

/// The page in at most `limit` bytes. What does not fit is left out from the end, whole rows at a
/// time, and the last line says how much.
pub(crate) fn markdown(page: &Page, limit: usize) -> String {
    let mut writer =
        Writer { out: String::new(), room: limit.saturating_sub(RESERVE), left_out: 0 };
    writer.page(page);
    if writer.left_out > 0 {
        let note =
            text!["Left out ", writer.left_out, " more rows or parts: a step summary holds 1 MiB."];
        let note = format!("\n> [!NOTE]\n> {}\n", inline(&note));
        if writer.out.len() + note.len() <= limit {
            writer.out.push_str(&note);
        }
    }
    writer.out
}

/// Markdown so far, and how many bytes may follow.
struct Writer {
    out: String,
    room: usize,
    left_out: usize,
}

impl Writer {
    fn page(&mut self, page: &Page) {
        for block in &page.blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => self.part(&format!("### {}\n\n", inline(text))),
            Block::Paragraph(text) => self.part(&format!("{}\n\n", inline(text))),
            Block::Callout(level, text) => {
                self.part(&format!("> [!{}]\n> {}\n\n", alert(*level), inline(text)));
            }
            Block::List(points) => {
                self.rows("", points.iter().map(|point| format!("- {}\n", inline(point))));
            }
            Block::Table(table) => self.table(table),
            Block::Bars(bars) => self.bars(bars),
            Block::Code(lines) => self.part(&fenced(lines)),
            Block::Details(title, page) => self.details(title, page),
        }
    }

    fn table(&mut self, table: &Table) {
        let mut head = row(table.columns.iter().map(|column| inline(&column.title)));
        head.push_str(&row(table.columns.iter().map(|column| match column.align {
            Align::Left => "---".to_owned(),
            Align::Right => "--:".to_owned(),
        })));
        self.rows(&head, table.rows.iter().map(|cells| row(cells.iter().map(inline))));
    }

    fn bars(&mut self, bars: &Bars) {
        let drawing = Drawing::of(bars);
        let meaning = bars.mark.as_ref().map(|(_, meaning)| format!("`│` {}", inline(meaning)));
        let mut head = row([String::new(), meaning.unwrap_or_default(), String::new()]);
        head.push_str("| --- | --- | --- |\n");
        self.rows(
            &head,
            bars.bars.iter().map(|bar| {
                row([
                    inline(&bar.label),
                    format!("`{}`", drawing.bar(bar.value)),
                    inline(&bar.note),
                ])
            }),
        );
    }

    fn details(&mut self, title: &Text, page: &Page) {
        // The closing tag fits in any case: it is counted before what stands inside.
        const CLOSE: &str = "</details>\n\n";
        let open = format!("<details><summary>{}</summary>\n\n", summary_line(title));
        if self.room < open.len() + CLOSE.len() {
            self.left_out += 1;
            return;
        }
        self.room -= CLOSE.len();
        self.part(&open);
        self.page(page);
        self.out.push_str(CLOSE);
    }

    /// Adds a head and as many rows as fit.
    fn rows(&mut self, head: &str, rows: impl ExactSizeIterator<Item = String>) {
        let count = rows.len();
        if !self.fits(head.len() + 1) {
            self.left_out += count.max(1);
            return;
        }
        self.part(head);
        for (written, row) in rows.enumerate() {
            if !self.fits(row.len() + 1) {
                self.left_out += count - written;
                break;
            }
            self.part(&row);
        }
        self.part("\n");
    }

    fn part(&mut self, part: &str) {
        if self.fits(part.len()) {
            self.room -= part.len();
            self.out.push_str(part);
        } else {
            self.left_out += 1;
        }
    }

    fn fits(&self, length: usize) -> bool {
        length <= self.room
    }
}

/// Lines between fences that are longer than any row of back-ticks in them (GitHub Flavored Markdown,
/// "Fenced code blocks").
fn fenced(lines: &Foreign) -> String {
    let lines: Vec<String> = visible_lines(lines).collect();
    let mut fence = "```".to_owned();
    while lines.iter().any(|line| line.contains(&fence)) {
        fence.push('`');
    }
    format!("{fence}\n{}\n{fence}\n\n", lines.join("\n"))
}

/// The title of a `<summary>`: HTML, in which Markdown's back-ticks mean nothing.
fn summary_line(title: &Text) -> String {
    let line = inline(title);
    match line.split_once('`').and_then(|(before, rest)| Some((before, rest.rsplit_once('`')?))) {
        // Foreign text is rare in a title; shown without code marks it must not be HTML either.
        Some((before, (code, after))) => {
            let code = code.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            format!("{before}<code>{code}</code>{after}")
        }
        None => line,
    }
}

/// One line of a table.
fn row(cells: impl IntoIterator<Item = String>) -> String {
    let mut line = String::from("|");
    for cell in cells {
        line.push(' ');
        line.push_str(&cell);
        line.push_str(" |");
    }
    line.push('\n');
    line
}

/// GitHub's word for an alert of this level.
fn alert(level: Level) -> &'static str {
    match level {
        Level::Error => "CAUTION",
        Level::Warning => "WARNING",
        Level::Notice => "TIP",
    }
}

#[cfg(test)]
mod tests {
    use diagnostics::Foreign;

    use super::super::{Bar, Column};
    use super::*;

    fn sample() -> Page {
        let mut table = Table::new(vec![Column::left("item"), Column::right("time")]);
        table.row(vec![
            Foreign::from("a|b\n::error::c").into(),
            text![diagnostics::Piece::Micros(1_300_000)],
        ]);
        table.row(vec!["plain".into()]);
        let mut bars = Bars::new();
        bars.bar(Bar { label: "1/2".into(), value: 28, note: "28s".into() });
        bars.bar(Bar { label: "2/2".into(), value: 14, note: "14s".into() });
        bars.mark(21, "lower bound");
        let mut page = Page::new();
        page.heading("Shard plan")
            .callout(Level::Warning, text!["split ", Foreign::from("x.py"), " first"])
            .bars(bars)
            .table(table)
            .details(text!["unmatched ", 2_u64], |page| {
                page.list(vec!["one".into(), "two".into()]);
            });
        page
    }

    #[test]
    fn a_page_is_github_flavored_markdown() {
        insta::assert_snapshot!(markdown(&sample(), 1 << 20), @r"
        ### Shard plan

        > [!WARNING]
        > split `x.py` first

        |  | `│` lower bound |  |
        | --- | --- | --- |
        | 1/2 | `████████████████████▌███████` | 28s |
        | 2/2 | `██████████████░░░░░░│░░░░░░░` | 14s |

        | item | time |
        | --- | --: |
        | <code>a&#124;b&#92;n&#58;&#58;error&#58;&#58;c</code> | 1.3s |
        | plain |  |

        <details><summary>unmatched 2</summary>

        - one
        - two

        </details>
        ");
    }

    #[test]
    fn a_title_with_foreign_text_holds_no_html() {
        let title = text!["see ", Foreign::from("<b>&x"), " now"];
        assert_eq!(summary_line(&title), "see <code>&lt;b&gt;&amp;x</code> now");
    }

    #[test]
    fn a_page_that_is_too_long_is_cut_at_a_row_and_says_so() {
        let mut table = Table::new(vec![Column::left("item")]);
        for _ in 0..10_000 {
            table.row(vec!["a row of some length".into()]);
        }
        let mut page = Page::new();
        page.details("all", |page| {
            page.table(table);
        });
        page.paragraph("after");
        let limit = 10_000;
        let cut = markdown(&page, limit);
        assert!(cut.len() <= limit, "{} bytes", cut.len());
        assert!(cut.len() > limit - 2 * RESERVE, "only {} bytes", cut.len());
        assert!(cut.contains("</details>\n"), "the fold is closed");
        let rows = cut.matches("| a row of some length |\n").count();
        let left_out = 10_000 - rows + usize::from(!cut.contains("after"));
        let note = format!("> Left out {left_out} more rows");
        assert!(cut.contains(&note), "{note}, but {:?}", cut.lines().last());
    }
}
