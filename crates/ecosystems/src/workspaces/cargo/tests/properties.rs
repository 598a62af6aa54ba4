//! What holds of every reading.

use std::collections::BTreeMap;

use proptest::prelude::*;
use repo_model::MemoryTree;

use super::super::{Options, read};
use super::{compared, workspace};
use crate::workspaces::Sides;
use crate::workspaces::testing::{edited, tree};

/// Text that means the same: comments, blank lines and spaces.
fn respelled(text: &str, comment: &str) -> String {
    let lines = text.lines().map(|line| format!("{line}  # {comment}\n\n"));
    lines.collect()
}

proptest! {
    #[test]
    fn comments_and_white_space_touch_nothing(comment in "[a-z \\[=']{0,10}", which in 0..5_usize) {
        let base = workspace();
        let path = ["Cargo.toml", "Cargo.lock", "crates/a/Cargo.toml", "crates/b/Cargo.toml", "Cargo.toml"][which];
        let text = respelled(base[path], &comment);
        let head = edited(&base, &[(path, Some(&text))]);
        let reading = compared(&tree(&base), &tree(&head), false);
        prop_assert!(reading.touches.is_empty());
        prop_assert!(reading.problems.is_empty());
    }

    #[test]
    fn the_order_of_tables_means_nothing(order in Just((0..5_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let tables = ["[package]\nname = 'a'\n", "[dependencies]\nserde.workspace = true\n", "[features]\nx = []\n", "[dev-dependencies]\nq = '1'\n", "[lints]\nworkspace = true\n"];
        let written: String = order.iter().map(|at| tables[*at]).collect();
        let tables = tables.concat();
        let base = edited(&workspace(), &[("crates/a/Cargo.toml", Some(&tables))]);
        let head = edited(&base, &[("crates/a/Cargo.toml", Some(&written))]);
        let reading = compared(&tree(&base), &tree(&head), false);
        prop_assert!(reading.touches.is_empty());
    }

    #[test]
    fn the_same_on_both_sides_touches_nothing(manifest in ".{0,60}", path in "(crates/)?[ab]/Cargo[.]toml") {
        let files = edited(&workspace(), &[(&path, Some(&manifest))]);
        let (one, other) = (tree(&files), tree(&files));
        let changes = one.changes_to(&other);
        prop_assert!(changes.is_empty());
        let sides = Sides { base: Some(&one), head: &other, changes: &changes };
        if let Ok(reading) = read(&sides, &Options::default()) {
            prop_assert!(reading.touches.is_empty());
        }
    }

    #[test]
    fn any_bytes_give_an_answer_or_a_problem(
        manifest in proptest::collection::vec(any::<u8>(), 0..80),
        lock in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let base = tree(&workspace());
        let texts = workspace().into_iter().map(|(path, text)| (path, text.as_bytes()));
        let mut head: BTreeMap<&str, &[u8]> = texts.collect();
        head.insert("Cargo.lock", &lock);
        head.insert("crates/b/Cargo.toml", &manifest);
        let head = MemoryTree::new(&head).unwrap();
        let changes = base.changes_to(&head);
        let forth = Sides { base: Some(&base), head: &head, changes: &changes };
        let _ = read(&forth, &Options { scan_includes: true, metadata: None });
        let back = Sides { base: Some(&head), head: &base, changes: &changes };
        let options = Options { scan_includes: true, metadata: None };
        prop_assert!(read(&back, &options).is_ok());
    }
}
