//! The runners that GitHub lists.

use diagnostics::{Level, Problem, Secret, text};
use github_api::runners::{Listed, Owner, Runner, RunnerQuery, Status};
use github_api::{Client, Remembered, Settings};
use placement::Scope;
use runner_protocol::{Context, Failure, Out};

use crate::args::{FleetSource, OnUnknown, ScopeName, SourceArgs};

/// The API where no runner says which.
const PUBLIC: &str = "https://api.github.com";

/// What GitHub says, in the words of the decision.
pub(super) struct Asked {
    pub(super) listed: Vec<placement::Listed>,
    pub(super) groups: Option<Vec<placement::Group>>,
    pub(super) hosted: Option<Vec<String>>,
    pub(super) requests: u32,
}

/// Asks GitHub, if that is wanted; nothing if it is not, or if it does not answer and need not.
pub(super) fn asked(
    args: &SourceArgs,
    context: Option<&Context>,
    out: &mut Out,
) -> Result<Option<Asked>, Failure> {
    let token = out.token();
    match (args.fleet_source, token) {
        (FleetSource::Static, _) | (FleetSource::Auto, None) => Ok(None),
        (FleetSource::Api, None) => Err(Failure::no_answer(
            Problem::error("without a token, GitHub does not list runners").help(
                "give the step `token`, one that may list them: GITHUB_TOKEN may not, whatever its permissions",
            ),
        )),
        (FleetSource::Auto | FleetSource::Api, Some(token)) => {
            match answer(args, context, token) {
                Ok(asked) => Ok(Some(asked)),
                Err(failure) if args.on_unknown == OnUnknown::Static => {
                    for problem in failure.problems {
                        out.problem(Problem { level: Level::Warning, ..problem });
                    }
                    Ok(None)
                }
                Err(failure) => Err(failure),
            }
        }
    }
}

fn answer(args: &SourceArgs, context: Option<&Context>, token: Secret) -> Result<Asked, Failure> {
    let repository = args.repository.as_deref().or(context.map(|it| it.repository.as_str()));
    let Some(repository) = repository else {
        return Err(Failure::no_answer(
            Problem::error("it is not known for which repository runners are listed")
                .help("say `--repository owner/name`; a job knows its own"),
        ));
    };
    let asks = |scope| args.scope_of_runners.contains(&scope);
    let owner = repository.split_once('/').map(|(owner, _)| owner);
    let organization = owner.filter(|_| asks(ScopeName::Org) || asks(ScopeName::Hosted));
    let enterprise = args.enterprise.as_deref().filter(|_| asks(ScopeName::Enterprise));
    if asks(ScopeName::Enterprise) && enterprise.is_none() {
        return Err(Failure::no_answer(
            Problem::error("it is not known which enterprise is asked for its runners")
                .help("say `--enterprise` (input `enterprise`)"),
        ));
    }
    let api = args.api_url.as_deref().or(context.map(|it| it.api_url.as_str())).unwrap_or(PUBLIC);
    let query = RunnerQuery {
        repository,
        own: asks(ScopeName::Repo),
        organization,
        enterprise,
        hosted: asks(ScopeName::Hosted),
    };
    let client = Client::new(Settings::new(api, Some(token)));
    let listed = client
        .list_runners(&query, &mut Remembered::new())
        .map_err(|failure| Failure::outside(failure.is_wrong_input(), failure.problem()))?;
    if let Some(incomplete) = listed.incomplete.first() {
        return Err(Failure::environment(
            Problem::error(text![
                "GitHub lists ",
                incomplete.total,
                " and ",
                incomplete.read,
                " of them could be read, so it is not known which labels others have"
            ])
            .help("run the job again; remove runners that are long offline"),
        ));
    }
    Ok(told(listed))
}

/// In the words of the decision.
fn told(listed: Listed) -> Asked {
    let runners = listed.runners.into_iter().flat_map(|(owner, runners)| {
        let scope = match owner {
            Owner::Repository => Scope::Repository,
            Owner::Organization => Scope::Organization,
            Owner::Enterprise => Scope::Enterprise,
        };
        runners.into_iter().map(move |it| runner(it, scope))
    });
    let groups = listed.groups.map(|groups| {
        groups
            .into_iter()
            .map(|group| placement::Group {
                id: group.id,
                name: group.name,
                allows_public: group.allows_public_repositories,
                workflows: group.restricted_to_workflows.then_some(group.selected_workflows),
            })
            .collect()
    });
    Asked {
        listed: runners.collect(),
        groups,
        hosted: listed.hosted.map(|all| all.into_iter().map(|it| it.name).collect()),
        requests: listed.requests,
    }
}

fn runner(runner: Runner, scope: Scope) -> placement::Listed {
    placement::Listed {
        id: runner.id,
        name: runner.name,
        os: runner.os,
        labels: runner.labels.into_iter().map(|label| label.name).collect(),
        is_online: runner.status == Status::Online,
        is_busy: runner.busy,
        group: runner.group,
        scope,
    }
}
