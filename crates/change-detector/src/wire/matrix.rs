//! The matrix for `strategy.matrix`.
//!
//! GitHub allows 256 jobs a matrix and fails one without any (GitHub documentation, "Running
//! variations of jobs in a workflow"). Nothing is ever left out: a longer matrix is also handed over
//! in chunks. Its words are safe to paste into a script: names and paths are checked, the reason is one
//! of ours.

use serde::Serialize;

/// One job of a matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The name of the service, package or filter.
    pub name: String,
    /// Its folder; empty for the root and for filters.
    pub path: String,
    /// `service`, an ecosystem's name, or `filter`.
    pub kind: &'static str,
    /// The word for why it is in the matrix.
    pub reason: &'static str,
}

/// A whole matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Its jobs.
    pub include: Vec<Entry>,
}

impl Matrix {
    /// The same jobs in matrices of at most `limit`.
    pub fn chunks(&self, limit: usize) -> Vec<Self> {
        self.include.chunks(limit.max(1)).map(|jobs| Self { include: jobs.to_vec() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_out_of_the_chunks() {
        let entry = |number: usize| Entry {
            name: number.to_string(),
            path: String::new(),
            kind: "service",
            reason: "file",
        };
        let matrix = Matrix { include: (0..300).map(entry).collect() };
        let chunks = matrix.chunks(256);
        let sizes: Vec<usize> = chunks.iter().map(|chunk| chunk.include.len()).collect();
        assert_eq!(sizes, [256, 44]);
        let all: Vec<Entry> = chunks.into_iter().flat_map(|chunk| chunk.include).collect();
        assert_eq!(all, matrix.include);
        assert_eq!(Matrix::default().chunks(256), []);
    }
}
