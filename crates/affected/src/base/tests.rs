//! Every rung of every ladder, on a history in memory. The scripted repositories in the tool's tests
//! walk the same rows with git itself.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use super::*;

/// Commits are letters; `parents` says where each comes from.
#[derive(Clone, Debug, Default)]
struct Past {
    parents: BTreeMap<char, Vec<char>>,
    refs: BTreeMap<String, char>,
    /// What neither the clone nor the server has.
    gone: BTreeSet<char>,
    checked_out: Option<char>,
    /// Refs that only the server has.
    on_server: BTreeSet<String>,
    /// Whether merge bases, tags and moments are out of reach.
    is_shallow: bool,
    tag: Option<(&'static str, char)>,
    default_branch: Option<&'static str>,
    asked: Vec<String>,
}

fn id(letter: char) -> CommitId {
    let hex = format!("{:02x}", u32::from(letter));
    hex.repeat(20).parse().unwrap()
}

fn letter(id: &CommitId) -> char {
    let digits = id.as_str().split_at(2).0;
    let code = u32::from_str_radix(digits, 16).unwrap();
    char::from_u32(code).unwrap()
}

impl Past {
    /// `a b:a c:ab` is a root, its child, and a merge of both.
    fn new(commits: &str, refs: &[(&str, char)]) -> Self {
        let parents = commits.split(' ').map(|word| {
            let (commit, parents) = word.split_once(':').unwrap_or((word, ""));
            (commit.chars().next().unwrap(), parents.chars().collect())
        });
        let refs = refs.iter().map(|(name, commit)| ((*name).to_owned(), *commit)).collect();
        Self { parents: parents.collect(), refs, ..Self::default() }
    }

    fn ancestors(&self, commit: char) -> BTreeSet<char> {
        let mut all = BTreeSet::from([commit]);
        let mut next = vec![commit];
        while let Some(commit) = next.pop() {
            for parent in self.parents.get(&commit).into_iter().flatten() {
                if all.insert(*parent) {
                    next.push(*parent);
                }
            }
        }
        all
    }
}

impl History for Past {
    type Failure = Infallible;

    fn find(&mut self, name: &Name) -> Result<Option<CommitId>, Infallible> {
        self.asked.push(format!("{name:?}"));
        let found = match name {
            Name::Id(id) => Some(letter(id)).filter(|commit| self.parents.contains_key(commit)),
            Name::Ref(name) => self.refs.get(name).copied(),
            Name::RemoteBranch(name) => self.refs.get(&format!("remote/{name}")).copied(),
            Name::Expression(word) => (word == "HEAD").then_some(self.checked_out).flatten(),
        };
        Ok(found.filter(|commit| !self.gone.contains(commit)).map(id))
    }

    fn expect(&mut self, commits: &[&CommitId]) -> Result<(), Infallible> {
        let letters: String = commits.iter().map(|commit| letter(commit)).collect();
        self.asked.push(format!("expect {letters}"));
        Ok(())
    }

    fn find_here(&mut self, name: &Name) -> Result<Option<CommitId>, Infallible> {
        let is_served = matches!(name, Name::Ref(name) if self.on_server.contains(name));
        if is_served { Ok(None) } else { self.find(name) }
    }

    fn checked_out(&mut self) -> Result<Option<CommitId>, Infallible> {
        Ok(self.checked_out.map(id))
    }

    fn parents(&mut self, commit: &CommitId) -> Result<Option<Vec<CommitId>>, Infallible> {
        let parents = self.parents.get(&letter(commit));
        Ok(parents.map(|parents| parents.iter().map(|parent| id(*parent)).collect()))
    }

    fn merge_base(&mut self, one: &CommitId, other: &CommitId) -> Result<Common, Infallible> {
        if self.is_shallow {
            return Ok(Common::Unknown);
        }
        let (one, other) = (self.ancestors(letter(one)), self.ancestors(letter(other)));
        // The newest is the last letter.
        let common = one.intersection(&other).max();
        Ok(common.map_or(Common::Nothing, |commit| Common::Commit(id(*commit))))
    }

    fn nearest_tag(
        &mut self,
        _commit: &CommitId,
        _pattern: Option<&str>,
    ) -> Result<EarlierTag, Infallible> {
        Ok(match self.tag {
            _ if self.is_shallow => EarlierTag::Unknown,
            Some((name, commit)) => EarlierTag::Tag(name.to_owned(), id(commit)),
            None => EarlierTag::Nothing,
        })
    }

    fn at_moment(&mut self, _head: &CommitId, moment: i64) -> Result<AtMoment, Infallible> {
        Ok(match moment {
            _ if self.is_shallow => AtMoment::Unknown,
            0 => AtMoment::BeforeAll,
            _ => AtMoment::Commit(id('a')),
        })
    }

    fn default_branch(&mut self) -> Result<Option<String>, Infallible> {
        Ok(self.default_branch.map(str::to_owned))
    }
}

fn push(full_ref: &str, before: Option<char>, after: Option<char>) -> Trigger {
    Trigger::Push {
        full_ref: full_ref.to_owned(),
        before: before.map(id),
        after: after.map(id),
        default_branch: "main".to_owned(),
    }
}

fn pull_request(base: char, head: char, before: Option<char>) -> Trigger {
    Trigger::PullRequest { number: 7, base: id(base), head: id(head), before: before.map(id) }
}

/// The base, the head and the reason, as one line.
fn shown(resolution: &Resolution) -> String {
    let base = match &resolution.base {
        Base::Commit(commit) => letter(commit).to_string(),
        Base::Empty => "empty".to_owned(),
        Base::Deleted => "deleted".to_owned(),
        Base::Unknown => "unknown".to_owned(),
    };
    let head = resolution.head.as_ref().map_or('-', letter);
    let degraded = if resolution.is_degraded { " degraded" } else { "" };
    format!("{base}..{head} {}{degraded}", resolution.reason.word())
}

#[track_caller]
fn check_with(trigger: &Trigger, wishes: &Wishes, past: &Past, wanted: &str) -> Resolution {
    let resolution = resolve(trigger, wishes, &mut past.clone()).unwrap();
    assert_eq!(shown(&resolution), wanted);
    let taken = resolution.steps.iter().filter(|step| step.is_taken);
    assert_eq!(taken.map(|step| step.why).collect::<Vec<_>>(), [resolution.reason]);
    assert!(resolution.steps.last().unwrap().is_taken);
    resolution
}

#[track_caller]
fn check(trigger: &Trigger, past: &Past, wanted: &str) {
    check_with(trigger, &Wishes::default(), past, wanted);
}

/// main is a-b-c, the branch left at b: d, e.
fn forked() -> Past {
    let refs = [("remote/main", 'c'), ("remote/topic", 'e'), ("refs/tags/v1", 'a')];
    Past { checked_out: Some('e'), ..Past::new("a b:a c:b d:b e:d", &refs) }
}

fn without(past: Past, gone: &str) -> Past {
    Past { gone: gone.chars().collect(), ..past }
}

fn shallow(past: Past) -> Past {
    Past { is_shallow: true, ..past }
}

#[test]
fn a_push_is_compared_with_what_was_there_before() {
    let push = push("refs/heads/topic", Some('d'), Some('e'));
    check(&push, &forked(), "d..e before-push");
    check(&push, &shallow(forked()), "d..e before-push");
}

#[test]
fn a_forced_push_whose_past_is_gone_falls_back() {
    let topic = push("refs/heads/topic", Some('d'), Some('e'));
    check(&topic, &without(forked(), "d"), "b..e left-default-branch degraded");
    let set_back = push("refs/heads/staging", Some('d'), Some('b'));
    check(&set_back, &without(forked(), "d"), "unknown..b set-back");
    check(&topic, &shallow(without(forked(), "d")), "unknown..e not-reached");
    let main = push("refs/heads/main", Some('b'), Some('c'));
    check(&main, &without(forked(), "b"), "unknown..c before-gone");
    // A branch called main below another name is not the default branch.
    let other = push("refs/heads/feature/main", Some('d'), Some('e'));
    check(&other, &without(forked(), "d"), "b..e left-default-branch degraded");
}

#[test]
fn a_new_branch_is_compared_with_where_it_left() {
    let topic = push("refs/heads/topic", None, Some('e'));
    check(&topic, &forked(), "b..e left-default-branch");
    check(&push("refs/heads/topic", None, Some('b')), &forked(), "b..b on-default-branch");
    check(&push("refs/heads/main", None, Some('c')), &forked(), "empty..c first-push");
    let orphan = Past::new("a b:a x", &[("remote/main", 'b')]);
    check(&push("refs/heads/docs", None, Some('x')), &orphan, "empty..x unrelated");
    check(&topic, &shallow(forked()), "unknown..e not-reached");
    let alone = Past::new("a b:a", &[]);
    check(&push("refs/heads/topic", None, Some('b')), &alone, "unknown..b no-default-branch");
}

#[test]
fn a_deleted_ref_changes_nothing() {
    check(&push("refs/heads/topic", Some('e'), None), &forked(), "deleted..- deleted");
    check(&push("refs/tags/v1", Some('a'), None), &forked(), "deleted..- deleted");
}

#[test]
fn a_tag_is_compared_with_the_one_before() {
    let tag = push("refs/tags/v2", None, Some('c'));
    let tagged = Past { tag: Some(("refs/tags/v1", 'a')), ..forked() };
    check(&tag, &tagged, "a..c earlier-tag");
    check(&tag, &forked(), "empty..c first-tag");
    check(&tag, &shallow(tagged.clone()), "unknown..c tags-not-reached");
    // A tag that is moved is a release again, not the commits in between.
    check(&push("refs/tags/v2", Some('b'), Some('c')), &tagged, "a..c earlier-tag");
    let release = Trigger::Release { tag: "v1".to_owned() };
    check(&release, &forked(), "empty..a first-tag");
    let missing = Trigger::Release { tag: "v9".to_owned() };
    let failed = resolve(&missing, &Wishes::default(), &mut forked()).unwrap_err();
    assert_eq!(failed, Unresolved::NoHead("refs/tags/v9".to_owned()));
}

#[test]
fn a_pull_request_is_what_it_changes_itself() {
    // The base branch has moved on to c since.
    check(&pull_request('c', 'e', None), &forked(), "b..e merge-base");
    let orphan = Past::new("a b:a x", &[]);
    check(&pull_request('b', 'x', None), &orphan, "b..x pull-request-unrelated");
}

/// A pull request's test merge m of c and e is checked out.
fn merged() -> Past {
    let refs = [("remote/main", 'c'), ("refs/pull/7/head", 'e')];
    Past { checked_out: Some('m'), ..Past::new("a b:a c:b d:b e:d m:ce", &refs) }
}

#[test]
fn a_pull_request_out_of_reach_is_compared_by_its_test_merge() {
    let request = pull_request('c', 'e', None);
    check(&request, &shallow(merged()), "c..m merge-parent degraded");
    check(&request, &shallow(forked()), "unknown..e merge-base-not-reached");
    check(&request, &without(forked(), "c"), "unknown..e pull-request-not-found");
    // The test merge of an older head says nothing.
    check(&pull_request('c', 'd', None), &shallow(merged()), "unknown..d merge-base-not-reached");
}

#[test]
fn a_pull_request_may_be_compared_by_its_test_merge() {
    let wishes = Wishes { pull_request: PullRequestMode::MergeParent, ..Wishes::default() };
    check_with(&pull_request('c', 'e', None), &wishes, &merged(), "c..m merge-parent");
    check_with(&pull_request('c', 'e', None), &wishes, &forked(), "unknown..e no-test-merge");
}

#[test]
fn the_head_of_a_pull_request_is_found_by_its_ref() {
    // The server hands out no single commits, but the ref.
    let mut past = merged();
    past.refs.insert("refs/pull/7/head".to_owned(), 'e');
    check(&pull_request('c', 'e', None), &past, "b..e merge-base");
    // The ref has moved on: it is another head, and the test merge stands for the one that was meant.
    let request = pull_request('c', 'e', None);
    check(&request, &without(merged(), "e"), "c..m merge-parent degraded");
    check(&request, &without(merged(), "ec"), "unknown..m pull-request-not-found");
    let elsewhere = Past { checked_out: Some('b'), ..without(merged(), "e") };
    let failed = resolve(&request, &Wishes::default(), &mut elsewhere.clone());
    assert_eq!(failed.unwrap_err(), Unresolved::NoHead(id('e').to_string()));
}

#[test]
fn a_merge_group_is_compared_with_what_it_goes_onto() {
    let group = Trigger::MergeGroup { base: id('c'), head: id('e') };
    check(&group, &forked(), "c..e merge-group");
    check(&group, &without(forked(), "c"), "unknown..e merge-group-gone");
}

#[test]
fn an_event_without_a_change_is_never_no_change() {
    check(&Trigger::Other, &forked(), "unknown..e no-change-of-its-own");
    let failing = Wishes { unknown: OnUnknown::Fail, ..Wishes::default() };
    let failed = resolve(&Trigger::Other, &failing, &mut forked()).unwrap_err();
    assert!(matches!(failed, Unresolved::Unknown(_)), "{failed:?}");
    let nothing = Past { checked_out: None, ..forked() };
    let failed = resolve(&Trigger::Other, &Wishes::default(), &mut nothing.clone()).unwrap_err();
    assert_eq!(failed, Unresolved::NoCommit);
}

#[test]
fn the_last_commit_is_the_last_resort() {
    let wishes = Wishes { unknown: OnUnknown::LastCommit, ..Wishes::default() };
    check_with(&Trigger::Other, &wishes, &forked(), "d..e last-commit degraded");
    let root = Past { checked_out: Some('a'), ..forked() };
    check_with(&Trigger::Other, &wishes, &root, "empty..a root-commit");
    let cut = without(forked(), "d");
    check_with(&Trigger::Other, &wishes, &cut, "unknown..e no-change-of-its-own");
}

fn base(word: &str) -> Wishes {
    Wishes { base: Some(word.to_owned()), ..Wishes::default() }
}

#[test]
fn a_base_that_is_asked_for_is_taken() {
    check_with(&Trigger::Other, &base("main"), &forked(), "b..e given-branch");
    check_with(&Trigger::Other, &base("v1"), &forked(), "a..e given-commit");
    check_with(&Trigger::Other, &base(id('c').as_str()), &forked(), "c..e given-commit");
    check_with(&Trigger::Other, &base("HEAD"), &forked(), "e..e given-commit");
    check_with(&pull_request('c', 'e', None), &base("v1"), &forked(), "a..e given-commit");
    check_with(&Trigger::Other, &base("main"), &shallow(forked()), "unknown..e given-not-reached");
    let failed = resolve(&Trigger::Other, &base("mian"), &mut forked()).unwrap_err();
    assert_eq!(failed, Unresolved::NotFound { input: "base", name: "mian".to_owned() });
    check_with(&Trigger::Other, &base("heads/local"), &local(), "b..e given-branch");
    check_with(&Trigger::Other, &base(" main "), &forked(), "b..e given-branch");
    let zero = base(&"0".repeat(40));
    let push = push("refs/heads/topic", None, Some('e'));
    check_with(&push, &zero, &forked(), "b..e left-default-branch");
    let head = Wishes { head: Some("v1".to_owned()), ..base("main") };
    check_with(&Trigger::Other, &head, &forked(), "a..a given-branch");
}

fn local() -> Past {
    let mut past = forked();
    past.refs.insert("refs/heads/local".to_owned(), 'c');
    past
}

#[test]
fn what_is_here_comes_before_what_only_the_server_has() {
    let mut past = local();
    past.refs.insert("refs/tags/served".to_owned(), 'c');
    past.refs.insert("refs/heads/served".to_owned(), 'a');
    past.on_server.insert("refs/heads/served".to_owned());
    check_with(&Trigger::Other, &base("served"), &past, "c..e given-commit");
    past.on_server.insert("refs/tags/served".to_owned());
    check_with(&Trigger::Other, &base("served"), &past, "a..e given-branch");
}

#[test]
fn the_pushed_branch_as_base_means_what_was_there_before() {
    // Otherwise the head would be compared with itself: nothing changed, and wrong.
    let push = push("refs/heads/main", Some('b'), Some('c'));
    check_with(&push, &base("main"), &forked(), "b..c before-push");
    check_with(&push, &base("refs/heads/main"), &forked(), "b..c before-push");
}

#[test]
fn a_tag_never_hides_a_branch() {
    let mut past = forked();
    past.refs.insert("refs/tags/main".to_owned(), 'a');
    check_with(&Trigger::Other, &base("main"), &past, "b..e given-branch");
    check_with(&Trigger::Other, &base("refs/tags/main"), &past, "a..e given-commit");
}

#[test]
fn a_name_that_no_ref_can_have_is_not_asked_for_as_one() {
    let mut past = forked();
    let wishes = base("v1 --upload-pack=x");
    assert!(resolve(&Trigger::Other, &wishes, &mut past).is_err());
    assert!(past.asked.iter().all(|name| name.starts_with("Expression")), "{:?}", past.asked);
    let mut past = forked();
    assert!(resolve(&Trigger::Other, &base("a\nb"), &mut past).is_err());
    assert!(past.asked.is_empty(), "{:?}", past.asked);
}

fn since(since: Since) -> Wishes {
    Wishes { since, ..Wishes::default() }
}

#[test]
fn since_the_last_push_is_also_for_pull_requests() {
    let wishes = since(Since::LastPush);
    check_with(&pull_request('c', 'e', Some('d')), &wishes, &forked(), "d..e last-push");
    let opened = check_with(&pull_request('c', 'e', None), &wishes, &forked(), "b..e merge-base");
    assert_eq!(opened.steps.first().map(|step| step.why), Some(Why::NoLastPush));
    check_with(
        &pull_request('c', 'e', Some('d')),
        &wishes,
        &without(forked(), "d"),
        "b..e merge-base",
    );
    let push = push("refs/heads/topic", Some('d'), Some('e'));
    check_with(&push, &wishes, &forked(), "d..e before-push");
}

#[test]
fn since_the_last_success_is_everything_where_there_was_none() {
    let wishes = |commit: Option<char>| since(Since::LastSuccess(commit.map(id)));
    check_with(&Trigger::Other, &wishes(Some('b')), &forked(), "b..e last-success");
    check_with(&Trigger::Other, &wishes(None), &forked(), "unknown..e no-last-success");
    check_with(
        &Trigger::Other,
        &wishes(Some('b')),
        &without(forked(), "b"),
        "unknown..e no-last-success",
    );
}

#[test]
fn since_a_moment_is_what_was_newest_then() {
    check_with(&Trigger::Other, &since(Since::Moment(9)), &forked(), "a..e moment");
    check_with(&Trigger::Other, &since(Since::Moment(0)), &forked(), "empty..e before-history");
    let short = shallow(forked());
    check_with(&Trigger::Other, &since(Since::Moment(9)), &short, "unknown..e moment-not-reached");
}

#[test]
fn on_a_machine_of_ones_own_the_default_branch_is_the_base() {
    let known = Past { default_branch: Some("main"), ..forked() };
    check(&Trigger::Local, &known, "b..e given-branch");
    let failed = resolve(&Trigger::Local, &Wishes::default(), &mut forked()).unwrap_err();
    assert_eq!(failed, Unresolved::NoBase);
}

#[test]
fn each_reason_has_a_word_of_its_own() {
    let words: BTreeSet<&str> = Why::ALL.iter().map(|why| why.word()).collect();
    assert_eq!(words.len(), Why::ALL.len());
    let kebab = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    assert!(words.iter().all(kebab));
}

#[test]
fn a_history_is_told_both_ends_before_it_is_asked() {
    let first = |trigger: &Trigger, wishes: &Wishes| {
        let mut past = forked();
        resolve(trigger, wishes, &mut past).unwrap();
        past.asked.into_iter().next().unwrap()
    };
    let request = pull_request('c', 'e', None);
    assert_eq!(first(&request, &Wishes::default()), "expect ce");
    // An end that nobody will ask for is not fetched.
    assert!(first(&request, &base("main")).starts_with("Id"));
}
