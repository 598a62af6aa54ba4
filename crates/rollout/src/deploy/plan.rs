//! The order of a deployment.
//!
//! A component's wave is one more than the highest wave of the deployed components before it; components that are
//! not deployed hand the waves of those before them on. Kahn's order visits each component once, so 500 components
//! and their arrows are a matter of microseconds.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Problem, Text, nearest, text};

use super::policy::{Component, Policy};
use super::strategy::{Phase, Phases, Strategy};

/// What is to be deployed, and where.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The environment.
    pub environment: &'a str,
    /// The version.
    pub version: &'a str,
    /// The components; all of the environment where nothing is named.
    pub components: Option<&'a BTreeSet<String>>,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where to.
    pub environment: String,
    /// What.
    pub version: String,
    /// Every step, in the order of waves and, within a wave, of the configuration.
    pub steps: Vec<Step>,
    /// The steps of each wave.
    pub waves: Vec<Vec<usize>>,
}

/// One component in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What tells it from all others: `api`, or `api@eu-west-1`.
    pub name: String,
    /// The component.
    pub component: String,
    /// The region, where there are any.
    pub region: Option<String>,
    /// The deployed components that it waits for.
    pub after: Vec<String>,
    /// The lines of its phases.
    pub phases: Phases,
    /// What its commands are told, ours among it.
    pub variables: BTreeMap<String, String>,
    /// How long it is watched, in milliseconds.
    pub soak: u64,
    /// How long to wait between two checks, in milliseconds.
    pub interval: u64,
    /// How many checks in a row must fail while it is watched.
    pub failures: u64,
    /// How long a command may take, in milliseconds.
    pub timeout: u64,
}

/// Plans a deployment.
///
/// # Errors
/// When the environment or a component is unknown, a version cannot be one, a component has no line to deploy it,
/// or components wait for each other in a circle. All of it is told at once.
pub fn plan(policy: &Policy, order: &Order<'_>) -> Result<Plan, Vec<Problem>> {
    let mut problems = Vec::new();
    check_names(policy, order, &mut problems);
    let chosen = chosen(policy, order, &mut problems);
    let Some(sorted) = sorted(policy) else {
        problems.extend(circles(policy));
        return Err(problems);
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    if chosen.is_empty() {
        let environment = Foreign::from(order.environment);
        let message = text!["no component is to be deployed to ", environment];
        let help = "name one; where nothing is to be deployed, do not start this";
        return Err(vec![Problem::error(message).help(help)]);
    }
    let waves = waves(policy, &sorted, &chosen);
    let environment = policy.environments.get(order.environment).cloned().unwrap_or_default();
    let regions: Vec<Option<String>> = match environment.regions.as_slice() {
        [] => vec![None],
        regions => regions.iter().cloned().map(Some).collect(),
    };
    let mut plan = Plan {
        environment: order.environment.to_owned(),
        version: order.version.to_owned(),
        steps: Vec::new(),
        waves: Vec::new(),
    };
    for region in &regions {
        for wave in &waves {
            let mut places = Vec::new();
            for at in wave {
                let Some(component) = policy.components.get(*at) else { continue };
                let strategy = component.strategy.or(environment.strategy).or(policy.strategy);
                let phases = strategy.map(Strategy::phases).unwrap_or_default();
                let phases = component.phases.clone().or(phases);
                if phases.get(Phase::Deploy).is_none() {
                    problems.push(no_line(component));
                }
                let mut variables = policy.variables.clone();
                variables.extend(environment.variables.clone());
                variables.extend(component.variables.clone());
                variables.insert("COMPONENT".to_owned(), component.name.clone());
                variables.insert("VERSION".to_owned(), order.version.to_owned());
                variables.insert("ENVIRONMENT".to_owned(), order.environment.to_owned());
                variables.insert("REGION".to_owned(), region.clone().unwrap_or_default());
                let name = match region {
                    Some(region) => format!("{}@{region}", component.name),
                    None => component.name.clone(),
                };
                places.push(plan.steps.len());
                plan.steps.push(Step {
                    name,
                    component: component.name.clone(),
                    region: region.clone(),
                    after: before(policy, &chosen, *at),
                    phases,
                    variables,
                    soak: component.soak,
                    interval: component.interval,
                    failures: component.failures,
                    timeout: component.timeout,
                });
            }
            plan.waves.push(places);
        }
    }
    // Each region would say it again.
    problems.dedup();
    if problems.is_empty() { Ok(plan) } else { Err(problems) }
}

fn check_names(policy: &Policy, order: &Order<'_>, problems: &mut Vec<Problem>) {
    let known = &policy.environments;
    if !known.is_empty() && !known.contains_key(order.environment) {
        let message = text!["there is no environment ", Foreign::from(order.environment)];
        let names = known.keys().map(String::as_str);
        let help = nearest(order.environment, names.clone()).map_or_else(
            || text!["it is one of ", listed(names)],
            |near| text!["did you mean ", Foreign::from(near), "?"],
        );
        problems.push(Problem::error(message).help(help));
    }
    // It goes into command lines of others: into those of `sed`, `helm --set` and URLs.
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.+:@/".contains(c);
    let is_plain = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_part)
    };
    for (what, name) in [("version", order.version), ("environment", order.environment)] {
        if !is_plain(name) {
            let message = text!["the ", what, " ", Foreign::from(name), " cannot be used"];
            problems.push(
                Problem::error(message)
                    .label("expected letters, digits and `-_.+:@/`, with a letter or digit first")
                    .help("name a tag, a commit or a digest: `v1.2.3`, `sha256:...`"),
            );
        }
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> Foreign {
    Foreign::from(names.collect::<Vec<_>>().join(", ").as_str())
}

/// Which components are deployed, by place.
fn chosen(policy: &Policy, order: &Order<'_>, problems: &mut Vec<Problem>) -> BTreeSet<usize> {
    let is_there = |component: &Component| {
        component.environments.is_empty() || component.environments.contains(order.environment)
    };
    let all = policy.components.iter().enumerate();
    let Some(wanted) = order.components else {
        return all.filter(|(_, component)| is_there(component)).map(|(at, _)| at).collect();
    };
    let places: BTreeMap<&str, usize> = all.map(|(at, it)| (it.name.as_str(), at)).collect();
    let mut chosen = BTreeSet::new();
    for name in wanted {
        let Some(at) = places.get(name.as_str()) else {
            let message = text!["there is no component ", Foreign::from(name.as_str())];
            let help = nearest(name, places.keys().copied()).map_or_else(
                || text!["see the tables `[[deploy.component]]`"],
                |near| text!["did you mean ", Foreign::from(near), "?"],
            );
            problems.push(Problem::error(message).help(help));
            continue;
        };
        match policy.components.get(*at) {
            Some(component) if !is_there(component) => {
                let message = text![
                    "the component ",
                    Foreign::from(name.as_str()),
                    " is not deployed to ",
                    Foreign::from(order.environment)
                ];
                let problem = Problem::error(message).label("its `environments` say so");
                problems.push(
                    component
                        .spot
                        .problem(problem.help("leave it out, or add the environment to it")),
                );
            }
            Some(_) | None => {
                chosen.insert(*at);
            }
        }
    }
    chosen
}

/// The components, each after those that it depends on; nothing where they go round in a circle.
fn sorted(policy: &Policy) -> Option<Vec<usize>> {
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); policy.components.len()];
    let mut open: Vec<usize> = Vec::new();
    for (at, component) in policy.components.iter().enumerate() {
        open.push(component.depends_on.len());
        for on in &component.depends_on {
            if let Some(users) = users.get_mut(*on) {
                users.push(at);
            }
        }
    }
    let is_ready = |(_, open): &(usize, &usize)| **open == 0;
    let mut sorted: Vec<usize> =
        open.iter().enumerate().filter(is_ready).map(|(at, _)| at).collect();
    let mut done = 0;
    while let Some(at) = sorted.get(done).copied() {
        done += 1;
        for user in users.get(at).into_iter().flatten() {
            if let Some(open) = open.get_mut(*user) {
                *open = open.saturating_sub(1);
                if *open == 0 {
                    sorted.push(*user);
                }
            }
        }
    }
    (sorted.len() == policy.components.len()).then_some(sorted)
}

/// The components of each wave, in their order.
fn waves(policy: &Policy, sorted: &[usize], chosen: &BTreeSet<usize>) -> Vec<Vec<usize>> {
    // How many waves end before what stands behind a component may begin.
    let mut ends: Vec<usize> = vec![0; policy.components.len()];
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for at in sorted {
        let Some(component) = policy.components.get(*at) else { continue };
        let begins = component.depends_on.iter().filter_map(|on| ends.get(*on)).max().copied();
        let begins = begins.unwrap_or_default();
        let is_chosen = chosen.contains(at);
        if let Some(end) = ends.get_mut(*at) {
            *end = begins + usize::from(is_chosen);
        }
        if is_chosen {
            if waves.len() <= begins {
                waves.resize(begins + 1, Vec::new());
            }
            if let Some(wave) = waves.get_mut(begins) {
                wave.push(*at);
            }
        }
    }
    for wave in &mut waves {
        wave.sort_unstable();
    }
    waves
}

/// The deployed components that a component waits for, directly or through such as are not deployed.
fn before(policy: &Policy, chosen: &BTreeSet<usize>, at: usize) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut found = BTreeSet::new();
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        for on in policy.components.get(at).map(|it| &it.depends_on).into_iter().flatten() {
            if !seen.insert(*on) {
                continue;
            }
            if chosen.contains(on) {
                found.insert(*on);
            } else {
                open.push(*on);
            }
        }
    }
    let name = |at: &usize| policy.components.get(*at).map(|it| it.name.clone());
    found.iter().filter_map(name).collect()
}

fn no_line(component: &Component) -> Problem {
    let name = Foreign::from(component.name.as_str());
    component.spot.problem(
        Problem::error(text!["nothing says how ", name, " is deployed"])
            .label("expected a `strategy` or a line `deploy`")
            .help("write `strategy = \"helm\"`, or `deploy = \"...\"` with a line for `sh`"),
    )
}

/// One circle for each component that is first in one, each shown once.
fn circles(policy: &Policy) -> Vec<Problem> {
    let mut in_one: BTreeSet<usize> = BTreeSet::new();
    let mut problems = Vec::new();
    for start in 0..policy.components.len() {
        if in_one.contains(&start) {
            continue;
        }
        let Some(circle) = circle(policy, start) else { continue };
        in_one.extend(&circle);
        let name = |at: &usize| policy.components.get(*at).map_or("", |it| it.name.as_str());
        let mut message = Text::from("these components wait for each other: ");
        for at in &circle {
            message.foreign(name(at)).text(" -> ");
        }
        message.foreign(name(&start));
        let Some(component) = policy.components.get(start) else { continue };
        problems.push(component.spot.problem(
            Problem::error(message).label("it waits for itself").help(
                "take one of the arrows away: of two that need each other, one must start first",
            ),
        ));
    }
    problems
}

/// The shortest way from a component back to itself.
fn circle(policy: &Policy, start: usize) -> Option<Vec<usize>> {
    let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for on in policy.components.get(at).map(|it| &it.depends_on).into_iter().flatten() {
            if *on == start {
                let mut way = vec![at];
                let mut here = at;
                while here != start {
                    here = *came_from.get(&here)?;
                    way.push(here);
                }
                way.reverse();
                return Some(way);
            }
            if !came_from.contains_key(on) {
                came_from.insert(*on, at);
                open.push_back(*on);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(text: &str) -> Result<Policy, Vec<String>> {
        let said = |all: Vec<Problem>| all.iter().map(|it| it.message.unescaped()).collect();
        Policy::read("c.toml", text.as_bytes()).map_err(said)
    }

    /// Components as `name: needs needs`, one a line.
    fn system(lines: &[&str]) -> String {
        let component = |line: &&str| {
            let (name, needs) = line.split_once(':').unwrap();
            let needs: Vec<String> = needs.split_whitespace().map(|it| format!("{it:?}")).collect();
            format!("[[deploy.component]]\nname = {name:?}\ndepends-on = [{}]\n", needs.join(", "))
        };
        let components: String = lines.iter().map(component).collect();
        format!("[deploy]\nstrategy = \"helm\"\n{components}")
    }

    #[track_caller]
    fn check(lines: &[&str], only: Option<&[&str]>, wanted: Result<&str, &[&str]>) {
        let only = only.map(|names| names.iter().map(|&it| it.to_owned()).collect());
        let order = Order { environment: "staging", version: "v1", components: only.as_ref() };
        let planned = policy(&system(lines)).and_then(|policy| {
            let wrong = |all: Vec<Problem>| all.iter().map(|it| it.message.unescaped()).collect();
            plan(&policy, &order).map_err(wrong)
        });
        let planned = planned.map(|plan| {
            let name = |at: &usize| plan.steps[*at].name.clone();
            let wave = |wave: &Vec<usize>| wave.iter().map(name).collect::<Vec<_>>().join(" ");
            plan.waves.iter().map(wave).collect::<Vec<_>>().join(" | ")
        });
        let wanted = wanted.map(str::to_owned);
        let wanted = wanted.map_err(|all| all.iter().map(|&it| it.to_owned()).collect::<Vec<_>>());
        assert_eq!(planned, wanted);
    }

    const PLATFORM: [&str; 5] = [
        "catalog: hypermesh",
        "hypermesh: stoq trustchain",
        "caesar: hypermesh",
        "stoq:",
        "trustchain: stoq",
    ];

    #[test]
    fn a_wave_waits_for_those_before_it() {
        check(&PLATFORM, None, Ok("stoq | trustchain | hypermesh | catalog caesar"));
        check(&["a:", "b:", "c:"], None, Ok("a b c"));
        check(&[], None, Err(&["no component is to be deployed to staging"]));
    }

    #[test]
    fn what_is_not_deployed_still_orders_what_is() {
        check(&PLATFORM, Some(&["catalog", "stoq"]), Ok("stoq | catalog"));
        check(&PLATFORM, Some(&["catalog", "caesar"]), Ok("catalog caesar"));
        check(&PLATFORM, Some(&[]), Err(&["no component is to be deployed to staging"]));
    }

    #[test]
    fn what_is_wrong_is_told_by_name() {
        check(
            &["a: b", "b: c", "c: a", "d: a"],
            None,
            Err(&["these components wait for each other: a -> b -> c -> a"]),
        );
        check(&["a: a"], None, Err(&["these components wait for each other: a -> a"]));
        check(
            &["a: b", "b: a", "c: d", "d: c"],
            None,
            Err(&[
                "these components wait for each other: a -> b -> a",
                "these components wait for each other: c -> d -> c",
            ]),
        );
        check(
            &["a: nothing", "a:"],
            None,
            Err(&["there is no component nothing", "there are two components with the name a"]),
        );
        check(&["a:"], Some(&["b", "a"]), Err(&["there is no component b"]));
    }

    #[test]
    fn regions_follow_each_other_and_each_environment_has_its_own_way() {
        let text = "[deploy]\nvariables = { TEAM = \"core\", IMAGE = \"x\" }\n[deploy.environments.staging]\nstrategy = \"blue-green\"\n\
                    [deploy.environments.production]\nstrategy = \"argocd\"\nregions = [\"eu\", \"us\"]\nvariables = { TEAM = \"prod\" }\n\
                    [[deploy.component]]\nname = \"api\"\ndepends-on = [\"db\"]\n[[deploy.component]]\nname = \"db\"\nenvironments = [\"production\"]\n\
                    deploy = \"./db.sh\"\nvariables = { IMAGE = \"y\" }\n";
        let policy = policy(text).unwrap();
        let order = Order { environment: "production", version: "v1", components: None };
        let planned = plan(&policy, &order).unwrap();
        let names: Vec<&str> = planned.steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["db@eu", "api@eu", "db@us", "api@us"]);
        assert_eq!(planned.waves, [vec![0], vec![1], vec![2], vec![3]]);
        let db = &planned.steps[2];
        assert_eq!(db.phases.get(Phase::Deploy), Some("./db.sh"));
        let variables: Vec<String> =
            db.variables.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            variables,
            [
                "COMPONENT=db",
                "ENVIRONMENT=production",
                "IMAGE=y",
                "REGION=us",
                "TEAM=prod",
                "VERSION=v1"
            ]
        );
        assert_eq!(planned.steps[1].after, ["db"]);

        let staging = Order { environment: "staging", ..order };
        let planned = plan(&policy, &staging).unwrap();
        let names: Vec<&str> = planned.steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["api"]);
        assert!(planned.steps[0].phases.get(Phase::Switch).is_some());

        for (order, wrong) in [
            (Order { environment: "prod", ..order }, "there is no environment prod"),
            (Order { version: "v1|e", ..order }, "the version v1|e cannot be used"),
            (Order { version: "", ..order }, "the version  cannot be used"),
            (Order { version: "-rf", ..order }, "the version -rf cannot be used"),
        ] {
            let problems = plan(&policy, &order).unwrap_err();
            assert_eq!(problems.first().map(|it| it.message.unescaped()), Some(wrong.to_owned()));
        }
        let only = BTreeSet::from(["db".to_owned()]);
        let problems = plan(&policy, &Order { components: Some(&only), ..staging }).unwrap_err();
        assert_eq!(problems[0].message.unescaped(), "the component db is not deployed to staging");
    }

    #[test]
    fn all_mistakes_of_the_file_are_told_at_once() {
        let text = "[deploy]\nparallel = 0\nvariables = { VERSION = \"1\", \"a-b\" = \"2\" }\n[[deploy.component]]\nname = \"a b\"\ndeploy = \" \"\nsoak = \"5\"\n\
                    [[deploy.component]]\ndepends = []\n";
        let said = policy(text).unwrap_err();
        let wanted = [
            "the value of parallel cannot be read",
            "the value VERSION cannot be used",
            "the value a-b cannot be used",
            "the value a b cannot be used",
            "the value   cannot be used",
            "the value 5 cannot be used",
            "the key name is missing",
            "unknown key depends",
        ];
        assert_eq!(said, wanted);
        let nothing = policy("[deploy]\n[[deploy.component]]\nname = \"a\"\n").unwrap();
        let order = Order { environment: "x", version: "1", components: None };
        let problems = plan(&nothing, &order).unwrap_err();
        assert_eq!(problems[0].message.unescaped(), "nothing says how a is deployed");
    }

    #[test]
    fn five_hundred_components_in_one_chain_are_five_hundred_waves() {
        let lines: Vec<String> = (0..500)
            .map(|at| if at == 499 { format!("c{at}:") } else { format!("c{at}: c{}", at + 1) })
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let policy = policy(&system(&lines)).unwrap();
        let planned =
            plan(&policy, &Order { environment: "e", version: "1", components: None }).unwrap();
        assert_eq!(planned.waves.len(), 500);
        assert_eq!(planned.steps[0].name, "c499");
    }

    proptest! {
        /// Every way from a deployed component to a deployed one that it needs goes to an earlier wave, and no
        /// component could stand in an earlier one.
        #[test]
        fn waves_hold_every_arrow_and_are_as_early_as_they_can(
            arrows in proptest::collection::vec((0_usize..30, 0_usize..30), 0..90),
            chosen in proptest::collection::btree_set(0_usize..30, 1..30),
        ) {
            // Arrows from a higher number to a lower one go round in no circle; the names hide the order.
            let name = |at: usize| format!("c{:02}", (at * 7) % 30);
            let mut needs: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); 30];
            for (one, other) in arrows {
                if one != other { needs[one.max(other)].insert(one.min(other)); }
            }
            let mut lines: Vec<String> = (0..30).map(|at| {
                let needs: Vec<String> = needs[at].iter().map(|on| name(*on)).collect();
                format!("{}: {}", name(at), needs.join(" "))
            }).collect();
            lines.sort();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let policy = policy(&system(&lines)).unwrap();
            let only: BTreeSet<String> = chosen.iter().map(|at| name(*at)).collect();
            let planned = plan(&policy, &Order { environment: "e", version: "1", components: Some(&only) }).unwrap();
            let wave_of: BTreeMap<&str, usize> = planned.waves.iter().enumerate()
                .flat_map(|(wave, steps)| steps.iter().map(move |at| (*at, wave)))
                .map(|(at, wave)| (planned.steps[at].name.as_str(), wave)).collect();
            prop_assert_eq!(wave_of.len(), chosen.len());
            for at in &chosen {
                // Everything below it, the slow way.
                let mut below = BTreeSet::new();
                let mut open = vec![*at];
                while let Some(here) = open.pop() {
                    for on in &needs[here] { if below.insert(*on) { open.push(*on); } }
                }
                let highest = below.iter().filter(|on| chosen.contains(on))
                    .map(|on| wave_of[name(*on).as_str()] + 1).max().unwrap_or(0);
                prop_assert_eq!(wave_of[name(*at).as_str()], highest);
            }
        }
    }
}
