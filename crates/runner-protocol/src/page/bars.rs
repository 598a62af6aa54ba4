//! Bars drawn with block characters, as wide on a terminal as in Markdown.

use super::Bars;

/// How many characters a full bar takes.
const WIDTH: u64 = 28;

/// A bar's characters, drawn to the scale of its neighbours.
pub(super) struct Drawing<'a> {
    bars: &'a Bars,
    full: u64,
}

impl<'a> Drawing<'a> {
    pub(super) fn of(bars: &'a Bars) -> Self {
        let mark = bars.mark.as_ref().map_or(0, |(value, _)| *value);
        let longest = bars.bars.iter().map(|bar| bar.value).max().unwrap_or(0);
        Self { bars, full: longest.max(mark).max(1) }
    }

    /// The bar for `value`: full blocks, then a light rest; the mark is a line through it.
    pub(super) fn bar(&self, value: u64) -> String {
        let filled = self.cells(value);
        // The mark stands in the cell where its value ends, so a bar that just reaches it is full
        // up to the mark and one that passes it shows blocks on both sides.
        let mark = self.bars.mark.as_ref().map(|(at, _)| self.cells(*at).saturating_sub(1));
        let cell = |at: u64| match mark {
            Some(mark) if mark == at => {
                if at < filled {
                    '▌'
                } else {
                    '│'
                }
            }
            Some(_) | None => {
                if at < filled {
                    '█'
                } else {
                    '░'
                }
            }
        };
        (0..WIDTH).map(cell).collect()
    }

    /// How many cells `value` fills; at least one if it is more than nothing.
    fn cells(&self, value: u64) -> u64 {
        let exact = u128::from(value) * u128::from(WIDTH);
        let cells = exact.div_ceil(u128::from(self.full)).min(u128::from(WIDTH));
        u64::try_from(cells).unwrap_or(WIDTH)
    }
}

#[cfg(test)]
mod tests {
    use diagnostics::Text;

    use super::super::Bar;
    use super::*;

    #[track_caller]
    fn check(values: &[u64], mark: Option<u64>, drawn: &[&str]) {
        let mut bars = Bars::new();
        for value in values {
            bars.bar(Bar { label: Text::new(), value: *value, note: Text::new() });
        }
        if let Some(mark) = mark {
            bars.mark(mark, "bound");
        }
        let drawing = Drawing::of(&bars);
        let lines: Vec<String> = values.iter().map(|value| drawing.bar(*value)).collect();
        assert_eq!(lines, drawn);
    }

    #[test]
    fn bars_are_drawn_to_the_longest() {
        check(
            &[28, 14, 1, 0],
            None,
            &[
                "████████████████████████████",
                "██████████████░░░░░░░░░░░░░░",
                "█░░░░░░░░░░░░░░░░░░░░░░░░░░░",
                "░░░░░░░░░░░░░░░░░░░░░░░░░░░░",
            ],
        );
        check(&[0], None, &["░░░░░░░░░░░░░░░░░░░░░░░░░░░░"]);
        check(&[u64::MAX], None, &["████████████████████████████"]);
    }

    #[test]
    fn the_mark_shows_who_is_over_it() {
        check(
            &[28, 14, 7],
            Some(14),
            &[
                "█████████████▌██████████████",
                "█████████████▌░░░░░░░░░░░░░░",
                "███████░░░░░░│░░░░░░░░░░░░░░",
            ],
        );
    }
}
