//! Many patterns at once.

use super::pattern::{Edge, Glob};

/// How many patterns one word of bits stands for.
const WORD: usize = 64;

/// Patterns, each of which a path is matched with.
///
/// Most patterns say what a path begins with or ends in, so from its first byte and its last follows
/// which few have to be tried.
#[derive(Clone, Debug, Default)]
pub struct GlobSet {
    globs: Vec<Glob>,
    /// For each first byte, a bit for each pattern that a path with it may match.
    first: Vec<u64>,
    /// The same for the last byte.
    last: Vec<u64>,
    words: usize,
}

impl GlobSet {
    /// All of these patterns; the first has the index 0.
    pub fn new(globs: &[Glob]) -> Self {
        let words = globs.len().div_ceil(WORD);
        let table = |edge| {
            let mut table = vec![0_u64; 256 * words];
            for (byte, row) in (0..=u8::MAX).zip(table.chunks_mut(words.max(1))) {
                for (globs, word) in globs.chunks(WORD).zip(row) {
                    for (bit, glob) in globs.iter().enumerate() {
                        *word |= u64::from(glob.may_match(edge, byte)) << bit;
                    }
                }
            }
            table
        };
        Self { globs: globs.to_vec(), first: table(Edge::First), last: table(Edge::Last), words }
    }

    /// How many patterns there are.
    pub fn len(&self) -> usize {
        self.globs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// Puts the indices of all patterns that match the path into `found`, in ascending order, in
    /// place of what is there. The path is one of git, as for [`Glob::is_match`].
    pub fn matches_into(&self, path: &[u8], found: &mut Vec<usize>) {
        found.clear();
        let (Some(first), Some(last)) = (path.first(), path.last()) else { return };
        let row = |table: &'_ [u64], byte: u8| {
            let begin = usize::from(byte) * self.words;
            table.get(begin..begin + self.words).map(<[u64]>::to_vec).unwrap_or_default()
        };
        let pairs = row(&self.first, *first).into_iter().zip(row(&self.last, *last));
        for (word, (first, last)) in pairs.enumerate() {
            let mut bits = first & last;
            while bits != 0 {
                let bit = usize::try_from(bits.trailing_zeros()).unwrap_or_default();
                bits &= bits - 1;
                let index = word * WORD + bit;
                if self.globs.get(index).is_some_and(|glob| glob.is_match(path)) {
                    found.push(index);
                }
            }
        }
    }
}
