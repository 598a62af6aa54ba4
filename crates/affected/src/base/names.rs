//! What a person's word for a base or head may mean, and in which order.

use repo_model::CommitId;

use super::{History, Name};

/// A commit and what its name turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) commit: CommitId,
    /// Whether it moves on: a comparison with a branch begins where the head left it.
    pub(super) is_branch: bool,
}

/// The commit that `word` means; nothing if there is none.
///
/// A full id is itself, a full ref too. A short name is a branch before it is a tag, so that a tag
/// never hides a branch, and the remote's branch before the local one, which may be old. What is here
/// comes before what only the server has.
pub(super) fn named<H: History>(word: &str, history: &mut H) -> Result<Option<Named>, H::Failure> {
    let word = word.trim();
    if let Ok(id) = word.parse::<CommitId>() {
        return Ok(history.find(&Name::Id(id))?.map(|commit| Named { commit, is_branch: false }));
    }
    let is_branch_ref = ["refs/heads/", "refs/remotes/"].iter().any(|it| word.starts_with(it));
    let ways = if word.starts_with("refs/") {
        vec![(Name::Ref(word.to_owned()), is_branch_ref)]
    } else {
        let below = |folder: &str| Name::Ref(format!("{folder}{word}"));
        vec![
            (Name::RemoteBranch(word.to_owned()), true),
            (below("refs/heads/"), true),
            (below("refs/remotes/"), true),
            (below("refs/"), word.starts_with("heads/") || word.starts_with("remotes/")),
            (below("refs/tags/"), false),
            (Name::Expression(word.to_owned()), false),
        ]
    };
    let ways: Vec<_> = ways.into_iter().filter(|(name, _)| may_be(name, word)).collect();
    for (name, is_branch) in &ways {
        if let Some(commit) = history.find_here(name)? {
            return Ok(Some(Named { commit, is_branch: *is_branch }));
        }
    }
    for (name, is_branch) in ways {
        if let Some(commit) = history.find(&name)? {
            return Ok(Some(Named { commit, is_branch }));
        }
    }
    Ok(None)
}

/// Whether git could have such a name: what cannot be a ref is not asked for as one.
fn may_be(name: &Name, word: &str) -> bool {
    match name {
        Name::Id(_) | Name::Expression(_) => !word.contains(['\n', '\0']),
        Name::Ref(_) | Name::RemoteBranch(_) => {
            // git-check-ref-format(1). `HEAD` is no branch.
            let refused = ['~', '^', ':', '?', '*', '[', '\\', ' ', '\n', '\0'];
            word != "HEAD"
                && !word.contains(refused)
                && !word.contains("..")
                && !word.contains("@{")
        }
    }
}
