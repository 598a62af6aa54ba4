//! A [`Reading`] while it is made: packages and touches in the order in which they are found.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Level, Piece, Place, Problem, Text, text};
use repo_model::{NotRead, RepoPath};

use super::{Need, NeedKind, Package, Reach, Reading, Touch};

/// What is known so far. A package is named by its place in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct Draft {
    packages: Vec<Package>,
    touches: BTreeMap<(usize, RepoPath), (Reach, Option<Text>)>,
    gone: BTreeSet<String>,
    known: BTreeSet<RepoPath>,
    problems: Vec<Problem>,
}

impl Draft {
    /// One more package.
    pub(super) fn package(&mut self, name: String, folder: Vec<u8>) -> usize {
        let root = folder.clone();
        self.packages.push(Package { name, folder, root, needs: Vec::new() });
        self.packages.len() - 1
    }

    /// That `from` needs `on`, however often it is said. No package needs itself.
    pub(super) fn need(&mut self, from: usize, on: usize, kind: NeedKind) {
        if from != on
            && let Some(package) = self.packages.get_mut(from)
        {
            package.needs.push(Need { on, kind });
        }
    }

    /// That the change of a path touches a package. Of several touches by one path the farthest counts.
    pub(super) fn touch(
        &mut self,
        package: usize,
        reach: Reach,
        path: &RepoPath,
        what: Option<Text>,
    ) {
        let touch = self.touches.entry((package, path.clone())).or_insert((reach, what.clone()));
        if touch.0 < reach {
            *touch = (reach, what);
        }
    }

    /// The packages that need each one, by place.
    pub(super) fn users(&self) -> Vec<Vec<usize>> {
        let mut users = vec![Vec::new(); self.packages.len()];
        for (at, package) in self.packages.iter().enumerate() {
            for need in &package.needs {
                if let Some(users) = users.get_mut(need.on) {
                    users.push(at);
                }
            }
        }
        users
    }

    /// Every touch that reaches dependents: the package and the changed path.
    pub(super) fn passed_on(&self) -> impl Iterator<Item = (usize, &RepoPath)> {
        let touches = self.touches.iter();
        let far = touches.filter(|(_, (reach, _))| *reach == Reach::Dependents);
        far.map(|((package, path), _)| (*package, path))
    }

    /// That a package is not there any more.
    pub(super) fn gone(&mut self, name: String) {
        self.gone.insert(name);
    }

    /// That somebody answers for a changed path.
    pub(super) fn known(&mut self, path: &RepoPath) {
        self.known.insert(path.clone());
    }

    /// Something that somebody should look at.
    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Everything in the order that a [`Reading`] promises.
    pub(super) fn finish(self) -> Reading {
        let mut order: Vec<usize> = (0..self.packages.len()).collect();
        let key = |at: &usize| self.packages.get(*at).map(|it| (&it.name, &it.folder));
        order.sort_by(|one, other| key(one).cmp(&key(other)));
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(place) = place.get_mut(*old) {
                *place = new;
            }
        }
        let place = |old: usize| place.get(old).copied().unwrap_or(old);
        let mut packages: Vec<(usize, Package)> =
            self.packages.into_iter().enumerate().map(|(at, it)| (place(at), it)).collect();
        packages.sort_by_key(|(at, _)| *at);
        let mut packages: Vec<Package> = packages.into_iter().map(|(_, package)| package).collect();
        for package in &mut packages {
            for need in &mut package.needs {
                need.on = place(need.on);
            }
            package.needs.sort_unstable();
            package.needs.dedup();
        }
        let touch =
            |((package, path), (reach, what))| Touch { package: place(package), reach, path, what };
        let mut touches: Vec<Touch> = self.touches.into_iter().map(touch).collect();
        touches.sort_by_key(|touch| (touch.package, Reverse(touch.reach)));
        let is_there = |name: &String| {
            packages.binary_search_by(|package| package.name.as_str().cmp(name)).is_ok()
        };
        let gone = self.gone.into_iter().filter(|name| !is_there(name)).collect();
        let known = self.known.into_iter().collect();
        Reading { packages, touches, gone, known, problems: self.problems }
    }
}

/// That a file of a tree cannot be read.
pub(super) fn not_read(error: &NotRead) -> Problem {
    let path = error.path.as_bytes();
    Problem::error(text![Foreign::from(path), " cannot be read: ", Piece::said(&error.why)])
        .at(Place::file(path))
        .help("fetch the commit with all files of its tree, then run again")
}

/// The same problem, where the answer stands without the file.
pub(super) fn warning(problem: &Problem) -> Problem {
    Problem { level: Level::Warning, ..problem.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_in_order_whatever_came_first() {
        let mut draft = Draft::default();
        let path = |name: &[u8]| RepoPath::of_git(name).unwrap();
        let (b, a) = (draft.package("b".into(), b"x".to_vec()), draft.package("a".into(), vec![]));
        for _ in 0..2 {
            draft.need(b, a, NeedKind::Normal);
        }
        draft.need(a, a, NeedKind::Dev);
        draft.touch(b, Reach::Lint, &path(b"x/1"), None);
        draft.touch(b, Reach::Own, &path(b"x/2"), None);
        draft.touch(b, Reach::Dependents, &path(b"x/2"), Some("more".into()));
        draft.touch(a, Reach::Own, &path(b"z"), None);
        draft.gone("c".into());
        draft.gone("a".into());
        let reading = draft.finish();
        let names: Vec<&str> = reading.packages.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let need = Need { on: 0, kind: NeedKind::Normal };
        assert_eq!(
            reading.packages.iter().map(|it| it.needs.clone()).collect::<Vec<_>>(),
            [vec![], vec![need]]
        );
        let touches: Vec<_> = reading.touches.iter().map(|it| (it.package, it.reach)).collect();
        let wanted = [(0, Reach::Own), (1, Reach::Dependents), (1, Reach::Lint)];
        assert_eq!((touches.as_slice(), reading.gone.as_slice()), (&wanted[..], &["c".into()][..]));
        assert_eq!(reading.touches.get(1).and_then(|it| it.what.clone()), Some("more".into()));
    }
}
