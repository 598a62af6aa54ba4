//! The packages of the ecosystems that are asked for.

use affected::impact::Graph;
use diagnostics::Problem;
use ecosystems::workspaces::{Reading, Sides, cargo, npm};
use repo_model::ChangeSet;
use runner_protocol::{Failure, Out};

use super::{Policy, Trees};
use crate::args::{GraphArgs, GraphName};

/// The graphs, in a fixed order.
pub(super) fn graphs(
    policy: &Policy,
    args: &GraphArgs,
    trees: &Trees,
    changes: &ChangeSet,
    out: &mut Out,
) -> Result<Vec<Graph>, Failure> {
    let sides = Sides { base: trees.base.as_deref(), head: trees.head.as_ref(), changes };
    let mut graphs = Vec::new();
    for name in &policy.graphs {
        let (ecosystem, reading) = match name {
            GraphName::Cargo => ("cargo", of_cargo(&sides, args)?),
            GraphName::Npm => ("npm", npm::read(&sides).map_err(|problem| refused(*problem))?),
            GraphName::Go | GraphName::Foundry | GraphName::Auto | GraphName::None => continue,
        };
        for problem in &reading.problems {
            out.problem(problem.clone());
        }
        graphs.push(Graph { ecosystem, reading });
    }
    Ok(graphs)
}

fn of_cargo(sides: &Sides<'_>, args: &GraphArgs) -> Result<Reading, Failure> {
    let options = cargo::Options { scan_includes: args.scan_includes, metadata: None };
    cargo::read(sides, &options).map_err(|problem| refused(*problem))
}

fn refused(problem: Problem) -> Failure {
    Failure::no_answer(problem)
}
