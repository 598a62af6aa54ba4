//! Sets of small numbers.

/// A set of numbers below the size that it was made for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Those numbers below `size` for which it holds.
    pub(super) fn of(size: usize, holds: impl Fn(usize) -> bool) -> Self {
        let mut words = vec![0_u64; size.div_ceil(64)];
        for number in (0..size).filter(|number| holds(*number)) {
            if let Some(word) = words.get_mut(number / 64) {
                *word |= 1 << (number % 64);
            }
        }
        Self(words)
    }

    /// The numbers in both, which are of one size.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours & theirs).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Whether there is no number in both.
    pub(super) fn is_apart_from(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(ours, theirs)| ours & theirs == 0)
    }

    /// The numbers, from the least on.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(place, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
                usize::try_from(bit).ok().filter(|bit| *bit < 64).map(|bit| place * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_in_and_come_out() {
        let third = Bits::of(200, |number| number % 3 == 0);
        let fifth = Bits::of(200, |number| number % 5 == 0);
        let both: Vec<_> = third.and(&fifth).numbers().collect();
        assert_eq!(both, [0, 15, 30, 45, 60, 75, 90, 105, 120, 135, 150, 165, 180, 195]);
        assert!(!third.is_apart_from(&fifth));
        assert!(third.is_apart_from(&Bits::of(200, |number| number % 3 == 1)));
        assert!(Bits::of(0, |_| true).is_empty() && Bits::of(200, |_| false).is_empty());
    }
}
