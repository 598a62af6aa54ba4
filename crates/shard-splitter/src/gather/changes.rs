//! The change plan, and the tests that it makes necessary.

use std::path::Path;

use bstr::BString;
use diagnostics::{Foreign, Problem};
use ecosystems::{Framework, Home};
use reports::change_plan::ChangePlan;
use runner_protocol::{Failure, Out};
use sharding::Changed;

use super::disk;
use crate::args::ListArgs;

/// The longest change plan, in bytes: a million files.
const LONGEST: u64 = 256 << 20;

/// Of `names`, those that the change plan makes necessary; all of them without one.
pub(super) fn necessary(
    names: Vec<BString>,
    args: &ListArgs,
    out: &mut Out,
) -> Result<(Vec<BString>, bool), Failure> {
    let Some(path) = &args.changes else { return Ok((names, false)) };
    let changed = read(path)?;
    let Some(framework) = args.framework else {
        return Err(Failure::no_answer(
            Problem::error("nothing says which package a test belongs to")
                .help("`--changes` (input `changes`) needs `--framework` (input `framework`)"),
        ));
    };
    let is_at_root = system::exists(Path::new(".git"))
        .map_err(|failure| disk(&failure, "the repository").help_with("see its permissions"))?;
    let all = names.len();
    let wants = |name: &BString| match framework.home(name) {
        // The plan names folders from the root, and a test its file from here.
        Home::File { .. } if !is_at_root => true,
        home @ (Home::File { .. } | Home::Package { .. } | Home::Unknown) => changed.wants(home),
    };
    let kept: Vec<BString> = names.into_iter().filter(wants).collect();
    told(&changed, framework, (all, kept.len()), is_at_root, out);
    // No test at all is a broken discovery, with or without a change.
    Ok((kept, all > 0))
}

fn told(
    changed: &Changed,
    framework: Framework,
    (all, kept): (usize, usize),
    is_at_root: bool,
    out: &mut Out,
) {
    if changed.everything || kept < all {
        out.trace(|say| {
            say.text("the change plan leaves out ").push(all - kept).text(" of ").push(all);
            say.text(" tests");
        });
        return;
    }
    let is_unknown = matches!(framework.home(b"a"), Home::Unknown);
    let is_elsewhere = matches!(framework.home(b"a"), Home::File { .. }) && !is_at_root;
    if is_unknown || is_elsewhere || changed.packages.is_empty() {
        let help = if is_unknown {
            "the names of these tests do not say which package they belong to"
        } else if is_elsewhere {
            "run the step at the root of the repository: the plan names folders from there"
        } else {
            "give `graph` to the step of `actions/changes`, so that its plan knows packages"
        };
        out.problem(
            Problem::warning(
                "the change plan leaves out no test, because it cannot be applied to them",
            )
            .help(help),
        );
    }
}

fn read(path: &Path) -> Result<Changed, Failure> {
    let bytes = system::read_whole(path, LONGEST).map_err(|failure| {
        disk(&failure, "the change plan").help_with(
            "`--changes` (input `changes`) names the file of `plan-path` of `actions/changes`",
        )
    })?;
    let plan = ChangePlan::read(&bytes);
    plan.map(Changed::from).map_err(|error| Failure::no_answer(error.problem(Foreign::path(path))))
}
