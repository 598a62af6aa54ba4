//! What the table `[promotion]` says.

use diagnostics::config::{Config, Spot, Table};
use diagnostics::{Foreign, Problem, nearest, text};

use super::freeze::Freeze;

/// From which environment to which, and what that takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// From here.
    pub from: String,
    /// To here.
    pub to: String,
    /// The names of the evidence that must be there.
    pub require: Vec<String>,
    /// How many people must approve.
    pub approvals: u64,
    /// Who may; everybody but the author where nobody is named.
    pub approvers: Vec<String>,
    /// How old evidence may be, in milliseconds.
    pub max_age: Option<u64>,
    /// Where it stands.
    pub spot: Spot,
}

/// The way between environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Every edge that there is.
    pub edges: Vec<Edge>,
    /// When nothing goes where.
    pub freezes: Vec<Freeze>,
}

impl Policy {
    /// Reads the table of a file.
    ///
    /// # Errors
    /// With every mistake in it, in the order of their places.
    pub fn read(file: impl Into<Foreign>, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let read = Config::read(file, bytes, |top| {
            let mut table = top.of_suite("promotion");
            let edges = table.tables("edge").iter_mut().filter_map(edge).collect();
            let freezes = table.tables("freeze").iter_mut().filter_map(Freeze::read).collect();
            let policy = Self { edges, freezes };
            policy.check(&mut problems);
            policy
        });
        problems.extend(read.as_ref().err().into_iter().flatten().cloned());
        problems.sort_by_key(|it| it.place.as_ref().map(|place| (place.line, place.column)));
        read.ok().filter(|_| problems.is_empty()).ok_or(problems)
    }

    /// The edge between two environments.
    ///
    /// # Errors
    /// When there is none: what is not allowed is not done.
    pub fn edge(&self, from: &str, to: &str) -> Result<&Edge, Box<Problem>> {
        let found = self.edges.iter().find(|edge| edge.from == from && edge.to == to);
        found.ok_or_else(|| {
            let ways: Vec<String> =
                self.edges.iter().map(|edge| format!("{} -> {}", edge.from, edge.to)).collect();
            let message =
                text!["no way leads from ", Foreign::from(from), " to ", Foreign::from(to)];
            let help = if ways.is_empty() {
                text!["write a `[[promotion.edge]]` with `from` and `to`"]
            } else {
                let wanted = format!("{from} -> {to}");
                nearest(&wanted, ways.iter().map(String::as_str)).map_or_else(
                    || text!["there are: ", Foreign::from(ways.join(", ").as_str())],
                    |near| text!["did you mean ", Foreign::from(near), "?"],
                )
            };
            Box::new(Problem::error(message).help(help))
        })
    }

    fn check(&self, problems: &mut Vec<Problem>) {
        let targets = || self.edges.iter().map(|edge| edge.to.as_str());
        for freeze in &self.freezes {
            for name in freeze.environments.iter().filter(|name| !targets().any(|to| to == *name)) {
                let message = text![
                    "no edge leads to ",
                    Foreign::from(name.as_str()),
                    ", so this freezes nothing"
                ];
                let near = nearest(name, targets());
                let help = near.map_or_else(
                    || text!["name an environment that an edge leads to"],
                    |near| text!["did you mean ", Foreign::from(near), "?"],
                );
                let problem =
                    Problem::error(message).label("a freeze of an environment that nobody knows");
                problems.push(freeze.spot.problem(problem.help(help)));
            }
        }
        for (at, edge) in self.edges.iter().enumerate() {
            let mut before = self.edges.iter().take(at);
            if before.any(|other| (&other.from, &other.to) == (&edge.from, &edge.to)) {
                let problem = Problem::error("there are two edges between the same environments")
                    .label("the second one")
                    .help("write what both require into one");
                problems.push(edge.spot.problem(problem));
            }
            if edge.require.is_empty() && edge.approvals == 0 {
                let problem = Problem::error("nothing is required here, so everything is promoted")
                    .label("expected `require` or `approvals`")
                    .help("name the evidence that must be there: `require = [\"ci\"]`");
                problems.push(edge.spot.problem(problem));
            }
        }
    }
}

fn edge(table: &mut Table<'_, '_>) -> Option<Edge> {
    let from = table.string("from");
    let from = table.required("from", from);
    let to = table.string("to");
    let to = table.required("to", to);
    let mut require: Vec<String> = Vec::new();
    for word in table.strings("require").unwrap_or_default() {
        if word.text.trim().is_empty() || require.contains(&word.text) {
            table.wrong(&word, "expected one more name of evidence", "leave it out");
        }
        require.push(word.text);
    }
    let approvals = table.count("approvals").unwrap_or_default();
    let mut approvers: Vec<String> = Vec::new();
    let named = table.strings("approvers").unwrap_or_default();
    for word in &named {
        if !approvers.iter().any(|known| known.eq_ignore_ascii_case(&word.text)) {
            approvers.push(word.text.clone());
        }
    }
    if !approvers.is_empty() && u64::try_from(approvers.len()).is_ok_and(|many| many < approvals) {
        let label = "expected at least as many people as there must be approvals";
        table.wrong_value("approvers", label, "name more people, or want fewer approvals");
    }
    let max_age = table.duration("max-age");
    let spot = table.spot();
    Some(Edge { from: from?.text, to: to?.text, require, approvals, approvers, max_age, spot })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[&str]) {
        let problems = Policy::read("c.toml", text.as_bytes()).err().unwrap_or_default();
        let said: Vec<String> = problems.iter().map(|it| it.message.unescaped()).collect();
        assert_eq!(said, wanted);
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        check("", &[]);
        let edge = "[[promotion.edge]]\nfrom = \"a\"\nto = \"b\"\n";
        check(edge, &["nothing is required here, so everything is promoted"]);
        let good = format!("{edge}require = [\"ci\"]\n");
        check(&good, &[]);
        check(&format!("{good}{good}"), &["there are two edges between the same environments"]);
        check(
            &format!(
                "{edge}require = [\"ci\", \"ci\", \" \"]\napprovals = 3\napprovers = [\"a\", \"A\"]\nage = 1\n"
            ),
            &[
                "the value ci cannot be used",
                "the value   cannot be used",
                "the value of approvers cannot be read",
                "unknown key age",
            ],
        );
    }

    #[test]
    fn a_freeze_of_an_environment_that_nobody_knows_is_a_mistake() {
        let edge = "[[promotion.edge]]\nfrom = \"a\"\nto = \"production\"\nrequire = [\"ci\"]\n";
        let freeze = "[[promotion.freeze]]\nreason = \"r\"\ndays = [\"friday\"]\nenvironments = [\"prod\"]\n";
        check(&format!("{edge}{freeze}"), &["no edge leads to prod, so this freezes nothing"]);
        check(&format!("{edge}{}", freeze.replace("prod", "production")), &[]);
    }

    #[test]
    fn no_edge_is_a_mistake_that_names_those_there_are() {
        let text = "[[promotion.edge]]\nfrom = \"dev\"\nto = \"staging\"\nrequire = [\"ci\"]\n";
        let policy = Policy::read("c.toml", text.as_bytes()).unwrap();
        assert!(policy.edge("dev", "staging").is_ok());
        let problem = policy.edge("staging", "dev").unwrap_err();
        assert_eq!(problem.message.unescaped(), "no way leads from staging to dev");
        let help = policy.edge("dev", "stagin").unwrap_err().help.unwrap().unescaped();
        assert_eq!(help, "did you mean dev -> staging?");
    }
}
