//! Pages of GitHub's REST API.

use github_api::NotAnAnswer;
use github_api::runners::{self, Page};

/// A page of workflow runs: one that is asked for, or refused at a place in the page.
pub fn workflow_runs(data: &[u8]) {
    let query = github_api::RunQuery {
        repository: "org/mono",
        workflow: "ci.yml",
        branch: "main",
        event: None,
        before: 4711,
    };
    match github_api::runs::found(data, &query) {
        Ok(found) => {
            assert!(found.run.is_none_or(|run| run.id < query.before && !run.head.is_zero()));
        }
        Err(wrong) => check_place(&wrong, data),
    }
}

/// A page of runners, of their groups and of larger runners: what is taken has no more entries than things
/// that begin in the page, and what is not is refused at a place in it.
pub fn runner_pages(data: &[u8]) {
    check_page(&runners::runners(data), data);
    check_page(&runners::groups(data), data);
    check_page(&runners::hosted_runners(data), data);
}

fn check_page<T>(page: &Result<Page<T>, NotAnAnswer>, data: &[u8]) {
    match page {
        Ok(page) => {
            let begun = data.iter().filter(|byte| b"{[".contains(byte)).count();
            assert!(page.entries.len() < begun);
        }
        Err(wrong) => check_place(wrong, data),
    }
}

fn check_place(wrong: &NotAnAnswer, data: &[u8]) {
    let line = usize::try_from(wrong.line).ok().and_then(|line| line.checked_sub(1));
    let line = line.and_then(|line| data.split(|byte| *byte == b'\n').nth(line));
    let longest = line.map_or(0, |line| u64::try_from(line.len()).unwrap_or(u64::MAX));
    assert!((1..=longest + 1).contains(&wrong.column), "{wrong:?}");
}
