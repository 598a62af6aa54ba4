//! Which commit is before which.

use bstr::ByteSlice as _;
use testkit::Repository as Scripted;

use super::{id, open, open_to_fetch};
use crate::{Ancestry, CommitAt, MergeBase, NearestTag, RefName};

/// `main` of four commits, `side` of two from the second on, and `other` with nothing in common.
struct Histories {
    scripted: Scripted,
    fork: String,
    main: String,
    side: String,
    other: String,
}

fn histories() -> Histories {
    let scripted = Scripted::new();
    scripted.write("a", "1").commit("one");
    let fork = scripted.write("a", "2").commit("two");
    scripted.write("a", "3").commit("three");
    let main = scripted.write("a", "4").commit("four");
    scripted.git(&["checkout", "--quiet", "-b", "side", &fork]);
    scripted.write("b", "1").commit("five");
    let side = scripted.write("b", "2").commit("six");
    scripted.git(&["checkout", "--quiet", "--orphan", "other"]);
    let other = scripted.write("c", "1").commit("seven");
    scripted.checkout("main");
    Histories { scripted, fork, main, side, other }
}

#[test]
fn a_whole_history_knows_everything() {
    let all = histories();
    let repository = open(&all.scripted);
    let merge_base = |one: &str, other: &str| repository.merge_base(&id(one), &id(other)).unwrap();
    assert_eq!(merge_base(&all.main, &all.side), MergeBase::Found(id(&all.fork)));
    assert_eq!(merge_base(&all.main, &all.main), MergeBase::Found(id(&all.main)));
    assert_eq!(merge_base(&all.main, &all.other), MergeBase::None);
    let is_ancestor =
        |one: &str, other: &str| repository.is_ancestor(&id(one), &id(other)).unwrap();
    assert_eq!(is_ancestor(&all.fork, &all.main), Ancestry::Yes);
    assert_eq!(is_ancestor(&all.main, &all.main), Ancestry::Yes);
    assert_eq!(is_ancestor(&all.main, &all.side), Ancestry::No);
    assert!(repository.merge_base(&id(&all.main), &id(&"a".repeat(40))).is_err());
}

#[test]
fn behind_the_boundary_nothing_is_certain() {
    let all = histories();
    // Two commits of each branch: the fork is the second of `main` from its beginning.
    let clone = all.scripted.cloned(&["--depth=2", "--no-single-branch"]);
    let repository = open(&clone);
    assert!(repository.is_shallow());
    let merge_base = |one: &str, other: &str| repository.merge_base(&id(one), &id(other)).unwrap();
    assert_eq!(merge_base(&all.main, &all.side), MergeBase::Unknown);
    assert_eq!(merge_base(&all.main, &all.other), MergeBase::Unknown);
    assert_eq!(merge_base(&all.main, &all.main), MergeBase::Found(id(&all.main)));
    let parent = all.scripted.id("main~1");
    assert_eq!(merge_base(&all.main, &parent), MergeBase::Found(id(&parent)));
    let is_ancestor =
        |one: &str, other: &str| repository.is_ancestor(&id(one), &id(other)).unwrap();
    assert_eq!(is_ancestor(&all.main, &all.side), Ancestry::Unknown);
    assert_eq!(is_ancestor(&parent, &all.main), Ancestry::Yes);
    // The branch is whole here, and the other is not before it.
    assert_eq!(is_ancestor(&all.main, &all.other), Ancestry::No);
    // The commit is here, its parent is not, and its own words name it all the same.
    let grandparent = id(&all.scripted.id("main~2"));
    assert_eq!(repository.parents(&id(&parent)).unwrap(), Some(vec![grandparent.clone()]));
    assert_eq!(repository.parents(&grandparent).unwrap(), None);
    // One commit more, and the fork is here.
    let deeper = all.scripted.cloned(&["--depth=3", "--no-single-branch"]);
    let repository = open(&deeper);
    let found = repository.merge_base(&id(&all.main), &id(&all.side)).unwrap();
    assert_eq!(found, MergeBase::Found(id(&all.fork)));
}

#[test]
fn a_common_ancestor_in_sight_may_hide_a_better_one() {
    // root - m1 - m2 - main, and side, which grew from m2 and merged an old branch that grew from m1:
    // cut off above m2, only the old way is seen.
    let scripted = Scripted::new();
    scripted.write("root", "1").commit("root");
    let old_fork = scripted.write("m", "1").commit("m1");
    scripted.branch("old").write("old", "1").commit("old");
    scripted.checkout("main");
    let fork = scripted.write("m", "2").commit("m2");
    scripted.branch("side").write("s", "1").commit("s1");
    let cut = scripted.write("s", "2").commit("s2");
    let side = scripted.merge("old");
    scripted.checkout("main");
    let main = scripted.write("m", "3").commit("m3");
    let whole = open(&scripted).merge_base(&id(&main), &id(&side)).unwrap();
    assert_eq!(whole, MergeBase::Found(id(&fork)));
    let clone = scripted.cloned(&["--no-single-branch"]);
    clone.write(".git/shallow", format!("{cut}\n"));
    // Git sees the older one.
    assert_eq!(clone.git(&["merge-base", &main, &side]), old_fork);
    let seen = open(&clone).merge_base(&id(&main), &id(&side)).unwrap();
    assert_eq!(seen, MergeBase::Unknown);
}

#[test]
fn the_nearest_tag_is_before_the_commit_and_not_on_it() {
    let scripted = Scripted::new();
    scripted.write("a", "1").commit("one");
    scripted.tag("v1").tag("api/v1");
    let root = scripted.head();
    scripted.write("a", "2").commit("two");
    scripted.tag("v2-b").tag("v2-a");
    let second = scripted.head();
    scripted.branch("side").write("b", "1").commit("three");
    scripted.annotated_tag("side-1");
    scripted.checkout("main");
    scripted.write("a", "3").commit("four");
    let merge = scripted.merge("side");
    scripted.tag("v3").annotated_tag("v3-annotated");
    let repository = open(&scripted);
    let check = |commit: &str, pattern: Option<&str>, wanted: Option<&str>| {
        let found = repository.nearest_tag(&id(commit), &id(commit), pattern).unwrap();
        let found = match &found {
            NearestTag::Found(name, _) => {
                name.as_bstr().to_str().unwrap().strip_prefix("refs/tags/")
            }
            NearestTag::None => None,
            NearestTag::Unknown => Some("unknown"),
        };
        assert_eq!(found, wanted);
    };
    check(&merge, None, Some("side-1"));
    check(&merge, Some("v*"), Some("v2-a"));
    check(&merge, Some("api/*"), Some("api/v1"));
    check(&merge, Some("v3*"), None);
    check(&second, None, Some("api/v1"));
    check(&root, None, None);
    let found = repository.nearest_tag(&id(&second), &id(&merge), None).unwrap();
    assert_eq!(found, NearestTag::Found(RefName::of_tag(b"v2-a").unwrap(), id(&second)));
}

#[test]
fn where_tags_may_be_missing_the_nearest_is_unknown_until_they_are_fetched() {
    let scripted = Scripted::new();
    scripted.write("a", "1").commit("one");
    scripted.annotated_tag("v1");
    let tagged = scripted.head();
    for number in 0..5 {
        scripted.write("a", number.to_string()).commit("more");
    }
    let head = scripted.tag("v2").head();
    let clone = scripted.cloned(&["--depth=1", "--branch=v2"]);
    let repository = open_to_fetch(&clone);
    let nearest = || repository.nearest_tag(&id(&head), &id(&head), None).unwrap();
    assert_eq!(nearest(), NearestTag::Unknown);
    let before = clone.snapshot();
    repository.fetch_tags(&id(&head)).unwrap();
    assert_eq!(nearest(), NearestTag::Found(RefName::of_tag(b"v1").unwrap(), id(&tagged)));
    assert_eq!(clone.snapshot(), before);
    // Also in a clone that is whole and has no tags.
    let clone = scripted.cloned(&["--no-tags"]);
    let repository = open_to_fetch(&clone);
    let nearest = || repository.nearest_tag(&id(&head), &id(&head), None).unwrap();
    assert_eq!(nearest(), NearestTag::None);
    repository.fetch_tags(&id(&head)).unwrap();
    assert_eq!(nearest(), NearestTag::Found(RefName::of_tag(b"v1").unwrap(), id(&tagged)));
}

#[test]
fn a_date_means_the_last_commit_made_by_then() {
    let all = histories();
    let repository = open(&all.scripted);
    let date = all.scripted.git(&["log", "-1", "--format=%ct", &all.fork]);
    let date: u64 = date.parse().unwrap();
    let at = |seconds: u64| repository.commit_at(&id(&all.main), seconds).unwrap();
    assert_eq!(at(date), CommitAt::Found(id(&all.fork)));
    assert_eq!(at(date + 59), CommitAt::Found(id(&all.fork)));
    assert_eq!(at(u64::MAX), CommitAt::Found(id(&all.main)));
    assert_eq!(at(0), CommitAt::None);
    let clone = all.scripted.cloned(&["--depth=2"]);
    let seen = open(&clone).commit_at(&id(&all.main), date).unwrap();
    assert_eq!(seen, CommitAt::Unknown);
}

#[test]
fn the_remote_is_the_one_that_is_followed() {
    let origin = Scripted::new();
    origin.write("a", "1").commit("one");
    let clone = origin.cloned(&["--origin=up.stream"]);
    let remote = || open(&clone).remote().unwrap();
    assert_eq!(remote(), Some("up.stream".into()));
    let branch = open(&clone).default_branch("up.stream".into()).unwrap();
    assert_eq!(branch, Some("main".into()));
    assert_eq!(open(&clone).default_branch("origin".into()).unwrap(), None);
    clone.git(&["remote", "add", "origin", "file:///nowhere"]);
    assert_eq!(remote(), Some("up.stream".into()));
    clone.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(remote(), Some("origin".into()));
    clone.git(&["remote", "rename", "origin", "third"]);
    assert_eq!(remote(), None);
    assert_eq!(open(&origin).remote().unwrap(), None);
}
