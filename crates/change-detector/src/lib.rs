//! change-detector: what changed, and which filters, services and packages are affected?
//!
//! `gather` asks git and reads manifests, `affected` decides, `tell` says it; `wire` holds the
//! documents that later steps read.

mod args;
mod gather;
mod tell;
pub mod wire;

use std::process::ExitCode;

use runner_protocol::{Answer, Failure, Out, run};

use args::{Arguments, Command, GraphName, Graphs, LookArgs};
use tell::View;

pub use args::interface;

/// Runs the tool on this process's arguments.
pub fn main() -> ExitCode {
    run(&interface(), |arguments: &Arguments, out: &mut Out| -> Result<Answer, Failure> {
        match &arguments.command {
            Command::Detect(args) => look(args, View::All, out)?,
            Command::Services(args) => look(&with_services(args), View::Services, out)?,
            Command::Crates(args) => look(&with_graph(args), View::Packages, out)?,
            Command::Recover(args) => tell::recovered(&gather::recovered(args, out)?, out),
            Command::ImportDorny(args) => tell::import(&gather::workflow(args)?, out)?,
        }
        Ok(Answer::Yes)
    })
}

fn look(args: &LookArgs, view: View, out: &mut Out) -> Result<(), Failure> {
    let policy = gather::Policy::read(args, out)?;
    let gathered = gather::gathered(args, policy, out)?;
    let decision = affected::decide(&gathered.facts());
    gather::check_services(args, &gathered, &decision, out)?;
    tell::tell(&tell::Told { args, view, gathered: &gathered, decision: &decision }, out)
}

/// `services` without a pattern means every folder below `services`.
fn with_services(args: &LookArgs) -> LookArgs {
    let mut args = args.clone();
    if args.service.services.is_empty() {
        args.service.services = vec!["services/*".to_owned()];
    }
    args
}

/// `crates` without a graph means all that are found.
fn with_graph(args: &LookArgs) -> LookArgs {
    let mut args = args.clone();
    if args.graph.graph.is_none() {
        args.graph.graph = Some(Graphs(GraphName::ALL.to_vec()));
    }
    args
}
