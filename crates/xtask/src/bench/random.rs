//! Numbers that look random and are the same everywhere.

/// Knuth's MMIX generator.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number from 0 on, below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }

    /// A number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// Another order of the same things (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) -> anyhow::Result<()> {
        for at in (1..things.len()).rev() {
            let other = self.below(u64::try_from(at + 1)?);
            things.swap(at, usize::try_from(other)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_reached_and_a_shuffle_loses_nothing() {
        let mut random = Random(1);
        let drawn: Vec<u64> = (0..100).map(|_| random.between(3, 5)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&3), Some(&5)));
        let mut things: Vec<u64> = (0..50).collect();
        random.shuffle(&mut things).unwrap();
        assert_ne!(things, (0..50).collect::<Vec<u64>>());
        things.sort_unstable();
        assert_eq!(things, (0..50).collect::<Vec<u64>>());
    }
}
