//! How a tool talks to GitHub Actions, and to a person on a terminal, with the same words.
//!
//! A tool hands [`run()`] its [`Interface`] and a function from arguments to outputs. Everything
//! that GitHub's protocol asks for happens here and nowhere else: inputs from the environment,
//! outputs behind a random delimiter, annotations, masks, groups, the step summary, exit codes,
//! and the escaping of every name that somebody else chose.
//!
//! Start reading at [`run()`], then [`Out`], then [`Page`].
//!
//! Sources: the GitHub documentation pages "Workflow commands for GitHub Actions", "Variables
//! reference", "Events that trigger workflows" and "Webhook events and payloads".

mod arguments;
mod command;
mod context;
mod environment;
mod escape;
mod event;
mod excerpt;
mod failure;
mod file_command;
mod interface;
mod out;
mod page;
mod progress;
mod random;
mod run;
mod runner_file;
mod wire;
pub mod workflow;

pub use context::{Context, ContextProblem};
pub use environment::Environment;
pub use escape::duration;
pub use event::{
    Before, Event, Inputs, MergeGroup, NotAPayload, PullRequest, Push, Release, Schedule, Side,
    WorkflowDispatch, WorkflowRun,
};
pub use failure::{Answer, Cause, Failure};
pub use interface::{
    Action, Choose, CommonArgs, Does, ExitCode, Format, Further, FurtherOutput, Given, Interface,
    Output, Permission, Step,
};
pub use out::Out;
pub use page::{Align, Bar, Bars, Column, Page, Table};
pub use progress::Progress;
pub use run::run;
