//! From git, the disk and the event to facts: what is compared, what differs, which packages there are.

mod graphs;
mod history;
mod policy;
mod recover;
mod success;
mod trigger;
mod workflow;

use std::path::Path;

use affected::base::{self, Base, Resolution, Since, Unresolved, Wishes};
use affected::impact::Graph;
use affected::services::Links;
use affected::{Facts, Known};
use diagnostics::{Foreign, Place, Problem, Text, text};
use git_cli::{GitFailure, Repository, Settings};
use repo_model::{ChangeSet, CommitId, Rename, Tree};
use runner_protocol::{Cause, Failure, Out};
use system::DiskFailure;

use crate::args::{FetchMode, LookArgs, RangeArgs, RenameMode, SinceWord};
use history::GitHistory;
use trigger::Occasion;

pub(crate) use policy::{Policy, check_services};
pub(crate) use recover::{Recovered, recovered};
pub(crate) use workflow::{Workflow, workflow};

/// What was gathered for a decision.
pub(crate) struct Gathered {
    policy: Policy,
    /// What is compared, and why.
    pub(crate) resolution: Resolution,
    changes: ChangeSet,
    renames: Option<Vec<Rename>>,
    head: Option<Box<dyn Tree>>,
    links: Option<Links>,
    /// The packages that were read.
    pub(crate) graphs: Vec<Graph>,
}

/// Gathers what `args` ask for.
pub(crate) fn gathered(
    args: &LookArgs,
    policy: Policy,
    out: &mut Out,
) -> Result<Gathered, Failure> {
    let occasion = trigger::occasion(&args.range, out)?;
    let repository = opened(&args.range, out)?;
    let resolution = resolved(&repository, &occasion, &args.range, out)?;
    let range = Range::new(&repository, &resolution, args.range.worktree);
    let wants_trees = policy.wants_services() || !policy.graphs.is_empty();
    if let (Some(head), true, false) = (&resolution.head, wants_trees, args.range.worktree) {
        repository.expect_tree(head);
    }
    let changes = range.changes()?;
    let renames = match args.scope.renames {
        RenameMode::Split => None,
        RenameMode::Pairs => Some(range.renames(out)),
    };
    let (mut head, mut links) = (None, None);
    let mut graphs = Vec::new();
    if resolution.head.is_some() && wants_trees {
        let trees = range.trees(&changes)?;
        let here = graphs::Here { repository: &repository, args, resolution: &resolution };
        graphs = graphs::graphs(&policy, &here, &trees, &changes, out)?;
        policy.check_rules(&graphs)?;
        links = Some(policy.links(trees.head.as_ref())?);
        head = Some(trees.head);
    }
    Ok(Gathered { policy, resolution, changes, renames, head, links, graphs })
}

impl Gathered {
    /// Whether services are asked for.
    pub(crate) fn wants_services(&self) -> bool {
        self.policy.wants_services()
    }

    /// Whether packages are asked for.
    pub(crate) fn wants_packages(&self) -> bool {
        !self.policy.graphs.is_empty()
    }

    /// The facts to decide from.
    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts {
            known: match self.resolution.base {
                Base::Commit(_) | Base::Empty => Known::Changes(&self.changes),
                Base::Deleted => Known::Nothing,
                Base::Unknown => Known::Unknown,
            },
            renames: self.renames.as_deref(),
            head: self.head.as_ref().map(|tree| tree.entries()).unwrap_or_default(),
            links: self.links.as_ref(),
            graphs: &self.graphs,
            ..self.policy.facts()
        }
    }
}

/// The repository around this folder.
pub(crate) fn opened(args: &RangeArgs, out: &Out) -> Result<Repository, Failure> {
    let settings = Settings {
        fetch: args.fetch == FetchMode::Auto,
        temporary: out.temporary(),
        ..Settings::default()
    };
    Repository::open(Path::new("."), settings).map_err(|failure| git(&failure))
}

/// Both ends of the change.
fn resolved(
    repository: &Repository,
    occasion: &Occasion,
    args: &RangeArgs,
    out: &mut Out,
) -> Result<Resolution, Failure> {
    let mut has_failed = false;
    let wishes = Wishes {
        base: args.base.clone().filter(|base| !base.trim().is_empty()),
        head: args.head.clone().filter(|head| !head.trim().is_empty()),
        since: match args.since {
            SinceWord::Event => Since::Event,
            SinceWord::LastPush => Since::LastPush,
            SinceWord::LastSuccess => {
                let last = success::last_success(&occasion.branch, out)?;
                has_failed = last.has_failed;
                Since::LastSuccess(last.commit)
            }
            SinceWord::Moment(moment) => Since::Moment(moment),
        },
        pull_request: args.pr_mode.mode(),
        unknown: args.on_unknown_base.on_unknown(),
        tags: args.tags_pattern.clone(),
    };
    let mut history = GitHistory::new(repository);
    let resolved = base::resolve(&occasion.trigger, &wishes, &mut history);
    has_failed |= history.has_failed();
    for problem in history.into_problems() {
        out.problem(problem);
    }
    let resolution = resolved.map_err(|error| {
        let mut failure = unresolved(error, out);
        if has_failed {
            // The server may have what is missing.
            failure.cause = Cause::Environment;
        }
        failure
    })?;
    if args.worktree && resolution.head != repository.head().map_err(|failure| git(&failure))? {
        return Err(Failure::no_answer(
            Problem::error("the files on the disk are not those of the head that is asked for")
                .help("leave `head` out with `worktree`, or check that head out"),
        ));
    }
    for step in &resolution.steps {
        let words = if step.is_taken { "base: " } else { "no base: " };
        out.trace(|say| {
            say.text(words).text(step.why.says());
            if let Some(about) = &step.about {
                say.text(": ").foreign(about.as_str());
            }
        });
    }
    Ok(resolution)
}

fn unresolved(error: Unresolved<GitFailure>, out: &Out) -> Failure {
    let problem = match error {
        Unresolved::Failed(failure) => return git(&failure),
        Unresolved::NotFound { input, name } => {
            let mut message = text!["there is no commit ", Foreign::from(name.as_str()), " ("];
            message.append(out.argument(input)).text(")");
            Problem::error(message).help(
                "name a branch, a tag or a commit; one that only the server has is found with `fetch: auto`",
            )
        }
        Unresolved::NoHead(name) => Problem::error(text![
            "the commit that the event is about, ",
            Foreign::from(name.as_str()),
            ", is neither here nor to be had"
        ])
        .help("check out what the event is about, or let `fetch` be `auto` with the checkout's credentials kept"),
        Unresolved::NoCommit => Problem::error("no commit is checked out")
            .help("check a commit out, or name one as `head`"),
        Unresolved::NoBase => Problem::error("nothing says what to compare with")
            .help("give `--base main`, or `--event-name` and `--event-path` to replay an event"),
        Unresolved::Unknown(resolution) => {
            let mut message = Text::from("no base is known: ");
            message.text(resolution.reason.says());
            Problem::error(message)
                .help("give `base`, or take `on-unknown-base: all`, with which everything counts as changed")
        }
    };
    Failure::no_answer(problem)
}

/// What is compared, as git is asked for it.
struct Range<'a> {
    repository: &'a Repository,
    base: Option<git_cli::Base>,
    head: Option<&'a CommitId>,
    is_worktree: bool,
}

/// Both sides' files.
pub(crate) struct Trees {
    /// Those that are looked at.
    pub(crate) head: Box<dyn Tree>,
    /// Those before; nothing where no base is known.
    pub(crate) base: Option<Box<dyn Tree>>,
}

impl<'a> Range<'a> {
    fn new(repository: &'a Repository, resolution: &'a Resolution, is_worktree: bool) -> Self {
        let base = match &resolution.base {
            Base::Commit(commit) => Some(git_cli::Base::Commit(commit.clone())),
            Base::Empty => Some(git_cli::Base::EmptyTree),
            Base::Deleted | Base::Unknown => None,
        };
        Self { repository, base, head: resolution.head.as_ref(), is_worktree }
    }

    fn changes(&self) -> Result<ChangeSet, Failure> {
        let (Some(base), Some(head)) = (&self.base, self.head) else {
            return Ok(ChangeSet::default());
        };
        let changes = if self.is_worktree {
            self.repository.worktree_changes(base)
        } else {
            self.repository.changes(base, head)
        };
        changes.map_err(|failure| git(&failure))
    }

    /// Which files moved. That is found out by their contents, which may not be here: then they stay
    /// two changes each.
    fn renames(&self, out: &mut Out) -> Vec<Rename> {
        let (Some(base), Some(head)) = (&self.base, self.head) else { return Vec::new() };
        if self.is_worktree {
            let problem = Problem::warning("files that moved are not paired in the work tree");
            out.problem(problem.help(
                "leave `renames` out with `worktree`: a file that moved is a deleted and an added one",
            ));
            return Vec::new();
        }
        self.repository.renames(base, head).unwrap_or_else(|failure| {
            let problem = failure.problem();
            out.problem(Problem {
                level: diagnostics::Level::Warning,
                ..problem.help("renamed files are told as deleted and added ones")
            });
            Vec::new()
        })
    }

    fn trees(&self, changes: &ChangeSet) -> Result<Trees, Failure> {
        let failed = |failure: GitFailure| git(&failure);
        let Some(head) = self.head else {
            return Err(Failure::no_answer(Problem::error("no commit is looked at")));
        };
        if self.is_worktree {
            let base: Option<Box<dyn Tree>> = match &self.base {
                Some(git_cli::Base::Commit(commit)) => {
                    Some(Box::new(self.repository.tree(commit).map_err(failed)?))
                }
                Some(git_cli::Base::EmptyTree) => Some(Box::new(repo_model::MemoryTree::default())),
                None => None,
            };
            let head = Box::new(self.repository.work_tree().map_err(failed)?);
            return Ok(Trees { head, base });
        }
        let head = self.repository.tree(head).map_err(failed)?;
        // What differs says what was there before: no second listing.
        let base = self.base.as_ref().map(|_| Box::new(head.before(changes)) as Box<dyn Tree>);
        Ok(Trees { head: Box::new(head), base })
    }
}

/// A failure of git.
pub(crate) fn git(failure: &GitFailure) -> Failure {
    Failure::outside(failure.is_wrong_place(), failure.problem())
}

/// A failure of the disk, told by `problem`. A path that is not what was meant is a wrong input; what the
/// machine will not read or write is the machine's failure.
pub(crate) fn disk(failure: &DiskFailure, problem: Problem) -> Failure {
    Failure::outside(failure.is_wrong_path(), problem)
}

/// A file that an input names, as text.
pub(crate) fn text_file(path: &Path, what: &'static str) -> Result<String, Failure> {
    /// The longest file of filters or rules, in bytes.
    const LONGEST: u64 = 16 << 20;
    let shown = Foreign::path(path);
    let bytes = system::read_whole(path, LONGEST).map_err(|failure| {
        let help = "paths of inputs are relative to the folder that the step runs in";
        disk(&failure, failure.problem(what).help(help))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let (line, column) = diagnostics::position(error.as_bytes(), at);
        Failure::no_answer(
            Problem::error(text![what, " ", shown.clone(), " is not UTF-8"])
                .at(Place::at(shown.clone(), line, column))
                .help("save it as UTF-8"),
        )
    })
}
