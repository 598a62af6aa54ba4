//! A report for people, written once: the step summary in Markdown and the page on a terminal are
//! two renderings of the same blocks.
//!
//! A [`Page`] holds what is said, not how it looks; it never fails and never cuts. The renderers
//! cut where GitHub does, and say so.

mod bars;
mod markdown;
mod terminal;

use diagnostics::{Foreign, Level, Text};

use markdown::markdown;
use terminal::terminal;

/// The blocks of a report, from top to bottom.
///
/// ```
/// use diagnostics::{Foreign, Level, text};
/// use runner_protocol::{Bar, Bars, Column, Page, Table};
///
/// let mut bars = Bars::new();
/// bars.bar(Bar { label: "1/2".into(), value: 60, note: "1m00s".into() });
/// bars.bar(Bar { label: "2/2".into(), value: 30, note: "30.0s".into() });
/// bars.mark(45, "lower bound");
/// let mut table = Table::new(vec![Column::left("test"), Column::right("runs")]);
/// table.row(vec![text![Foreign::from("a|b")], text![3_u64]]);
///
/// let mut page = Page::new();
/// page.heading("Shards")
///     .callout(Level::Warning, "One test decides.")
///     .bars(bars)
///     .details("Tests", |page| {
///         page.table(table);
///     });
/// // What somebody else has named is code in Markdown, and cannot break the table.
/// assert!(page.to_markdown(1 << 20).contains("| <code>a&#124;b</code> | 3 |"));
/// assert!(page.to_terminal().contains("Shards"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    blocks: Vec<Block>,
}

/// One part of a [`Page`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Heading(Text),
    Paragraph(Text),
    Callout(Level, Text),
    List(Vec<Text>),
    Table(Table),
    Bars(Bars),
    Code(Foreign),
    Details(Text, Page),
}

/// A table with a head row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Text>>,
}

/// The head of a table's column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    title: Text,
    align: Align,
}

/// On which side a column's cells stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Numbers.
    Right,
}

/// Lengths to be compared by eye, against a mark that all of them share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bars {
    bars: Vec<Bar>,
    mark: Option<(u64, Text)>,
}

/// One length, with words before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What is measured.
    pub label: Text,
    /// The length, in any unit that the others share.
    pub value: u64,
    /// What stands behind the bar, usually the value in words.
    pub note: Text,
}

impl Page {
    /// A page without blocks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is on it.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Adds a heading.
    pub fn heading(&mut self, text: impl Into<Text>) -> &mut Self {
        self.push(Block::Heading(text.into()))
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: impl Into<Text>) -> &mut Self {
        self.push(Block::Paragraph(text.into()))
    }

    /// Adds a paragraph that stands out: the one thing to do first.
    pub fn callout(&mut self, level: Level, text: impl Into<Text>) -> &mut Self {
        self.push(Block::Callout(level, text.into()))
    }

    /// Adds a list.
    pub fn list(&mut self, points: Vec<Text>) -> &mut Self {
        self.push(Block::List(points))
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) -> &mut Self {
        self.push(Block::Table(table))
    }

    /// Adds lines to be copied, in a type where all letters have one width. What cannot be seen is
    /// made visible.
    pub fn code(&mut self, lines: Foreign) -> &mut Self {
        self.push(Block::Code(lines))
    }

    /// Adds a row of bars.
    pub fn bars(&mut self, bars: Bars) -> &mut Self {
        self.push(Block::Bars(bars))
    }

    /// Adds a part that is folded away where the reader can unfold it.
    pub fn details(&mut self, title: impl Into<Text>, fill: impl FnOnce(&mut Self)) -> &mut Self {
        let mut inner = Self::new();
        fill(&mut inner);
        self.push(Block::Details(title.into(), inner))
    }

    /// The page in GitHub Flavored Markdown, at most `limit` bytes: a longer one is cut between
    /// blocks or rows, and says so.
    pub fn to_markdown(&self, limit: usize) -> String {
        markdown(self, limit)
    }

    /// The page for a terminal, with ANSI styles, which `anstream` takes out where nobody sees them.
    pub fn to_terminal(&self) -> String {
        terminal(self)
    }

    fn push(&mut self, block: Block) -> &mut Self {
        self.blocks.push(block);
        self
    }
}

impl Table {
    /// A table with these columns and no rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row. Missing cells are empty, extra ones are left out.
    pub fn row(&mut self, cells: Vec<Text>) -> &mut Self {
        let mut cells = cells;
        cells.resize(self.columns.len(), Text::new());
        self.rows.push(cells);
        self
    }
}

impl Column {
    /// A column of words.
    pub fn left(title: impl Into<Text>) -> Self {
        Self { title: title.into(), align: Align::Left }
    }

    /// A column of numbers.
    pub fn right(title: impl Into<Text>) -> Self {
        Self { title: title.into(), align: Align::Right }
    }
}

impl Bars {
    /// No bars yet, and no mark.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a bar.
    pub fn bar(&mut self, bar: Bar) -> &mut Self {
        self.bars.push(bar);
        self
    }

    /// Marks a value on every bar, and says what it is.
    pub fn mark(&mut self, value: u64, meaning: impl Into<Text>) -> &mut Self {
        self.mark = Some((value, meaning.into()));
        self
    }
}
