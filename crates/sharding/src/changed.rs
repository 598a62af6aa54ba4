//! Which tests a change makes necessary, by the packages that it affects.
//!
//! A test is left out only where it is known to belong to a package that is known not to be affected.

use ecosystems::Home;
use reports::change_plan::{ChangePlan, ChangedPackage};

/// What a change plan says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Whether everything counts as affected.
    pub everything: bool,
    /// The packages that it knows.
    pub packages: Vec<ChangedPackage>,
}

impl From<ChangePlan> for Changed {
    fn from(plan: ChangePlan) -> Self {
        Self { everything: plan.all, packages: plan.packages }
    }
}

impl Changed {
    /// Whether a test with this home has to run.
    pub fn wants(&self, home: Home<'_>) -> bool {
        if self.everything {
            return true;
        }
        let of = |ecosystem: &'static str| {
            self.packages.iter().filter(move |package| package.ecosystem == ecosystem)
        };
        match home {
            Home::Package { ecosystem, name } => {
                // Two packages may share a name, in two workspaces.
                let mut named =
                    of(ecosystem).filter(|package| package.name.as_bytes() == name).peekable();
                named.peek().is_none() || named.any(|package| package.is_affected)
            }
            Home::File { ecosystem, path } => {
                // A root package says nothing about what lies below: tests of all the others stand there.
                let inner = of(ecosystem).filter(|package| !package.folder.is_empty());
                let above = inner.filter(|package| is_above(&package.folder, path));
                above.max_by_key(|package| package.folder.len()).is_none_or(|it| it.is_affected)
            }
            Home::Unknown => true,
        }
    }
}

fn is_above(folder: &[u8], path: &[u8]) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed() -> Changed {
        let package = |line: &str| {
            let mut words = line.split(' ');
            let mut word = || words.next().unwrap().to_owned();
            let (ecosystem, name) = (word(), word());
            ChangedPackage {
                ecosystem,
                name,
                folder: word().trim_matches('.').as_bytes().to_vec(),
                is_affected: word() == "yes",
            }
        };
        let lines = [
            "cargo a a yes",
            "cargo b b no",
            "cargo root . no",
            "npm web web no",
            "npm ui web/ui yes",
            "npm all . no",
        ];
        Changed { everything: false, packages: lines.iter().map(|line| package(line)).collect() }
    }

    #[track_caller]
    fn check(home: Home<'_>, wanted: bool) {
        assert_eq!(changed().wants(home), wanted, "{home:?}");
        assert!(Changed { everything: true, ..changed() }.wants(home));
    }

    #[test]
    fn only_what_is_known_not_to_be_affected_is_left_out() {
        let cargo = |name| Home::Package { ecosystem: "cargo", name };
        check(cargo(b"a"), true);
        check(cargo(b"b"), false);
        check(cargo(b"new"), true);
        check(Home::Package { ecosystem: "go", name: b"b" }, true);
        let npm = |path| Home::File { ecosystem: "npm", path };
        check(npm(b"web/a.test.ts"), false);
        check(npm(b"web/ui/a.test.ts"), true);
        check(npm(b"web/uix/a.test.ts"), false);
        // Neither the root package of cargo nor that of npm says anything about it.
        check(npm(b"tests/a.test.ts"), true);
        check(Home::Unknown, true);
    }
}
