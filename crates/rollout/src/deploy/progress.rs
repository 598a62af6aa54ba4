//! How a deployment goes on from where it is.
//!
//! What stands in the state is written down before a command starts and after it has ended. So a run that was killed
//! leaves steps that have begun: nobody knows whether they are done, and they are never just begun again. Nor are
//! steps just taken back again: `kubectl rollout undo`, done twice, brings back what was wrong.

use std::collections::BTreeMap;

use super::plan::{Plan, Step};
use super::policy::OnFailure;

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing was run for it.
    #[default]
    Waiting,
    /// Its commands run, or ran when the run that started them was killed.
    Begun,
    /// It is deployed.
    Done,
    /// A command failed.
    Failed,
    /// It is taken back right now, or was when the run that began it was killed.
    Reverting,
    /// It is taken back.
    Reverted,
    /// It could not be taken back.
    Stuck,
}

impl Standing {
    /// Its words in the state file.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("waiting", Self::Waiting),
        ("begun", Self::Begun),
        ("done", Self::Done),
        ("failed", Self::Failed),
        ("reverting", Self::Reverting),
        ("reverted", Self::Reverted),
        ("stuck", Self::Stuck),
    ];

    /// Its word.
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, it)| *it == self).map_or("", |(name, _)| name)
    }
}

/// How far a deployment is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// How far each step is, by name. What is not there waits.
    pub steps: BTreeMap<String, Standing>,
    /// Whether it goes back. Once it does, it goes back wholly.
    pub goes_back: bool,
    /// What served before each step, as it said itself before anything was changed.
    pub previous: BTreeMap<String, String>,
}

impl State {
    /// How far a step is.
    pub fn of(&self, step: &Step) -> Standing {
        self.steps.get(&step.name).copied().unwrap_or_default()
    }

    /// Says how far a step is.
    pub fn set(&mut self, step: &Step, standing: Standing) {
        self.steps.insert(step.name.clone(), standing);
    }
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything is deployed.
    Deployed,
    /// These failed, and all is as it was before.
    RolledBack(Vec<usize>),
    /// These failed, and stay as they are.
    Stopped(Vec<usize>),
    /// These could not be taken back.
    Stuck(Vec<usize>),
}

/// What is to be done next. Steps are named by their place in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// An earlier run was killed while these were deployed or taken back: whether they are there must be found out.
    Ask(Vec<usize>),
    /// Deploy these, in any order and at once.
    Deploy(Vec<usize>),
    /// It goes back: take these back, begun in this order and at once. They are what is still out of the last wave.
    RollBack(Vec<usize>),
    /// Nothing is left to do.
    End(Ending),
}

impl State {
    /// Says what was found out of a step that had begun to be deployed or taken back. Nothing is said of others.
    pub fn found(&mut self, step: &Step, is_there: bool) {
        match (self.of(step), is_there) {
            (Standing::Begun | Standing::Reverting, true) => self.set(step, Standing::Done),
            (Standing::Begun, false) => self.set(step, Standing::Waiting),
            (Standing::Reverting, false) => self.set(step, Standing::Reverted),
            (
                Standing::Waiting
                | Standing::Done
                | Standing::Failed
                | Standing::Reverted
                | Standing::Stuck,
                _,
            ) => {}
        }
    }
}

impl State {
    /// Goes on from an earlier run: what failed and was left as it is, is tried again, and so is what could not be taken
    /// back. Where it has ended, it is begun anew if that is wanted.
    pub fn go_on(&mut self, plan: &Plan, on_failure: OnFailure, is_afresh: bool) {
        if is_afresh && matches!(next(plan, self, on_failure), Next::End(_)) {
            *self = Self::default();
            return;
        }
        let is_tried_again = on_failure == OnFailure::Stop && !self.goes_back;
        for standing in self.steps.values_mut() {
            match standing {
                Standing::Failed if is_tried_again => *standing = Standing::Waiting,
                // It is still out.
                Standing::Stuck => *standing = Standing::Done,
                Standing::Waiting
                | Standing::Begun
                | Standing::Done
                | Standing::Failed
                | Standing::Reverting
                | Standing::Reverted => {}
            }
        }
    }

    /// Says how what had begun with a step has ended. Nothing is said of others.
    pub fn ended(&mut self, step: &Step, is_well: bool) {
        let standing = match (self.of(step), is_well) {
            (Standing::Begun, true) => Standing::Done,
            (Standing::Begun, false) => Standing::Failed,
            (Standing::Reverting, true) => Standing::Reverted,
            (Standing::Reverting, false) => Standing::Stuck,
            (
                Standing::Waiting
                | Standing::Done
                | Standing::Failed
                | Standing::Reverted
                | Standing::Stuck,
                _,
            ) => return,
        };
        self.set(step, standing);
    }

    /// Says that nobody could tell what serves before a step, so that nothing of it was begun: there is nothing to take
    /// back of it, and of the others all.
    pub fn could_not_begin(&mut self, step: &Step, on_failure: OnFailure) {
        match on_failure {
            OnFailure::Stop => self.set(step, Standing::Failed),
            OnFailure::RollBack => self.goes_back = true,
        }
    }
}

/// What is to be done next, of the plan, of how far it is, and with nothing running.
pub fn next(plan: &Plan, state: &State, on_failure: OnFailure) -> Next {
    let with = |wanted: &[Standing]| -> Vec<usize> {
        let is = |(_, step): &(usize, &Step)| wanted.contains(&state.of(step));
        plan.steps.iter().enumerate().filter(is).map(|(at, _)| at).collect()
    };
    let begun = with(&[Standing::Begun, Standing::Reverting]);
    if !begun.is_empty() {
        return Next::Ask(begun);
    }
    let stuck = with(&[Standing::Stuck]);
    let failed = with(&[Standing::Failed]);
    if !state.goes_back && !failed.is_empty() && on_failure == OnFailure::Stop {
        return Next::End(Ending::Stopped(failed));
    }
    if state.goes_back || !failed.is_empty() {
        let open = [Standing::Done, Standing::Failed];
        let is_open =
            |at: &&usize| plan.steps.get(**at).is_some_and(|it| open.contains(&state.of(it)));
        for wave in plan.waves.iter().rev() {
            let back: Vec<usize> = wave.iter().rev().filter(is_open).copied().collect();
            if !back.is_empty() {
                return Next::RollBack(back);
            }
        }
        return Next::End(if stuck.is_empty() {
            Ending::RolledBack(with(&[Standing::Reverted]))
        } else {
            Ending::Stuck(stuck)
        });
    }
    let is_waiting =
        |at: &&usize| plan.steps.get(**at).is_some_and(|it| state.of(it) == Standing::Waiting);
    for wave in &plan.waves {
        let waiting: Vec<usize> = wave.iter().filter(is_waiting).copied().collect();
        if !waiting.is_empty() {
            return Next::Deploy(waiting);
        }
    }
    Next::End(Ending::Deployed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::deploy::Phases;

    /// A plan of waves with so many steps each.
    fn plan(waves: &[usize]) -> Plan {
        let mut plan = Plan {
            environment: "e".into(),
            version: "v".into(),
            steps: Vec::new(),
            waves: Vec::new(),
        };
        for (number, size) in waves.iter().enumerate() {
            let first = plan.steps.len();
            plan.waves.push((first..first + size).collect());
            for at in 0..*size {
                let name = format!("{number}.{at}");
                plan.steps.push(Step {
                    component: name.clone(),
                    name,
                    region: None,
                    after: Vec::new(),
                    phases: Phases::default(),
                    variables: BTreeMap::new(),
                    soak: 0,
                    interval: 1,
                    failures: 1,
                    timeout: 1,
                });
            }
        }
        plan
    }

    #[track_caller]
    fn check(
        standings: &[(&str, Standing)],
        goes_back: bool,
        on_failure: OnFailure,
        wanted: &Next,
    ) {
        let steps = standings.iter().map(|(name, it)| ((*name).to_owned(), *it)).collect();
        let state = State { steps, goes_back, ..State::default() };
        assert_eq!(&next(&plan(&[1, 2, 1]), &state, on_failure), wanted);
    }

    #[test]
    fn it_goes_on_from_where_it_is() {
        use Standing::{Begun, Done, Failed, Reverted, Reverting, Stuck};
        let back = OnFailure::RollBack;
        check(&[], false, back, &Next::Deploy(vec![0]));
        check(&[("0.0", Done)], false, back, &Next::Deploy(vec![1, 2]));
        check(&[("0.0", Done), ("1.1", Done)], false, back, &Next::Deploy(vec![1]));
        let all = [("0.0", Done), ("1.0", Done), ("1.1", Done), ("2.0", Done)];
        check(&all, false, back, &Next::End(Ending::Deployed));
        // What is deployed is taken back where somebody says so.
        check(&all, true, back, &Next::RollBack(vec![3]));
        // Killed: nobody knows.
        check(&[("0.0", Done), ("1.0", Begun), ("1.1", Failed)], false, back, &Next::Ask(vec![1]));
        check(
            &[("0.0", Done), ("1.0", Reverting), ("1.1", Failed)],
            true,
            back,
            &Next::Ask(vec![1]),
        );
        // Failed: what is out goes back, the last wave first.
        let failed = [("0.0", Done), ("1.0", Failed), ("1.1", Done)];
        check(&failed, false, back, &Next::RollBack(vec![2, 1]));
        check(&failed, false, OnFailure::Stop, &Next::End(Ending::Stopped(vec![1])));
        // Once it goes back it goes back wholly, whatever the configuration says by now.
        check(&failed, true, OnFailure::Stop, &Next::RollBack(vec![2, 1]));
        let two = [("0.0", Done), ("1.0", Reverted), ("1.1", Reverted)];
        check(&two, true, back, &Next::RollBack(vec![0]));
        let three = [("0.0", Reverted), ("1.0", Reverted), ("1.1", Reverted)];
        check(&three, true, back, &Next::End(Ending::RolledBack(vec![0, 1, 2])));
        // What cannot go back does not keep the others.
        let stuck = [("0.0", Done), ("1.0", Stuck), ("1.1", Reverted)];
        check(&stuck, true, back, &Next::RollBack(vec![0]));
        let stuck = [("0.0", Reverted), ("1.0", Stuck), ("1.1", Reverted)];
        check(&stuck, true, back, &Next::End(Ending::Stuck(vec![1])));
    }

    #[test]
    fn what_is_found_out_is_said_of_what_had_begun_only() {
        let plan = plan(&[1]);
        for (before, there, gone) in [
            (Standing::Begun, Standing::Done, Standing::Waiting),
            (Standing::Reverting, Standing::Done, Standing::Reverted),
            (Standing::Failed, Standing::Failed, Standing::Failed),
            (Standing::Done, Standing::Done, Standing::Done),
        ] {
            for (is_there, after) in [(true, there), (false, gone)] {
                let mut state = State::default();
                state.set(&plan.steps[0], before);
                state.found(&plan.steps[0], is_there);
                assert_eq!(state.of(&plan.steps[0]), after);
            }
        }
    }

    #[test]
    fn what_ended_is_begun_anew_only_where_that_is_wanted() {
        use Standing::{Done, Failed, Reverted, Stuck, Waiting};
        let plan = plan(&[1, 1]);
        for (before, goes_back, on_failure, is_afresh, after) in [
            ([Done, Failed], false, OnFailure::Stop, false, [Done, Waiting]),
            ([Done, Failed], false, OnFailure::RollBack, false, [Done, Failed]),
            ([Done, Failed], true, OnFailure::Stop, false, [Done, Failed]),
            ([Reverted, Stuck], true, OnFailure::RollBack, false, [Reverted, Done]),
            ([Reverted, Reverted], true, OnFailure::RollBack, false, [Reverted, Reverted]),
            ([Reverted, Reverted], true, OnFailure::RollBack, true, [Waiting, Waiting]),
            ([Done, Waiting], false, OnFailure::RollBack, true, [Done, Waiting]),
        ] {
            let mut state = State { goes_back, ..State::default() };
            plan.steps.iter().zip(before).for_each(|(step, standing)| state.set(step, standing));
            state.go_on(&plan, on_failure, is_afresh);
            let found: Vec<Standing> = plan.steps.iter().map(|step| state.of(step)).collect();
            assert_eq!(found, after, "{before:?} {on_failure:?} {is_afresh}");
        }
    }

    #[test]
    fn what_could_not_begin_has_nothing_to_take_back() {
        let plan = plan(&[1, 1]);
        let mut state = State::default();
        state.set(&plan.steps[0], Standing::Done);
        state.could_not_begin(&plan.steps[1], OnFailure::RollBack);
        assert_eq!(next(&plan, &state, OnFailure::RollBack), Next::RollBack(vec![0]));
        state.ended(&plan.steps[0], false);
        assert_eq!(state.of(&plan.steps[0]), Standing::Done, "nothing of it had begun");
    }

    proptest! {
        /// A deployment is killed again and again, before or after what it just started has happened, and goes on
        /// each time: every step happens once, after all of the waves before it; and what fails is taken back in
        /// reverse.
        #[test]
        fn however_often_it_is_killed_nothing_happens_twice(
            sizes in proptest::collection::vec(1_usize..5, 1..6),
            kills in proptest::collection::vec((any::<bool>(), any::<bool>()), 0..40),
            failing in proptest::option::of(0_usize..30),
        ) {
            let plan = plan(&sizes);
            let failing = failing.filter(|at| *at < plan.steps.len());
            let wave = |at: usize| plan.waves.iter().position(|wave| wave.contains(&at)).unwrap();
            let mut state = State::default();
            let mut kills = kills.into_iter();
            let mut out: Vec<usize> = Vec::new();
            let mut back: Vec<usize> = Vec::new();
            let mut is_ended = false;
            for _ in 0..1000 {
                match next(&plan, &state, OnFailure::RollBack) {
                    // A probe says what happened.
                    Next::Ask(asked) => for at in asked {
                        state.found(&plan.steps[at], out.contains(&at) && !back.contains(&at));
                    },
                    Next::Deploy(steps) => for at in steps {
                        state.set(&plan.steps[at], Standing::Begun);
                        let (is_killed, has_happened) = kills.next().unwrap_or_default();
                        if is_killed && !has_happened { break; }
                        prop_assert!(!out.contains(&at));
                        out.push(at);
                        if failing == Some(at) && !is_killed {
                            // It is half out.
                            state.set(&plan.steps[at], Standing::Failed);
                            break;
                        }
                        if is_killed { break; }
                        state.set(&plan.steps[at], Standing::Done);
                    },
                    Next::RollBack(steps) => {
                        state.goes_back = true;
                        for at in steps {
                            state.set(&plan.steps[at], Standing::Reverting);
                            let (is_killed, has_happened) = kills.next().unwrap_or_default();
                            if is_killed && !has_happened { break; }
                            prop_assert!(!back.contains(&at));
                            back.push(at);
                            if is_killed { break; }
                            state.set(&plan.steps[at], Standing::Reverted);
                        }
                    }
                    Next::End(ending) => {
                        is_ended = true;
                        if back.is_empty() {
                            prop_assert_eq!(ending, Ending::Deployed);
                        } else {
                            let undone: BTreeSet<usize> = back.iter().copied().collect();
                            prop_assert!(out.iter().all(|at| undone.contains(at)));
                            prop_assert_eq!(ending, Ending::RolledBack(undone.into_iter().collect()));
                        }
                        break;
                    }
                }
            }
            prop_assert!(is_ended);
            prop_assert!(out.windows(2).all(|pair| wave(pair[0]) <= wave(pair[1])), "{:?}", out);
            prop_assert!(back.windows(2).all(|pair| wave(pair[0]) >= wave(pair[1])), "{:?}", back);
        }
    }
}
