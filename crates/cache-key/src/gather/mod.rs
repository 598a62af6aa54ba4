//! From the disk, the environment and the machine to facts.

mod earlier;
mod files;
mod hash;
mod machine;
mod probes;
mod prune;
mod recipe;
mod scope;
mod settings;
mod workflow;
mod workspace;

use std::collections::BTreeSet;

use cache_identity::{Identity, NoKey, Request, Scope};
use diagnostics::{Foreign, Piece, Problem, Text, text};
use ecosystems::caches::{Ecosystem, Found, Layer, Machine, Seen, Wants};
use repo_model::Tree as _;
use runner_protocol::{Cause, Failure, Out};
use system::DiskFailure;

use crate::args::{Chosen, ComputeArgs};

pub(crate) use earlier::{Compared, compared, material};
pub(crate) use hash::hash;
pub(crate) use prune::{Pruned, pruned, refused};
pub(crate) use workflow::{Workflow, workflow};
pub(crate) use workspace::before;

use self::files::Files;

/// All that a key is made of.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// What is kept.
    pub(crate) layers: BTreeSet<Layer>,
    /// The machine.
    pub(crate) machine: Machine,
    /// What each ecosystem says.
    pub(crate) found: Vec<(Ecosystem, Found)>,
    /// What a person added.
    pub(crate) own: Found,
    /// Who reads and writes.
    pub(crate) scope: Scope,
    prefix: String,
    shared: Option<String>,
    job: Option<String>,
    key: Option<String>,
}

impl Gathered {
    /// The key.
    pub(crate) fn identity(&self) -> Result<Identity, Failure> {
        let request = Request {
            prefix: &self.prefix,
            shared: self.shared.as_deref(),
            job: (self.job.as_deref(), self.key.as_deref()),
            layers: &self.layers,
            machine: &self.machine,
            found: &self.found,
            own: &self.own,
            scope: &self.scope,
        };
        cache_identity::identity(&request).map_err(|error| Failure::no_answer(no_key(error)))
    }
}

/// Looks at everything that the key depends on.
pub(crate) fn gathered(args: &ComputeArgs, out: &mut Out) -> Result<Gathered, Failure> {
    let args = &recipe::configured(args)?;
    let scope = scope::scope(args, out)?;
    let layers = settings::layers(args);
    let settings = settings::settings(args, &layers)?;
    let libc = machine::expect_libc();
    let Files { tree, top } = files::files(settings.keeps_workspace, out)?;
    let chosen = chosen(&args.ecosystems, &tree)?;
    let wants: Vec<Wants> = chosen.iter().map(|it| it.wants(&tree, &settings)).collect();
    // All programs run at once, while files are read.
    let asked: Vec<_> =
        wants.iter().map(|wants| probes::ask(wants, &top, probes::PATIENCE)).collect();
    let machine = machine::machine(libc, &top, out)?;
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for ((ecosystem, wants), asked) in chosen.iter().zip(&wants).zip(asked) {
        let beyond = files::beyond(*ecosystem, wants, &top, out)?;
        let variables = settings::variables(wants, out);
        let answers = asked.answers()?;
        let seen = Seen {
            tree: &tree,
            variables: &variables,
            answers: &answers,
            beyond: &beyond,
            machine: &machine,
            settings: &settings,
        };
        match ecosystem.read(&seen) {
            Ok(read) => found.push((*ecosystem, read)),
            Err(wrong) => problems.extend(wrong),
        }
    }
    if !problems.is_empty() {
        return Err(Failure { cause: Cause::NoAnswer, problems });
    }
    for (_, found) in &mut found {
        for problem in std::mem::take(&mut found.problems) {
            out.problem(problem);
        }
    }
    let mut own = settings::own(args, out);
    let more = recipe::own(args, layers.first().copied(), (&tree, &top), out)?;
    own.ingredients.extend(more.ingredients);
    own.places.extend(more.places);
    Ok(Gathered {
        layers,
        machine,
        found,
        own,
        scope,
        prefix: args.prefix_key.clone(),
        shared: args.shared_key.clone(),
        job: args.add_job_id_key.then(|| settings::job(out)),
        key: args.key.clone(),
    })
}

/// The ecosystems that count.
fn chosen(wanted: &Chosen, tree: &system::DiskTree) -> Result<Vec<Ecosystem>, Failure> {
    let is_there = |it: &Ecosystem| !it.folders(tree).is_empty();
    match wanted {
        // What keeps itself needs a name for each image, and has no part in the key of folders.
        Chosen::Auto => {
            let all = Ecosystem::ALL.iter().copied().filter(|it| !it.keeps_itself());
            Ok(all.filter(is_there).collect())
        }
        Chosen::These(these) if these.len() > 1 && these.iter().any(|it| it.keeps_itself()) => {
            let problem = Problem::error("`docker` cannot share a key with other ecosystems")
                .label("BuildKit keeps its cache under a name, the others keep folders")
                .help(
                    "use this action twice: once with `ecosystems: docker`, once with the others",
                );
            Err(Failure::no_answer(problem))
        }
        Chosen::These(these) => {
            let missing = these.iter().filter(|it| !is_there(it));
            let problem = |it: &Ecosystem| {
                let name = Foreign::from(it.name());
                Problem::error(text!["nothing of ", name, " is in this repository"])
                    .label(text!["expected ", Foreign::from(it.mark()), ", and found none among ", tree.entries().len(), " files"])
                    .help("check out the repository first; `working-directory` names where it is, `ecosystems: auto` takes what there is")
            };
            let problems: Vec<Problem> = missing.map(problem).collect();
            if problems.is_empty() {
                return Ok(these.clone());
            }
            Err(Failure { cause: Cause::NoAnswer, problems })
        }
    }
}

fn no_key(error: NoKey) -> Problem {
    let message = text!["no key can be made: ", Piece::said(&error)];
    let help: Text = match error {
        NoKey::NothingToKeep => {
            let mut help = text![
                "check out the repository first, and see `layers`; known are the folders with "
            ];
            for (at, ecosystem) in Ecosystem::ALL.iter().enumerate() {
                help.text(if at > 0 { ", " } else { "" }).text(ecosystem.mark());
            }
            help
        }
        NoKey::NothingKnown => text!["commit a lock file: without one any cache would seem to fit"],
        NoKey::TooLong(_) => text!["choose shorter words for `prefix-key`, `shared-key` and `key`"],
    };
    Problem::error(message).help(help)
}

/// What to tell of a failure of the disk.
pub(crate) fn disk(failure: &DiskFailure, what: &'static str, help: &'static str) -> Failure {
    Failure::outside(failure.is_wrong_path(), failure.problem(what).help(help))
}
