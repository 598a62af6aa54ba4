//! Who may write a cache, and who reads it.
//!
//! A cache is code: what is restored from it is linked, run and released. Whoever writes what a trusted run
//! restores, runs in it. So the scope of the run that made a cache is a part of its key, and a run that
//! handles code of strangers never gets a key that others trust.
//!
//! Sources:
//! - GitHub documentation, "Dependency caching reference", "Restrictions for accessing a cache": a run
//!   reads the caches of its own ref, of its base branch and of the default branch, and writes those of its
//!   own ref (`GITHUB_REF`) alone. A pull request's is `refs/pull/N/merge`.
//! - GitHub documentation, "Events that trigger workflows": the ref of each event. Those of
//!   `pull_request_target`, `workflow_run`, `issue_comment` and most others are the default branch's.
//! - GitHub changelog, 2026-06-26, "Read-only Actions cache for untrusted triggers": since then such a run
//!   of github.com may only read, if strangers can start it.
//! - Adnan Khan, "The Monsters in Your Build Cache" (2024): the token with which caches are written is in
//!   every job, so that code which runs there can write any key of the job's ref. No key helps against it.
//! - Ultralytics, December 2024: a `pull_request_target` workflow was made to run a stranger's code, which
//!   wrote a cache that the release restored.

use diagnostics::{Foreign, Text, text};

/// Whose caches a run writes and reads.
///
/// What is written under one scope is never found by a key of another, because the scope is a part of
/// every key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The scope that this run's own caches are in: a part of the key.
    pub own: String,
    /// The scopes that it reads besides, the nearest first.
    pub reads: Vec<String>,
    /// Whether it may save, as far as trust goes.
    pub may_save: bool,
    /// Why, for a person: a sentence without its period.
    pub why: Text,
}

/// What started a run, as far as trust goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is no job, but somebody's own machine.
    Local,
    /// Somebody who may write to the repository, or the clock: the code is what a ref holds.
    Writers {
        /// The full ref, `refs/heads/main`.
        ref_name: String,
        /// Whether that is known to be the default branch.
        is_default: bool,
    },
    /// A pull request, run on its own merge ref.
    PullRequest {
        /// Its number, as far as it is known.
        number: Option<u64>,
        /// The short name of the branch that it would be merged to, unless that is the default branch.
        base: Option<String>,
        /// Whether its code is another repository's, or may be.
        is_from_fork: bool,
    },
    /// An event that runs on the default branch, or whose ref is not known, while strangers can start it or
    /// lead it to their code: `pull_request_target`, `workflow_run`, `issue_comment`, and whatever is not
    /// known.
    Strangers {
        /// The event.
        event: String,
        /// What tells it from others of its kind: a number.
        number: Option<u64>,
    },
}

/// Where caches are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// One that gives each ref its own caches, and those of the default branch to read: GitHub's.
    KeepsRefsApart,
    /// One in which whoever may write can write everything: a bucket, a folder.
    KeepsNothingApart,
}

/// What a person said of the scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    Auto,
    /// That this run is one of those that are trusted.
    Trusted,
    /// That it is not.
    Untrusted,
    /// Its name.
    Named(String),
}

/// A scope of trusted runs was wished for a run that handles code of strangers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTrusted {
    /// Why it is not trusted: a sentence without its period.
    pub why: Text,
}

impl Scope {
    /// The scope of what everybody trusts.
    pub const TRUSTED: &'static str = "trusted";

    /// The scope of a run.
    ///
    /// # Errors
    /// When a person calls a run trusted that cannot be.
    pub fn of(origin: &Origin, store: Store, wish: &Wish) -> Result<Self, NotTrusted> {
        let auto = auto(origin, store);
        let strangers = strangers(origin);
        match (wish, strangers) {
            // Called untrusted, a stranger's run is trusted no more than it would be without a word.
            (Wish::Auto, _) | (Wish::Untrusted, Some(_)) => Ok(auto),
            (Wish::Trusted, Some(why)) => Err(NotTrusted { why }),
            (Wish::Trusted, None) => Ok(Self {
                own: Self::TRUSTED.to_owned(),
                reads: Vec::new(),
                may_save: true,
                why: text!["`scope` says that this run is trusted"],
            }),
            (Wish::Untrusted, None) => Ok(Self {
                own: "untrusted".to_owned(),
                reads: trusted(),
                may_save: true,
                why: text!["`scope` says that no other run trusts this one"],
            }),
            (Wish::Named(name), None) => Ok(Self {
                own: format!("named.{name}"),
                reads: trusted(),
                may_save: true,
                why: text!["`scope` gives this run and its like a name of their own"],
            }),
            // The same name as a trusted run's must not be the same scope.
            (Wish::Named(name), Some(why)) => {
                let whose = auto.own.strip_prefix("untrusted.").unwrap_or(&auto.own);
                Ok(Self {
                    own: format!("untrusted.named.{name}.{whose}"),
                    reads: vec![format!("named.{name}"), Self::TRUSTED.to_owned()],
                    may_save: auto.may_save,
                    why: text![
                        "`scope` gives this run a name, apart from trusted runs of that name: "
                    ]
                    .append(why)
                    .clone(),
                })
            }
        }
    }
}

fn trusted() -> Vec<String> {
    vec![Scope::TRUSTED.to_owned()]
}

/// Why a run handles code of strangers; nothing where it does not.
fn strangers(origin: &Origin) -> Option<Text> {
    match origin {
        Origin::Local
        | Origin::Writers { .. }
        | Origin::PullRequest { is_from_fork: false, .. } => None,
        Origin::PullRequest { is_from_fork: true, .. } => {
            Some(text!["the pull request is a fork's, so its code is a stranger's"])
        }
        Origin::Strangers { event, .. } => Some(text![
            "the event ",
            Foreign::from(event.as_str()),
            " runs with the default branch's rights, and strangers can start it or lead it to their code"
        ]),
    }
}

/// The scope of a run of which nobody said anything.
fn auto(origin: &Origin, store: Store) -> Scope {
    let number = |number: &Option<u64>| number.map_or_else(String::new, |it| format!(".{it}"));
    let own =
        |own: String, reads: Vec<String>, why: Text| Scope { own, reads, may_save: true, why };
    match (origin, store) {
        (Origin::Local, _) => {
            let why = text!["it is no job: its caches are its own, and it reads trusted ones"];
            own("local".to_owned(), trusted(), why)
        }
        (
            Origin::Writers { .. } | Origin::PullRequest { is_from_fork: false, .. },
            Store::KeepsRefsApart,
        ) => {
            let why =
                text!["those who may write to the repository made it, and GitHub keeps refs apart"];
            own(Scope::TRUSTED.to_owned(), Vec::new(), why)
        }
        (Origin::Writers { is_default: true, .. }, Store::KeepsNothingApart) => {
            let why = text!["it is the default branch's, which everybody trusts"];
            own(Scope::TRUSTED.to_owned(), Vec::new(), why)
        }
        (Origin::Writers { ref_name, is_default: false }, Store::KeepsNothingApart) => {
            let why = text![
                "it is not the default branch's, and the store keeps nothing apart: only this ref reads what it saves"
            ];
            own(of_ref(ref_name), trusted(), why)
        }
        (
            Origin::PullRequest { number: it, base, is_from_fork: false },
            Store::KeepsNothingApart,
        ) => {
            let why = text![
                "it is a pull request, and the store keeps nothing apart: only this pull request reads what it saves"
            ];
            let base = base.iter().map(|base| format!("branch.{base}"));
            own(format!("pull{}", number(it)), base.chain(trusted()).collect(), why)
        }
        (Origin::PullRequest { number: it, is_from_fork: true, .. }, Store::KeepsRefsApart) => {
            let why = text!["the pull request is a fork's: only it reads what it saves"];
            own(format!("untrusted.pull{}", number(it)), trusted(), why)
        }
        (Origin::PullRequest { number: it, is_from_fork: true, .. }, Store::KeepsNothingApart) => {
            Scope {
                own: format!("untrusted.pull{}", number(it)),
                reads: trusted(),
                may_save: false,
                why: text![
                    "the pull request is a fork's, and a run that may write to this store could write everybody's caches"
                ],
            }
        }
        (Origin::Strangers { event, number: it }, store) => Scope {
            own: format!("untrusted.{event}{}", number(it)),
            reads: trusted(),
            may_save: false,
            why: match store {
                Store::KeepsRefsApart => text![
                    "the event ",
                    Foreign::from(event.as_str()),
                    " runs on the default branch and strangers can start it or lead it to their code: GitHub lets it read caches and save none"
                ],
                Store::KeepsNothingApart => text![
                    "strangers can start the event ",
                    Foreign::from(event.as_str()),
                    " or lead it to their code, and a run that may write to this store could write everybody's caches"
                ],
            },
        },
    }
}

/// The scope of a ref: `branch.` and `tag.` with its short name.
fn of_ref(full: &str) -> String {
    match (full.strip_prefix("refs/heads/"), full.strip_prefix("refs/tags/")) {
        (Some(branch), _) => format!("branch.{branch}"),
        (None, Some(tag)) => format!("tag.{tag}"),
        (None, None) => format!("ref.{full}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn writers(ref_name: &str, is_default: bool) -> Origin {
        Origin::Writers { ref_name: ref_name.to_owned(), is_default }
    }

    fn pull(is_from_fork: bool) -> Origin {
        Origin::PullRequest { number: Some(7), base: None, is_from_fork }
    }

    fn strangers_of(event: &str) -> Origin {
        Origin::Strangers { event: event.to_owned(), number: None }
    }

    /// `own < reads`, and `!` behind what is not saved.
    fn told(origin: &Origin, store: Store, wish: &Wish) -> String {
        match Scope::of(origin, store, wish) {
            Err(_) => "refused".to_owned(),
            Ok(scope) => {
                let save = if scope.may_save { "" } else { " !" };
                format!("{} < {}{save}", scope.own, scope.reads.join(","))
            }
        }
    }

    #[track_caller]
    fn check(origin: &Origin, github: &str, bucket: &str) {
        assert_eq!(told(origin, Store::KeepsRefsApart, &Wish::Auto), github);
        assert_eq!(told(origin, Store::KeepsNothingApart, &Wish::Auto), bucket);
    }

    #[test]
    fn those_who_may_write_are_trusted_and_in_a_bucket_only_on_the_default_branch() {
        check(&writers("refs/heads/main", true), "trusted < ", "trusted < ");
        check(&writers("refs/heads/topic", false), "trusted < ", "branch.topic < trusted");
        check(&writers("refs/tags/v1", false), "trusted < ", "tag.v1 < trusted");
        check(&writers("refs/x", false), "trusted < ", "ref.refs/x < trusted");
    }

    #[test]
    fn a_branch_that_is_called_trusted_is_not() {
        check(&writers("refs/heads/trusted", false), "trusted < ", "branch.trusted < trusted");
        check(&writers("trusted", false), "trusted < ", "ref.trusted < trusted");
    }

    #[test]
    fn a_pull_request_of_the_repositorys_own_is_kept_apart_by_github_or_by_its_number() {
        check(&pull(false), "trusted < ", "pull.7 < trusted");
        let base = Some("next".to_owned());
        let on_next = Origin::PullRequest { number: Some(7), base, is_from_fork: false };
        check(&on_next, "trusted < ", "pull.7 < branch.next,trusted");
    }

    #[test]
    fn a_forks_pull_request_reads_what_is_trusted_and_never_writes_it() {
        check(&pull(true), "untrusted.pull.7 < trusted", "untrusted.pull.7 < trusted !");
        let unknown = Origin::PullRequest { number: None, base: None, is_from_fork: true };
        check(&unknown, "untrusted.pull < trusted", "untrusted.pull < trusted !");
    }

    #[test]
    fn what_strangers_start_on_the_default_branch_saves_nothing() {
        for event in ["pull_request_target", "workflow_run", "issue_comment", "fork", "anything"] {
            let wanted = format!("untrusted.{event} < trusted !");
            check(&strangers_of(event), &wanted, &wanted);
        }
    }

    #[test]
    fn a_machine_that_is_no_runner_has_its_own() {
        check(&Origin::Local, "local < trusted", "local < trusted");
    }

    #[test]
    fn strangers_are_never_trusted_whatever_the_workflow_says() {
        for store in [Store::KeepsRefsApart, Store::KeepsNothingApart] {
            for origin in [pull(true), strangers_of("issue_comment")] {
                assert_eq!(told(&origin, store, &Wish::Trusted), "refused");
                let auto = told(&origin, store, &Wish::Auto);
                assert_eq!(told(&origin, store, &Wish::Untrusted), auto);
                let named = Wish::Named("gpu".to_owned());
                let own = auto.replace("untrusted.", "untrusted.named.gpu.");
                let wanted = own.replace("< trusted", "< named.gpu,trusted");
                assert_eq!(told(&origin, store, &named), wanted);
            }
            for origin in [pull(false), writers("refs/heads/topic", false), Origin::Local] {
                assert_eq!(told(&origin, store, &Wish::Trusted), "trusted < ");
                assert_eq!(told(&origin, store, &Wish::Untrusted), "untrusted < trusted");
                let named = Wish::Named("gpu".to_owned());
                assert_eq!(told(&origin, store, &named), "named.gpu < trusted");
            }
        }
    }

    fn stranger() -> impl Strategy<Value = Origin> {
        prop_oneof![
            (any::<Option<u64>>(), any::<Option<String>>()).prop_map(|(number, base)| {
                Origin::PullRequest { number, base, is_from_fork: true }
            }),
            ("[a-z._]{0,12}", any::<Option<u64>>())
                .prop_map(|(event, number)| Origin::Strangers { event, number }),
        ]
    }

    fn insider() -> impl Strategy<Value = Origin> {
        prop_oneof![
            Just(Origin::Local),
            (any::<String>(), any::<bool>())
                .prop_map(|(ref_name, is_default)| Origin::Writers { ref_name, is_default }),
            (any::<Option<u64>>(), any::<Option<String>>()).prop_map(|(number, base)| {
                Origin::PullRequest { number, base, is_from_fork: false }
            }),
        ]
    }

    fn wish() -> impl Strategy<Value = Wish> {
        prop_oneof![
            Just(Wish::Auto),
            Just(Wish::Trusted),
            Just(Wish::Untrusted),
            "[a-z.]{0,12}".prop_map(Wish::Named),
        ]
    }

    fn store() -> impl Strategy<Value = Store> {
        prop_oneof![Just(Store::KeepsRefsApart), Just(Store::KeepsNothingApart)]
    }

    proptest! {
        #[test]
        fn no_stranger_writes_what_another_reads_unless_that_one_trusts_nobody(
            stranger in stranger(),
            his in wish(),
            insider in insider(),
            hers in wish(),
            store in store(),
        ) {
            let (Ok(his), Ok(hers)) =
                (Scope::of(&stranger, store, &his), Scope::of(&insider, store, &hers))
            else {
                return Ok(());
            };
            prop_assert!(his.own.starts_with("untrusted."));
            prop_assert_ne!(&his.own, &hers.own);
            prop_assert!(!hers.reads.contains(&his.own));
        }

        #[test]
        fn no_word_lets_a_stranger_save_what_he_may_not(
            stranger in stranger(),
            other in stranger(),
            wish in wish(),
            store in store(),
        ) {
            let auto = Scope::of(&stranger, store, &Wish::Auto).unwrap();
            if let Ok(scope) = Scope::of(&stranger, store, &wish) {
                prop_assert_eq!(scope.may_save, auto.may_save);
            }
            // Nor does one read what another writes.
            let of_other = Scope::of(&other, store, &Wish::Auto).unwrap();
            if let (Ok(one), Ok(two)) = (Scope::of(&stranger, store, &wish), Scope::of(&other, store, &wish))
                && auto.own != of_other.own
            {
                prop_assert_ne!(one.own, two.own);
            }
        }
    }
}
